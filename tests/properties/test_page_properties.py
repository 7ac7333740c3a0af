"""Whatever the bytes and headers: a page is read, and its fields keep what they promise."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlink_crawler import Page, read_page
from backlink_crawler.items import ANCHOR_SOURCES, LINK_TYPES, PLACEMENTS
from backlink_crawler.page.href import Base
from backlink_crawler.page.placement import placement
from backlink_crawler.urls import is_http, resolve

GOLDEN = [
    path
    for path in sorted((Path(__file__).parent.parent / "pages").iterdir())
    if path.suffix in (".html", ".xhtml")
]
TYPES = (
    "text/html",
    "text/html; charset=utf-8",
    "application/xhtml+xml",
    "text/html; charset=shift_jis",
    "",
    "text/plain",
)
TAGS = "a area base p b div table tr td svg math title select option template noscript textarea form li meta link iframe frameset plaintext"
pieces = st.one_of(
    st.sampled_from([f"<{tag}>" for tag in TAGS.split()] + [f"</{tag}>" for tag in TAGS.split()]),
    st.sampled_from(
        [
            '<a href="http://x.example/',
            '">',
            "<a href=//y.example/ rel=nofollow>",
            "<!--",
            "-->",
            "&amp",
            "\0",
            "<",
            "\ufffd",
        ]
    ),
    st.text(max_size=8),
)
markup = st.lists(pieces, max_size=40).map("".join)


def check(page: Page) -> None:
    positions = [link.position for link in page.links if link.position is not None]
    assert positions == list(range(1, len(positions) + 1))
    assert len(page.text_digest) in (0, 32)
    assert page.text_words >= 0
    assert len(page.title or "") <= 1_000
    for link in page.links:
        assert is_http(link.url)
        assert link.link_type in LINK_TYPES
        assert link.anchor_source in ANCHOR_SOURCES
        assert bool(link.anchor) == (link.anchor_source != "none")
        assert len(link.context_before) <= 100
        assert len(link.context_after) <= 100
        assert len(link.html) <= 2_000
        assert (
            placement(link.link_path, link.link_type, link.anchor, link.context_before, link.context_after)
            in PLACEMENTS
        )
        link.html.encode()


@given(st.binary(max_size=400), st.sampled_from(TYPES))
def test_any_bytes(body: bytes, content_type: str) -> None:
    check(read_page(body, "http://doc.example/", {"Content-Type": content_type}))


@given(markup, st.sampled_from(TYPES))
def test_any_markup(text: str, content_type: str) -> None:
    check(read_page(text.encode("utf-8", "replace"), "http://doc.example/", {"Content-Type": content_type}))


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_headers(link: str, refresh: str) -> None:
    check(
        read_page(
            b"<p>",
            "http://doc.example/",
            [("Link", f"<{link}>; rel=canonical"), ("Refresh", refresh), ("X-Robots-Tag", link)],
        )
    )


@pytest.mark.parametrize("path", GOLDEN, ids=[path.name for path in GOLDEN])
def test_mutated_pages(path: Path) -> None:
    body = path.read_bytes()
    dice = random.Random(path.name)
    for _ in range(200):
        broken = bytearray(body)
        for _ in range(dice.randint(1, 8)):
            at, length = dice.randrange(len(broken)), dice.choice((0, 1, 3, 30))
            broken[at : at + length] = dice.choice(
                (b"", b"<", b">", b'"', b"\0", b"\xff", b"</", b"<!--", body[at // 2 : at // 2 + 40])
            )
        check(read_page(bytes(broken), "http://doc.example/", {"Content-Type": dice.choice(TYPES)}))


href_pieces = st.sampled_from(
    "http:// https:// // / ../ a b.c . .. %2e %41 ? # é \\ : @ [ ] | ^ ` { } ' \" < > x=1 & example.com xn--a 1.2 1 EX - -- ~ ! $ * , ; \t _ host-.com".split(
        " "
    )
)
bases = st.sampled_from(
    [
        "http://Doc.example/d/e/f?q#g",
        "https://user:p@doc.example:8080/",
        "http://doc.example",
        "http://doc.example/a/../b/",
        "data:text/html,x",
    ]
)


@given(st.lists(href_pieces, max_size=7).map("".join), bases)
def test_hrefs_resolve_as_the_url_parser_resolves_them(href: str, base: str) -> None:
    url = resolve(href, base)
    assert Base(base, "utf-8").target(href) == (url if url is not None and is_http(url) else None)
