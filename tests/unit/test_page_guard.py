"""Pages that would cost a tree builder the square of their size are read in bounded time, with their links."""

from __future__ import annotations

import time

import pytest

from backlink_crawler import read_page
from backlink_crawler.page.guard import DEEPEST, tame

LINK = '<a href="http://target.example/">link</a>'
SECONDS = 60
"""Of this process alone. What takes a few here takes minutes or hours without the guard."""


@pytest.mark.parametrize(
    ("markup", "least"),
    [
        ("<div>" * 50_000 + LINK, 1),
        ("<div>" * 50_000 + LINK + "</div>" * 50_000 + LINK, 2),
        ("<table><tr><td>" * 20_000 + LINK, 1),
        ("<b><p>" * 20_000 + LINK, 1),
        ("<ul><li>" * 20_000 + LINK, 1),
        ("<svg>" * 20_000 + "<base>" * 20_000 + LINK, 1),
        ("<svg><a href='http://target.example/'>" * 10_000, 10_000),
        ("<a href='http://target.example/'><object>" * 10_000, 10_000),
        ("<span>" * 50_000 + "</b>" * 50_000 + LINK, 1),
        (LINK * 50_000, 50_000),
        ("<a href='http://target.example/'>" * 50_000, 50_000),
        ("".join(f"<x{number}>{LINK}</x{number}>" for number in range(20_000)), 20_000),
        ("<p>" + f"some words {LINK} and more " * 20_000, 20_000),
        (f'<a title="{"x" * 10_000_000}" href="http://target.example/">link</a>', 1),
        (f'<a href="http://target.example/{"x" * 10_000_000}">link</a>', 1),
        (LINK + "<i " + " ".join(f"a{number}" for number in range(200_000)) + ">", 1),
        (LINK + '<i "' * 500_000, 1),
        (LINK + '<i x="' * 500_000, 1),
        (LINK + "<i" + "/x" * 500_000, 1),
        (LINK + "<!--" * 500_000, 1),
        (LINK + "<" * 2_000_000, 1),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else None,
)
def test_bounded_time(markup: str, least: int) -> None:
    started = time.process_time()
    page = read_page(markup.encode(), "http://doc.example/", {"Content-Type": "text/html; charset=utf-8"})
    assert time.process_time() - started < SECONDS
    assert sum(link.url.startswith("http://target.example/") for link in page.links) >= least


def test_xml_is_bounded_too() -> None:
    body = '<html xmlns="http://www.w3.org/1999/xhtml"><body>' + "<div>" * 100_000
    started = time.process_time()
    read_page(body.encode(), "http://doc.example/", {"Content-Type": "application/xhtml+xml"})
    assert time.process_time() - started < SECONDS


def test_what_is_not_excessive_is_left_alone() -> None:
    script = "<script>" + "if (a < b && c < d) { call('</p'); } " * 2_000 + "</script>"
    image = f'<img src="data:image/png;base64,{"A/b+" * 20_000}" alt="x">'
    markup = (
        "<p>a<li>b<br/>" * 10_000
        + "<svg>"
        + "<path d='M0 0'/>" * 1_000
        + "</svg>"
        + script
        + image
        + "words " * 10_000
        + LINK
    )
    assert tame(markup) == markup


def test_tags_beyond_the_depth_are_dropped_with_their_ends() -> None:
    markup = "<div>" * 20_000 + "<em>text</em>" + "</div>" * 20_000 + "<p>after"
    kept = tame(markup)
    assert (kept.count("<div>"), kept.count("</div>")) == (DEEPEST, DEEPEST)
    assert "text" in kept
    assert kept.endswith("<p>after")
