"""Dates as pages write them, and where a page says who wrote it."""

from __future__ import annotations

import pytest

from backlink_crawler import read_page
from backlink_crawler.page.metadata import iso_time


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-02-03T04:05:06Z", "2024-02-03T04:05:06Z"),
        ("2024-02-03T04:05:06.789+02:00", "2024-02-03T02:05:06Z"),
        ("2024-02-03T04:05+0200", "2024-02-03T02:05:00Z"),
        ("2024-02-03 04:05", "2024-02-03T04:05:00Z"),
        ("2024-02-03", "2024-02-03T00:00:00Z"),
        ("2024/2/3 4:05", "2024-02-03T04:05:00Z"),
        ("Sat, 03 Feb 2024 04:05:06 +0000", "2024-02-03T04:05:06Z"),
        ("2024-13-03", None),
        ("0001-01-01", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_iso_time(text: str, expected: str | None) -> None:
    assert iso_time(text) == expected


@pytest.mark.parametrize(
    ("markup", "author", "published"),
    [
        (
            '<meta name=author content=" Ada  L. "><meta name=DC.date content=2024-01-02>',
            "Ada L.",
            "2024-01-02T00:00:00Z",
        ),
        (
            '<script type="application/ld+json">[{"author": "Ada", "datePublished": "2024-01-02"}]</script>',
            "Ada",
            "2024-01-02T00:00:00Z",
        ),
        ("<time class='entry-date published' datetime=2024-01-02>then</time>", None, "2024-01-02T00:00:00Z"),
        ("<time datetime=2024-01-02>some time</time>", None, None),
        (
            '<script type="application/ld+json">{"author": </script><meta name=author content=Ada>',
            "Ada",
            None,
        ),
        ('<script type="application/ld+json">' + "[" * 100_000 + "</script>", None, None),
        (
            '<script type="application/ld+json">{"author": {"name": 5}, "datePublished": 7}</script>',
            None,
            None,
        ),
    ],
)
def test_origin(markup: str, author: str | None, published: str | None) -> None:
    page = read_page(markup.encode(), "http://doc.example/")
    assert (page.author, page.published_at) == (author, published)


@pytest.mark.parametrize(
    ("markup", "headers", "expected"),
    [
        ("<html lang=en_gb>", {}, "en-gb"),
        ("<html lang='' xml:lang=de>", {}, "de"),
        ("<html lang='not a tag'>", {"Content-Language": "fr"}, "fr"),
        ("<meta http-equiv=content-language content=it>", {"Content-Language": "fr"}, "it"),
        ("<meta property=og:locale content=pt_BR>", {}, "pt-BR"),
        ("<p>", {}, None),
    ],
)
def test_language(markup: str, headers: dict[str, str], expected: str | None) -> None:
    assert read_page(markup.encode(), "http://doc.example/", headers).language == expected


def test_main_text_leaves_out_what_frames_it() -> None:
    framed = b"<nav>menu</nav><header>top</header><main><h1>The</h1> matter<script>no</script><aside>no</aside></main><footer>x</footer>"
    page = read_page(framed, "http://doc.example/")
    assert (page.text_words, page.text_digest) == (
        2,
        read_page(b"<p>The matter", "http://doc.example/").text_digest,
    )


def test_words_of_scripts_that_do_not_part_them() -> None:
    assert (
        read_page("<meta charset=utf-8><p>日本語 and words".encode(), "http://doc.example/").text_words == 5
    )
