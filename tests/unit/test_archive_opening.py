"""Archives opened where they lie: what breaks off goes on from there, politely; what is not there is said in one line."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from backlink_crawler.archive import ranged
from backlink_crawler.archive.opening import open_archive
from backlink_crawler.archive.ranged import MOST_FAILURES, PATIENCE, PAUSES
from backlink_crawler.errors import ArchiveFault
from tests.object_store import ObjectStore, moto_server
from tests.ports import kept_port

DATA = bytes(range(256)) * 4_000
Behave = Callable[["Server", int, int], None]


class Server(BaseHTTPRequestHandler):
    """One request to a file of ours; ``behave`` may spoil the answer."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        self.seen.append(
            (self.headers.get("Range"), self.headers["User-Agent"], self.headers["Authorization"])
        )
        begin = int(asked[1]) if asked else 0
        end = int(asked[2]) + 1 if asked and asked[2] else len(DATA)
        self.behave(self, begin, end)

    def answer(
        self, begin: int, end: int, *, sent: int | None = None, etag: str = '"1"', **fields: str
    ) -> None:
        """A part, of which only so many bytes are sent before the connection is closed."""
        is_whole = (begin, end) == (0, len(DATA))
        self.send_response(200 if is_whole else 206)
        if not is_whole:
            self.send_header("Content-Range", f"bytes {begin}-{end - 1}/{len(DATA)}")
        self.send_header("Content-Length", str(end - begin))
        self.send_header("ETag", etag)
        self.send_header("Connection", "close")
        for name, value in fields.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(DATA[begin : end if sent is None else min(begin + sent, end)])

    def refuse(self, status: int, **fields: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": "0", **fields}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass

    behave: Behave
    seen: list[tuple[str | None, str, str | None]]


@contextmanager
def serve(*behaviours: Behave) -> Iterator[tuple[str, type[Server]]]:
    """A server that behaves so, request by request, and as the last from there on."""
    waiting = list(behaviours)

    def behave(server: Server, begin: int, end: int) -> None:
        (waiting.pop(0) if len(waiting) > 1 else waiting[0])(server, begin, end)

    kind = type("Handler", (Server,), {"behave": staticmethod(behave), "seen": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/crawl/file.warc.gz", kind
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited, had time passed."""
    waited: list[float] = []
    defaults = ranged.RangedFile.__init__.__kwdefaults__
    monkeypatch.setitem(defaults, "sleep", waited.append)
    return waited


def whole(server: Server, begin: int, end: int) -> None:
    server.answer(begin, end)


def test_a_local_file(tmp_path: Path) -> None:
    path = tmp_path / "a b.warc.gz"
    path.write_bytes(DATA)
    for location in (str(path), f"file://{path}"):
        with open_archive(location) as file:
            assert file.read() == DATA
    with open_archive(str(path), begin=300, length=50) as file:
        assert file.read() == DATA[300:350]
    with open_archive(str(path), begin=300) as file:
        assert file.read() == DATA[300:]
    for missing, cause in ((tmp_path / "none", FileNotFoundError), (tmp_path, IsADirectoryError)):
        with pytest.raises(ArchiveFault, match="cannot be read: ") as fault:
            open_archive(str(missing))
        assert isinstance(fault.value.__cause__, cause)


@pytest.mark.parametrize(("name", "begin"), [("a\0b", 0), ("file", 10**30)])
def test_a_place_that_no_file_has(tmp_path: Path, name: str, begin: int) -> None:
    (tmp_path / "file").write_bytes(b"0123456789")
    with pytest.raises(ArchiveFault, match="cannot be read") as caught:
        open_archive(f"{tmp_path}/{name}", begin=begin, length=5)
    assert isinstance(caught.value.__cause__, FileNotFoundError)


def test_over_http(waits: list[float]) -> None:
    with serve(whole) as (url, server):
        with open_archive(url) as file:
            assert file.read() == DATA
        with open_archive(url, begin=1_000, length=500) as file:
            assert file.read() == DATA[1_000:1_500]
        with open_archive(url) as file:
            assert file.seek(-5, io.SEEK_END) == len(DATA) - 5
            assert file.read() == DATA[-5:]
            file.seek(700)
            assert (file.read(9), file.tell()) == (DATA[700:709], 709)
    assert waits == []
    assert [seen[0] for seen in server.seen[:2]] == [None, "bytes=1000-1499"]
    assert server.seen[0][1].startswith("backlink_crawler/")


@pytest.mark.parametrize("sent", [1, 70_000, 1_000_000])
def test_what_breaks_off_goes_on(waits: list[float], sent: int) -> None:
    breaks = [lambda server, begin, end: server.answer(begin, end, sent=sent)] * 3
    with serve(*breaks, whole) as (url, server), open_archive(url) as file:
        assert file.read() == DATA
    assert [seen[0] for seen in server.seen] == [None, *(f"bytes={sent * turn}-" for turn in (1, 2, 3))][
        : len(server.seen)
    ]
    assert len(server.seen) == min(4, -(-len(DATA) // sent))
    assert set(waits) == {PAUSES[0]}  # what came in between begins the count anew


def test_a_server_without_ranges(waits: list[float]) -> None:
    def plain(server: Server, begin: int, end: int) -> None:
        server.answer(0, len(DATA), sent=100_000 if len(server.seen) == 1 else None)

    with serve(plain) as (url, _), open_archive(url) as file:
        assert file.read() == DATA


def test_it_is_asked_politely(waits: list[float]) -> None:
    refusals = [
        lambda server, begin, end: server.refuse(503),
        lambda server, begin, end: server.refuse(503, Retry_After="7"),
        lambda server, begin, end: server.refuse(429, Retry_After="nonsense"),
        lambda server, begin, end: server.refuse(500),
        lambda server, begin, end: setattr(server, "close_connection", True),
    ]
    with serve(*refusals, whole) as (url, _), open_archive(url) as file:
        assert file.read() == DATA
    assert waits == [PAUSES[0], 7.0, PAUSES[2], PAUSES[3], PAUSES[4]]


def test_not_without_end(waits: list[float]) -> None:
    with serve(lambda server, begin, end: server.refuse(503)) as (url, server), open_archive(url) as file:
        with pytest.raises(ArchiveFault, match=r"crawl/file\.warc\.gz: the server answers with status 503"):
            file.read()
        assert (len(server.seen), waits) == (len(PAUSES) + 1, list(PAUSES))
    with serve(lambda server, begin, end: server.refuse(429, Retry_After=f"{PATIENCE + 1:.0f}")) as (
        url,
        server,
    ):
        with open_archive(url) as file, pytest.raises(ArchiveFault, match="status 429"):
            file.read()
        assert len(server.seen) == 1
    waits.clear()
    trickle: Behave = lambda server, begin, end: server.answer(begin, end, sent=1)  # noqa: E731
    with serve(trickle) as (url, _), open_archive(url) as file, pytest.raises(ArchiveFault):
        file.read()
    assert len(waits) == MOST_FAILURES


@pytest.mark.parametrize(
    ("behave", "words", "cause"),
    [
        (lambda server, begin, end: server.refuse(404), "there is no such file", FileNotFoundError),
        (lambda server, begin, end: server.refuse(403), "the server answers with status 403", type(None)),
        (
            lambda server, begin, end: server.refuse(206, Content_Range="bytes 7-9/10"),
            "another part",
            type(None),
        ),
    ],
)
def test_what_no_patience_helps(waits: list[float], behave: Behave, words: str, cause: type) -> None:
    with serve(behave) as (url, server):
        secret = url.replace("http://", "http://me:secret@") + "?X-Amz-Signature=secret"
        with open_archive(secret) as file, pytest.raises(ArchiveFault) as fault:
            file.read()
    assert words in fault.value.reason
    assert "secret" not in str(fault.value)
    assert isinstance(fault.value.__cause__, cause)
    assert (len(server.seen), waits) == (1, [])
    assert server.seen[0][2] == "Basic bWU6c2VjcmV0"


def test_a_file_that_changes_is_not_mixed(waits: list[float]) -> None:
    first: Behave = lambda server, begin, end: server.answer(begin, end, sent=100_000)  # noqa: E731
    then: Behave = lambda server, begin, end: server.answer(begin, end, etag='"2"')  # noqa: E731
    with (
        serve(first, then) as (url, _),
        open_archive(url) as file,
        pytest.raises(ArchiveFault, match="changed"),
    ):
        file.read()


def test_nobody_is_there(waits: list[float]) -> None:
    with (
        kept_port() as port,
        open_archive(f"http://127.0.0.1:{port}/a.warc.gz") as file,
        pytest.raises(ArchiveFault, match="the connection failed"),
    ):
        file.read()
    with pytest.raises(ArchiveFault, match="no archive can be read by gopher"):
        open_archive("gopher://host/file")


@pytest.fixture(scope="module")
def store() -> Iterator[ObjectStore]:
    with moto_server() as server:
        yield server


def test_on_s3(store: ObjectStore, monkeypatch: pytest.MonkeyPatch, waits: list[float]) -> None:
    for name, value in store.environment.items():
        monkeypatch.setenv(name, value)
    store.client().put_object(Bucket=store.bucket, Key="crawl/file.warc.gz", Body=DATA)
    place = f"s3://{store.bucket}/crawl/file.warc.gz"
    with open_archive(place) as file:
        assert file.read() == DATA
    with open_archive(place, begin=1_000, length=500) as file:
        assert file.read() == DATA[1_000:1_500]
    with (
        open_archive(f"{place}.missing") as file,
        pytest.raises(ArchiveFault, match="there is no such file") as fault,
    ):
        file.read()
    assert isinstance(fault.value.__cause__, FileNotFoundError)
    assert waits == []


def test_a_disk_that_fails_is_told_in_one_line() -> None:
    """The first page of a process is never mapped: who reads it gets EIO."""
    with open_archive("/proc/self/mem") as file, pytest.raises(ArchiveFault) as fault:
        file.read(10)
    assert fault.value.reason == "the archive /proc/self/mem cannot be read: Input/output error"
