"""How a source is asked: over real connections, whatever it answers, and with no word of its key."""

from __future__ import annotations

import gzip
import json
import logging
import sqlite3
import threading
import time
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any

import attrs
import pytest
from replay_server import ReplayServer, Reply, Request

from backlink_crawler.discovery import failure
from backlink_crawler.discovery.failure import demanded_wait, of_status
from backlink_crawler.discovery.state import FILE_NAME, FORMAT, Asked, Progress, State
from backlink_crawler.discovery.web import MOST_BYTES, SourceSettings, Stopped, Web, without_keys
from backlink_crawler.errors import IndexFault, NewerIndexError, SourceFault
from backlink_crawler.localweb.hazards.tls import _context
from tests.ports import kept_port
from tests.waiting import until

KEY = "s3cr3t+k/y==0123"
DAY = 86_400
AGENT = "backlink_crawler/0.1 (+https://acme.example/bot)"


@attrs.define
class Clock:
    """Time that passes only while somebody sleeps."""

    now: float = 1_790_000_000.0
    slept: list[float] = attrs.field(factory=list)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def state(tmp_path: Path, clock: Clock) -> Iterator[State]:
    with State(tmp_path / FILE_NAME, clock.now) as state:
        yield state


@pytest.fixture
def web(state: State, clock: Clock) -> Iterator[Web]:
    web = Web(SourceSettings(key=KEY, pause=1.5), state, user_agent=AGENT, sleep=clock.sleep, now=clock)
    yield web
    web.close()


def fault_of(web: Web, url: str, **said: Any) -> SourceFault:
    with pytest.raises(SourceFault) as caught:
        web.get(url, **said)
    assert caught.value.__context__ is None, (
        "an exception of the network's libraries hangs on, and with it the address"
    )
    return caught.value


def test_the_answer_and_what_was_asked(web: Web) -> None:
    with ReplayServer(Reply({"hits": [1]})) as server:
        answer = web.get(
            f"{server.url}/api?v=1",
            {"q": "acme.example/ü &", "page": 2},
            headers={"X-Version": "3"},
            secret={"apikey": KEY},
            secret_headers={"Authorization": f"Bearer {KEY}"},
            accept="application/vnd.x+json",
        )
        [asked] = server.requests
    assert answer == {"hits": [1]}
    assert asked.query == {"v": "1", "q": "acme.example/ü &", "page": "2", "apikey": KEY}
    said = {name: asked.headers[name] for name in ("user-agent", "accept", "x-version", "authorization")}
    assert said == {
        "user-agent": AGENT,
        "accept": "application/vnd.x+json",
        "x-version": "3",
        "authorization": f"Bearer {KEY}",
    }


@pytest.mark.parametrize(
    "reply",
    [
        Reply([1, "ü"]),
        Reply(gzip.compress(json.dumps([1, "ü"]).encode()), headers={"Content-Encoding": "gzip"}),
        Reply(b"\xef\xbb\xbf" + json.dumps([1, "ü"]).encode()),
        Reply(json.dumps([1, "ü"]).encode("utf-16")),
        Reply([1, "ü"], pieces=(0.01, 2)),
    ],
)  # fmt: skip
def test_json_however_it_comes(web: Web, reply: Reply) -> None:
    with ReplayServer(reply) as server:
        assert web.get(server.url) == [1, "ü"]


