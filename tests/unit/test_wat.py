"""What comes out of WAT records: the facts that they can give, judged as those of a crawl, and what they never say."""

from __future__ import annotations

import gzip
import json
import sys
from io import BytesIO
from typing import Any

import attrs
import pytest
from wat_files import (
    WARC,
    capture,
    extract,
    link,
    packed,
    plain,
    response,
    to_json,
    warc_record,
    warcinfo,
    wat,
)

from backlink_crawler.classify.target import Targets, parse_target
from backlink_crawler.facts.reading import Fetch, read
from backlink_crawler.items import Visit
from backlink_crawler.mining.bulk import bulks
from backlink_crawler.mining.counts import Counts
from backlink_crawler.mining.envelope import MOST_VALUES
from backlink_crawler.mining.judging import judge
from backlink_crawler.mining.wat import visits
from backlink_crawler.urls import domain_of, host_of, is_http, resolve

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PAGE = "https://page.example/dir/page"
HIT = "https://www.target.example/a"


def mine(
    file: bytes, *targets: str, counts: Counts | None = None, name: str = "some.warc.wat.gz", **more: Any
) -> list[Visit]:
    """The visits of a file."""
    chosen = Targets([parse_target(target, **more) for target in targets])
    counts = counts if counts is not None else Counts()
    return list(visits(BytesIO(file), chosen, counts, crawl_id="run-1", name=name))


def only(record: dict[str, Any], target: str = "target.example") -> Visit:
    """The one visit of one record."""
    [visit] = mine(wat([record]), target)
    return visit


def test_all_that_a_record_gives() -> None:
    metas = [
        {"name": "HTML@/lang", "content": "de-AT"},
        {"name": "robots", "content": "noindex"},
        {"property": "og:site_name", "content": "Some site"},
        {"name": "author", "content": "A. Person"},
        {"property": "article:published_time", "content": "2026-01-02T03:04:05+01:00"},
    ]
    head = {
        "Title": "A title",
        "Metas": metas,
        "Link": [link("/canonical", path="LINK@/href", rel="canonical")],
    }
    headers = {
        "etag": '"x"',
        "Last-Modified": "Mon, 05 Oct 2026 00:00:00 GMT",
        "X-Robots-Tag": ["googlebot: nofollow", "all"],
    }
    links = [
        link("/own"),
        link("https://else.example/"),
        link(HIT, "Plain words", rel="UGC  noopener", title="t"),
    ]
    visit = only(response(PAGE, links, head=head, headers=headers, offset=4711))
    [found] = visit.links
    visit.links = []
    assert attrs.asdict(visit) == attrs.asdict(
        Visit(
            source_url=PAGE,
            requested_url=PAGE,
            source_host="page.example",
            source_domain="page.example",
            source_site="page.example",
            fetched_at="2026-10-12T11:22:33Z",
            outcome="ok",
            http_status=200,
            response_headers=[
                "Content-Type: text/html; charset=utf-8",
                "Server: nginx",
                "X-Robots-Tag: googlebot: nofollow",
                "X-Robots-Tag: all",
            ],
            etag='"x"',
            last_modified="Mon, 05 Oct 2026 00:00:00 GMT",
            content_type="text/html; charset=utf-8",
            charset="utf-8",
            title="A title",
            site_name="Some site",
            language="de-AT",
            author="A. Person",
            published_at="2026-01-02T02:04:05Z",
            canonical_url="https://page.example/canonical",
            noindex=True,
            nofollow_page=True,
            robots_signals=["meta robots: noindex", "X-Robots-Tag: googlebot: nofollow"],
            targets_checked=["target.example"],
            internal_links=1,
            external_links=2,
            body_digest="sha1:CYIY4H7KRQJBLBBRZLT4NSUPM4NG27KO",
            body_bytes=24390,
            complete=False,
            fetch_mode="archive",
            remote_ip="203.0.113.9",
            warc_file=WARC,
            warc_offset=4711,
            crawl_id="run-1",
            provenance="commoncrawl",
        )
    )
    said = attrs.asdict(found)
    assert {
        name: said[name]
        for name in (
            "target",
            "source_url",
            "target_url",
            "target_host",
            "target_domain",
            "href",
            "link_type",
        )
    } == {
        "target": "target.example",
        "source_url": PAGE,
        "target_url": HIT,
        "target_host": "www.target.example",
        "target_domain": "target.example",
        "href": HIT,
        "link_type": "text",
    }
    assert (found.rel, found.nofollow, found.ugc, found.sponsored) == (
        ["ugc", "noopener"],
        False,
        True,
        False,
    )
    assert (found.follow, found.rel_type) == (False, "ugc")
    assert found.follow_reason == ["rel: ugc", "X-Robots-Tag: googlebot: nofollow"]
    assert (found.anchor, found.anchor_source, found.anchor_type) == ("Plain words", "text", "other")
    assert (found.placement, found.position, found.evidence, found.html) == ("unknown", 3, "wat", "")
    assert (found.page_title, found.page_language, found.page_noindex) == ("A title", "de-AT", True)
    assert (found.page_canonical, found.fetched_at) == (
        "https://page.example/canonical",
        "2026-10-12T11:22:33Z",
    )
    assert (found.crawl_id, found.provenance) == ("run-1", "commoncrawl")


