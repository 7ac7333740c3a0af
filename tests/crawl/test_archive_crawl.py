"""A crawl that keeps its responses: all are there, to the byte, for any reader of WARC files, whatever ends the crawl."""

from __future__ import annotations

import gzip
import json
import random
import resource
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import attrs
import brotli
import pytest
from fastwarc.stream_io import GzipReader
from fastwarc.warc import ArchiveIterator as Fastwarc
from fastwarc.warc import WarcRecordType
from hostile_server import HTML, PAGE, compressed, crawl, serve, silence, whole
from scrapy.utils.defer import deferred_f_from_coro_f
from test_faults import INDEX_FAULT, Crawls, bound_by_permissions, set_writable, told
from test_kill import facts
from warcio.archiveiterator import ArchiveIterator as Warcio

from backlink_crawler.archive.record import Record, read_record
from backlink_crawler.classify.target import Targets, parse_target
from backlink_crawler.facts.reading import read
from backlink_crawler.frontier.store import JobStore
from backlink_crawler.items import Visit
from backlink_crawler.localweb.message import response
from backlink_crawler.localweb.server import LocalWeb
from backlink_crawler.page.coding import zstd
from backlink_crawler.wiring import PIPELINES
from tests.index_rows import stored

CIRCUMSTANCES = {
    "requested_url", "redirects", "redirect_statuses", "fetched_at", "fetch_mode", "user_agent", "remote_ip", "elapsed_ms",
    "warc_file", "warc_offset", "crawl_id", "provenance", "robots_googlebot",
}  # fmt: skip
UNJUDGED = dict.fromkeys(path for path in PIPELINES if "record" not in path)
JUDGED_BY_THE_FETCH = {"/cut", "/slow", "/huge", "/image", "/same"}
"""Whether a page came whole, and whether a 304 was asked for, is not in the response."""
GZIPPED = gzip.compress(PAGE, mtime=0)
CHUNKED = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (PAGE[:20], PAGE[20:], b""))


def archived(directory: Path, visit: Visit | dict[str, Any]) -> Record:
    """The record that a visit points to."""
    said = visit if isinstance(visit, dict) else attrs.asdict(visit)
    return read_record(str(directory / said["warc_file"]), said["warc_offset"])


def by_warcio(directory: Path) -> Iterator[tuple[str, str, int, bytes, bytes]]:
    """All records, their digests checked: type, URL, offset, HTTP head, payload as it came."""
    for path in sorted(directory.iterdir()):
        with path.open("rb") as file:
            records = Warcio(file, check_digests="raise")
            for record in records:
                url = record.rec_headers.get_header("WARC-Target-URI")
                payload = record.raw_stream.read()
                head = record.http_headers.to_ascii_bytes() if record.http_headers else b""
                yield record.rec_type, url, records.get_record_offset(), head, payload


def by_fastwarc(directory: Path) -> Iterator[tuple[str, int, bytes]]:
    """All responses, their digests checked: URL, status, payload as it came."""
    for path in sorted(directory.iterdir()):
        for record in Fastwarc(GzipReader(str(path)), verify_digests=True):
            if record.record_type == WarcRecordType.response:
                yield record.headers["WARC-Target-URI"], record.http_headers.status_code, record.reader.read()


