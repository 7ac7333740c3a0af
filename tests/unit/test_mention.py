"""A target that a page names without linking to it: what names it, and what only looks alike."""

from __future__ import annotations

import time
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
        ("write to info@post.shedshop.example", None),
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


@pytest.mark.parametrize(
    ("brand", "text", "said"),
    [
        ("Weißdorn", "the people of Weißdorn are kind", "Weißdorn"),
        ("Weißdorn", "Groß, größer: WEISSDORN!", "WEISSDORN"),
        ("İstanbul Sheds", "we like İSTANBUL sheds a lot", "İSTANBUL sheds"),
        ("  Shed   Shop ", "the Shed Shop of Kent", "Shed Shop"),
        ("C++ (shed)", "is it in c++ (SHED)?", "c++ (SHED)"),
        (".shed", "what .shed is", ".shed"),
        (" ", "nothing at all", None),
    ],
)
def test_how_a_brand_word_may_be_written(brand: str, text: str, said: str | None) -> None:
    assert [one.anchor for one in page(text, brand=[brand]).mentions] == ([said] if said else [])


def test_many_targets_are_found_as_each_alone_and_soon() -> None:
    many = [
        parse_target(f"shop{n}.example", brand=brand)
        for n, brand in enumerate([["Shed & Sons"], ["東京小屋"], ["Acme小屋"], [".shed"], *[["none"]] * 996])
    ]
    said = "Ask Shed & Sons, or 私の東京小屋 and Acme小屋の; what .shed is, shop7.example and www.shop8.example. "
    names = " ".join(f"xshop{n}.example shop{n}.examples" for n in range(1000))
    body = f"<!doctype html><title>Sheds</title><main><p>{WORDS}<p>{said}{names * 20}</main>".encode()
    url = "https://blog.other.example/post"
    headers = [(b"Content-Type", b"text/html; charset=utf-8")]
    fetch = Fetch(url, url, 200, headers, body, "2026-11-22T10:00:00+00:00")
    began = time.process_time()
    found = [(one.target, one.anchor) for one in read(fetch, Targets(many)).mentions]
    assert time.process_time() - began < 60
    alone = [
        (one.target, one.anchor) for target in many[:10] for one in read(fetch, Targets([target])).mentions
    ]
    assert found == alone
    assert [name for name, _ in found] == [f"shop{n}.example" for n in (0, 1, 2, 3, 7, 8)]


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


def test_a_page_that_is_gone_or_leads_elsewhere_is_no_prospect_until_it_is_back(tmp_path: Path) -> None:
    index = Index.open(tmp_path, create=True)
    gone, moved, back, busy = (f"https://{name}.example/1" for name in ("gone", "moved", "back", "busy"))
    index.append(
        "job",
        1,
        [visit(url) for url in (gone, moved, back, busy)],
        list(map(mentioned, (gone, moved, back, busy))),
    )
    later = [
        visit(gone, 10, outcome="http_410", complete=False, targets_checked=[]),
        visit("https://moved.example/2", 10, requested_url=moved),
        visit(back, 10, outcome="http_404", complete=False, targets_checked=[]),
        visit(busy, 10, outcome="timeout", complete=False, targets_checked=[]),
    ]
    index.append("job", 2, later, [])
    index.append("job", 3, [visit(back, 20)], [mentioned(back, 20)])
    fold(index)
    rows = prospects(Reader(index, "acme.example")).read_all().to_pylist()
    assert sorted(row["source_url"] for row in rows) == [back, busy]
