"""WARC files: what is written, by the sections of WARC 1.1 (ISO 28500:2017); and one response read back."""

from __future__ import annotations

import gzip
import os
import resource
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from warcio.checker import Checker

from backlink_crawler.archive.exchange import Exchange, Heads
from backlink_crawler.archive.place import beside
from backlink_crawler.archive.record import parse, read_record, response
from backlink_crawler.archive.writer import ArchiveWriter
from backlink_crawler.errors import ArchiveFault, UsageError

DATE = datetime(2026, 11, 22, 10, 0, 0, 5, tzinfo=UTC)
SENT = b"GET /a HTTP/1.1\r\nHost: example.com\r\n\r\n"
CAME = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n"
BODY = b"<p>proof"


def exchange(
    came: bytes = CAME, sent: bytes = SENT, ip_address: str | None = None, truncated: str | None = None
) -> Exchange:
    return Exchange("https://example.com/a", Heads(DATE, sent, came, ip_address), truncated)


def archive(directory: Path, **more: int) -> ArchiveWriter:
    return ArchiveWriter(directory, "job-1", {"software": "test"}, **more)


def records(path: Path) -> list[str]:
    """The records of a file, as text; each is a gzip member."""
    return gzip.decompress(path.read_bytes()).decode("latin-1").split("WARC/1.1\r\n")[1:]


def fields(record: str) -> dict[str, str]:
    head = record.partition("\r\n\r\n")[0]
    return dict(line.split(": ", 1) for line in head.split("\r\n"))


def block(record: str) -> str:
    return record.partition("\r\n\r\n")[2].removesuffix("\r\n\r\n")


def test_records_of_an_exchange(tmp_path: Path) -> None:
    writer = archive(tmp_path)
    writer.write(exchange(ip_address="192.0.2.7", truncated="time"), BODY)
    writer.close()
    info, response, request = map(fields, records(writer.path))
    # 5.4: with fractions; 5.5: no angle brackets around the URI any more; 6.2: Content-Type of warcinfo
    assert (info["WARC-Type"], info["Content-Type"], info["WARC-Filename"]) == (
        "warcinfo",
        "application/warc-fields",
        writer.path.name,
    )
    assert response == {
        "WARC-Type": "response",
        "WARC-Record-ID": response["WARC-Record-ID"],
        "WARC-Target-URI": "https://example.com/a",
        "WARC-Date": "2026-11-22T10:00:00.000005Z",
        "WARC-Warcinfo-ID": info["WARC-Record-ID"],
        "WARC-IP-Address": "192.0.2.7",
        "WARC-Truncated": "time",
        "WARC-Payload-Digest": "sha1:374RUGMUKNBBQSAWDMQ7D5ETU43MJS2R",  # sha1sum and base32 say so
        "WARC-Block-Digest": response["WARC-Block-Digest"],
        "Content-Type": "application/http; msgtype=response",
        "Content-Length": str(len(CAME + BODY)),
    }
    assert (request["WARC-Type"], request["WARC-Concurrent-To"]) == ("request", response["WARC-Record-ID"])
    assert {request[name] for name in ("WARC-Target-URI", "WARC-Date")} == {
        response[name] for name in ("WARC-Target-URI", "WARC-Date")
    }
    assert len({record["WARC-Record-ID"] for record in (info, response, request)}) == 3
    assert [block(record) for record in records(writer.path)[1:]] == [(CAME + BODY).decode(), SENT.decode()]


@pytest.mark.parametrize(
    ("came", "kept"),
    [
        # the chunks are joined, so the header that speaks of them is not true of the payload
        (
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nX: 1\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nX-Crawl-transfer-encoding: chunked\r\nX: 1\r\n\r\n",
        ),
        (
            b"HTTP/1.1 200 OK\nTransfer-Encoding : chunked\n\n",
            b"HTTP/1.1 200 OK\nX-Crawl-Transfer-Encoding : chunked\n\n",
        ),
        # all else is as it came: case, order, repetition, white space, what is no header, the coding of the content
        (
            b"HTTP/1.0 404 \r\nSET-cookie: a\r\nset-Cookie:  b \r\nnonsense\r\nA: 1\r\n  2\r\n\r\n",
            b"HTTP/1.0 404 \r\nSET-cookie: a\r\nset-Cookie:  b \r\nnonsense\r\nA: 1\r\n  2\r\n\r\n",
        ),
        (
            b"HTTP/1.1 200\r\nContent-Encoding: br\r\nX-Transfer-Encoding: y\r\n\r\n",
            b"HTTP/1.1 200\r\nContent-Encoding: br\r\nX-Transfer-Encoding: y\r\n\r\n",
        ),
    ],
)
def test_heads_are_kept_as_they_came(tmp_path: Path, came: bytes, kept: bytes) -> None:
    writer = archive(tmp_path)
    writer.write(exchange(came), BODY)
    assert block(records(writer.path)[1]).encode("latin-1") == kept + BODY