@pytest.mark.parametrize(
    ("record", "kinds"),
    [
        (response(PAGE, [link(HIT, path="A@/href")]), ["text"]),
        (response(PAGE, [link(HIT, path="AREA@/href", alt="map")]), ["area"]),
        (response(PAGE, [link(HIT, path="FORM@/action", method="post")]), ["form"]),
        (response(PAGE, [link(HIT, path="IFRAME@/src"), link(HIT, path="FRAME@/src")]), ["iframe", "iframe"]),
        (response(PAGE, head={"Link": [link(HIT, path="LINK@/href", rel="Canonical")]}), ["canonical"]),
        (response(PAGE, head={"Link": [link(HIT, path="LINK@/href", rel="alternate", type="a/b")]}), ["alternate"]),
        (response(PAGE, headers={"Link": f'</x>; rel=next, <{HIT}>; rel="canonical"'}), ["canonical"]),
        (response(PAGE, headers={"Refresh": f"0; url={HIT}"}), ["redirect"]),
        (response(PAGE, head={"Metas": [{"http-equiv": "Refresh", "content": f"5;URL='{HIT}'"}]}), ["redirect"]),
        (response(PAGE, status=301, headers={"location": HIT}, html=False), ["redirect"]),
        # what a reader never sees is no link (DESIGN: only seen links count)
        (response(PAGE, [link(HIT, path="IMG@/src"), link(HIT, path="A@/data-href"), link(HIT, path="Q@/cite")]), []),
        (response(PAGE, [{"path": "STYLE/#text", "href": HIT}, link(HIT, path="DIV@/onclick")]), []),
        (response(PAGE, head={"Scripts": [link(HIT, path="SCRIPT@/src")]}), []),
        (response(PAGE, head={"Link": [link(HIT, path="LINK@/href", rel="stylesheet alternate")]}), []),
        (response(PAGE, head={"Metas": [{"property": "og:url", "content": HIT}]}), []),
        # an error page is not read, nor is what is no page
        (response(PAGE, [link(HIT)], status=404), []),
        (response(PAGE, html=False, headers={"Link": f'<{HIT}>; rel="canonical"'}), []),
    ],
)  # fmt: skip
def test_kinds_of_links(record: dict[str, Any], kinds: list[str]) -> None:
    found = mine(wat([record]), "target.example")
    assert [[one.link_type for one in visit.links] for visit in found] == ([kinds] if kinds else [])
    for visit in found:
        assert visit.complete is False
        assert {one.evidence for one in visit.links} == {"wat"}