# Statuses and what is said of them; RFC 9110 section 15 and, for 429, RFC 6585 section 4.
@pytest.mark.parametrize(
    ("status", "words", "requests"),
    [
        (400, "it does not take the question", 1), (401, "it refuses us", 1), (402, "its quota is spent", 1),
        (403, "it refuses us", 1), (404, "there is nothing at its address", 1), (410, "there is nothing at its address", 1),
        (418, "it answers with status 418", 1), (429, "its quota is spent", 1), (500, "it is down", 3),
        (502, "it is down", 3), (503, "it is down", 3), (504, "it is down", 3), (204, "it answers with status 204", 1),
        (304, "it answers with status 304", 1),
    ],
)  # fmt: skip
def test_a_status_in_words(web: Web, clock: Clock, status: int, words: str, requests: int) -> None:
    with ReplayServer(Reply(b"" if status in (204, 304) else "no", status=status)) as server:
        assert fault_of(web, server.url).reason == words
        assert len(server.requests) == requests
    assert clock.slept == [2.0, 10.0][: requests - 1], "the pauses grow"


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_refused(web: Web, status: int) -> None:
    with ReplayServer(Reply({"message": f"Bad key {KEY}"}, status=status)) as server:
        assert fault_of(web, server.url, secret={"key": KEY}).reason == "it refuses the key"


@pytest.mark.parametrize("failing", [Reply(status=500), Reply({"a": 1}, cut=3), Reply(cut=-1)])
def test_what_passes_is_tried_again(web: Web, clock: Clock, failing: Reply) -> None:
    with ReplayServer(failing, failing, Reply({"a": 1})) as server:
        assert web.get(server.url) == {"a": 1}
        assert len(server.requests) == 3
    assert clock.slept == [2.0, 10.0]


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply({"a": "b" * 99}, cut=50), "its answer was cut off"),
        (Reply({"a": 1}, headers={"Content-Encoding": "gzip"}), "its answer was cut off"),
        (Reply("<html>down for maintenance</html>"), "its answer is no JSON"),
        (Reply(b""), "its answer is no JSON"),
        (Reply(b"\xff\xfe\xfd{"), "its answer is no JSON"),
        (Reply("[" * 100_000), "its answer is no JSON"),
        (Reply("9" * 5_000), "its answer is no JSON"),
        (Reply("3"), "its answer is no JSON"),
        (Reply(b"[" + b" " * MOST_BYTES + b"]"), "its answer is larger than 20 MB"),
        (
            Reply(gzip.compress(b" " * 2 * MOST_BYTES, 1), headers={"Content-Encoding": "gzip"}),
            "its answer is larger than 20 MB",
        ),
    ],
)
def test_nonsense_in_words(web: Web, reply: Reply, words: str) -> None:
    with ReplayServer(reply) as server:
        assert fault_of(web, server.url).reason == words


def test_one_that_cannot_be_reached(web: Web) -> None:
    with kept_port() as port:
        assert fault_of(web, f"http://127.0.0.1:{port}/?key={KEY}").reason == "it cannot be reached"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (f"http://nowhere.invalid/{KEY}", "its name is not known"),
        ("nonsense", "its address is no URL"),
        (f"ftp://x.example/{KEY}", "its address is no URL"),
        (f"http://[{KEY}/", "its address is no URL"),
        (f"http://{'a' * 70}.example/", "its address is no URL"),
    ],
)
def test_an_address_that_is_none(web: Web, url: str, words: str) -> None:
    assert fault_of(web, url).reason == words


def test_a_certificate_is_checked(web: Web) -> None:
    """One that nobody vouches for, of another name, and long expired."""
    with ReplayServer(Reply({"a": 1})) as server:
        server.socket = _context().wrap_socket(server.socket, server_side=True)
        fault = fault_of(web, f"https://127.0.0.1:{server.server_port}/", secret={"key": KEY})
        assert fault.reason == "its certificate is not valid"
        assert server.requests == []


