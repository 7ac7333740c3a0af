"""Headers of a page: their forms, Link (RFC 8288), and refresh (HTML Standard, 4.2.4.8)."""

from __future__ import annotations

from typing import Any

import pytest

from backlink_crawler.page.header import header_fields, header_links, refresh_target


@pytest.mark.parametrize(
    "headers",
    [
        {"Link": ["a", "b"], "X": "c"},
        {b"link": [b"a", b"b"], b"x": b"c"},
        [("LINK", "a"), ("link", "b"), ("x", "c")],
        [(b"Link", b"a"), (b"Link", b"b"), (b"X", b"c")],
    ],
)
def test_header_fields(headers: Any) -> None:
    assert header_fields(headers) == {"link": ["a", "b"], "x": ["c"]}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('<http://a.example/>; rel="canonical"', [("http://a.example/", {"rel": "canonical"})]),
        ("<a>;rel=next, <b> ; REL = prev", [("a", {"rel": "next"}), ("b", {"rel": "prev"})]),
        (
            '<a,b;c>; title="x, \\"y\\"; rel=no"; rel=alternate',
            [("a,b;c", {"title": 'x, "y"; rel=no', "rel": "alternate"})],
        ),
        ("<a>; rel=first; rel=second", [("a", {"rel": "first"})]),
        ("no link at all", []),
    ],
)
def test_header_links(value: str, expected: list[tuple[str, dict[str, str]]]) -> None:
    assert list(header_links([value])) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("0; url=http://a.example/", "http://a.example/"),
        ("0;URL='b'", "b"),
        ('5 ; url = "c d" trailing', "c d"),
        ("0, d", "d"),
        ("0 e", "e"),
        (".5;f", "f"),
        ("1.5; url=g", "g"),
        ("0; urlx", "urlx"),
        ("0;url='unclosed", "unclosed"),
        ("0", None),
        ("0;", None),
        ("0; url=", None),
        ("url=x", None),
        ("0x", None),
        ("-1; url=x", None),
        ("", None),
    ],
)
def test_refresh_target(content: str, expected: str | None) -> None:
    assert refresh_target(content) == expected
