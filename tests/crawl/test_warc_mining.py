"""Pages read from an archive give the facts that a crawl of the same pages gives, whoever wrote the archive."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import io
import json
import subprocess
import sys
from base64 import b32encode
from pathlib import Path
from typing import Any

import attrs
import brotli
import pytest
from hostile_server import HTML, compressed, crawl, serve, whole
from scrapy.utils.defer import deferred_f_from_coro_f
from test_archive_crawl import CIRCUMSTANCES
from test_faults import Crawls

from backlink_crawler.classify.target import Targets, parse_target
from backlink_crawler.config.file import load_config
from backlink_crawler.config.targets import targets_from
from backlink_crawler.items import LINK_FIELDS, VISIT_FIELDS, Visit
from backlink_crawler.localweb import truth
from backlink_crawler.localweb.server import LocalWeb
from backlink_crawler.mining import warc
from backlink_crawler.mining.counts import Counts
from backlink_crawler.mining.warc import visit_of, visits
from backlink_crawler.page.coding import zstd
from tests.archive_files import PAGE, Answer, answered, as_gzip, by_us, by_warcio, record
from tests.crawl.conftest import SECONDS, started
from tests.index_rows import stored
from tests.peak import watch

EXAMPLE = Targets([parse_target("example.com")])


def mine(data: bytes, targets: Targets = EXAMPLE, **more: Any) -> tuple[list[Visit], Counts]:
    counts = Counts()
    found = list(visits(io.BytesIO(data), targets, counts, crawl_id="mined", name="test.warc.gz", **more))
    assert counts.records == sum(
        (counts.responses, counts.silent, counts.other, counts.robots, counts.revisits, counts.unread)
    )
    assert counts.responses == len(found)
    assert counts.links == sum(len(visit.links) for visit in found)
    return found, counts


def said(item: Any, fields: tuple[str, ...]) -> dict[str, Any]:
    """What an item or a row of the index says, but for the circumstances; times to the second, as text."""
    values = item if isinstance(item, dict) else attrs.asdict(item, recurse=False)
    return {name: _plain(values[name]) for name in fields if name not in CIRCUMSTANCES}


def _plain(value: Any) -> Any:
    return value.isoformat().replace("+00:00", "Z") if hasattr(value, "isoformat") else value


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled web crawled once, its responses kept; shorteners are not asked, as they cannot be in an archive."""
    directory = tmp_path_factory.mktemp("mined")
    with LocalWeb() as web, Crawls(directory, web) as crawls:
        code, log = crawls.run("-a", "warc=data/warc", "-a", "resolve=no")
    assert code == 0, log[-3000:]
    return directory


NOT_IN_THE_ARCHIVE = {"body_digest", "body_bytes", "response_headers", "etag", "last_modified"}
"""Of what is no page a crawl stops the download."""


def differences(row: dict[str, Any], visit: Visit) -> set[str]:
    lived, mined = said(row, VISIT_FIELDS), said(visit, VISIT_FIELDS)
    return {name for name in lived if lived[name] != mined[name]}


def test_a_crawl_and_its_archive_give_equal_facts(crawled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(crawled)
    targets = targets_from(",".join(truth.targets()), load_config(), {})
    mined: dict[tuple[str | None, int | None], Visit] = {}
    for path in sorted((crawled / "data/warc").iterdir()):
        counts = Counts()
        with path.open("rb") as file:
            for visit in visits(file, targets, counts, crawl_id="mined", name=path.name):
                mined[visit.warc_file, visit.warc_offset] = visit
        assert (counts.damaged, counts.unread, counts.wrong_digests) == (0, 0, 0)
        assert counts.robots
    lived = [row for row in stored(crawled / "data/index", "visits") if row["warc_file"]]
    assert len(lived) > 200
    for row in lived:
        visit = mined[row["warc_file"], row["warc_offset"]]
        assert (visit.fetch_mode, visit.provenance, visit.crawl_id) == ("archive", "commoncrawl", "mined")
        differ = differences(row, visit)
        if row["outcome"] == "non_html":
            differ -= NOT_IN_THE_ARCHIVE
        if row["outcome"] == "redirect_loop":  # each step of it is a redirect
            differ -= {"outcome", "targets_checked"}
        if not visit.complete and row["source_host"] == "linkbrief.example":  # nobody asks its shorteners
            differ -= {"complete"}
        assert differ == set(), row["source_url"]
    read = {visit.source_url: visit for visit in mined.values()}
    pages = {row["source_url"] for row in lived}
    unasked = {page for page in pages if not read[page].complete}
    before = {
        json.dumps(said(row, LINK_FIELDS))
        for row in stored(crawled / "data/index", "links")
        if row["source_url"] in pages
        and not (
            row["link_type"] == "mention"
            and row["source_host"] == "linkbrief.example"
            and row["source_url"] in unasked
        )
    }
    after = {
        json.dumps(said(link, LINK_FIELDS))
        for page in pages
        for link in [*read[page].links, *read[page].mentions]
    }
    assert len(after) > 200
    assert before == after


PACKED = gzip.compress(PAGE, mtime=0)
CHUNKED = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (PAGE[:20], PAGE[20:], b""))