@deferred_f_from_coro_f
async def test_what_came_over_the_wire(tmp_path: Path) -> None:
    odd = b"HTTP/1.1 200 Sure\r\ncontent-TYPE:  text/html \r\nX-a: 1\r\nserver: s\r\nx-A: 2\r\n folded\r\nno header\r\n"
    answers = {
        "/odd": whole(head=odd),
        "/gzip": compressed(GZIPPED, b"gzip"),
        "/br": compressed(brotli.compress(PAGE), b"br"),
        "/zstd": compressed(zstd.compress(PAGE), b"zstd"),
        "/chunked": lambda to: to.sendall(HTML + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKED),
        "/open": lambda to: to.sendall(HTML + b"\r\n" + PAGE),
        "/old": lambda to: to.sendall(HTML.replace(b"\r\n", b"\n") + b"\n" + PAGE),
        "/hint": whole(head=b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + HTML),
        "/cut": whole(length=len(PAGE) + 9),
        "/slow": lambda to: (to.sendall(HTML + b"Content-Length: 999\r\n\r\n" + PAGE), silence(to)),
        "/huge": whole(length=5_000_000),
        "/image": whole(b"\x89PNG", b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n"),
        "/empty": whole(b""),
        "/moved": whole(b"gone there", b"HTTP/1.1 301 Moved\r\nLocation: /end\r\n"),
        "/end": whole(b"<p>the end"),
        "/same": lambda to: to.sendall(b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n'),
        "/none": lambda to: None,
    }  # fmt: skip
    with serve(answers) as server:
        base = f"http://127.0.0.1:{server.port}"
        urls = [base + path for path in answers if path != "/end"]
        visits, crawler = await crawl(
            urls, tmp_path, {"ITEM_PIPELINES": UNJUDGED}, {f"{base}/slow": 5.0},
            allow_private="yes", warc=str(tmp_path / "warc"),
        )  # fmt: skip
    records = {
        url.removeprefix(base): archived(tmp_path / "warc", visit)
        for url, visit in visits.items()
        if visit.warc_file
    }
    assert visits.keys() == set(urls)
    assert records.keys() == answers.keys() - {"/end", "/none"}
    assert visits[f"{base}/none"].outcome == "connection_error"

    def last(path: str) -> tuple[str, bytes, str | None]:
        record = records[path]
        return record.url.removeprefix(base), record.payload, record.truncated

    assert {path: last(path) for path in records} == {
        "/odd": ("/odd", PAGE, None),
        "/gzip": ("/gzip", GZIPPED, None),
        "/br": ("/br", brotli.compress(PAGE), None),
        "/zstd": ("/zstd", zstd.compress(PAGE), None),
        "/chunked": ("/chunked", PAGE, None),
        "/open": ("/open", PAGE, None),
        "/old": ("/old", PAGE, None),
        "/hint": ("/hint", PAGE, None),
        "/cut": ("/cut", PAGE, "disconnect"),
        "/slow": ("/slow", PAGE, "time"),
        "/huge": ("/huge", b"", "length"),
        "/image": ("/image", b"", "length"),
        "/empty": ("/empty", b"", None),
        "/moved": ("/end", b"<p>the end", None),
        "/same": ("/same", b"", None),
    }
    assert {record.ip_address for record in records.values()} == {"127.0.0.1"}

    found = list(by_warcio(tmp_path / "warc"))
    responses = {
        url.removeprefix(base): (head, body) for kind, url, _, head, body in found if kind == "response"
    }
    requests = {url.removeprefix(base): head for kind, url, _, head, _ in found if kind == "request"}
    assert responses.keys() == requests.keys() == records.keys() | {"/end"}
    assert responses["/moved"][1] == b"gone there"
    assert responses["/odd"][0].startswith(b"HTTP/1.1 200 Sure\r\ncontent-TYPE: text/html\r\nX-a: 1\r\n")
    assert b"X-Crawl-Transfer-Encoding: chunked" in responses["/chunked"][0]
    assert all(requests[path].startswith(b"GET %s HTTP/1.1\r\n" % path.encode()) for path in requests)
    assert all(b"\r\nHost: 127.0.0.1" in head for head in requests.values())
    raw = gzip.decompress((tmp_path / "warc" / visits[urls[0]].warc_file).read_bytes())
    assert odd + b"Content-Length: %d\r\n\r\n" % len(PAGE) + PAGE in raw
    statuses = {"/moved": 301, "/same": 304}
    assert sorted((url, status) for url, status, _ in by_fastwarc(tmp_path / "warc")) == sorted(
        (base + path, statuses.get(path, 200)) for path in responses
    )

    targets = Targets([parse_target("example.com")])
    for path in records.keys() - JUDGED_BY_THE_FETCH:
        assert facts_of(read(records[path].fetch(), targets)) == facts_of(visits[base + path]), path
    assert crawler.stats.get_value("backlinks/archive/responses") == len(responses)
    assert crawler.stats.get_value("backlinks/archive/files") == 1
    size = sum(path.stat().st_size for path in (tmp_path / "warc").iterdir())
    assert crawler.stats.get_value("backlinks/archive/bytes") == size


def facts_of(visit: Visit) -> dict[str, Any]:
    """What a visit says of its page, without the circumstances of the fetch."""
    said = attrs.asdict(visit)
    links = [
        {name: value for name, value in link.items() if name not in CIRCUMSTANCES} for link in said["links"]
    ]
    return {name: value for name, value in said.items() if name not in CIRCUMSTANCES} | {"links": links}


def proves(directory: Path, visits: list[dict[str, Any]]) -> None:
    """Each visit that got a response points to it."""
    for visit in visits:
        assert (visit["warc_file"] is None) == (visit["http_status"] is None), visit
        if visit["warc_file"]:
            record = archived(directory / "data/warc", visit)
            assert (record.url, record.status) == (visit["source_url"], visit["http_status"])
            assert visit["body_bytes"] in (None, len(record.body))


def outbox(job: Path) -> list[dict[str, Any]]:
    """The visits that wait in the job's file."""
    store = JobStore(job)
    try:
        return [json.loads(text)["visit"] for (text,) in store._db.execute("SELECT facts FROM outbox")]
    finally:
        store.close()


def committed(directory: Path) -> int:
    """How many visits wait in the file of the only job, read beside a run that may be at work in it."""
    jobs = list((directory / "data/jobs").glob("*.sqlite"))
    if not jobs:
        return 0
    with closing(sqlite3.connect(f"file:{jobs[0]}?mode=ro", uri=True)) as db:
        (count,) = db.execute("SELECT count(*) FROM outbox").fetchone()
    return int(count)


@pytest.fixture
def crawls(tmp_path: Path) -> Iterator[Crawls]:
    with LocalWeb() as web, Crawls(tmp_path, web) as crawls:
        yield crawls


WARC = ("-a", "warc=data/warc")


def test_the_whole_web_is_kept_and_every_visit_is_proved(crawls: Crawls, web_run: Any) -> None:
    code, log = crawls.run(*WARC)
    assert (code, told(log)) == (0, [])
    assert facts(crawls.directory) == facts(web_run.directory)
    visits = stored(crawls.directory / "data/index", "visits")
    proves(crawls.directory, visits)
    found = list(by_warcio(crawls.directory / "data/warc"))
    places = {offset: url for kind, url, offset, _, _ in found if kind == "response"}
    assert all(places[visit["warc_offset"]] == visit["source_url"] for visit in visits if visit["warc_file"])
    kept = [url for kind, url, *_ in found if kind == "response"]
    asked = [seen.url for seen in crawls.web.log]
    assert sorted(set(kept)) == sorted(set(asked))
    assert len(list(by_fastwarc(crawls.directory / "data/warc"))) == len(kept)


def test_a_killed_crawl_never_points_to_nothing(
    crawls: Crawls, web_run: Any, pytestconfig: pytest.Config
) -> None:
    moments = random.Random(7)
    kills = min(pytestconfig.getoption("--kills"), 6)
    for nth in range(kills):
        before = committed(crawls.directory)
        process = crawls.start(*WARC, CONCURRENT_REQUESTS=2, LOG_LEVEL="ERROR")
        reached = len(crawls.web.log) + moments.randint(20, 40)
        while len(crawls.web.log) < reached and process.poll() is None:
            time.sleep(0.001)
        while nth % 2 and committed(crawls.directory) == before and process.poll() is None:
            time.sleep(0.01)  # every other run is killed with something to its name
        process.kill()
        process.communicate()
        proves(crawls.directory, outbox(crawls.job))
    assert crawls.run(*WARC)[0] == 0
    visits = stored(crawls.directory / "data/index", "visits")
    proves(crawls.directory, visits)
    assert len({visit["warc_file"] for visit in visits}) > 2


def test_an_archive_that_cannot_be_written_is_refused(crawls: Crawls) -> None:
    warc = crawls.directory / "data/warc"
    warc.mkdir(parents=True)
    set_writable(warc, False)
    code, log = crawls.run(*WARC, first=bound_by_permissions)
    assert (code, len(told(log)), len(crawls.web.log)) == (INDEX_FAULT, 1, 0)
    assert "the archive data/warc cannot be written: Permission denied" in told(log)[0]
    assert "hint: " in log


async def wide(request: Any, writer: Any) -> int:
    """Pages that do not compress, far larger than what is read of them."""
    noise = random.Random(request.url).randbytes(100_000).hex()
    body = f'<p><a href="http://acme.example/">Acme</a><!--{noise}-->'.encode()
    if request.url.endswith("/robots.txt"):
        writer.write(response(request, 404, [], b""))
        return 404
    writer.write(response(request, 200, [("Content-Type", "text/html")], body))
    await writer.drain()
    return 200


def test_no_room_for_the_archive(tmp_path: Path) -> None:
    """No file may grow beyond a size, as on a full disk (setrlimit(2))."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (700_000, 700_000))

    seeds = [f"http://wide.example/{number}" for number in range(12)]
    with LocalWeb(handlers={"wide.example": wide}) as web, Crawls(tmp_path, web) as crawls:
        (tmp_path / "seeds.txt").write_text("\n".join(seeds))
        code, log = crawls.run(*WARC, "-a", "scope=page", first=limit)
        assert (code, len(told(log))) == (INDEX_FAULT, 1), log[-3000:]
        assert "the archive data/warc cannot be written: File too large" in told(log)[0]
        before = [*stored(tmp_path / "data/index", "visits"), *outbox(crawls.job)]
        assert 0 < len(before) < len(seeds)
        assert {visit["outcome"] for visit in before} == {"ok"}
        proves(tmp_path, before)
        code, log = crawls.run(*WARC, "-a", "scope=page")
        assert (code, told(log)) == (0, [])
    visits = stored(tmp_path / "data/index", "visits")
    assert sorted(visit["source_url"] for visit in visits) == sorted(seeds)
    proves(tmp_path, visits)
    assert len(list(by_warcio(tmp_path / "data/warc"))) == 2 + 2 * sum(
        1 for kind, *_ in by_warcio(tmp_path / "data/warc") if kind == "response"
    )