def test_credentials_are_not_kept(tmp_path: Path) -> None:
    writer = archive(tmp_path)
    sent = b"GET / HTTP/1.1\r\nproxy-Authorization: Basic c2VjcmV0\r\nHost: a\r\nCookie: s=1\r\nAuthorization: x\r\n\r\n"
    writer.write(exchange(sent=sent), BODY)
    assert block(records(writer.path)[2]) == "GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def test_a_response_is_read_back(tmp_path: Path) -> None:
    writer = archive(tmp_path)
    came = b"HTTP/1.1 203 Non-Authoritative\r\nX-a:  1\r\n 2 \r\nx-A: 3\r\nnonsense\r\nContent-Encoding: gzip\r\n\r\n"
    packed = gzip.compress(BODY)
    writer.write(exchange(), b"another")
    name, offset = writer.write(exchange(came, ip_address="2001:db8::1"), packed)
    record = read_record(str(tmp_path / name), offset)
    assert (record.url, record.date, record.status) == (
        "https://example.com/a",
        "2026-11-22T10:00:00.000005Z",
        203,
    )
    assert record.headers == [(b"X-a", b"1 2"), (b"x-A", b"3"), (b"Content-Encoding", b"gzip")]
    assert (record.payload, record.body, record.ip_address) == (packed, BODY, "2001:db8::1")
    fetch = record.fetch()
    assert fetch.headers == [(b"X-A", b"1 2"), (b"X-A", b"3"), (b"Content-Encoding", b"gzip")]
    assert (fetch.body, fetch.complete, fetch.fetch_mode) == (BODY, True, "archive")


@pytest.mark.parametrize(
    ("payload", "truncated"), [(gzip.compress(BODY * 99)[:-12], None), (gzip.compress(BODY), "time")]
)
def test_what_was_cut_is_not_complete(tmp_path: Path, payload: bytes, truncated: str | None) -> None:
    writer = archive(tmp_path)
    came = CAME.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n")
    name, offset = writer.write(exchange(came, truncated=truncated), payload)
    fetch = read_record(str(tmp_path / name), offset).fetch()
    assert fetch.body.startswith(BODY)
    assert not fetch.complete


def test_what_is_no_response_is_told(tmp_path: Path) -> None:
    writer = archive(tmp_path)
    name, offset = writer.write(exchange(), BODY)
    whole = (tmp_path / name).read_bytes()
    request = whole.index(b"\x1f\x8b", offset + 1)
    cut = tmp_path / "cut.warc.gz"
    cut.write_bytes(whole[: offset + 40])
    damaged = tmp_path / "damaged.warc.gz"
    damaged.write_bytes(whole[: request - 6] + b"\0" + whole[request - 5 :])
    other = tmp_path / "other.gz"
    other.write_bytes(gzip.compress(b"a letter\r\n\r\n"))
    for path, place, reason in [
        (tmp_path / "gone.warc.gz", 0, "gone.warc.gz cannot be read: No such file"),
        (tmp_path, 0, "cannot be read: Is a directory"),
        (tmp_path / name, 0, "that is a warcinfo record"),
        (tmp_path / name, request, "that is a request record"),
        (tmp_path / name, offset + 1, f"{name} holds no response at {offset + 1}: "),
        (tmp_path / name, len(whole), "cut off"),
        (tmp_path / name, -1, "cannot be read: Invalid argument"),
        (cut, offset, "cut off"),
        (damaged, offset, "incorrect data check"),
        (other, 0, "that is no WARC record"),
    ]:
        with pytest.raises(ArchiveFault) as fault:
            read_record(str(path), place)
        assert reason in fault.value.reason
        assert fault.value.hint
        assert fault.value.exit_code == 5


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (b"WARC/1.0\r\nWARC-Type: response\r\nContent-Type: text/dns\r\n\r\n", "response record"),
        (
            b"WARC/1.0\r\nWARC-Type: response\r\nContent-Type: application/http\r\nContent-Length: 9\r\n\r\nHTTP/1.1",
            "cut off",
        ),
        (
            b"WARC/1.0\r\nWARC-Type: response\r\nContent-Type: application/http\r\nContent-Length: 8\r\n\r\nSPDY/1.1",
            "status line",
        ),
    ],
)
def test_a_response_that_is_none(record: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse(record)


@pytest.mark.parametrize(
    "before", [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 2]
)
def test_answers_that_come_before_are_none(before: bytes) -> None:
    """RFC 9110, section 15.2: one that is interim is followed by the final one."""
    fields = {"warc-target-uri": "https://example.com/a", "warc-date": "2026-11-22T10:00:00Z"}
    read = response(fields, before + CAME + BODY)
    assert (read.status, read.payload, read.headers) == (200, BODY, [(b"content-type", b"text/html")])


def test_a_full_file_is_followed_by_another(tmp_path: Path) -> None:
    writer = archive(tmp_path, most_bytes=3_000)
    places = [writer.write(exchange(), os.urandom(700)) for _ in range(12)]
    writer.close()
    names = list(dict.fromkeys(name for name, _ in places))
    assert len(names) == writer.files > 3
    assert names == sorted(path.name for path in tmp_path.iterdir())
    assert {name.partition("-")[2] for name in names} == {
        f"job-1-{serial:05}.warc.gz" for serial in range(len(names))
    }
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) == writer.bytes
    assert all(read_record(str(tmp_path / name), offset).status == 200 for name, offset in places)
    checker = Checker(type("Options", (), {"verbose": False, "inputs": list(map(str, tmp_path.iterdir()))}))
    checker.process_all()
    assert checker.exit_value == 0


