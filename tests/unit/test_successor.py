"""Which living page a gone one is said to have become: nothing rather than nonsense."""

from __future__ import annotations

import pytest

from backlink_crawler.classify.home import is_home
from backlink_crawler.reporting.successor import Page, Successors

LIVING = [
    Page("https://acme.example/", "Acme: roller skates and more", "en"),
    Page("https://acme.example/guides/blue-widgets", "How to choose blue widgets – Acme", "en"),
    Page("https://acme.example/guides/rocket-boots", "Rocket boots for beginners – Acme", "en"),
    Page("https://acme.example/guides/anvil-safety", "Anvil safety at home – Acme", "en"),
    Page("https://acme.example/shop/giant-magnet.html", "Giant magnet – Acme", "en"),
    Page("https://acme.example/shop/48213-earthquake-pills", "Earthquake pills – Acme", "en"),
    Page("https://acme.example/de/riesenmagnet", "Riesenmagnet – Acme", "de"),
    Page("https://acme.example/report-2024", "Annual report 2024 – Acme", "en"),
    Page("https://acme.example/%E7%A3%81%E9%90%B5", "巨大な磁鉄 – Acme", "ja"),
    Page("https://acme.example/about", "About us – Acme", "en"),
]
SITE = "https://acme.example"


@pytest.mark.parametrize(
    ("gone", "expected"),
    [
        # moved to another folder, with the same name
        (Page(f"{SITE}/blog/2019/rocket-boots"), "/guides/rocket-boots"),
        (Page("http://www.acme.example/rocket-boots.php?utm_source=x"), "/guides/rocket-boots"),
        (Page(f"{SITE}/Guides/Rocket_Boots/"), "/guides/rocket-boots"),
        # a plural more, a typing error, rubbish after the address
        (Page(f"{SITE}/old/blue-widget"), "/guides/blue-widgets"),
        (Page(f"{SITE}/guides/rokcet-boots"), "/guides/rocket-boots"),
        (Page(f"{SITE}/guides/anvil-safety)."), "/guides/anvil-safety"),
        # an edition of another year
        (Page(f"{SITE}/report-2019"), "/report-2024"),
        # the number of a product
        (Page(f"{SITE}/product/48213"), "/shop/48213-earthquake-pills"),
        # only its former title tells
        (Page(f"{SITE}/?p=17", "Anvil safety at home – Acme", "en"), "/guides/anvil-safety"),
        (Page(f"{SITE}/?p=18", "巨大な磁鉄 – Acme"), "/%E7%A3%81%E9%90%B5"),
        # only the words of the links tell
        (Page(f"{SITE}/n/1", anchors={"giant magnet": 3, "click here": 9}), "/shop/giant-magnet.html"),
        # the page in its own language, not the other
        (Page(f"{SITE}/alt/riesenmagnet", "Riesenmagnet", "de-AT"), "/de/riesenmagnet"),
        # nothing rather than nonsense
        (Page(f"{SITE}/careers"), None),
        (Page(f"{SITE}/n/2", anchors={"click here": 5, "Acme": 8, "boots": 1}), None),
        (Page(f"{SITE}/guides/"), None),
        (Page(f"{SITE}/guides/pet-insurance", "Pet insurance – Acme", "en"), None),
        (Page(f"{SITE}/2019/05/"), None),
        (Page(f"{SITE}/rocket-boots", "Bottes fusée", "fr"), None),
        (Page(f"{SITE}/%ff%fe"), None),
    ],
    ids=lambda value: value.url if isinstance(value, Page) else "",
)  # fmt: skip
def test_table(gone: Page, expected: str | None) -> None:
    found = Successors(LIVING).best(gone)
    assert (found and found.url) == (expected and SITE + expected), found


def test_it_says_why() -> None:
    pages = Successors(LIVING)
    same = pages.best(Page(f"{SITE}/x/rocket-boots", "Rocket boots for beginners – Acme", "en"))
    assert same is not None
    assert (same.why, same.score > 0.95) == (("address", "title"), True)
    said = pages.best(Page(f"{SITE}/n/1", anchors={"giant magnet": 3}))
    assert said is not None
    assert said.why == ("anchors",)


def test_the_page_itself_is_no_successor() -> None:
    assert Successors(LIVING[1:2]).best(Page("http://www.acme.example/guides/blue-widgets#a")) is None
    assert Successors([]).best(Page(f"{SITE}/a")) is None


@pytest.mark.parametrize(
    ("key", "home"),
    [
        ("acme.example/", True), ("acme.example", True), ("acme.example/index.html", True), ("acme.example/en/", True),
        ("acme.example/de-at", True), ("acme.example/shop", False), ("acme.example/?p=1", False), ("acme.example/en/a", False),
    ],
)  # fmt: skip
def test_home(key: str, home: bool) -> None:
    assert is_home(key) == home


def test_a_home_page_takes_the_place_of_a_home_page_alone() -> None:
    """The redirect that ``broken`` and ``migrate`` call broken is not what is suggested, however much speaks for it."""
    title = "Acme: roller skates and more"
    assert Successors(LIVING).best(Page(f"{SITE}/skates", title, "en", {title: 9})) is None
    found = Successors(LIVING).best(Page(f"{SITE}/index.html", title, "en"))
    assert (found and found.url) == f"{SITE}/"


def test_a_large_site() -> None:
    words = ["anvil", "boots", "magnet", "rocket", "widget", "pill", "skate", "spring", "glue", "paint"]
    pages = [
        Page(
            f"{SITE}/{words[n % 10]}/{words[n // 10 % 10]}-{n}-{words[n // 100 % 10]}",
            f"{words[n % 10]} {n} – Acme",
        )
        for n in range(20_000)
    ]
    site = Successors(pages)
    found = [
        site.best(Page(f"{SITE}/old/{words[n % 10]}-{n}-{words[n // 100 % 10]}")) for n in range(1_000, 1_050)
    ]
    assert sum(one is not None for one in found) > 25
