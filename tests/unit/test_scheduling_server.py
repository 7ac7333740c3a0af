"""What a Scrapyd may answer, and what is made of it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from backlink_crawler.errors import UsageError
from backlink_crawler.scheduling import server as module
from backlink_crawler.scheduling.plan import RunId
from backlink_crawler.scheduling.server import Server, ServerFault, SilenceFault, ask_all
from backlink_crawler.scheduling.watch import CANCELLED, ENDED, GONE, RUNNING, SILENT, WAITING, Watch
from tests.replay_server import ReplayServer, Reply

OK = {"status": "ok", "node_name": "n"}


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE", 0.0)
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def web() -> Iterator[ReplayServer]:
    with ReplayServer(Reply(OK)) as web:
        web.on("/listprojects.json", Reply({**OK, "projects": ["default", "backlink_crawler"]}))
        web.on("/listspiders.json", Reply({**OK, "spiders": ["backlinks", "recheck"]}))
        yield web


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("http://one.example:6800", "http://one.example:6800/"),
        ("one.example:6800", "http://one.example:6800/"),
        ("https://us%40er:p%3A%2F@one.example/scrapyd/", "https://one.example/scrapyd/"),
        ("http://[::1]:6800/", "http://[::1]:6800/"),
    ],
)
def test_an_address(address: str, url: str) -> None:
    server = Server.of(address, {})
    assert server.url == str(server) == url
    assert repr(server) == f"Server(url='{url}')"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ftp://a.example",
        "http://",
        "http://u:secret@a.example:x",
        "http://a.example/?a=b",
        "http://a.example:99999",
    ],
)
def test_no_address(address: str) -> None:
    with pytest.raises(UsageError) as failure:
        Server.of(address, {})
    assert "secret" not in str(failure.value)


@pytest.mark.parametrize(
    ("user", "environment", "sent"),
    [
        ("", {}, None),
        ("us%40er:p%3A%C3%A9@", {"SCRAPYD_USERNAME": "other"}, "Basic dXNAZXI6cDrDqQ=="),
        ("", {"SCRAPYD_USERNAME": "us@er", "SCRAPYD_PASSWORD": "p:é"}, "Basic dXNAZXI6cDrDqQ=="),
    ],
)
def test_a_password_is_sent(
    web: ReplayServer, user: str, environment: dict[str, str], sent: str | None
) -> None:
    Server.of(f"http://{user}{web.place}", environment).check("backlink_crawler", "backlinks")
    assert {request.headers.get("authorization") for request in web.requests} == {sent}


@pytest.mark.parametrize(
    ("path", "reply", "told"),
    [
        ("/daemonstatus.json", Reply("<html>Welcome</html>"), "is no Scrapyd (HTTP status 200)"),
        ("/daemonstatus.json", Reply({"hello": "world"}), "is no Scrapyd (HTTP status 200)"),
        ("/daemonstatus.json", Reply("no", 404), "is no Scrapyd (HTTP status 404)"),
        ("/daemonstatus.json", Reply("", 401), "wants a user name and a password"),
        ("/daemonstatus.json", Reply("", 301, {"Location": "https://u:p@elsewhere.example/"}), "sends us to another address"),
        ("/daemonstatus.json", Reply("", 502), "no Scrapyd answers"),
        ("/daemonstatus.json", Reply(OK, cut=-1), "no Scrapyd answers"),
        ("/daemonstatus.json", Reply("[" * 100_000), "is no Scrapyd (HTTP status 200)"),
        ("/listprojects.json", Reply({**OK, "projects": None}), "is no Scrapyd (its list of projects is none)"),
        ("/listspiders.json", Reply({**OK, "spiders": [7]}), "is no Scrapyd (its list of spiders is none)"),
        ("/listprojects.json", Reply({**OK, "projects": []}), "has no project backlink_crawler"),
        ("/listspiders.json", Reply({**OK, "spiders": ["quotes"]}), "has no spider backlinks, it is another or an old one"),
        ("/listspiders.json", Reply({"status": "error", "message": "Traceback\n  x\nModuleNotFoundError: No module named 'ada_url'\n"}), "No module named 'ada_url'"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_server(web: ReplayServer, path: str, reply: Reply, told: str) -> None:
    web.on(path, reply)
    with pytest.raises(ServerFault) as failure:
        Server.of(web.url, {}).check("backlink_crawler", "backlinks")
    assert told in failure.value.reason
    assert failure.value.reason.startswith(f"{web.url}/: ")
    assert failure.value.hint
    assert "\n" not in str(failure.value)


def test_a_question_is_asked_again(web: ReplayServer) -> None:
    web.on("/daemonstatus.json", Reply(OK, cut=-1), Reply("", 503), Reply(OK))
    Server.of(web.url, {}).check("backlink_crawler", "backlinks")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        silent = Server.of(f"http://127.0.0.1:{nobody.getsockname()[1]}", {})
        good = Server.of(web.url, {})
        answers = ask_all([silent, good], lambda server: server.check("backlink_crawler", "backlinks"))
    assert isinstance(answers[silent], SilenceFault)
    assert answers[good] is None


@pytest.mark.parametrize("running", [None, {"a": 1}, [1], [{"x": 1}], [{"id": 7}]])
def test_a_list_of_jobs_that_is_none(web: ReplayServer, running: Any) -> None:
    web.on("/listjobs.json", Reply({**OK, "running": running}))
    with pytest.raises(ServerFault, match="its list of running is none"):
        Server.of(web.url, {}).jobs("p")


def jobs(**states: str) -> Reply:
    listed: dict[str, Any] = {state: [] for state in ("pending", "running", "finished")}
    for job, state in states.items():
        listed[state].append({"id": f"n-{job[-1]}of9-20261122T101500-01"})
    return Reply({**OK, **listed})


def test_runs_are_watched_to_their_end(web: ReplayServer) -> None:
    web.on(
        "/listjobs.json", jobs(j1="pending", j2="running", j3="running"), jobs(j1="running", j2="finished"), jobs(j1="running"),
        Reply("", 502), Reply("", 502), Reply("", 502), jobs(j1="running"), Reply("", 502),
    )  # fmt: skip
    time = [0.0]
    watch = Watch("p", "backlinks", patience=60.0, now=lambda: time[0])
    for shard in (1, 2, 3):
        watch.add(RunId("n", shard, 9, "20261122T101500", 1), Server.of(web.url, {}))

    def seen(at: float) -> list[str]:
        time[0] = at
        watch.look()
        return [one.state for one in watch.runs]

    assert seen(1) == [WAITING, RUNNING, RUNNING]
    assert seen(2) == [RUNNING, ENDED, RUNNING], "a job may be between two lists"
    assert seen(7) == [RUNNING, ENDED, GONE]
    assert seen(66) == [RUNNING, ENDED, GONE], "it is silent, three times asked, for less than a minute"
    assert seen(70) == [RUNNING, ENDED, GONE]
    assert seen(131) == [SILENT, ENDED, GONE]
    assert not watch.under_way


def test_a_silent_server_does_not_keep_others_from_being_told(monkeypatch: pytest.MonkeyPatch) -> None:
    good, silent = (Server.of(f"http://{name}.example:6800", {}) for name in ("good", "silent"))
    asked: list[Server] = []

    def cancel(server: Server, _project: str, job: str) -> str:
        asked.append(server)
        if server == silent:
            raise SilenceFault("no Scrapyd answers")
        return "pending" if "-2of4-" in job else "running"

    monkeypatch.setattr(Server, "cancel", cancel)
    watch = Watch("p", "backlinks")
    for shard in range(1, 5):
        watch.add(RunId("n", shard, 4, "20261122T101500", 1), (good, silent)[shard % 2])
    assert [one.run.shard for one in watch.cancel()] == [1, 3]
    assert asked.count(silent) == 1, "one is asked, which takes half a minute"
    told = [(one.state, one.is_stopped) for one in watch.runs]
    assert told == [(WAITING, False), (CANCELLED, True), (WAITING, False), (WAITING, True)]
