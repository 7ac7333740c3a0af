"""Where reading takes a shorter way, it comes to what the long way comes to."""

from __future__ import annotations

import re
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlink_crawler.archive.cut import alone, cut
from backlink_crawler.archive.head import headers, named_fields, part
from backlink_crawler.archive.tally import Tally
from backlink_crawler.items import ENDORSING_TYPES
from backlink_crawler.page import guard
from backlink_crawler.page.href import Base
from backlink_crawler.page.link import Brief
from backlink_crawler.page.parse import read_page
from backlink_crawler.urls import host_of, is_http, resolve

HREFS = st.text(st.sampled_from("ab:/\\?#.@[]% \t\n\r\v\0é"), max_size=12) | st.sampled_from(
    [
        "http://a.example/",
        "http://a.example",
        "https://a.example/x",
        "//b.example/",
        "mailto:x",
        "http:x",
        "/\\b",
    ]
)
BASES = st.sampled_from(
    [
        "http://a.example/d/e",
        "https://a.example:8080/",
        "http://u@a.example/?q#f",
        "ftp://a.example/",
        "data:x",
    ]
)
TEXTS = st.text(
    st.sampled_from("abé…한語カー0-. \t\n\x1c\x85\xa0\u1680\u2003\u2028\u202f\u205f\u3000\u200b\u303f\u3040")
)
TAGS = st.lists(
    st.sampled_from(
        "<div> </div> <b> </b> <a> </a> <A> <svg> </svg> <math> <image/> <g/> <br> <p> <li> </x> <!--</div>--> "
        "<script></div></script> <title><b></title>".split()
    ),
    max_size=60,
)


@given(HREFS, BASES)
def test_what_seems_to_stay_on_its_host_does(href: str, url: str) -> None:
    base = Base(url, "utf-8")
    if base.host and base.stays(href):
        target = resolve(href, url)
        assert target is not None
        assert is_http(target)
        assert host_of(target) == base.host


@given(
    st.lists(HREFS, max_size=8), st.sampled_from(["", "<base href='http://b.example/'>", "<base href='/x/'>"])
)
def test_hyperlinks_in_brief_are_as_many_and_lead_to_the_same(hrefs: list[str], head: str) -> None:
    quoted = [href.replace("&", "&amp;") for href in hrefs]
    body = (
        head + "".join(f'<a href="{href}">x</a><svg><a href="{href}" /></svg>' for href in quoted)
    ).encode()
    url = "http://a.example/d/"
    seen = [link for link in read_page(body, url).links if link.link_type in ENDORSING_TYPES]
    brief = Brief("a.example")
    page = read_page(body, url, detail=lambda one: host_of(one) == "b.example", brief=brief)
    assert brief.staying + len(brief.urls) == len(seen)
    leaving = [link for link in seen if host_of(link.url) != "a.example"]
    assert [one for one in brief.urls if host_of(one) != "a.example"] == [link.url for link in leaving]
    assert page.links == [link for link in seen if host_of(link.url) == "b.example"]
    everything = Brief()
    read_page(body, url, detail=lambda _: False, brief=everything)
    assert everything.urls == [link.url for link in seen]


@given(TEXTS, st.booleans())
def test_words_are_counted_as_they_are_defined(text: str, framed: bool) -> None:
    spaceless = "\u3040-\u30ff\u3400-\u9fff"
    body = f"<meta charset=utf-8><main>{'<nav>menu</nav>' if framed else ''}<p>{text}</p></main>".encode()
    page = read_page(body, "http://a.example/")
    words = re.findall(rf"[{spaceless}]|[^\s{spaceless}]+", page.text)
    assert page.text_words == len(words)
    assert list(page.text_ends) == words
    other = read_page(
        f"<meta charset=utf-8><p>{''.join(page.text.split())}</p>".encode(), "http://a.example/"
    )
    assert page.text_digest == other.text_digest


@given(TAGS)
def test_markup_that_cannot_be_deep_is_left_as_it_is(tags: list[str]) -> None:
    text = "".join(tags)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(guard, "DEEPEST", 3)
        assert guard._may_be_deep(text) or guard._TOKEN.sub(guard._Flattener(), text) == text


@given(
    st.binary(max_size=40),
    st.sampled_from([0, 0, 0, -1, 1, 5]),
    st.sampled_from([b"\r\n\r\n", b"\n\n", b"", b"\r\n\r\nW"]),
)
def test_a_member_of_one_record_is_cut_as_any_other(block: bytes, off: int, end: bytes) -> None:
    head = b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: %d\r\n\r\n" % max(len(block) + off, 0)
    data = head + block + end
    parted = alone(data)
    tally = Tally()
    found = [record for _, record in cut(partial(next, iter((data,)), b""), tally, lambda at: at)]
    assert parted or off or end != b"\r\n\r\n"
    if parted:
        assert [part(record) for record in found] == [parted]
        assert not tally.damaged


@given(st.binary(max_size=60) | st.text(st.sampled_from("ab:\r\n \t\v\x1cé"), max_size=30).map(str.encode))
def test_fields_are_read_alike_in_ascii_and_beyond(lines: bytes) -> None:
    head = b"WARC/1.0\r\n" + lines
    expected = {
        name.decode("latin-1").strip().lower(): value.decode("utf-8", "replace")
        for name, value in headers(head)
    }
    assert named_fields(head) == expected