def test_runs_never_share_a_file(tmp_path: Path) -> None:
    """A run that was killed and started again within a second."""
    writers = [archive(tmp_path) for _ in range(3)]
    names = {writer.write(exchange(), BODY)[0] for writer in writers}
    assert len(names) == 3
    assert all("/" not in ArchiveWriter(tmp_path, "a/b c", {}).path.name for _ in range(2))


def test_a_run_without_responses_leaves_no_file(tmp_path: Path) -> None:
    archive(tmp_path / "new").close()
    assert list((tmp_path / "new").iterdir()) == []


def open_below(directory: Path) -> list[str]:
    """The files there that this process has open; what else it has open is not ours to count."""
    found = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # another thread closed it just now
            found.append(str(descriptor.readlink()))
    return [name for name in found if name.startswith(str(directory))]


def test_what_was_written_is_synced_while_files_change(tmp_path: Path) -> None:
    """One thread writes, another syncs: all files are closed in the end, and none before it is full."""
    writer = archive(tmp_path, most_bytes=2_000)
    done = threading.Event()

    def sync() -> None:
        while not done.is_set():
            writer.sync()

    with ThreadPoolExecutor(1) as pool:
        syncing = pool.submit(sync)
        try:
            places = [writer.write(exchange(), BODY) for _ in range(300)]
        finally:
            done.set()
        syncing.result()
    writer.close()
    assert writer.files > 50
    assert open_below(tmp_path) == []
    assert all(read_record(str(tmp_path / name), offset).body == BODY for name, offset in places)


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file may grow beyond a size, as on a full disk (setrlimit(2))."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_no_room_leaves_whole_records(tmp_path: Path) -> None:
    writer = archive(tmp_path)
    with room_for(20_000):
        kept = [writer.write(exchange(), os.urandom(8_000))]
        with pytest.raises(ArchiveFault, match=f"the archive {tmp_path} cannot be written"):
            writer.write(exchange(), os.urandom(16_000))
    kept.append(writer.write(exchange(), BODY))
    writer.close()
    assert [len(read_record(str(tmp_path / name), offset).body) for name, offset in kept] == [
        8_000,
        len(BODY),
    ]
    assert len(records(writer.path)) == 5


@pytest.mark.parametrize("place", ["file.txt", "file.txt/warc", "/proc/warc"])
def test_no_place_for_an_archive(tmp_path: Path, place: str) -> None:
    (tmp_path / "file.txt").write_text("a file")
    with pytest.raises(ArchiveFault, match="cannot be written") as fault:
        archive(tmp_path / place)
    assert "warc=DIR" in fault.value.hint


def test_dates_are_utc(tmp_path: Path) -> None:
    writer = archive(tmp_path)
    east = DATE.astimezone(timezone(timedelta(hours=5)))
    name, offset = writer.write(Exchange("http://a.example/", Heads(east, SENT, CAME)), BODY)
    assert read_record(str(tmp_path / name), offset).date == "2026-11-22T10:00:00.000005Z"


def test_next_to_an_index() -> None:
    assert beside("data/index") == Path("data/warc")
    assert beside("index") == Path("warc")
    with pytest.raises(UsageError, match="s3://bucket/index") as error:
        beside("s3://bucket/index")
    assert "--warc DIR" in error.value.hint
