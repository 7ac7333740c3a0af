"""The search misses no link that a full reading finds, however its URL is written and its JSON escaped."""

from __future__ import annotations

import json
from functools import partial
from io import BytesIO
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from wat_files import link, packed, response, to_json, warc_record, wat

from backlink_crawler.archive.members import members
from backlink_crawler.archive.tally import Tally
from backlink_crawler.classify.target import Targets, parse_target
from backlink_crawler.mining.bulk import bulks
from backlink_crawler.mining.counts import Counts
from backlink_crawler.mining.envelope import decode
from backlink_crawler.mining.search import search_for
from backlink_crawler.mining.wat import visits
from backlink_crawler.mining.wat_page import Origin, PageReader

TARGETS = Targets(
    map(
        parse_target,
        (
            "target.example",
            "host:blog.other.example",
            "prefix:shop.test/wares",
            "url:https://one.test/page",
            "bücher.example",
            "пример.test",
            "straße.test",
            "日本.test",
        ),
    )
)
READER = PageReader(TARGETS, Origin("run", "commoncrawl"))
HOSTS = (
    "target.example", "www.target.example", "blog.other.example", "shop.test", "www.shop.test", "one.test", "bücher.example",
    "xn--bcher-kva.example", "пример.test", "sub.пример.test", "straße.test", "日本.test", "elsewhere.test",
)  # fmt: skip
_WIDE = {chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)}
_ODD = {
    "e": "ℯⓔᵉ",
    "a": "ªⓐ",
    "t": "ⓣ𝐭",
    "k": "\u212a",
    "s": "ſ",
    "o": "º",
    "1": "¹",
    ".": "。．｡",
    "ü": ("u\u0308", "U\u0308", "Ü"),
}
_DROPPED = ("\u00ad", "\u200b", "\u2060", "\ufeff", "\ufe0f", "\U000e0100")
_TAKEN_OUT = ("\t", "\n", "\r")
_WAYS = ("upper", "wide", "odd", "percent", "percent wide", "dropped", "taken out")


@st.composite
def spelled(draw: st.DrawFn, host: str) -> str:
    """A host with some of its characters written otherwise, in one way or two."""
    ways = sorted(draw(st.sets(st.sampled_from(_WAYS), max_size=2)))
    return "".join(
        draw(st.sampled_from((*[""] * 5, *ways)).flatmap(partial(_spelled, char))) for char in host
    )


def _spelled(char: str, way: str) -> st.SearchStrategy[str]:
    if way in ("dropped", "taken out"):
        return st.sampled_from(_DROPPED if way == "dropped" else _TAKEN_OUT).map(lambda more: more + char)
    if way.startswith("percent"):
        text = _WIDE.get(char, char) if way.endswith("wide") else char
        shapes = st.sampled_from(("%{:02x}", "%{:02X}", "%\t{:02X}"))
        return shapes.map(lambda shape: "".join(shape.format(byte) for byte in text.encode()))
    if way == "odd":
        return st.sampled_from((char, *_ODD.get(char, "")))
    return st.just({"upper": char.upper(), "wide": _WIDE.get(char, char)}.get(way, char))


@st.composite
def urls(draw: st.DrawFn) -> str:
    """A URL as an attribute may have it."""
    scheme = draw(st.sampled_from(("https://", "http://", "HTTPS://", "//", "http:", "https:/", "\\\\", "/\\", "http:\\\\", "h\ttp://",
                                   " \n//", "\x01https://", "/\t/", "http:/\n/")))  # fmt: skip
    user = draw(st.sampled_from(("",) * 6 + ("user@", "a b:c@", 'q"u@', "x@y@", "%40@", "é:\t@")))
    host = draw(st.sampled_from(HOSTS).flatmap(spelled))
    end = draw(st.sampled_from(("", "", ".", ":8080", ":", ":\t80")))
    path = draw(st.sampled_from(("", "/", "/wares/a", "/page", "/%74?x", "\\wares", "?q=ü", "#f", "/日本。")))
    return scheme + user + host + end + path


@st.composite
def records(draw: st.DrawFn) -> dict[str, Any]:
    """A record in which one URL leads somewhere."""
    url = draw(urls())
    filler = [
        link(draw(st.sampled_from(("/a", "b?c", "https://elsewhere.test/ü", "#"))), "text") for _ in range(2)
    ]
    place = draw(
        st.sampled_from(
            ("A", "AREA", "FORM", "IFRAME", "canonical", "base", "refresh", "Refresh", "Location", "Link")
        )
    )
    page = "https://page.test/dir/"
    if place in ("A", "AREA"):
        return response(page, [*filler, link(url, "text", f"{place}@/href")])
    if place in ("FORM", "IFRAME"):
        return response(page, [link(url, path=f"{place}@/{'action' if place == 'FORM' else 'src'}"), *filler])
    if place == "canonical":
        return response(page, filler, head={"Link": [link(url, path="LINK@/href", rel="canonical")]})
    if place == "base":
        return response(page, filler, head={"Base": url})
    if place == "refresh":
        meta = {
            "http-equiv": "refresh",
            "content": draw(st.sampled_from(("0;url=", "5; ", "1, URL='"))) + url,
        }
        return response(page, filler, head={"Metas": [meta]})
    if place == "Refresh":
        return response(page, filler, headers={"Refresh": f"0; url={url}"})
    if place == "Link":
        return response(page, filler, headers={"Link": f'</x>; rel="next", <{url}>; rel="canonical"'})
    return response(page, status=301, headers={"Location": url}, html=False)


