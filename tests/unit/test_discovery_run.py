"""Many sources asked at once: what each says is stored, whatever becomes of the others, and nothing is asked twice."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest
from index_rows import stored
from replay_server import ReplayServer, Reply, Request

from backlink_crawler.classify.target import Target, parse_target
from backlink_crawler.config import sources as configuration
from backlink_crawler.config.file import Config
from backlink_crawler.discovery import catalogue, intake, run, web
from backlink_crawler.discovery.access_log import AccessLog
from backlink_crawler.discovery.catalogue import SOURCES, chosen, settings_of, source_of
from backlink_crawler.discovery.intake import ENDS, SourceReport
from backlink_crawler.discovery.run import discover
from backlink_crawler.discovery.source import Answer, Candidate, Cursor
from backlink_crawler.discovery.state import FILE_NAME, Asked, State
from backlink_crawler.discovery.web import Web
from backlink_crawler.errors import ConflictFault, IndexFault, UsageError
from backlink_crawler.index.claims import Staging, Stored
from backlink_crawler.index.store import Index
from tests.waiting import until

KEY = "ghp_0123456789abcdefXYZ"
TARGET = parse_target("acme.example")


class Paged:
    """Asks for page after page: ``{"pages": [[url, target], …], "next": 2}``."""

    def begin(self, target: Target) -> Cursor:
        return {"page": 1}

    def ask(self, web: Web, target: Target, cursor: Cursor) -> Answer:
        url = web.settings.endpoints[0]
        secret = {"Authorization": f"Bearer {web.settings.key}"} if web.settings.key else {}
        answer = web.get(url, {"of": target.name, "page": cursor["page"]}, secret_headers=secret)
        candidates = [
            Candidate(page, why="a list", target_url=link, origin=f"{url}?page={cursor['page']}")
            for page, link in answer["pages"]
        ]
        return Answer(candidates, {"page": answer["next"]} if answer["next"] else None)


def listing(*pages: str, onward: int | None = None, link: str | None = "https://acme.example/") -> Reply:
    return Reply({"pages": [[page, link] for page in pages], "next": onward})


def book(last: int, per_page: int = 1, host: str = "blog.example") -> Callable[[Request], Reply]:
    """So many pages of pages."""

    def answer(request: Request) -> Reply:
        page = int(request.query["page"])
        urls = (f"https://{host}/{page}-{n}" for n in range(per_page))
        return listing(*urls, onward=page + 1 if page < last else None)

    return answer


@attrs.define
class World:
    """An index, sources that speak to servers, and runs."""

    path: Path
    index: Index
    stop: threading.Event = attrs.field(factory=threading.Event)
    given: list[list[str]] = attrs.field(factory=list)
    config: Config = attrs.field(factory=Config)

    def source(self, name: str, server: ReplayServer, **said: Any) -> None:
        self.config.sources[name] = {"endpoints": [server.url], "pause": 0.0, **said}

    def run(self, *names: str, target: Target = TARGET) -> dict[str, SourceReport]:
        reports = discover(
            self.index, target, names, config=self.config, directory=self.path / "jobs", user_agent="tests",
            on_new=self.given.append, stop=self.stop,
        )  # fmt: skip
        assert [report.name for report in reports] == list(names)
        return {report.name: report for report in reports}

    @property
    def claims(self) -> list[dict[str, Any]]:
        return sorted(
            stored(self.index.uri, "claims"), key=lambda row: (row["provenance"], row["source_url"])
        )

    @property
    def pages(self) -> list[str]:
        return [row["source_url"] for row in self.claims]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(run, "source_of", lambda name: Paged())
    monkeypatch.setattr(web, "TRY_PAUSES", (0.01, 0.01))
    monkeypatch.setattr(run, "TICK", 0.02)
    for entry in SOURCES.values():
        if entry.variable:
            monkeypatch.delenv(entry.variable, raising=False)
    yield World(tmp_path, Index.open(tmp_path / "index", create=True))
    for thread in threading.enumerate():
        if thread.name.startswith("discovery-"):
            thread.join(60)


def test_what_sources_say_is_stored_as_claims(world: World) -> None:
    with ReplayServer(book(3)) as first, ReplayServer(listing("https://forum.example/t")) as second:
        world.source("lobsters", first)
        world.source("bluesky", second)
        reports = world.run("lobsters", "bluesky")
        asked = [request.query for request in first.requests]
        origin = f"{first.url}?page=2"
    assert asked == [{"of": "acme.example", "page": str(page)} for page in (1, 2, 3)]
    assert reports == {
        "lobsters": SourceReport("lobsters", "Lobsters", answers=3, candidates=3, new=3, ended="done"),
        "bluesky": SourceReport("bluesky", "Bluesky", answers=1, candidates=1, new=1, ended="done"),
    }
    assert world.pages == [
        "https://forum.example/t",
        *(f"https://blog.example/{page}-0" for page in (1, 2, 3)),
    ]
    said = {
        "provenance": "discover:lobsters",
        "target": "acme.example",
        "kind": "link",
        "origin": origin,
        "why": "a list",
    }
    assert {name: world.claims[2][name] for name in said} == said
    assert sorted(page for pages in world.given for page in pages) == sorted(world.pages)


def test_a_source_that_came_to_its_end_is_left_alone_for_a_day(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ReplayServer(book(2)) as server:
        world.source("lobsters", server)
        world.run("lobsters")
        again = world.run("lobsters")["lobsters"]
        assert (again.ended, again.answers, len(server.requests)) == ("cached", 0, 2)
        assert again.asked_at == pytest.approx(time.time(), abs=60)
        assert world.run("lobsters", target=parse_target("other.example"))["lobsters"].answers == 2
        later = time.time() + 86_500
        monkeypatch.setattr(time, "time", lambda: later)
        third = world.run("lobsters")["lobsters"]
        assert (third.ended, third.answers, third.new, third.known) == ("done", 2, 0, 2)
        world.source("lobsters", server, endpoints=[f"{server.url}/other"])
        assert world.run("lobsters")["lobsters"].ended == "done", "another address is another question"


NONSENSE = {
    "down": (Reply(status=500), "it is down"),
    "refuses": (Reply(status=403), "it refuses us"),
    "quota": (Reply(status=429), "its quota is spent"),
    "html": (Reply("<html>"), "its answer is no JSON"),
    "cut": (Reply({"pages": [], "next": None}, cut=4), "its answer was cut off"),
    "another form": (Reply({"error": "none"}), "its answer is not of the documented form"),
    "a list": (Reply([1]), "its answer is not of the documented form"),
    "page of another type": (Reply({"pages": [[{}, None]], "next": None}), "its answer is not of the documented form"),
    "link of another type": (Reply({"pages": [["https://b.example/", 7]], "next": None}), "its answer is not of the documented form"),
    "pages of another type": (Reply({"pages": 3, "next": None}), "its answer is not of the documented form"),
}  # fmt: skip


@pytest.mark.parametrize("nonsense", NONSENSE)
def test_one_that_fails_is_named_and_the_others_go_on(world: World, nonsense: str) -> None:
    reply, words = NONSENSE[nonsense]
    with ReplayServer(reply) as failing, ReplayServer(book(5)) as sound:
        world.source("bluesky", failing)
        world.source("lobsters", sound)
        reports = world.run("bluesky", "lobsters")
        assert reports["bluesky"].ended == words
        assert reports["bluesky"].failed
        assert not reports["lobsters"].failed
        assert len(world.pages) == reports["lobsters"].new == 5
        failing.on("/", book(1, host="late.example"))
        world.given.clear()
        again = world.run("bluesky", "lobsters")
    assert (again["bluesky"].ended, again["lobsters"].ended) == ("done", "cached"), "what failed was not kept"
    assert world.given == [["https://late.example/1-0"]]


def test_a_fault_of_its_code_is_named(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(Paged):
        def ask(self, web: Web, target: Target, cursor: Cursor) -> Answer:
            raise RuntimeError(KEY)

    monkeypatch.setattr(run, "source_of", lambda name: Broken() if name == "bluesky" else Paged())
    with ReplayServer(book(1)) as server:
        world.source("bluesky", server)
        world.source("lobsters", server)
        reports = world.run("bluesky", "lobsters")
    assert [reports[name].ended for name in reports] == ["its code failed with RuntimeError", "done"]


@pytest.mark.parametrize("cursor", [{"page": {1, 2}}, {"page": b"x"}])
def test_a_cursor_that_cannot_be_kept(world: World, monkeypatch: pytest.MonkeyPatch, cursor: Cursor) -> None:
    class Broken(Paged):
        def ask(self, web: Web, target: Target, place: Cursor) -> Answer:
            return Answer([], cursor)

    monkeypatch.setattr(run, "source_of", lambda name: Broken())
    assert world.run("bluesky")["bluesky"].ended == "its answer is not of the documented form"


def test_it_goes_on_where_it_failed(world: World) -> None:
    with ReplayServer() as server:
        script = {"down": True}

        def answer(request: Request) -> Reply:
            return Reply(status=500) if script["down"] and request.query["page"] == "3" else book(4)(request)

        server.on("/", answer)
        world.source("lobsters", server)
        first = world.run("lobsters")["lobsters"]
        assert (first.ended, first.answers, len(world.pages)) == ("it is down", 2, 2)
        server.requests.clear()
        script["down"] = False
        second = world.run("lobsters")["lobsters"]
        assert [request.query["page"] for request in server.requests] == ["3", "4"]
    assert (second.ended, second.new, len(world.pages)) == ("done", 2, 4)


def test_a_week_later_it_begins_anew(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with ReplayServer(book(4, per_page=2)) as server:
        world.source("lobsters", server, most=3)
        assert world.run("lobsters")["lobsters"].ended == "most"
        server.requests.clear()
        later = time.time() + 8 * 86_400
        monkeypatch.setattr(time, "time", lambda: later)
        world.run("lobsters")
        assert [request.query["page"] for request in server.requests] == ["1", "2"]


def test_most_candidates_of_a_run(world: World) -> None:
    with ReplayServer(book(5, per_page=4)) as server:
        world.source("lobsters", server, most=6)
        runs = [world.run("lobsters")["lobsters"] for _ in range(4)]
        assert [one.ended for one in runs] == ["most", "most", "done", "cached"]
        assert [one.new for one in runs] == [8, 8, 4, 0]
        assert len(server.requests) == 5


@pytest.mark.parametrize("fault", [ConflictFault("another wrote"), IndexFault("the disk is full")])
def test_a_fault_of_the_index_ends_it_and_the_next_run_loses_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, fault: IndexFault
) -> None:
    with monkeypatch.context() as patch, ReplayServer(book(3)) as server:
        world.source("lobsters", server)

        def store(self: Staging) -> Stored:
            raise fault

        patch.setattr(Staging, "store", store)
        with pytest.raises(IndexFault, match=fault.reason):
            world.run("lobsters")
        assert world.given == []
        patch.undo()
        patch.setattr(run, "source_of", lambda name: Paged())
        report = world.run("lobsters")["lobsters"]
        assert (report.new, report.ended, len(server.requests)) == (3, "done", 3), "the answers were kept"
    assert len(world.pages) == 3


def test_a_kill_between_claims_and_cursor_stores_nothing_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    with monkeypatch.context() as patch, ReplayServer(book(3)) as server:
        world.source("lobsters", server)

        def killed(*_: object) -> None:
            raise Killed

        patch.setattr(State, "keep_progress", killed)
        with pytest.raises(Killed):
            world.run("lobsters")
        patch.undo()
        patch.setattr(run, "source_of", lambda name: Paged())
        assert len(world.pages) == 3
        report = world.run("lobsters")["lobsters"]
    assert (report.new, report.known, len(world.pages)) == (0, 3, 3)
    assert world.given == [world.pages], "nobody had been given them"


def test_a_file_of_discovery_that_fails_ends_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def keep_answer(*_: object) -> None:
        raise IndexFault("discovery.db cannot be used")

    monkeypatch.setattr(State, "keep_answer", keep_answer)
    with ReplayServer(book(3)) as server:
        world.source("lobsters", server)
        with pytest.raises(IndexFault, match=r"discovery\.db"):
            world.run("lobsters")


def test_a_stop_ends_it_soon_and_keeps_what_came(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "SECONDS", 3_600.0)
    monkeypatch.setattr(intake, "SECONDS", 3_600.0)
    take, came = intake.Intake.take, set()

    def taken(self: intake.Intake, asked: Asked, *answer: Any) -> None:
        take(self, asked, *answer)
        came.add(asked.source)

    monkeypatch.setattr(intake.Intake, "take", taken)

    def answer(request: Request) -> Reply:
        if request.query["page"] == "2":
            until(lambda: came == {"bluesky", "lobsters"}, lambda: str(came))
            world.stop.set()
            return Reply(delay=3_600)
        return book(2)(request)

    with ReplayServer(answer) as server, ReplayServer(book(9)) as pausing:
        world.source("bluesky", server)
        world.source("lobsters", pausing, pause=3_600.0)
        begun = time.monotonic()
        reports = world.run("bluesky", "lobsters")
        assert time.monotonic() - begun < 1_800
    assert [one.ended for one in reports.values()] == ["stopped", "stopped"]
    assert len(world.pages) == 2
    world.stop.clear()
    with ReplayServer(book(2)) as server:
        world.config.sources["bluesky"]["endpoints"] = [server.url]
        assert world.run("bluesky")["bluesky"].ended == "done"


def test_one_that_turns_in_circles_comes_to_an_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "MOST_ANSWERS", 30)
    circle = lambda request: listing(onward=3 - int(request.query["page"]))  # noqa: E731
    with ReplayServer(listing("https://a.example/", onward=1)) as same, ReplayServer(circle) as turning:
        world.source("lobsters", same)
        world.source("bluesky", turning)
        reports = world.run("lobsters", "bluesky")
        assert len(turning.requests) == 2, "what it said is known"
    assert [(one.ended, one.answers) for one in reports.values()] == [("done", 1), ("most", 30)]


def test_what_is_no_claim_of_the_target_is_passed_over(world: World) -> None:
    pages = [
        ["https://blog.example/a", "https://acme.example/"], ["https://blog.example/a", "https://acme.example/"],
        ["https://www.acme.example/own", None], ["mailto:x@blog.example", None], ["https://blog.example/b", "https://rival.example/"],
        ["https://blog.example/\ud800", None],
    ]  # fmt: skip
    with ReplayServer(Reply({"pages": pages, "next": None})) as server:
        world.source("lobsters", server)
        report = world.run("lobsters")["lobsters"]
    assert (report.candidates, report.new, report.known) == (6, 2, 1)
    assert world.pages == ["https://blog.example/%EF%BF%BD", "https://blog.example/a"]


def test_many_are_stored_in_batches_and_a_few_in_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "SECONDS", 3_600.0)
    with ReplayServer(book(12, per_page=100)) as server:
        world.source("lobsters", server)
        before = world.index.fresh("claims").version()
        assert world.run("lobsters")["lobsters"].new == 1_200
    assert world.index.fresh("claims").version() - before == 3
    assert [len(pages) for pages in world.given] == [500, 500, 200]
    monkeypatch.setattr(intake, "SECONDS", 0.0)  # each has waited long enough, whenever the next one comes
    with ReplayServer(book(2, host="slow.example")) as server:
        world.source("lobsters", server)
        world.given.clear()
        world.run("lobsters")
    assert world.given == [["https://slow.example/1-0"], ["https://slow.example/2-0"]]


def test_access_logs_are_read_on_for_good(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1_800_000_000.0]
    monkeypatch.setattr(run, "source_of", lambda name: AccessLog(lambda: clock[0]))
    log = world.path / "access.log"

    def visit(path: str) -> None:
        with log.open("a") as stream:
            stream.write(
                f'192.0.2.7 - - [10/Oct/2026:13:55:36 -0700] "GET / HTTP/1.1" 200 9 "https://blog.example/{path}" "x"\n'
            )

    world.config.sources["access_log"] = {"logs": [str(log)]}
    visit("a")
    assert world.run("access_log")["access_log"].new == 1
    visit("b")
    assert world.run("access_log")["access_log"].new == 0, "it was read just now"
    clock[0] += 30 * 86_400
    report = world.run("access_log")["access_log"]
    assert (report.new, report.known, report.ended) == (1, 0, "done")
    [first, second] = world.claims
    assert (first["origin"], first["links"], first["target_url"]) == (str(log), 1, "https://acme.example/")
    assert second["source_url"] == "https://blog.example/b"


def test_a_key_is_sent_and_stays_nowhere(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    def echoing(request: Request) -> Reply:
        key = request.headers["authorization"]
        if request.query["page"] == "2":
            return Reply({"message": f"{key} is over its quota"}, status=403)
        return listing(f"https://blog.example/?token={key}", onward=2, link=f"https://acme.example/{key}")

    with ReplayServer(echoing) as server:
        world.source("github", server, key=KEY)
        reports = world.run("github")
        assert [request.headers["authorization"] for request in server.requests] == [f"Bearer {KEY}"] * 2
    assert reports["github"].ended == "it refuses the key"
    assert len(world.claims) == 1
    shown = caplog.text + repr(world.claims) + repr(reports) + repr(world.given) + repr(world.config)
    written = b"".join(path.read_bytes() for path in world.path.rglob("*") if path.is_file())
    assert KEY not in shown
    assert KEY.encode() not in written
    assert (world.path / "jobs" / FILE_NAME).stat().st_size > 0


def test_a_source_that_gives_nothing_for_long_is_left_behind(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "LONGEST_SILENCE", 5.0)
    monkeypatch.setattr(web, "SECONDS", 3_600.0)
    with ReplayServer(Reply(delay=3_600)) as slow, ReplayServer(book(1)) as server:
        world.source("brave", slow, key=KEY)
        world.source("lobsters", server)
        reports = world.run("brave", "lobsters")
    assert reports["brave"].failed
    assert reports["brave"].ended == run.SILENT
    assert reports["lobsters"].ended == "done"


ENVIRONMENT = {"GITHUB_TOKEN": KEY, "OTHER": "other-key-123456"}
ALWAYS = ["claims", "mediawiki", "hackernews", "stackexchange", "lobsters", "bluesky", "marginalia", "feeds"]


@pytest.mark.parametrize(
    ("words", "sources", "environment", "names"),
    [
        ([], {}, {}, []),
        (["none"], {}, ENVIRONMENT, []),
        (["auto"], {}, {}, ALWAYS),
        (["auto"], {}, {"GITHUB_TOKEN": ""}, ALWAYS),
        (["auto"], {}, ENVIRONMENT, [*ALWAYS[:6], "github", "marginalia", "feeds"]),
        (["auto"], {"brave": {"key": "env:OTHER"}}, ENVIRONMENT, [*ALWAYS[:6], "github", "brave", "marginalia", "feeds"]),
        (["auto"], {"brave": {"key": "env:NOT_SET"}}, {}, ALWAYS),
        (["auto"], {"searxng": {"endpoints": ["http://localhost:8888/"]}}, {}, [*ALWAYS[:6], "searxng", "marginalia", "feeds"]),
        (["auto"], {"access_log": {"logs": ["access.log"]}}, {}, [*ALWAYS, "access_log"]),
        (["lobsters", "claims", "feeds", "lobsters"], {}, {}, ["lobsters", "claims", "feeds"]),
        (["claims", "auto"], {}, {}, ALWAYS),
        (["github"], {}, ENVIRONMENT, ["github"]),
    ],
)  # fmt: skip
def test_what_words_stand_for(
    words: list[str], sources: dict[str, Any], environment: Mapping[str, str], names: list[str]
) -> None:
    assert chosen(words, Config(sources=sources), environment) == names


@pytest.mark.parametrize(
    ("words", "sources", "reason", "hint"),
    [
        (["githb"], {}, "discover: unknown source githb", "did you mean github?"),
        (["github"], {}, "github: it has no key", "set GITHUB_TOKEN, or key below [sources.github]"),
        (["bing"], {"bing": {"key": "env:NOT_SET"}}, "bing: it has no key", "BING_WEBMASTER_API_KEY"),
        (["searxng"], {}, "searxng: it has no address", 'endpoints = ["https://…"] below [sources.searxng]'),
        (["access_log"], {}, "access_log: it has no logs to read", 'logs = ["access.log"]'),
        (
            ["searxng"],
            {"searxng": {"queries": ["{domian}"]}},
            "[sources.searxng] queries",
            "did you mean domain?",
        ),
    ],
)
def test_what_cannot_be_asked(words: list[str], sources: dict[str, Any], reason: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        chosen(words, Config(sources=sources), {})
    assert reason in caught.value.reason
    assert hint in caught.value.hint


def test_a_key_of_the_environment_wins_and_is_checked() -> None:
    config = Config(sources={"github": {"key": "of-the-file-1234"}})
    assert settings_of("github", config, {}).key == "of-the-file-1234"
    assert settings_of("github", config, {"GITHUB_TOKEN": f" {KEY}\n"}).key == KEY
    with pytest.raises(UsageError) as caught:
        settings_of("github", config, {"GITHUB_TOKEN": "two words-1234"})
    assert caught.value.reason.startswith("GITHUB_TOKEN: key: is no key")
    assert "1234" not in str(caught.value)
    assert KEY not in repr(settings_of("github", config, {"GITHUB_TOKEN": KEY}))


def test_what_is_said_of_a_source_wins_over_the_table() -> None:
    said = {
        "endpoints": ["https://git.example/"],
        "most": 5,
        "pause": 0.0,
        "queries": ["{domain}"],
        "logs": ["a.log"],
    }
    settings = settings_of("github", Config(sources={"github": said}), {})
    assert (settings.endpoints, settings.most, settings.pause) == (("https://git.example/",), 5, 0.0)
    assert (settings.queries, settings.logs) == (("{domain}",), ("a.log",))
    usual = settings_of(
        "github", Config(sources={"github": {"most": None, "pause": None, "endpoints": []}}), {}
    )
    assert (usual.endpoints, usual.most, usual.pause) == (("https://api.github.com",), 10_000, 6.5)


def test_the_table_has_what_can_be_configured() -> None:
    assert tuple(SOURCES) == configuration.SOURCES
    assert {entry.needs for entry in SOURCES.values()} <= {"", *catalogue._LACKING}
    assert set(ENDS) == {"done", "cached", "most", "stopped"}


@pytest.mark.parametrize("name", [name for name, entry in SOURCES.items() if entry.class_name])
def test_every_source_begins_somewhere(name: str) -> None:
    cursor = source_of(name).begin(TARGET)
    assert isinstance(cursor, dict)
    assert run.json.loads(run.json.dumps(cursor)) == cursor