@pytest.mark.parametrize(
    ("href", "base", "url"),
    [
        ("a", "https://target.example/x/", "https://target.example/x/a"),
        ("../a?b", "//target.example/x/y/", "https://target.example/x/a?b"),
        ("//target.example", "", "https://target.example/"),
        ("https:\\\\Target.example\\a", "https://other.example/", "https://target.example/a"),
        ("HTTP://TARGET.example.:80/ä#f", "", "http://target.example./%C3%A4#f"),
        (" \n http://user:pw@target.example:8080/ ", "", "http://user:pw@target.example:8080/"),
        ("http://ta\nrget.example/a", "", "http://target.example/a"),
        ("http:target.example", "", "http://target.example/"),  # another scheme than the page's
    ],
)
def test_urls_are_resolved_as_a_browser_does(href: str, base: str, url: str) -> None:
    visit = only(response(PAGE, [link(href)], head={"Base": base} if base else {}))
    assert [(one.href, one.target_url) for one in visit.links] == [(href, url)]


def test_a_query_is_in_the_charset_of_the_page() -> None:
    headers = {"Content-Type": "text/html; charset=latin1"}
    assert only(response(PAGE, [link(f"{HIT}?q=ü")], headers=headers)).links[0].target_url == f"{HIT}?q=%FC"


@pytest.mark.parametrize("rel", ["nofollow sponsored", ["nofollow", "sponsored"]])
def test_rel_as_text_or_as_list(rel: object) -> None:
    [found] = only(response(PAGE, [link(HIT, rel=rel)])).links
    assert (found.rel, found.rel_type) == (["nofollow", "sponsored"], "sponsored")


@pytest.mark.parametrize(
    ("fields", "anchor", "source"),
    [
        ({"text": "the text", "title": "no"}, "the text", "text"),
        ({"title": " a  title "}, "a title", "title"),
        ({"alt": "an a has no alt"}, "", "none"),
        ({"path": "AREA@/href", "alt": "the alt"}, "the alt", "alt"),
        ({"text": "x" * 126}, "x" * 126, "text"),
        ({"text": "x" * 128}, "x" * 128 + "…", "text"),
        ({"text": "𝕏" * 64}, "𝕏" * 64 + "…", "text"),  # Java counts in UTF-16
        ({"text": "x" * 127}, "x" * 127 + "…", "text"),  # white space at the end was trimmed, perhaps
    ],
)
def test_anchors(fields: dict[str, str], anchor: str, source: str) -> None:
    [found] = only(response(PAGE, [{"path": "A@/href", "url": HIT, **fields}])).links
    assert (found.anchor, found.anchor_source) == (anchor, source)


def test_a_cut_title_is_known() -> None:
    assert only(response(PAGE, [link(HIT)], head={"Title": "t" * 128})).title == "t" * 128 + "…"


def test_only_pages_that_link_become_visits() -> None:
    pages = [
        response(
            "https://no.example/", [link("https://nottarget.example/"), link("https://target.example.org/")]
        ),
        response("https://www.target.example/", [link("/a"), link(HIT)]),  # its own
        response("https://says.example/", [link("/x", "see target.example")]),
        response("https://yes.example/", [link("//sub.target.example:81/")]),
        response("https://two.example/", [link(HIT), link("https://other.example/")]),
    ]
    counts = Counts()
    file = wat([part for page in pages for part in capture(page)])
    found = mine(file, "target.example", "host:other.example", counts=counts)
    assert [(visit.source_host, [one.target for one in visit.links]) for visit in found] == [
        ("yes.example", ["target.example"]),
        ("two.example", ["target.example", "host:other.example"]),
    ]
    assert (counts.records, counts.responses, counts.other, counts.links) == (16, 5, 11, 3)
    assert (counts.bytes, counts.damaged, counts.unread) == (len(file), 0, 0)


def test_without_a_target_all_links_to_other_sites() -> None:
    links = [
        link(HIT),
        link("/own"),
        link("https://sub.page.example/"),
        link("https://other.example/"),
        link("mailto:a@b.example"),
    ]
    [visit] = mine(wat([response(PAGE, links), response("https://none.example/", [link("/a")])]))
    assert [(one.target, one.target_url) for one in visit.links] == [
        ("target.example", HIT),
        ("other.example", "https://other.example/"),
    ]
    assert visit.targets_checked == ["*"]
    assert (visit.internal_links, visit.external_links) == (2, 2)