def test_one_that_says_nothing(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backlink_crawler.discovery.web.SECONDS", 0.2)
    with ReplayServer(Reply(delay=600)) as server:
        assert fault_of(web, server.url).reason == "it did not answer within 20 s"
        until(lambda: len(server.requests) >= 3, lambda: "it was not asked three times")
        assert len(server.requests) == 3


def test_one_that_never_ends(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backlink_crawler.discovery.web.MOST_SECONDS", 0.2)
    with ReplayServer(Reply([0] * 9_999, pieces=(0.05, 1))) as server:
        begun = time.monotonic()
        assert fault_of(web, server.url).reason == "it did not answer within 20 s"
        assert time.monotonic() - begun < 300, "it takes 25 minutes to come in whole"


# RFC 9110, section 10.2.3: delay-seconds or an HTTP-date; GitHub, "Exceeding the rate limit": x-ratelimit-remaining is 0
# and x-ratelimit-reset a time in UTC epoch seconds.
@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "7"}, 7), ({"Retry-After": " 0 "}, 0), ({"Retry-After": formatdate(1_790_000_060, usegmt=True)}, 60),
        ({"Retry-After": formatdate(1_700_000_000, usegmt=True)}, 0), ({"Retry-After": "soon"}, None), ({}, None),
        ({"Retry-After": "-3"}, None), ({"Retry-After": "²"}, None), ({"Retry-After": "9" * 500}, 1e9),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1790000030"}, 30),
        ({"X-RateLimit-Remaining": "5", "X-RateLimit-Reset": "1790000030"}, None),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1, 1419704"}, None),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "30"}, None),
    ],
)  # fmt: skip
def test_what_a_source_asks_to_wait(headers: dict[str, str], wait: float | None) -> None:
    assert demanded_wait(headers, 1_790_000_000) == wait


def test_a_server_error_waits_as_long_as_it_says() -> None:
    assert of_status(503, {"Retry-After": "9"}, 0, with_key=False) == failure.Failure(
        "it is down", True, 9, 503
    )


@pytest.mark.parametrize("status", [403, 429, 503])
def test_a_demanded_wait_is_kept(web: Web, clock: Clock, status: int) -> None:
    with ReplayServer(Reply(status=status, headers={"Retry-After": "40"}), Reply({"a": 1})) as server:
        assert web.get(server.url) == {"a": 1}
    assert clock.slept == [40]


@pytest.mark.parametrize(("waits", "slept"), [(["301"], []), (["200", "200"], [200]), (["3"] * 9, [3, 3])])
def test_patience_ends(web: Web, clock: Clock, waits: list[str], slept: list[float]) -> None:
    with ReplayServer(*(Reply(status=429, headers={"Retry-After": wait}) for wait in waits)) as server:
        assert fault_of(web, server.url).reason == "its quota is spent"
    assert clock.slept == slept


def test_between_two_requests_there_is_a_pause(web: Web, clock: Clock) -> None:
    with ReplayServer(Reply([])) as server:
        web.get(server.url, {"n": 1})
        web.get(server.url, {"n": 2})
        clock.now += 1
        web.get(server.url, {"n": 3})
        clock.now -= 9_999
        web.get(server.url, {"n": 4})
        clock.now += 99
        web.get(server.url, {"n": 5})
    assert clock.slept == [1.5, 0.5, 1.5]


def test_a_pause_that_an_answer_demands(web: Web, clock: Clock) -> None:
    with ReplayServer(Reply([])) as server:
        web.get(server.url, {"n": 1})
        web.pause_for(12)
        web.get(server.url, {"n": 1})
        assert clock.slept == [], "what is known already costs no pause"
        web.get(server.url, {"n": 2})
        web.get(server.url, {"n": 3})
        assert clock.slept == [12, 1.5]
        web.pause_for(301)
        assert fault_of(web, server.url, parameters={"n": 4}).reason == "it asks to be left alone for a while"


def test_an_end_of_the_run_ends_a_pause(state: State) -> None:
    stop = threading.Event()
    web = Web(SourceSettings(pause=3_600), state, user_agent=AGENT, sleep=stop.wait)
    with ReplayServer(Reply([])) as server:
        web.get(server.url, {"n": 1})
        threading.Timer(0.2, stop.set).start()
        begun = time.monotonic()
        with pytest.raises(Stopped):
            web.get(server.url, {"n": 2})
        assert time.monotonic() - begun < 1_800
        assert len(server.requests) == 1
    web.close()


