"""Meta robots and X-Robots-Tag, by Google's specifications and draft-illyes-repext-00."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from backlink_crawler.page.directives import Directives, directives

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "metas", "expected"),
    [
        ([], [], Directives()),
        (["noindex, nofollow"], [], Directives(True, True, ["X-Robots-Tag: noindex, nofollow"])),
        (["noarchive", "NoFollow"], [], Directives(False, True, ["X-Robots-Tag: nofollow"])),
        (["all, index, follow, max-snippet: 20"], [], Directives()),
        (["none"], [], Directives(True, True, ["X-Robots-Tag: none"])),  # "Equivalent to noindex, nofollow"
        (["googlebot: nofollow"], [], Directives(False, True, ["X-Robots-Tag: googlebot: nofollow"])),
        (["otherbot: noindex, nofollow"], [], Directives()),  # a scope holds for what follows in its header
        (
            ["GoogleBot : noindex, otherbot: nofollow"],
            [],
            Directives(True, False, ["X-Robots-Tag: googlebot: noindex"]),
        ),
        (["noindex, otherbot: nofollow"], [], Directives(True, False, ["X-Robots-Tag: noindex"])),
        (
            ["max-snippet: 20, nofollow"],
            [],
            Directives(False, True, ["X-Robots-Tag: nofollow"]),
        ),  # a rule, no scope
        (["googlebot-news: nofollow"], [], Directives()),
        ([",,nofollow,"], [], Directives(False, True, ["X-Robots-Tag: nofollow"])),
        ([], [("ROBOTS", "NOINDEX,FOLLOW")], Directives(True, False, ["meta robots: noindex"])),
        (
            [],
            [("googlebot", "nofollow"), ("otherbot", "none")],
            Directives(False, True, ["meta googlebot: nofollow"]),
        ),
        ([], [("description", "nofollow"), ("robots", "no-follow")], Directives()),
        (
            ["noindex"],  # "the sum of the negative rules"
            [("robots", "nofollow"), ("robots", "nofollow")],
            Directives(True, True, ["meta robots: nofollow", "X-Robots-Tag: noindex"]),
        ),
    ],
)
def test_directives(headers: list[str], metas: list[tuple[str, str]], expected: Directives) -> None:
    assert directives(headers, metas, now=NOW) == expected


@pytest.mark.parametrize(
    ("rule", "noindex", "nofollow"),
    [
        ("unavailable_after: 25 Jun 2010 15:00:00 PST", True, False),  # RFC 822
        (
            "unavailable_after: Friday, 25-Jun-10 15:00:00 PST",
            True,
            False,
        ),  # RFC 850, with a comma of its own
        ("unavailable_after: Fri, 25 Jun 2010 15:00:00 GMT, nofollow", True, True),
        ("unavailable_after: 2010-09-21", True, False),  # ISO 8601
        ("unavailable_after: 2010-09-21T10:00:00+02:00", True, False),
        ("googlebot: unavailable_after: 2010-09-21", True, False),
        ("unavailable_after: 2030-09-21, nofollow", False, True),
        ("unavailable_after: some day, nofollow", False, True),
        ("unavailable_after: 99 Xyz 2010 99:99:99 PST", False, False),
    ],
)
def test_unavailable_after(rule: str, noindex: bool, nofollow: bool) -> None:
    found = directives([rule], [], now=NOW)
    assert (found.noindex, found.nofollow) == (noindex, nofollow)


def test_without_a_clock_no_date_decides() -> None:
    assert directives(["unavailable_after: 2010-09-21"], []) == Directives()


def test_rules_for_another_agent_count_when_it_is_asked_for() -> None:
    assert directives(["bingbot: nofollow"], [("bingbot", "noindex")], agents=("BingBot",)) == Directives(
        True, True, ["meta bingbot: noindex", "X-Robots-Tag: bingbot: nofollow"]
    )
