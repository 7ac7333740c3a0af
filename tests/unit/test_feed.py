"""Feeds that pages name (HTML Standard, 4.6.7.1) and pages that feeds name (RSS 2.0, RSS 1.0, Atom: RFC 4287)."""

from __future__ import annotations

import pytest

from backlink_crawler.page.feed import MOST_ENTRIES, entries_of, feeds_of

URL = "https://blog.example/dir/"


@pytest.mark.parametrize(
    ("element", "feeds"),
    [
        ('<link rel=alternate type=application/rss+xml href="/feed">', ["https://blog.example/feed"]),
        (
            '<link rel="Alternate feed" type="Application/Atom+XML; charset=utf-8" href="a">',
            ["https://blog.example/dir/a"],
        ),
        (
            '<link rel=alternate type=application/rss+xml href="https://other.example/f">',
            ["https://other.example/f"],
        ),
        ('<link rel=alternate hreflang=de href="/de">', []),
        ('<link rel=stylesheet type=application/rss+xml href="/feed">', []),
        ('<link rel=alternate type=application/rss+xml href="javascript:1">', []),
        ("<p>none", []),
    ],
)
def test_feeds_of_a_page(element: str, feeds: list[str]) -> None:
    assert feeds_of(f"<!doctype html><head>{element}".encode(), URL) == feeds


RSS = """<?xml version="1.0"?><rss version="2.0"><channel><link>https://blog.example/</link>
<item><title>a</title><link> /a </link></item><item><link>https://blog.example/b</link></item><item><title>none</title></item>
</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><link href="/"/><entry><link rel="self" href="/x"/><link href="/a"/></entry>
<entry><link rel="alternate" href="https://blog.example/b"/></entry></feed>"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
<item><link>https://blog.example/a</link></item><item><link>https://blog.example/b</link></item></rdf:RDF>"""


@pytest.mark.parametrize("feed", [RSS, ATOM, RDF, RSS.removesuffix("</rss>")])
def test_pages_of_a_feed(feed: str) -> None:
    assert entries_of(feed.encode(), URL) == ["https://blog.example/a", "https://blog.example/b"]


@pytest.mark.parametrize(
    "body", [b"", b"<html><item><link>/a</link></item></html>", b"\xff\xfe", b"{}", b"<rss", b"<a"]
)
def test_what_is_no_feed(body: bytes) -> None:
    assert not entries_of(body, URL)


def test_a_hostile_feed_is_read_within_bounds(tmp_path: object) -> None:
    bomb = '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><rss><item><link>&b;</link></item></rss>'
    assert entries_of(bomb.encode(), URL) == []
    outside = '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss><item><link>http://x.example/&a;</link></item></rss>'
    assert not any("root" in url for url in entries_of(outside.encode(), URL) or [])
    many = "<rss>" + "<item><link>/a%d</link></item>" * 5_000 + "</rss>"
    assert len(entries_of((many % tuple(range(5_000))).encode(), URL) or []) == MOST_ENTRIES
