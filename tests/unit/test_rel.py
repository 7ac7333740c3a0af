"""The rel attribute: HTML Standard 2.3.7 (space-separated tokens) and Google's "Qualify your outbound links"."""

from __future__ import annotations

import pytest

from backlink_crawler.classify.rel import flags, judge, tokens


@pytest.mark.parametrize(
    ("attribute", "expected"),
    [
        (None, []),
        ("", []),
        (" \t\n\f\r", []),
        ("nofollow", ["nofollow"]),
        ("NoFollow NOOPENER", ["nofollow", "noopener"]),  # "ASCII case-insensitive"
        ("ugc,nofollow", ["ugc", "nofollow"]),  # Google: "a space- or comma-separated list"
        (", nofollow ,, ugc,", ["nofollow", "ugc"]),
        ("external nofollow external", ["external", "nofollow"]),  # a set, in the order it was written
        ("nofollow\x0bugc", ["nofollow\x0bugc"]),  # VT is no HTML white space
        ("nofollow\xa0ugc", ["nofollow\xa0ugc"]),  # nor is the no-break space
        ("nofollow;ugc", ["nofollow;ugc"]),
        ("nofo\u017flow", ["nofo\u017flow"]),  # long s is a letter of its own
        ("NOFOLLOW\u0130", ["nofollow\u0130"]),  # only ASCII letters are lowered
    ],
)
def test_tokens(attribute: str | None, expected: list[str]) -> None:
    assert tokens(attribute) == expected


def test_flags_are_independent() -> None:
    assert flags(["sponsored", "nofollow"]) == (True, False, True)
    assert flags(["ugc"]) == (False, True, False)
    assert flags(["noopener", "dofollow", "no-follow"]) == (False, False, False)


@pytest.mark.parametrize(
    ("link_type", "rel", "signals", "page_nofollow", "expected"),
    [
        ("text", ["noopener"], [], False, (True, [], "dofollow")),
        (
            "image",
            [],
            ["meta robots: noindex"],
            False,
            (True, [], "dofollow"),
        ),  # noindex withholds no endorsement
        ("area", ["nofollow"], [], False, (False, ["rel: nofollow"], "nofollow")),
        (
            "text",
            ["nofollow", "ugc", "sponsored"],
            [],
            False,
            (False, ["rel: nofollow, ugc, sponsored"], "sponsored"),
        ),
        ("text", ["nofollow", "ugc"], [], False, (False, ["rel: nofollow, ugc"], "ugc")),
        (
            "text",
            [],
            ["meta robots: noindex", "X-Robots-Tag: googlebot: noindex, nofollow"],
            True,
            (False, ["X-Robots-Tag: googlebot: noindex, nofollow"], "nofollow"),
        ),
        ("text", ["ugc"], ["meta robots: none"], True, (False, ["rel: ugc", "meta robots: none"], "ugc")),
        ("text", [], [], True, (False, ["page: nofollow"], "nofollow")),
        ("canonical", ["nofollow"], ["meta robots: none"], True, (None, [], None)),  # no vote, so no follow
        ("form", [], [], False, (None, [], None)),
    ],
)
def test_judge(
    link_type: str,
    rel: list[str],
    signals: list[str],
    page_nofollow: bool,
    expected: tuple[bool | None, list[str], str | None],
) -> None:
    assert judge(link_type, rel, signals, page_nofollow) == expected
