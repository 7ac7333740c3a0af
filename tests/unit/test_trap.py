"""When a pattern of URLs is left: each row of the rule, its numbers, and what a site earns."""

from __future__ import annotations

import pytest

from backlink_crawler.frontier.trap import Cut, Traps, misshapen
from backlink_crawler.items import EVERY_TARGET, Link, Visit

HOST = "http://www.shop.example"


def page(
    says: str, title: str = "A page", link: str = "", targets: list[str] | None = None, outcome: str = "ok"
) -> Visit:
    """What was read of a page that says this; its numbers are what a digit is in it."""
    outline = "".join(character for character in says if not character.isdigit())
    return Visit(
        outcome=outcome, source_domain="shop.example", title=title, text_digest=says, text_outlines=[outline, outline],
        links=[Link(target_url=link)] if link else [], targets_checked=["acme.example"] if targets is None else targets,
    )  # fmt: skip


def learn(traps: Traps, url: str, visit: Visit, *kept: str, is_copy: bool = False) -> list[Cut]:
    return traps.learn(HOST + url, visit, [(HOST + found, 1, 0) for found in kept], is_copy=is_copy)


def pages_until_cut(traps: Traps, form: str, says: str, most: int = 5_000, **how: str) -> int:
    """How many pages of this form are read before their pattern is left."""
    for number in range(1, most + 1):
        if learn(traps, form.format(n=number), page(says.format(n=number), **how)):
            return number
    return 0


def test_a_pattern_is_left_after_twenty_copies() -> None:
    assert (
        pages_until_cut(Traps(), "/p/{n}", "always the same") == 1 + 21
    )  # the first of them earned it one half


def test_patience_is_an_option() -> None:
    assert pages_until_cut(Traps(patience=3), "/p/{n}", "always the same") == 1 + 4
    assert pages_until_cut(Traps(patience=0), "/p/{n}", "always the same", most=500) == 0


def test_pages_that_differ_in_numbers_get_five_times_as_many() -> None:
    assert pages_until_cut(Traps(), "/p/{n}", "Page {n}") == 1 + 101


def test_pages_that_differ_in_numbers_but_link_to_the_target_get_more() -> None:
    assert pages_until_cut(Traps(), "/p/{n}", "Page {n}", link="http://acme.example/") == 2 + 510


def test_a_link_says_nothing_when_no_target_is_tracked() -> None:
    traps = Traps()
    read = [
        learn(
            traps,
            f"/p/{number}",
            page(f"Page {number}", link=f"http://share.example/{number}", targets=[EVERY_TARGET]),
        )
        for number in range(105)
    ]
    assert [bool(cuts) for cuts in read] == [False] * 103 + [True, False]


def test_links_to_new_pages_of_the_target_are_news() -> None:
    traps = Traps()
    for number in range(1_000):
        assert (
            learn(traps, f"/p/{number}", page(f"Page {number}", link=f"http://acme.example/{number}")) == []
        )


def test_what_a_pattern_brought_earns_it_patience() -> None:
    traps = Traps()
    for number in range(3_000):
        assert learn(traps, f"/thread/{number}", page(f"new {'x' * number}")) == []
    assert pages_until_cut(traps, "/thread/9{n}", "you may not read this") == 1 + 21 + 600


def test_a_list_goes_on_while_what_it_leads_to_is_new() -> None:
    traps = Traps()
    for number in range(1_000):
        assert learn(traps, f"/thread/{number}", page(f"new {'x' * number}")) == []
        assert learn(traps, f"/list?page={number}", page(f"Page {number}"), f"/thread/9{number}") == []


def test_a_list_ends_when_what_it_leads_to_brings_nothing() -> None:
    traps = Traps()
    left: set[str] = set()
    for number in range(200):
        left.update(cut.pattern for cut in learn(traps, f"/thread/{number}", page(f"Thread {number}")))
        left.update(
            cut.pattern
            for cut in learn(traps, f"/list?page={number}", page(f"Page {number}"), f"/thread/9{number}")
        )
    assert left == {"www.shop.example/thread/#", "www.shop.example/list?page"}


def test_two_patterns_do_not_keep_each_other_alive() -> None:
    traps = Traps()
    left: set[str] = set()
    for number in range(200):
        left.update(
            cut.pattern
            for cut in learn(traps, f"/month/{number}", page(f"Month {number}"), f"/day/9{number}")
        )
        left.update(
            cut.pattern for cut in learn(traps, f"/day/{number}", page(f"Day {number}"), f"/month/9{number}")
        )
    assert left == {"www.shop.example/month/#", "www.shop.example/day/#"}