def test_a_redirect_on_its_own_host_is_followed(web: Web, clock: Clock) -> None:
    with ReplayServer(Reply(status=301, headers={"Location": "/there?x=1"})) as server:
        server.on("/there", Reply({"a": 1}))
        assert web.get(server.url, secret_headers={"X-Key": KEY}) == {"a": 1}
        assert [asked.headers["x-key"] for asked in server.requests] == [KEY, KEY]
    assert clock.slept == [1.5], "it is a request as any other"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_host_is_not_followed(web: Web, status: int) -> None:
    with ReplayServer(Reply({"a": 1})) as other:
        place = f"http://localhost:{other.server_port}/?key={KEY}"
        with ReplayServer(Reply(status=status, headers={"Location": place})) as server:
            fault = fault_of(web, server.url, secret={"key": KEY}, secret_headers={"Authorization": KEY})
        with ReplayServer(Reply(status=status, headers={"Location": other.url})) as server:
            other_port = fault_of(web, server.url)
        assert other.requests == []
    assert str(fault) == str(other_port) == "it redirects to another host"


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("/", "it redirects without end"),
        ("//", "it redirects to another host"),
        ("ftp://127.0.0.1/", "it redirects to another host"),
        ("https://127.0.0.1:1/", "it cannot be reached"),
    ],
)
def test_other_redirects(web: Web, location: str, words: str) -> None:
    with ReplayServer(Reply(status=302, headers={"Location": location})) as server:
        assert fault_of(web, server.url).reason == words
        assert len(server.requests) <= 4


def test_an_answer_is_kept_for_a_day(web: Web, clock: Clock) -> None:
    with ReplayServer(lambda request: Reply({"query": request.query})) as server:
        first = web.get(server.url, {"q": "a"}, secret={"key": KEY})
        assert web.get(server.url, {"q": "a"}, secret={"key": "another"}) == first
        assert len(server.requests) == 1
        web.get(server.url, {"q": "b"})
        clock.now += DAY + 1
        web.get(server.url, {"q": "a"})
        assert len(server.requests) == 3
    assert clock.slept == [1.5]


def test_an_answer_of_no_use_is_not_kept(web: Web) -> None:
    with ReplayServer(
        Reply("nonsense"), Reply({"error": "maxlag"}), Reply({"n": 3}), Reply({"n": 4})
    ) as server:
        fault_of(web, server.url)
        assert web.get(server.url) == {"error": "maxlag"}
        web.forget_latest()
        assert [web.get(server.url), web.get(server.url)] == [{"n": 3}] * 2
        server.on("/down", Reply(status=404))
        fault_of(web, f"{server.url}/down")
        web.forget_latest()
        assert web.get(server.url) == {"n": 3}, "a failure makes nobody forget the answer before it"