@deferred_f_from_coro_f
async def test_what_another_program_records_gives_equal_facts(tmp_path: Path) -> None:
    """Warcio keeps chunks and codings as they came over the wire; a crawl undoes them."""
    answers = {
        "/plain": whole(),
        "/gzip": compressed(PACKED, b"gzip"),
        "/br": compressed(brotli.compress(PAGE), b"br"),
        "/zstd": compressed(zstd.compress(PAGE), b"zstd"),
        "/chunked": lambda to: to.sendall(b"%sTransfer-Encoding: chunked\r\n\r\n%s" % (HTML, CHUNKED)),
        "/robots": whole(head=HTML + b"X-Robots-Tag: nofollow, noindex\r\n"),
        "/link": whole(head=HTML + b'Link: <https://example.com/>; rel="canonical"\r\n'),
        "/empty": whole(b""),
        "/gone": whole(b"<p>gone", HTML.replace(b"200 OK", b"410 Gone")),
        "/map": whole(b'<?xml version="1.0"?><urlset><url><loc>http://a.example/</loc></url></urlset>',
                      b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"),
    }  # fmt: skip
    recorded = tmp_path / "recorded.warc.gz"
    with serve(answers) as server:
        base = f"http://127.0.0.1:{server.port}"
        lived, _ = await crawl([base + path for path in answers], tmp_path, {}, allow_private="yes")
        await asyncio.to_thread(_record, recorded, server.port, list(answers))
    mined, counts = mine(recorded.read_bytes())
    assert {visit.source_url: visit.outcome for visit in mined} == {
        base + path: {"/gone": "http_410", "/map": "non_html"}.get(path, "ok") for path in answers
    }
    for visit in mined:
        known = lived[visit.source_url]
        ignored = NOT_IN_THE_ARCHIVE if visit.outcome == "non_html" else set()
        assert differences(attrs.asdict(known, recurse=False), visit) <= ignored, visit.source_url
        assert [said(link, LINK_FIELDS) for link in visit.links] == [
            said(link, LINK_FIELDS) for link in known.links
        ]
    assert counts.links == 8
    assert (counts.wrong_digests, counts.damaged, counts.other) == (0, 0, len(answers))


RECORDER = """
import sys
from warcio.capture_http import capture_http
import http.client
path, port, *targets = sys.argv[1:]
with capture_http(path, warc_version="1.1"):
    for target in targets:
        connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=300)
        connection.request("GET", target, headers={"Accept-Encoding": "gzip, br, zstd"})
        connection.getresponse().read()
        connection.close()
"""
"""Fetches pages with warcio's recorder listening, which stays in the process where it was imported."""


def _record(path: Path, port: int, targets: list[str]) -> None:
    subprocess.run([sys.executable, "-c", RECORDER, path, str(port), *targets], check=True, timeout=SECONDS)


def test_writers_agree(tmp_path: Path) -> None:
    answers = [Answer(f"http://page.example/{number}") for number in range(9)]
    ours = by_us(tmp_path, answers).read_bytes()
    forms = [ours, gzip.decompress(ours), by_warcio(answers), by_warcio(answers, is_gzip=False)]
    facts = [[said(visit, VISIT_FIELDS) for visit in mine(form)[0]] for form in forms]
    assert len(facts[0]) == 9
    assert all(one == facts[0] for one in facts)


def one(data: bytes) -> Visit:
    """The only visit in an archive."""
    (visit,), counts = mine(data)
    assert counts.damaged == counts.unread == 0
    return visit


def headed(*headers: tuple[str, str], body: bytes = PAGE, status: str = "200 OK", **fields: str) -> bytes:
    return answered(
        Answer(headers=(("Content-Type", "text/html"), *headers), body=body, status=status), **fields
    )


@pytest.mark.parametrize(
    "data",
    [
        headed(),
        headed(("Transfer-Encoding", "chunked"), body=CHUNKED),  # as it came over the wire
        headed(("Transfer-Encoding", "chunked"), ("Content-Encoding", "gzip"),
               body=b"%x\r\n%s\r\n0\r\n\r\n" % (len(PACKED), PACKED)),
        headed(("Transfer-Encoding", "chunked")),  # undone, and still said
        headed(("Content-Encoding", "gzip"), ("Content-Length", "66")),
        headed(("Content-Encoding", "br")),
        headed(("X-Crawl-Transfer-Encoding", "chunked"), ("X-Crawl-Content-Encoding", "gzip"),
               ("X-Crawl-Content-Length", "99999"), ("Content-Length", str(len(PAGE)))),  # as Common Crawl has it
        headed(("Content-Encoding", "nonsense")),
        headed(("Content-Encoding", "gzip"), body=PACKED),
        headed(WARC_Payload_Digest="sha1:" + b32encode(hashlib.sha1(PAGE).digest()).decode()),
        headed(("Content-Encoding", "gzip"), body=PACKED, WARC_Payload_Digest="sha256:" + hashlib.sha256(PAGE).hexdigest()),
        headed(WARC_Payload_Digest="unknown:abc"),
        headed(WARC_Date="2026-10-12T10:30:00.123456789+02:00"),
        headed(WARC_Target_URI="<http://page.example/#top>"),
        headed().replace(b"HTTP/1.1 200 OK", b"HTTP/1.1 200   "),
        headed().replace(b"HTTP/1.1 200 OK", b"HTTP/2 200 Fine"),
        headed(("broken header", "")).replace(b"broken header: ", b"broken header\xff "),  # of the same length
    ],
)  # fmt: skip
def test_one_page_however_it_was_kept(data: bytes) -> None:
    visit = one(data)
    assert (visit.outcome, visit.complete, visit.title, visit.source_url) == (
        "ok",
        True,
        "Us",
        "http://page.example/",
    )
    assert [
        (link.target, link.anchor, link.follow, link.rel_type, link.anchor_type) for link in visit.links
    ] == [("example.com", "tea from Example", False, "nofollow", "other")]
    assert visit.body_bytes == len(PAGE)
    assert (visit.fetched_at or "").startswith("2026-10-12T08:30:00")
    assert visit.links[0].fetched_at == visit.fetched_at


@pytest.mark.parametrize(
    ("data", "outcome", "links"),
    [
        (headed(WARC_Truncated="length"), "truncated", 1),
        (headed(("Content-Length", "99999")), "truncated", 1),
        (headed(("Transfer-Encoding", "chunked"), body=CHUNKED[:-5]), "truncated", 1),
        (headed(("Content-Encoding", "gzip"), body=PACKED[:-12]), "truncated", 1),
        (headed(WARC_Payload_Digest="sha1:" + "A" * 32), "ok", 1),  # not what the archive's writer had
        (headed(body=PAGE + b'<a href="https://bit.ly/1">short'), "ok", 1),
        (headed(("Content-Encoding", "gzip"), body=b"\x1f\x8b" + bytes(range(256))), "error", 0),
        (headed(body=b"x" * (16 * 1024 * 1024 + 1)), "too_large", 0),
        (headed(("Content-Encoding", "gzip"), body=gzip.compress(bytes(17_000_000), 9)), "too_large", 0),
        (headed(("cf-mitigated", "challenge"), body=b"<title>Just a moment...</title>", status="403 Forbidden"), "bot_challenge", 0),
    ],
)  # fmt: skip
def test_what_proves_no_absence(data: bytes, outcome: str, links: int) -> None:
    visit = one(data)
    assert (visit.outcome, visit.complete, len(visit.links)) == (outcome, False, links)


def test_wrong_digests_are_counted() -> None:
    _, counts = mine(headed() + headed(WARC_Payload_Digest="sha1:" + "A" * 32) + headed())
    assert (counts.responses, counts.wrong_digests) == (3, 1)


def test_a_redirect_is_a_visit_that_links() -> None:
    visit = one(headed(("Location", "//www.example.com/b"), body=b"", status="301 Moved Permanently"))
    assert (visit.outcome, visit.http_status, visit.targets_checked) == (
        "moved_offsite",
        301,
        ["example.com"],
    )
    (link,) = visit.links
    assert (link.target_url, link.link_type, link.follow) == ("http://www.example.com/b", "redirect", None)


OTHERS = {
    "other": [
        record(b"software: x\r\n", "warcinfo", "", "application/warc-fields"),
        record(b"GET / HTTP/1.1\r\n\r\n", "request", content_type="application/http; msgtype=request"),
        record(b"fetchTimeMs: 5\r\n", "metadata", content_type="application/warc-fields"),
        record(PAGE, "resource", content_type="text/html"),
        record(PAGE, "conversion", content_type="text/plain"),
        record(b"20261012083000\nexample.com. A 192.0.2.1\n", url="dns:example.com", content_type="text/dns"),
        record(b"x", "continuation"),
        record(b"x", "of the future"),
    ],
    "revisits": [
        record(Answer().head, "revisit", WARC_Profile="http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"),
        headed(status="304 Not Modified", body=b""),
    ],
    "robots": [answered(Answer("https://page.example/robots.txt?x", b"User-agent: *", headers=()))],
    "unread": [
        record(PAGE),
        record(b""),
        record(b"ICY 200 OK\r\n\r\n" + PAGE),
        headed(WARC_Date="yesterday"),
        headed(WARC_Date=""),
        headed(WARC_Target_URI=""),
        headed(WARC_Target_URI="ftp://page.example/"),
        headed(WARC_Target_URI="http://[half"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("kind", OTHERS)
def test_what_holds_no_page_is_counted(kind: str) -> None:
    for data in OTHERS[kind]:
        found, counts = mine(as_gzip([headed(), data, headed()]))
        assert (len(found), counts.records, getattr(counts, kind)) == (2, 3, 1), data
        assert [place for place, _ in counts.places] == (
            [len(gzip.compress(headed(), mtime=0))] if kind == "unread" else []
        )


def test_a_page_that_cannot_be_read_costs_no_other(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    sound = warc.read

    def read(fetch: Any, targets: Any, **options: Any) -> Visit:
        if fetch.url.endswith("/odd"):
            raise RecursionError
        return sound(fetch, targets, **options)

    monkeypatch.setattr(warc, "read", read)
    found, counts = mine(headed() + answered(Answer("http://page.example/odd")) + headed())
    assert (len(found), counts.unread) == (2, 1)
    assert "test.warc.gz: the response at" in caplog.text


def test_only_pages_that_link() -> None:
    away = headed(("Location", "/elsewhere"), status="301 Moved")
    there = headed(("Location", "https://example.com/"), status="302 Found")
    records = [headed(), headed(body=b"<p>nothing"), away, there, headed(status="404 Not Found"),
               headed(body=b'<a href="https://notexample.com/">no'), headed(("Content-Encoding", "gzip"), body=b"\x1f\x8b\0"),
               headed().replace(b"text/html", b"image/png")]  # fmt: skip
    found, counts = mine(as_gzip(records), linking_only=True)
    every, _ = mine(as_gzip(records))
    assert found == [visit for visit in every if visit.links]
    assert (len(found), counts.silent) == (2, 6)
    found, counts = mine(as_gzip(records), Targets(), linking_only=True)
    assert [visit.links[0].target for visit in found] == ["example.com", "example.com", "notexample.com"]


def test_a_part_is_read_alone() -> None:
    data = as_gzip([headed(), answered(Answer("http://page.example/second"))])
    offset = data.index(b"\x1f\x8b", 1)
    visit = visit_of(data[offset:], EXAMPLE, crawl_id="c", name="file.warc.gz", offset=offset)
    assert visit is not None
    assert (visit.source_url, visit.warc_file, visit.warc_offset, visit.provenance) == (
        "http://page.example/second", "file.warc.gz", offset, "commoncrawl",
    )  # fmt: skip
    assert (
        visit_of(data[offset:-9], EXAMPLE, name="file.warc.gz", offset=offset) is not None
    )  # but for the check sum
    assert visit_of(b"<Error>AccessDenied</Error>", EXAMPLE, name="file.warc.gz", offset=offset) is None


MINER = """
import sys
from backlink_crawler.archive.opening import open_archive
from backlink_crawler.classify.target import Targets
from backlink_crawler.mining.counts import Counts
from backlink_crawler.mining.warc import visits
counts = Counts()
with open_archive(sys.argv[1]) as file:
    outcomes = [visit.outcome for visit in visits(file, Targets(), counts, crawl_id=None, name="f")]
print(*outcomes, counts.too_large, counts.damaged)
"""


def test_memory_is_bounded_whatever_the_file(tmp_path: Path) -> None:
    """A record of 160 MB, and a body that unpacks to as much."""
    bomb = headed(("Content-Encoding", "gzip"), body=gzip.compress(bytes(160_000_000), 1))
    large = gzip.compress(headed(body=bytes(160_000_000)), 1)
    path = tmp_path / "large.warc.gz"
    path.write_bytes(as_gzip([headed(), bomb]) + large + gzip.compress(headed()))
    with started([sys.executable, "-c", MINER, path], stdout=subprocess.PIPE) as process:
        peak = watch(process, SECONDS)
        assert process.communicate()[0].split() == [b"ok", b"too_large", b"ok", b"1", b"0"]
    assert peak < 220


def test_counts_add_up() -> None:
    _, first = mine(as_gzip([headed(), record(b"")]))
    _, second = mine(as_gzip([headed(), headed()]) + b"garbage")
    total = Counts()
    total.add(first)
    total.add(second)
    assert (total.records, total.responses, total.unread, total.damaged, len(total.places)) == (4, 3, 1, 1, 2)
    assert total.bytes == first.bytes + second.bytes