def test_a_redirect_to_a_page_that_was_read_is_a_copy() -> None:
    traps = Traps()
    cuts = [learn(traps, f"/go/{number}", Visit(outcome="ok"), is_copy=True) for number in range(20)]
    assert [len(cut) for cut in cuts] == [0] * 19 + [1]


@pytest.mark.parametrize("outcome", ["http_404", "timeout", "bot_challenge", "truncated", "non_html"])
def test_a_page_that_was_not_read_says_nothing(outcome: str) -> None:
    traps = Traps()
    assert [learn(traps, f"/p/{number}", page("the same", outcome=outcome)) for number in range(100)] == [
        []
    ] * 100


def test_a_directory_without_a_form_of_its_own_is_left_as_a_whole() -> None:
    traps = Traps()
    names = [f"{first}{second}" for first in "abcdefghijklm" for second in "abcdefghijklmnopqrst"]
    cuts = [
        cut for name in names for cut in learn(traps, f"/by/{name}/{name[::-1]}/", page("always the same"))
    ]
    assert Cut("shop.example", "www.shop.example/by/…", "duplicates") in cuts


def test_what_is_left_is_refused_and_the_rest_is_not() -> None:
    traps = Traps()
    pages_until_cut(traps, "/cal/{n}", "Day {n}")
    kept, refused = traps.sift(
        [(f"{HOST}/cal/2031", 1, 0), (f"{HOST}/cal/", 1, 0), ("http://other.example/cal/2031", 1, 0)]
    )
    assert [url for url, *_ in kept] == [f"{HOST}/cal/", "http://other.example/cal/2031"]
    assert refused == [
        (f"{HOST}/cal/2031", 1, 0, Cut("shop.example", "www.shop.example/cal/#", "duplicates"))
    ]


def test_a_later_run_knows_what_was_left() -> None:
    traps = Traps()
    pages_until_cut(traps, "/cal/{n}?b=1&a=2", "Day {n}")
    cut = traps.refuses(f"{HOST}/cal/7?a=&b=")
    assert cut is not None
    later = Traps()
    later.restore(
        [
            cut,
            Cut("shop.example", "www.shop.example", "repetition"),
            Cut("x.example", "*.x.example/", "subdomains"),
        ]
    )
    assert later.refuses(f"{HOST}/cal/8?a&b=3") == cut
    assert later.refuses(f"{HOST}/cal/8") is None
    assert later.refuses("http://any.x.example/") is not None
    assert later.refuses("http://any.x.example/about") is None


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("/cal/{n:04}/05/", "duplicates"),
        ("/cal/2{n:03}/05/", "calendar"),
        ("/show?date=2{n:03}-11-02", "calendar"),
        ("/show?month={n}", "calendar"),
        ("/a?tok=8f3a9c77d1e{n}", "session"),
        ("/list?page={n}", "pagination"),
        ("/blog/page/{n}", "pagination"),
        ("/list?colour=red&size={n}", "facets"),
        ("/thing/{n}", "duplicates"),
    ],
)
def test_a_pattern_is_called_by_what_its_urls_look_like(url: str, reason: str) -> None:
    traps = Traps()
    pages_until_cut(traps, url, "always the same")
    assert [cut for named in traps.patterns.cuts.values() for cut in named.values()] == [reason]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("/a/b/a/b/a/b/", ""),
        ("/a/b/a/b/a/b/a/b/", "repetition"),
        ("/a//////b", "repetition"),
        ("/11/11/11/11/11", ""),  # a map tile
        ("/1/2" * 13, "segments"),
        ("/1/2" * 12, ""),
        ("/?" + "&".join(f"f={number}" for number in range(20)), ""),
        ("/?" + "&".join(f"f={number}" for number in range(21)), "parameters"),
        ("/" + "x" * (2083 - len(HOST) - 1), ""),
        ("/" + "x" * (2084 - len(HOST) - 1), "length"),
    ],
)
def test_forms(url: str, reason: str) -> None:
    cut = misshapen(HOST + url)
    assert (cut.reason if cut else "") == reason
    assert cut is None or (cut.domain, cut.pattern) == ("shop.example", "www.shop.example")


def test_a_url_that_is_too_long_is_not_kept_whole() -> None:
    _, refused = Traps().sift([(f"{HOST}/{'x' * 1_000_000}", 1, 0)])
    assert len(refused[0][0]) == 2083