def _escaped(text: str, ways: list[int]) -> bytes:
    """JSON of any writer: some of the characters within strings escaped, which changes nothing of what it says."""
    written = []
    within = False
    skip = 0
    for number, char in enumerate(text):
        way = ways[number % len(ways)]
        if char == '"' and not skip:
            within = not within
        escaped = skip
        skip = max(skip - 1, 0)
        if escaped or not within or char == '"':
            written.append(char)
        elif char == "\\":
            skip = 5 if text[number + 1] == "u" else 1
            written.append(char)
        elif way == 1 and char == "/":
            written.append("\\/")
        elif way == 2 and ord(char) < 0x10000:
            written.append(f"\\u{ord(char):04{'xX'[number % 2]}}")
        else:
            written.append(char)
    return "".join(written).encode()


@settings(max_examples=400)
@given(records(), st.lists(st.sampled_from((0, 0, 0, 0, 0, 0, 1, 2)), min_size=1, max_size=40))
@example(response("https://page.test/", [link("http://\ttarget.example")]), [0])
@example(response("https://page.test/", [link("http://target.example")]), [2])
def test_nothing_is_missed_that_a_full_reading_finds(record: dict[str, Any], ways: list[int]) -> None:
    plain = to_json(record)
    block = _escaped(plain.decode(), ways)
    assert json.loads(block) == json.loads(plain)
    visit = READER.read(decode(block))
    if visit is not None and any(link.target_url for link in visit.links):
        assert search_for(TARGETS).places(warc_record(block)), [one.target_url for one in visit.links]


@given(
    st.lists(st.binary(max_size=40).map(lambda junk: junk.replace(b"WARC/", b"")), min_size=1, max_size=4),
    st.data(),
)
def test_records_in_bulk_are_those_of_the_members(damage: list[bytes], data: st.DataObject) -> None:
    parts = [packed(warc_record(to_json(response(f"https://page.test/{number}")))) for number in range(4)]
    if data.draw(st.booleans()):
        for junk in damage:
            parts.insert(data.draw(st.integers(0, len(parts))), junk)
    whole = b"".join(parts)
    cut = data.draw(st.integers(0, len(whole)))
    counts, tally = Counts(), Tally()
    found = [
        bulk.data[begin:end] for bulk in bulks(BytesIO(whole[:cut]), counts) for begin, _, end in bulk.spans
    ]
    each = [record for _, record in members(BytesIO(whole[:cut]), tally)]
    assert [one.rstrip(b"\r\n") for one in found] == [one.rstrip(b"\r\n") for one in each]
    assert (counts.bytes, counts.damaged, counts.places) == (tally.bytes, tally.damaged, tally.places)


@given(st.recursive(st.none() | st.booleans() | st.text(max_size=8) | st.integers(), lambda inner: st.lists(inner, max_size=3)
                    | st.dictionaries(st.sampled_from(("Envelope", "Container", "Payload-Metadata", "HTTP-Response-Metadata", "Headers",
                                                       "HTML-Metadata", "Head", "Links", "Metas", "url", "WARC-Type", "Offset")), inner,
                                      max_size=4), max_leaves=12))  # fmt: skip
def test_no_json_makes_it_raise(value: Any) -> None:
    record = response("https://page.test/", [link("https://target.example/")])
    for place in (
        record,
        record["Envelope"],
        record["Envelope"]["Payload-Metadata"]["HTTP-Response-Metadata"],
    ):
        for key in list(place):
            changed = json.loads(
                json.dumps(record).replace(json.dumps(place), json.dumps({**place, key: value}))
            )
            counts = Counts()
            file = packed(warc_record(to_json(changed), "https://page.test/"))
            found = list(visits(BytesIO(file), TARGETS, counts, crawl_id=None, name="x.wat.gz"))
            assert counts.records == 1 == counts.responses + counts.other + counts.unread
            assert len(found) <= 1


@given(st.lists(st.text(max_size=200), max_size=4), st.lists(st.text(max_size=30), max_size=3))
def test_texts_of_any_kind(texts: list[str], rels: list[str]) -> None:
    links = [
        link("https://target.example/", text, rel=rels if number % 2 else " ".join(rels))
        for number, text in enumerate(texts)
    ]
    file = wat([response("https://page.test/", links, head={"Title": "".join(texts)})])
    found = list(visits(BytesIO(file), TARGETS, Counts(), crawl_id=None, name="x.wat.gz"))
    assert [len(visit.links) for visit in found] == ([len(texts)] if texts else [])
