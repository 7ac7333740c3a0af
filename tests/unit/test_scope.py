"""Which found URLs a crawl goes on with, and how far."""

from __future__ import annotations

import pytest

from backlink_crawler.frontier.scope import (
    ALONE,
    LISTING,
    MOST_LISTED,
    MOST_LISTINGS,
    MOST_NESTED,
    Scope,
    can_hold_links,
    rank,
)

PAGE = "http://www.site.example/dir/"


@pytest.mark.parametrize(
    ("scope", "url", "admitted"),
    [
        (Scope("site"), "http://site.example/a", True),
        (Scope("site"), "https://blog.site.example/a", True),
        (Scope("site"), "http://other.example/a", False),
        (Scope("host"), "http://site.example/a", True),
        (Scope("host"), "http://blog.site.example/a", False),
        (Scope("page"), "http://www.site.example/dir/a", False),
        (Scope("site", hops=1), "http://other.example/a", True),
        (Scope("site", depth=3), "http://site.example/a", True),
        (Scope("site", depth=2), "http://site.example/a", False),
        (Scope("site"), "http://site.example/a.pdf", False),
    ],
)
def test_admit(scope: Scope, url: str, admitted: bool) -> None:
    found = scope.admit([url], PAGE, 2, 0)
    assert [entry[0] for entry in found] == ([url] if admitted else [])


def test_each_url_is_admitted_once_without_its_fragment() -> None:
    found = ["http://site.example/b#1", "http://site.example/a", "http://site.example/b#2"]
    assert Scope().admit(found, PAGE, 0, 0) == [
        ("http://site.example/b", 1, 0),
        ("http://site.example/a", 1, 0),
    ]


def test_hops_are_counted_on_leaving_only() -> None:
    scope = Scope("site", hops=2)
    assert scope.admit(["http://other.example/", "http://site.example/"], PAGE, 0, 1) == [
        ("http://other.example/", 1, 2),
        ("http://site.example/", 1, 1),
    ]
    assert scope.admit(["http://other.example/"], PAGE, 0, 2) == []


@pytest.mark.parametrize(
    ("url", "listed", "can"),
    [
        ("http://x.example/", False, True),
        ("http://x.example/a.html", False, True),
        ("http://x.example/a.JPG", False, False),
        ("http://x.example/a.jpg?size=3", False, False),
        ("http://x.example/show?file=a.jpg", False, True),
        ("http://x.example/sitemap.xml", False, False),
        ("http://x.example/sitemap.xml.gz", True, True),
        ("http://x.example/v1.2-notes-of-release", False, True),
        ("http://x.example/a.jpg/", False, True),
    ],
)
def test_endings(url: str, listed: bool, can: bool) -> None:
    assert can_hold_links(url, listed=listed) is can


def test_near_plain_and_short_paths_come_first() -> None:
    order = [
        rank("http://x.example/", 0),
        rank("http://x.example/a", 1),
        rank("http://x.example/a/b/c", 1),
        rank("http://x.example/a?b=1&c=2", 1),
        rank("http://x.example/", 3),
    ]
    assert order == sorted(order)
    assert len(set(order)) == len(order)


def test_redirects_stay_in_scope() -> None:
    assert Scope("site").allows_redirect(PAGE, "https://site.example/", 0, 0)
    assert not Scope("site").allows_redirect(PAGE, "https://other.example/", 0, 0)
    assert Scope("site", hops=1).allows_redirect(PAGE, "https://other.example/", 0, 0)
    assert not Scope("site", hops=1).allows_redirect(PAGE, "https://other.example/", 0, 1)
    assert Scope("page").allows_redirect(PAGE, "https://other.example/", 0, 0)


def test_what_a_page_visited_for_itself_links_to_is_left_alone() -> None:
    scope = Scope("site", hops=2)
    assert scope.admit(["https://site.example/a", "https://other.example/"], PAGE, ALONE, 0) == []
    assert scope.allows_redirect(PAGE, "https://other.example/", ALONE, 0)


@pytest.mark.parametrize("reach", ["site", "host", "page"])
def test_a_listing_names_pages_and_a_few_more_listings(reach: str) -> None:
    pages = [f"https://site.example/{n}" for n in range(200)]
    more = [f"https://site.example/sitemap-{n}.xml.gz" for n in range(9)]
    admitted = Scope(reach).admit(
        ["https://site.example/a.png", *pages, *more], PAGE, LISTING, 0, listed=True
    )
    assert [url for url, depth, _ in admitted if depth == LISTING] == more[:MOST_LISTINGS]
    assert [url for url, depth, _ in admitted if depth == ALONE] == pages[:MOST_LISTED]


def test_listings_that_go_on_without_end_are_left() -> None:
    hops, admitted = 0, [("https://site.example/0.xml", LISTING, 0)]
    for number in range(1, 10):
        [(_, _, hops)] = admitted
        admitted = Scope().admit([f"https://site.example/{number}.xml"], PAGE, LISTING, hops)
        if not admitted:
            break
    assert (number, hops) == (MOST_NESTED + 1, MOST_NESTED)
    assert Scope().admit(["https://site.example/page"], PAGE, LISTING, MOST_NESTED)