@pytest.mark.parametrize("base", [None, "/deeper/", "https://other.example/"])
def test_what_stays_on_the_page_s_host_is_told_as_a_browser_does(base: str | None) -> None:
    hrefs = [
        f"{space}{first}{second}target.example/"
        for space in ("", " ", "\t")
        for first in ("", "/", "?", "#", "\\", "https://page.example", "https://page.example/")
        for second in ("", *map(chr, range(1, 0x7F)), "\xa0", "ü")
    ]
    document = resolve(base or "", PAGE) or PAGE
    web = [url for href in hrefs if (url := resolve(href, document)) and is_http(url)]
    outside = [url for url in web if domain_of(host_of(url)) != "page.example"]
    [visit] = mine(wat([response(PAGE, [*map(link, hrefs), link(HIT)], head={"Base": base} if base else {})]))
    assert (visit.internal_links, visit.external_links) == (len(web) - len(outside), len(outside) + 1)
    assert visit.links[-1].position == len(web) + 1
    assert [one.target_url for one in visit.links] == [*outside, HIT]


@pytest.mark.parametrize(
    "rel", ['"canonical"', "CANONICAL", '"next canonical"', '"can\\onical"', '"alternate"']
)
def test_a_link_header_of_any_spelling(rel: str) -> None:
    headers = {"Link": f'</x>; rel="preload", <{HIT}>; rel={rel}'}
    assert [one.target_url for one in only(response(PAGE, headers=headers)).links] == [HIT]


def test_where_an_alias_leads_nobody_can_say() -> None:
    assert (
        mine(wat([response(PAGE, [link("https://old.example/")])]), "target.example", aliases=["old.example"])
        == []
    )


def test_where_the_proof_lies() -> None:
    [visit] = mine(
        wat([response(PAGE, [link(HIT)])]),
        "target.example",
        name="crawl-data/CC-MAIN-2026-43/segments/1/wat/x.warc.wat.gz",
    )
    assert (visit.warc_file, visit.warc_offset) == (f"crawl-data/CC-MAIN-2026-43/segments/1/warc/{WARC}", 949)
    record = response(PAGE, [link(HIT)])
    del record["Container"]
    visit = only(record)
    assert (visit.warc_file, visit.warc_offset) == (None, None)


RECORDS = [response(f"https://page-{number}.example/", [link(HIT)]) for number in range(5)]
HOSTS = [f"page-{number}.example" for number in range(5)]


@pytest.mark.parametrize(
    "file",
    [
        wat(RECORDS),
        b"".join(plain(RECORDS)),
        gzip.compress(b"".join(plain(RECORDS))),
        packed(b"".join(list(plain(RECORDS))[:3])) + packed(b"".join(list(plain(RECORDS))[3:])),
        b"".join(map(zstd.compress, plain(RECORDS))),
    ],
    ids=["members", "plain", "whole", "many a member", "zstd"],
)
def test_every_way_to_compress(file: bytes) -> None:
    counts = Counts()
    assert [visit.source_host for visit in mine(file, "target.example", counts=counts)] == HOSTS
    assert (counts.records, counts.responses, counts.other, counts.damaged) == (6, 5, 1, 0)
    assert counts.bytes == len(file)


def test_white_space_in_the_json_changes_nothing() -> None:
    block = json.dumps(RECORDS[0], indent=1).encode()
    assert [visit.source_host for visit in mine(packed(warc_record(block)), "target.example")] == HOSTS[:1]


def test_damage_costs_what_is_damaged_only() -> None:
    parts = [packed(part) for part in plain(RECORDS)]
    begin = len(parts[0] + parts[1])
    parts[2] = parts[2][:40] + b"\xff" * 8 + parts[2][48:]
    file = b"".join(parts)
    counts = Counts()
    found = mine(file[:-30], "target.example", counts=counts)
    assert [visit.source_host for visit in found] == [HOSTS[0], *HOSTS[2:4]]
    assert counts.damaged == 2
    assert [offset for offset, _ in counts.places] == [begin, len(file) - len(parts[-1])]
    assert counts.bytes == len(file) - 30


