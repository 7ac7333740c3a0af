"""A target that a page names without linking to it: what names it, and what only looks alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from index_rows import link, visit

from backlink_crawler.classify.target import Targets, parse_target
from backlink_crawler.facts.reading import Fetch, read
from backlink_crawler.history.fold import fold
from backlink_crawler.index.query import Reader
from backlink_crawler.index.store import Index
from backlink_crawler.items import Visit
from backlink_crawler.reporting.prospects import prospects

WORDS = "The garden was quiet and green, and in the shed there were many tools to look at. " * 3


def page(text: str, url: str = "https://blog.other.example/post", **target: Any) -> Visit:
    body = f"<!doctype html><title>Sheds</title><main><p>{WORDS}<p>{text}</main>".encode()
    headers = [(b"Content-Type", b"text/html; charset=utf-8")]
    fetch = Fetch(url, url, 200, headers, body, "2026-11-22T10:00:00+00:00")
    return read(fetch, Targets([parse_target("shedshop.example", **target)]))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("I bought it at shedshop.example, in May.", "shedshop.example"),
        ("See www.ShedShop.example.", "ShedShop.example"),
        ("on help.shedshop.example/faq they say", "shedshop.example"),
        ("The people of Shedshop are kind.", "Shedshop"),
        ("Ask (shedshop)!", "shedshop"),
        ("write to info@shedshop.example", None),
        ("myshedshop.example is another", None),
        ("my-shedshop.example is another", None),
        ("shedshop.example.org is another", None),
        ("shedshop.examples are others", None),
        ("shedshops are many", None),
        ("<!-- shedshop --><script>shedshop</script>", None),
        ("<nav>Shedshop</nav>", None),
        ('Buy at <a href="https://shedshop.example/">Shedshop</a>', None),
    ],
)
def test_what_names_a_target(text: str, said: str | None) -> None:
    assert [mention.anchor for mention in page(text).mentions] == ([said] if said else [])


def test_brand_words_that_were_given_are_the_ones_looked_for() -> None:
    assert [one.anchor for one in page("The Shed  Shop of Kent", brand=["shed shop"]).mentions] == [
        "Shed Shop"
    ]
    assert page("Shedshop of Kent", brand=["shed shop"]).mentions == []
    assert [one.anchor for one in page("我们喜欢小屋店的东西", brand=["小屋店"]).mentions] == ["小屋店"]


def test_a_mention_is_kept_with_what_stands_around_it_and_endorses_nothing() -> None:
    (mention,) = page("Before it <b>Shedshop</b> after it").mentions
    assert (mention.target, mention.link_type, mention.follow, mention.rel_type) == (
        "shedshop.example",
        "mention",
        None,
        None,
    )
    assert mention.context_before.endswith("Before it")
    assert mention.context_after == "after it"
    assert mention.page_title == "Sheds"


def test_its_own_pages_name_it_as_they_like() -> None:
    assert page("Shedshop is us", "https://www.shedshop.example/").mentions == []
    assert page("Shedshop is us", "https://sister.example/", own=["sister.example"]).mentions == []


def mentioned(url: str, minute: int = 0) -> dict[str, Any]:
    return link(
        url,
        "/",
        minute,
        link_type="mention",
        target_url="",
        target_host="",
        anchor="Acme",
        follow=None,
        rel_type=None,
    )


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    index = Index.open(tmp_path, create=True)
    pages = ["https://a.example/1", "https://a.example/2", "https://b.example/1", "https://c.example/1"]
    rows = [mentioned(pages[0]), link(pages[1], "/"), mentioned(pages[2]), mentioned(pages[3])]
    index.append("job", 1, [visit(url) for url in pages], rows)
    index.append("job", 2, [visit(pages[3], 30)], [link(pages[3], "/", 30)])
    index.append("job", 3, [visit(pages[2], 40, outcome="http_5xx", complete=False, targets_checked=[])], [])
    fold(index)
    return Reader(index, "acme.example")


def test_prospects_are_the_pages_that_name_and_do_not_link(reader: Reader) -> None:
    rows = prospects(reader).read_all().to_pylist()
    assert [(row["source_url"], row["domain_links"]) for row in rows] == [
        ("https://b.example/1", False),
        ("https://a.example/1", True),
    ]


def test_a_mention_is_no_link_and_no_backlink(reader: Reader) -> None:
    assert reader.count("links") == 2
    assert reader.count("mentions") == 3
    assert {row["source_url"] for row in reader.rows("SELECT source_url FROM backlinks")} == {
        "https://a.example/2",
        "https://c.example/1",
    }