def test_no_word_of_the_key_stays(web: Web, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def echoing(request: Request) -> Reply:
        return Reply(
            {
                "url": f"https://api.example{request.target}",
                "key": request.query["key"],
                "header": request.headers["x-key"],
            }
        )

    caplog.set_level(logging.DEBUG)
    logging.getLogger("urllib3").setLevel(logging.DEBUG)
    with ReplayServer(echoing) as server:
        server.on("/down", Reply({"error": KEY}, status=500, headers={"X-Error": KEY}))
        server.on("/nonsense", Reply(f"<p>{KEY}"))
        server.on("/away", Reply(status=302, headers={"Location": f"https://elsewhere.example/?key={KEY}"}))
        server.on("/cut", Reply({"key": KEY}, cut=9))
        said: dict[str, Any] = {"secret": {"key": KEY}, "secret_headers": {"X-Key": f"token {KEY}"}}
        answer = web.get(server.url, {"q": 1}, **said)
        faults = [
            fault_of(web, f"{server.url}/{path}", **said) for path in ("down", "nonsense", "away", "cut")
        ]
        assert all(asked.query["key"] == KEY and KEY in asked.headers["x-key"] for asked in server.requests)
    assert answer["key"] == "-"
    assert answer["header"] == "token -"
    assert answer["url"] == "https://api.example/?q=1&key=-"
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    with sqlite3.connect(tmp_path / FILE_NAME) as db:
        addresses = [row[0] for row in db.execute("SELECT address FROM answer")]
    db.close()
    assert len(addresses) == 1
    shown = (
        caplog.text
        + repr(faults)
        + repr(web.settings)
        + "".join(addresses)
        + kept.decode("latin-1")
        + json.dumps(answer)
    )
    for part in ("s3cr3t", "k/y", "k%2Fy"):
        assert part not in shown


@pytest.mark.parametrize(
    ("body", "keys", "shown"),
    [
        (b'{"a": "k+/=k+/=k+/=k+/=k+/=k+/="}', ["k+/=k+/=k+/="], b'{"a": "--"}'),
        (b"?a=k%2B%2F%3D23456789&k%2F%2Fk23456789", ["k+/=23456789", "k//k23456789"], b"?a=-&-"),
        (rb'"q\"uote1234567"', ['q"uote1234567'], rb'"-"'),
        (b'{"public": 1}', ["public", "", "1"], b'{"public": 1}'),
        (b"abcdefghijklmn abcdefghijkl", ["abcdefghijkl", "abcdefghijklmn"], b"- -"),
        ("schlüssel-xyz schl\\u00fcssel-xyz schl%C3%BCssel-xyz".encode(), ["schlüssel-xyz"], b"- - -"),
    ],
)
def test_a_dash_for_every_key(body: bytes, keys: list[str], shown: bytes) -> None:
    assert without_keys(body, keys) == shown


def test_credentials_of_the_machine_are_not_sent(
    web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password mine\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with ReplayServer(Reply([])) as server:
        web.get(server.url, secret_headers={"Authorization": "Bearer x"})
        web.get(server.url, {"n": 2})
        assert [asked.headers.get("authorization") for asked in server.requests] == ["Bearer x", None]


def test_progress_is_kept_by_source_target_and_settings(tmp_path: Path) -> None:
    asked = Asked("github", "acme.example", "d1")
    with State(tmp_path / FILE_NAME) as state:
        assert state.progress(asked) is None
        state.keep_progress(asked, {"page": 2, "text": "\ud800"}, 5.0)
    with State(tmp_path / FILE_NAME) as state:
        assert state.progress(asked) == Progress({"page": 2, "text": "\ud800"}, 5.0)
        assert state.progress(attrs.evolve(asked, settings="d2")) is None
        state.keep_progress(asked, None, 6.0)
        assert state.progress(asked) == Progress(None, 6.0)


def test_old_answers_are_dropped(tmp_path: Path) -> None:
    with State(tmp_path / FILE_NAME, 0.0) as state:
        state.keep_answer("old", b"1", 0.0)
        state.keep_answer("new", b"2", 2.0 * DAY)
    State(tmp_path / FILE_NAME, 8.0 * DAY).close()
    with sqlite3.connect(tmp_path / FILE_NAME) as db:
        assert [row[0] for row in db.execute("SELECT address FROM answer")] == ["new"]
    db.close()


def test_a_file_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "broken.db").write_text("no database, but text that is long enough to be read as one")
    (tmp_path / "file").touch()
    for path in (tmp_path / "broken.db", tmp_path / "file" / FILE_NAME):
        with pytest.raises(IndexFault, match="cannot be used"):
            State(path)
    with State(tmp_path / FILE_NAME) as state:
        pass
    with pytest.raises(IndexFault, match="cannot be used"):
        state.answer("x", 0.0)
    with sqlite3.connect(tmp_path / FILE_NAME) as db:
        db.execute(f"PRAGMA user_version = {FORMAT + 1}")
    db.close()
    with pytest.raises(NewerIndexError):
        State(tmp_path / FILE_NAME)
