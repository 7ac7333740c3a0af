"""Limits: their form, what a share is of, and what is told of those that were passed."""

from __future__ import annotations

import pytest

from backlink_crawler.errors import UsageError
from backlink_crawler.items import OUTCOMES
from backlink_crawler.options import BY_NAME
from backlink_crawler.threshold import ANSWERS, BASES, ERRORS, FIGURES, MEANINGS, Limit, passed

RUN = {
    "pages": 500, "errors": 36, "http_5xx": 30, "links": 12, "new": 3, "lost": 12, "stood": 48, "seconds": 61.7,
    "not_fetched": 0, "found": 500,
}  # fmt: skip


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        ("errors>5%", "errors>5% (7.2 %: 36 of 500 pages)"),
        ("errors>7.2%", None),  # exactly so much
        ("errors>=7.2%", "errors>=7.2% (7.2 %: 36 of 500 pages)"),
        ("errors<=7.2%", "errors<=7.2% (7.2 %: 36 of 500 pages)"),
        ("errors<7.2%", None),
        ("errors > 5 %", "errors>5% (7.2 %: 36 of 500 pages)"),
        ("errors>35", "errors>35 (36)"),
        ("errors>36", None),
        ("http_5xx>=6%", "http_5xx>=6% (6.0 %: 30 of 500 pages)"),
        ("lost>10", "lost>10 (12)"),
        ("lost>=25%", "lost>=25% (25.0 %: 12 of 48 backlinks that stood before)"),
        ("not_fetched>0%", None),
        ("pages<1000", "pages<1000 (500)"),
        ("seconds>60", "seconds>60 (62)"),
        ("links>010.500", "links>10.5 (12)"),
    ],
)
def test_limit(limit: str, told: str | None) -> None:
    assert passed([Limit.of(limit)], RUN) == ([] if told is None else [told])


def test_a_share_of_nothing_passes_no_limit_but_nothing_is_less_than_one() -> None:
    nothing = {"pages": 0, "errors": 0}
    limits = [Limit.of(text) for text in ("errors<1%", "errors>=0%", "pages<1")]
    assert passed(limits, nothing) == ["pages<1 (0)"]


def test_what_is_not_known_passes_no_limit() -> None:
    assert passed([Limit.of("lost<1"), Limit.of("lost>=0%")], {"pages": 1}) == []
    assert passed([Limit.of("lost>=0%")], {"lost": 1}) == []


@pytest.mark.parametrize(
    "text",
    ["", "errors", "errors>", ">5", "errors=5", "errors=>5", "errors>-1", "errors>5%%", "errors>1e3", "errors>٥", "errors>5;rm"],
)  # fmt: skip
def test_another_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write NAME>NUMBER"):
        Limit.of(text)


@pytest.mark.parametrize("name", [name for name, figure in FIGURES.items() if not figure.share_of])
def test_a_share_of_what_is_no_part_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="share of nothing"):
        Limit.of(f"{name}>5%")


def test_every_limit_reads_as_it_is_written() -> None:
    for name, figure in FIGURES.items():
        for text in (f"{name}>=0.25{'%' if figure.share_of else ''}", f"{name}<1000000"):
            assert str(Limit.of(text)) == text


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("errrs>5%", "fail_on=errrs>5%: there is no figure errrs, did you mean errors?"),
        ("errors>5%,http_50x>1", "there is no figure http_50x, did you mean http_5xx?"),
        ("lost", "lost: write NAME>NUMBER"),
    ],
)
def test_the_option_says_what_is_wrong(said: str, reason: str) -> None:
    with pytest.raises(UsageError) as raised:
        BY_NAME["fail_on"].read(said, "argument")
    assert reason in raised.value.reason
    assert "errors>5%" in raised.value.hint


def test_the_option_takes_several_in_a_text_or_a_list() -> None:
    read = BY_NAME["fail_on"].read
    assert read("errors > 5%, lost>10", "argument") == ["errors>5%", "lost>10"]
    assert read(["errors>5%", "lost>10"], "backlinks.toml") == ["errors>5%", "lost>10"]
    assert BY_NAME["fail_on"].parse(BY_NAME["fail_on"].default) == []


def test_every_outcome_is_an_answer_or_an_error() -> None:
    assert frozenset(OUTCOMES) >= ANSWERS
    assert set(OUTCOMES) == ANSWERS | ERRORS
    assert {"timeout", "http_5xx", "robots_disallowed", "bot_challenge"} <= ERRORS


def test_every_figure_says_what_it_is() -> None:
    assert set(MEANINGS) == set(FIGURES) >= set(OUTCOMES)
    assert {figure.share_of for figure in FIGURES.values()} == {"", *BASES}
    assert MEANINGS["lost"].endswith("In %: of the backlinks that stood before.")