@pytest.mark.parametrize(
    "block",
    [
        b'{"Envelope":{"WARC-Header-Metadata":{"WARC-Type":"response","x":"target.example"}',
        b'{"Envelope":{"WARC-Header-Metadata":{"WARC-Type":"response"},"Payload-Metadata":["/target.example/"]}}',
        b'["WARC-Type":"response", "//target.example/"]',
        to_json(response("mailto:a@b.example", [link(HIT)])),
        to_json(response(PAGE, [link(HIT)], date="yesterday")),
        to_json(response(PAGE, [{"path": "A@/href", "url": {"of": HIT}}])),
    ],
)
def test_what_is_no_wat_record_is_counted(block: bytes) -> None:
    counts = Counts()
    file = packed(warcinfo()) + packed(warc_record(block)) + packed(warc_record(to_json(RECORDS[0])))
    assert [visit.source_host for visit in mine(file, "target.example", counts=counts)] == HOSTS[:1]
    assert (counts.records, counts.responses, counts.other, counts.unread) == (3, 1, 1, 1)
    assert len(counts.places) == 1


@pytest.mark.parametrize(
    "block",
    [
        to_json(
            response(PAGE, [link(HIT, "text", title=None, rel=None)], head={"Title": None, "Metas": [None]})
        ),
        to_json(
            response(PAGE, [link(HIT, "text"), {"path": None, "url": 3}], head={"Base": None, "Title": 7})
        ),
        to_json(response(PAGE, [link(HIT, "text")], head={"Title": "T"})).replace(b'"T"', rb'"half \ud83d"'),
        to_json(response(PAGE, [link(HIT, "text", rel=5)])),
        to_json(response(PAGE, [link(HIT, "text")], offset=10**30)),
        to_json(response(PAGE, [link(HIT, "text")])).replace(b'"24390"', b"1" + b"0" * 30),
    ],
)
def test_what_a_writer_does_in_its_own_way_costs_no_link(block: bytes) -> None:
    counts = Counts()
    [visit] = mine(packed(warc_record(block)), "target.example", counts=counts)
    assert [(one.target_url, one.anchor) for one in visit.links] == [(HIT, "text")]
    assert (visit.title or "T").isascii() or visit.title == "half \N{REPLACEMENT CHARACTER}"
    assert counts.unread == 0
    for number in (visit.warc_offset, visit.body_bytes):
        assert number is None or number < 1 << 63, "the index can hold it"


@pytest.mark.parametrize(
    ("date", "moment"),
    [
        ("2026-10-12", "2026-10-12T00:00:00Z"),
        ("2026-10-12T11:22:33", "2026-10-12T11:22:33Z"),
        ("2026-10-12T11:22:33+02:00", "2026-10-12T09:22:33Z"),
    ],
)
def test_dates_are_utc(date: str, moment: str) -> None:
    headers = {"X-Robots-Tag": "unavailable_after: 25 Jun 2030 15:00:00 PST"}
    visit = only(response(PAGE, [link(HIT)], headers=headers, date=date))
    assert visit.fetched_at == visit.links[0].fetched_at == moment


def test_a_record_that_is_our_fault_costs_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        monkeypatch.undo()
        raise KeyError("a mistake of ours")

    monkeypatch.setattr("backlink_crawler.mining.wat.judge", fails)
    counts = Counts()
    file = wat([response(PAGE, [link(HIT)]), response(f"{PAGE}/2", [link(HIT)])])
    assert [visit.source_url for visit in mine(file, "target.example", counts=counts)] == [f"{PAGE}/2"]
    assert (counts.responses, counts.unread, counts.places) == (1, 1, [(0, "an error of this program")])


