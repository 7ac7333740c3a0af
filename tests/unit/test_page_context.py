"""The text around a link, and the path to it."""

from __future__ import annotations

import pytest
from selectolax.lexbor import LexborHTMLParser

from backlink_crawler import read_page
from backlink_crawler.page.link import PageLink
from backlink_crawler.page.path import NEAR

LINK = '<a href="http://target.example/">link</a>'
LONG = "word " * 60


def only(markup: str) -> PageLink:
    links = read_page(
        markup.encode(), "http://doc.example/", {"Content-Type": "text/html; charset=utf-8"}
    ).links
    return next(link for link in links if link.url == "http://target.example/")


@pytest.mark.parametrize(
    ("markup", "before", "after"),
    [
        (f"<p>one {LINK} two</p>", "one", "two"),
        (f"<p>other</p><p>one\n  {LINK},\n two</p><p>other</p>", "one", ", two"),
        (f"<p>far <b>one</b> <em>{LINK}</em> <i>two</i> far</p>", "far one", "two far"),
        (f"other<div>{LINK}</div>other", "", ""),
        (f"one<br>more {LINK}<br>two", "one more", "two"),
        (
            f"<p>one <script>no</script><span hidden>no</span>{LINK}<!-- no --><style>no</style> two",
            "one",
            "two",
        ),
        (f"<table><tr><td>other<td>one {LINK}<td>other</table>", "one", ""),
        (f"<p>one <a href=/>another</a> {LINK}", "one another", ""),
        (f"<p>{LONG}{LINK} {LONG}", ("word " * 20).strip(), ("word " * 20).strip()),
        (f"<p>{'x' * 99} yy {LINK}", "yy", ""),
        (f"<p>{'x' * 200} {LINK}", "", ""),
    ],
)
def test_context(markup: str, before: str, after: str) -> None:
    link = only(markup)
    assert (link.context_before, link.context_after) == (before, after)


@pytest.mark.parametrize(
    "markup",
    [
        f"<p>x<p>{LINK}",
        f"<div><a href=x>1</a><a href=y>2</a>{LINK}</div>",
        f'<div id="1st"><div class="md:w-1/2 -x 2nd --y" role=main>{LINK}</div></div>',
        f'<div class="a.b#c [d] e>f"><p class="ü 漢">{LINK}</div>',
        f'<div id="two words" class="{"long" * 30} short">{LINK}</div>',
        f"<o:p><x-y>{LINK}</x-y></o:p>",
        f"<ul><li>1<li>2<ul><li>{LINK}</ul></ul>",
        f"<p></p>{'<b>x</b>' * 300}{LINK}{'<a href=x>x</a>' * 300}",
        "<div>" * (NEAR - 2) + LINK,
    ],
)
def test_the_path_selects_the_element(markup: str) -> None:
    found = LexborHTMLParser(markup).css_first(only(markup).link_path)
    assert found is not None
    assert found.attributes["href"] == "http://target.example/"


def test_a_deep_path_keeps_the_nearest_elements_and_the_landmarks() -> None:
    path = only(f"<footer><div>{'<div>' * 30}{LINK}").link_path
    assert path == "body footer " + "div > " * (NEAR - 1) + "a"


def test_a_path_is_bounded() -> None:
    classes = " ".join(f"class-{number}" for number in range(1_000))
    assert len(only(f'<div class="{classes}">' * 40 + LINK).link_path) < NEAR * 400


def test_html_is_bounded_and_the_anchor_too() -> None:
    link = only(f'<a href="http://target.example/" title="{"t" * 5_000}">{LONG * 50}</a>')
    assert (len(link.html), len(link.anchor)) == (2_000, 1_000)


def test_detail_is_asked_for_once_for_each_link_and_decides() -> None:
    asked: list[str] = []

    def detail(url: str) -> bool:
        asked.append(url)
        return "a.example" in url

    page = read_page(
        b"<a href=http://a.example/>a</a><a href=http://b.example/>b</a>",
        "http://doc.example/",
        detail=detail,
    )
    assert asked == ["http://a.example/", "http://b.example/"]
    assert [(link.anchor, bool(link.html), link.position) for link in page.links] == [
        ("a", True, 1),
        ("", False, 2),
    ]
