"""Who links to rivals and not to a target."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backlink_crawler.classify.target import Target, parse_target
from backlink_crawler.history.fold import fold
from backlink_crawler.index.schema import RATINGS, to_table
from backlink_crawler.index.store import Index
from backlink_crawler.reporting import gap as reporting
from backlink_crawler.reporting.gap import COLUMNS, Gap, gap
from tests.index_rows import SPONSORED, UGC, link, visit

EVERYONE = ["acme.example", "rival.example", "other.example"]
US, RIVAL, OTHER = map(parse_target, EVERYONE)

Rows = list[dict[str, Any]]


def to(host: str, path: str = "/", **values: Any) -> dict[str, Any]:
    """What a link to another target says of it."""
    url = f"https://{host}{path}"
    domain = ".".join(host.split(".")[-2:])
    return {
        "target": domain,
        "target_url": url,
        "href": url,
        "target_host": host,
        "target_domain": domain,
        **values,
    }


def page(url: str, minute: int = 0, **values: Any) -> dict[str, Any]:
    """A reading that looked for all of them."""
    return visit(url, minute, **{"targets_checked": EVERYONE, "text_words": 1_000, **values})


@pytest.fixture
def stored(tmp_path: Path) -> Callable[..., Index]:
    """An index of these visits and links, rated as is said."""

    def store(visits: Rows, links: Rows, ratings: dict[str, float] | None = None) -> Index:
        index = Index.open(tmp_path / "index", create=True)
        index.append("job", 1, visits, links)
        fold(index)
        if ratings is not None:
            from deltalake import write_deltalake

            scopes = [("page" if "/" in name else "domain", name, rating) for name, rating in ratings.items()]
            rows = [dict(zip(("scope", "name", "rating"), row, strict=True)) for row in scopes]
            write_deltalake(index.tables["ratings"], to_table(rows, RATINGS), mode="overwrite")
        return Index.open(tmp_path / "index")

    return store


def listed(index: Index, rivals: list[Target] | None = None, *, target: Target = US, **said: Any) -> Rows:
    return Gap(index, target, rivals or [RIVAL, OTHER]).rows(**said).read_all().to_pylist()


def names(rows: Rows, column: str = "source_domain") -> list[str]:
    return [row[column] for row in rows]


A, B, C, D = (f"https://{letter}.example/1" for letter in "abcd")


def test_those_that_link_to_rivals_alone(stored: Callable[..., Index]) -> None:
    index = stored(
        [page(A, contacts=["mailto:ada@a.example"]), page(B), page(C)],
        [
            link(A, **to("rival.example", anchor="Rival")),
            link(A, **to("other.example", anchor="Other")),
            link(B, **to("www.rival.example", "/x"), **{**SPONSORED, "anchor": "Shop"}),
            link(C, **to("rival.example")),
            link(C),
        ],
    )
    both, one = listed(index)
    assert (both["source_domain"], both["links_to"], both["k"], both["n"]) == (
        "a.example",
        ["other.example", "rival.example"],
        2,
        2,
    )
    assert (both["follow"], both["pages"], both["source_url"], both["linked"], both["checked"]) == (
        True,
        1,
        A,
        False,
        True,
    )
    assert (both["anchors"], both["contacts"]) == (["Other", "Rival"], ["mailto:ada@a.example"])
    assert (one["source_domain"], one["links_to"], one["follow"], one["page_type"]) == (
        "b.example",
        ["rival.example"],
        False,
        "sponsored",
    )
    assert names(listed(index, least=2)) == ["a.example"]
    assert names(listed(index, every=True, sort="rivals")) == ["a.example", "c.example", "b.example"]
    assert [row["linked"] for row in listed(index, every=True, sort="rivals")] == [False, True, False]
    assert names(listed(index, [OTHER])) == ["a.example"]
    assert names(gap(index, US, [RIVAL], limit=1).read_all().to_pylist()) == ["a.example"]
    for by, columns in COLUMNS.items():
        assert tuple(listed(index, by=by)[0]) == columns


def test_a_link_that_is_lost_is_none(stored: Callable[..., Index]) -> None:
    index = stored(
        [page(A), page(A, 5), page(B), page(B, 5)],
        [
            link(A, **to("rival.example")),
            link(B, **to("rival.example")),
            link(B),
            link(B, minute=5, **to("rival.example")),
        ],
    )
    # a.example took the rival's link away, b.example ours
    assert names(listed(index)) == ["b.example"]


def test_neither_our_own_pages_nor_those_of_a_rival(stored: Callable[..., Index]) -> None:
    rival = parse_target("rival.example", own=["rival-blog.example"])
    us = parse_target("acme.example", aliases=["old-acme.example"])
    sources = [
        "https://rival-blog.example/1",
        "https://other.example/1",
        "https://old-acme.example/1",
        "https://shop.acme.example/1",
        A,
    ]
    links = [link(source, **to("rival.example")) for source in sources]
    links[3] |= {"source_domain": "acme.example"}
    index = stored([page(source) for source in sources], links)
    assert names(listed(index, [rival, OTHER], target=us)) == ["a.example"]


def test_a_link_to_an_alias_is_one_to_us(stored: Callable[..., Index]) -> None:
    us = parse_target("acme.example", aliases=["old-acme.example"])
    index = stored([page(A)], [link(A, **to("rival.example")), link(A, **to("old-acme.example"))])
    assert names(listed(index, target=us)) == []
    assert names(listed(index)) == ["a.example"]


def test_a_rival_need_not_be_a_target_of_its_own(stored: Callable[..., Index]) -> None:
    """Where every outbound link was kept, it stands under its domain; and a part of it may be a rival, too."""
    index = stored(
        [page(A, targets_checked=["*"]), page(B, targets_checked=["*"])],
        [link(A, **to("shop.rival.example", "/spades")), link(B, **to("rival.example", "/blog"))],
    )
    assert names(listed(index, [RIVAL])) == ["a.example", "b.example"]
    for name in (
        "shop.rival.example",
        "host:shop.rival.example",
        "prefix:shop.rival.example/spades",
        "url:https://shop.rival.example/spades",
    ):
        [row] = listed(index, [parse_target(name)])
        assert (row["source_domain"], row["links_to"], row["checked"]) == ("a.example", [name], True)
    spared = parse_target("shop.rival.example", exclude=["prefix:shop.rival.example/spades"])
    assert Gap(index, US, [spared]).unknown == ["shop.rival.example"]


def test_rivals_without_links_are_named_and_the_rest_goes_on(stored: Callable[..., Index]) -> None:
    view = Gap(stored([page(A)], [link(A, **to("rival.example"))]), US, [RIVAL, OTHER])
    assert view.unknown == ["other.example"]
    [row] = view.rows().read_all().to_pylist()
    assert (row["k"], row["n"]) == (1, 2)


def test_an_empty_index(stored: Callable[..., Index]) -> None:
    view = Gap(stored([], []), US, [RIVAL])
    assert (view.unknown, view.is_target_known) == (["rival.example"], False)
    for by in COLUMNS:
        assert view.rows(by).read_all().num_rows == 0


def test_where_nobody_looked_for_us_that_is_said(stored: Callable[..., Index]) -> None:
    index = stored(
        [
            page(A, targets_checked=["rival.example"]),
            page(B),
            page(B, 5, outcome="not_modified", targets_checked=["rival.example"]),
            page(D),
        ],
        [link(A, **to("rival.example")), link(B, **to("rival.example")), link(D)],
    )
    view = Gap(index, US, [RIVAL])
    rows = view.rows().read_all().to_pylist()
    assert {row["source_domain"]: row["checked"] for row in rows} == {"a.example": False, "b.example": True}
    assert (view.unchecked, view.is_target_known) == (1, True)


def test_worth_is_rating_times_reach(stored: Callable[..., Index]) -> None:
    sources = {
        A: ("Notes", 60.0),
        B: ("Guest post by Bo", 50.0),
        C: ("Notes", None),
        D: ("Useful links", 30.0),
    }
    index = stored(
        [page(url, external_links=20) for url in sources],
        [link(url, **to("rival.example", page_title=title)) for url, (title, _) in sources.items()]
        + [link(D, **to("other.example"))],
        {f"{url[8]}.example": rating for url, (_, rating) in sources.items() if rating is not None}
        | {"a.example/1": 12.5},
    )
    rows = listed(index)
    assert names(rows) == ["b.example", "a.example", "d.example", "c.example"]  # 40, 30, 27, and none
    assert [row["rating"] for row in rows] == [50.0, 60.0, 30.0, None]
    assert names(listed(index, sort="rivals"))[0] == "d.example"
    by_page = listed(index, by="pages")
    assert (by_page[0]["source_url"], by_page[0]["rating"], by_page[0]["domain_rating"]) == (A, 12.5, 60.0)


def test_of_a_domain_the_page_is_shown_that_looks_most_reachable(stored: Callable[..., Index]) -> None:
    first, second = "https://a.example/news/1", "https://a.example/links"
    index = stored(
        [page(first), page(second, external_links=40), page("https://a.example/team", contacts=["mailto:ed@a.example", "https://a.example/contact"])],
        [
            link(first, **to("rival.example")), link(second, **to("rival.example")),
            link(first, **to("other.example"), **UGC),
        ],
    )  # fmt: skip
    [row] = listed(index)
    assert (row["source_url"], row["page_type"], row["pages"], row["k"], row["follow"]) == (
        second,
        "resources",
        2,
        2,
        True,
    )
    assert row["contacts"] == [
        "mailto:ed@a.example",
        "https://a.example/contact",
    ]  # of a page that links to nobody
    pages = listed(index, by="pages")
    assert {one["source_url"]: (one["page_type"], one["k"], one["contacts"]) for one in pages} == {
        first: ("news", 2, row["contacts"]), second: ("resources", 1, row["contacts"]),
    }  # fmt: skip


def test_who_names_us_comes_first(stored: Callable[..., Index]) -> None:
    mention = {
        "link_type": "mention",
        "target_url": "",
        "target_host": "",
        "href": None,
        "follow": None,
        "rel_type": None,
    }
    index = stored(
        [page(A), page("https://a.example/2"), page(B), page(B, 5)],
        [
            link(A, **to("rival.example")),
            link("https://a.example/2", **mention),
            link(B, **to("rival.example")), link(B, minute=5, **to("rival.example")), link(B, **mention),  # named at first, no more
        ],
    )  # fmt: skip
    first, second = listed(index)
    assert (first["source_url"], first["page_type"], first["pages"]) == ("https://a.example/2", "mention", 1)
    assert first["why"] == "it names the target without a link"
    assert (second["source_domain"], second["page_type"]) == ("b.example", "other")
    assert {row["page_type"] for row in listed(index, by="pages")} == {"other"}


def test_sites_of_a_platform_are_apart(stored: Callable[..., Index]) -> None:
    urls = {name: f"https://{name}.github.io/" for name in ("ada", "bob")}
    on = {name: {"source_domain": "github.io", "source_site": f"{name}.github.io"} for name in urls}
    index = stored(
        [page(urls[name], **on[name]) for name in urls],
        [link(urls["ada"], **to("rival.example"), **on["ada"]), link(urls["bob"], **on["bob"])],
        {"github.io": 90.0},
    )
    assert listed(index) == []
    [row] = listed(index, by="sites")
    assert (row["source_site"], row["rating"]) == ("ada.github.io", None)
    [row] = listed(index, by="pages")
    assert (row["domain_links"], row["linked"]) == (True, False)


def test_addresses_at_the_parties_are_no_contacts(stored: Callable[..., Index]) -> None:
    said = [
        "mailto:x@rival.example",
        "mailto:x@mail.acme.example",
        "mailto:x@notrival.example",
        "mailto:y@a.example",
    ]
    index = stored([page(A, contacts=said)], [link(A, **to("rival.example"))])
    assert listed(index)[0]["contacts"] == said[2:]


def test_contacts_of_the_shown_page_come_first_and_the_latest_count(stored: Callable[..., Index]) -> None:
    others = [
        page(f"https://a.example/{n}", contacts=["mailto:team@a.example", f"mailto:w{n}@a.example"])
        for n in range(2, 20)
    ]
    index = stored(
        [
            page(A, contacts=["mailto:gone@a.example"]),
            page(A, 5, contacts=["mailto:ada@a.example"]),
            page(A, 9, outcome="not_modified"),
            *others,
        ],
        [link(A, **to("rival.example")), link(A, minute=5, **to("rival.example"))],
    )
    [row] = listed(index)
    assert row["contacts"][:2] == ["mailto:ada@a.example", "mailto:team@a.example"]
    assert len(row["contacts"]) == reporting.MOST_CONTACTS
    assert "mailto:gone@a.example" not in row["contacts"]


def test_an_address_that_was_taken_off_is_not_shown(stored: Callable[..., Index]) -> None:
    readings = [
        page(one, minute, crawl_id=crawl, contacts=["mailto:ada@a.example"] if not minute else [])
        for one, crawl in ((A, "looks"), (B, "blind"))
        for minute in (0, 5)
    ]
    links = [
        link(one, minute=minute, crawl_id=crawl, **to("rival.example"))
        for one, crawl in ((A, "looks"), (B, "blind"))
        for minute in (0, 5)
    ]
    index = stored(readings, links)
    index.record_crawl({"crawl_id": "looks", "targets": EVERYONE, "options": '{"contacts": true}'})
    found = {row["source_domain"]: row["contacts"] for row in listed(Index.open(index.uri))}
    assert found == {"a.example": [], "b.example": ["mailto:ada@a.example"]}


def test_hostile_words_are_values(stored: Callable[..., Index]) -> None:
    evil = "'); DROP TABLE x; --\x1b[2J=HYPERLINK(1)"
    index = stored(
        [page(A, contacts=[f"mailto:{evil}@a.example"], author=evil)],
        [link(A, **to("rival.example", anchor=evil, page_title=evil))],
    )
    [row] = listed(index)
    assert (row["anchors"], row["page_title"]) == ([evil], evil)