def test_a_few_bytes_do_not_become_much_memory() -> None:
    bomb = to_json(response(PAGE, [link(HIT)])).replace(b'"Links":[', b'"Links":[' + b"{}," * MOST_VALUES)
    counts = Counts()
    file = packed(warc_record(bomb)) + packed(warc_record(to_json(RECORDS[0])))
    assert [visit.source_host for visit in mine(file, "target.example", counts=counts)] == HOSTS[:1]
    assert (counts.unread, counts.places) == (1, [(0, "it has more than 1000000 values")])


def test_records_are_held_a_few_at_a_time() -> None:
    """A file of many members comes in parts, of which each is of a bounded size."""
    member = packed(warc_record(to_json(response(PAGE, [link("/" + "ab" * 500, "text")]))))
    counts = Counts()
    sizes = [len(bulk.data) for bulk in bulks(BytesIO(member * 4000), counts)]
    assert len(sizes) > 3
    assert max(sizes) <= 16 * 1024 * 1024


def test_what_looks_like_a_member_in_compressed_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """The three bytes with which members begin are in some of a hundred files by chance: that changes nothing of how it is read."""
    monkeypatch.setattr("backlink_crawler.mining.bulk.members", None)
    block = b"a\x1f\x8b\x08" + b"b" * 500
    member = gzip.compress(warc_record(block), compresslevel=0)
    before = packed(warc_record(to_json(RECORDS[0])))
    cut = len(before) + member.index(b"\x1f\x8b\x08", 1) + 5

    class Pieces(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(cut if self.tell() == 0 else size)

    counts = Counts()
    found = list(bulks(Pieces(before + member + before), counts))
    assert sum(len(bulk.spans) for bulk in found) == 3
    assert (counts.damaged, counts.bytes) == (0, 2 * len(before) + len(member))


def _comparable(visit: Visit) -> list[tuple[object, ...]]:
    """What a WAT record can say of links as a page does; an ``a`` with an image is to it one with text, its alt unknown."""
    kinds = {"image": "text"}
    return sorted(
        (
            one.target_url, kinds.get(one.link_type, one.link_type), tuple(one.rel), one.follow, tuple(one.follow_reason),
            one.rel_type, one.anchor if one.anchor_source == "text" else "", one.target, one.page_canonical or "",
        )
        for one in visit.links
    )  # fmt: skip


HTML = """<!doctype html><html lang="en-GB"><head><title>Both ways</title><base href="/base/">
<meta name="robots" content="nofollow"><link rel="canonical" href="https://other.example/canon">
<meta http-equiv="refresh" content="30; url=https://later.example/"></head><body>
<p>Some <a href="https://one.example/a?b=1&amp;c">first <b>link</b></a> and <a href='//two.example/x' rel="nofollow,ugc">second</a>
<a href="https://three.example"><img src="i.png" alt="pictured"></a> <a href="rel">own</a> <a href="mailto:x@y.example">mail</a>
<map name="m"><area href="https://four.example/" rel="sponsored" alt="four"></map>
<form action="https://five.example/search"><input></form><iframe src="https://six.example/frame"></iframe>
<a href="https://b\u00fccher.example/\u00e4">Umlaut</a><div><a href="https://seven.example/">in a <div>block</div></a></div></body></html>"""


def test_the_same_page_read_live_and_from_wat() -> None:
    """What both can say of a page is the same."""
    targets = Targets()
    headers = [(b"Content-Type", b"text/html; charset=utf-8"), (b"X-Robots-Tag", b"noindex")]
    live = read(Fetch(PAGE, PAGE, 200, headers, HTML.encode(), "2026-10-12T11:22:33Z"), targets)
    judge(live, targets)
    [mined] = mine(wat([extract(PAGE, HTML, headers={"X-Robots-Tag": "noindex"})]))
    assert _comparable(mined) == _comparable(live)
    assert len(mined.links) == 10
    same = (
        "source_url source_host source_domain source_site outcome http_status content_type charset title language canonical_url"
        " noindex nofollow_page robots_signals targets_checked internal_links external_links fetched_at"
    ).split()
    assert {name: getattr(mined, name) for name in same} == {name: getattr(live, name) for name in same}
