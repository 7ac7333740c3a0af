"""Capture-recapture: published counts by the published formulas, what it says of extremes, and that it is a lower bound."""

from __future__ import annotations

import math
import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlink_crawler.reporting.capture import Estimate, chao, chapman, estimate, interval, overlaps


def patterns(counts: dict[str, int]) -> dict[frozenset[str], int]:
    return {frozenset(names): count for names, count in counts.items()}


HEPATITIS = patterns({"PQE": 28, "PQ": 21, "PE": 17, "P": 69, "QE": 18, "Q": 55, "E": 63})
"""Cases of hepatitis A known to three lists (135, 122 and 126 of them, 271 in all): A. Chao, P. K. Tsay, S.-H. Lin, W.-Y. Shau
and D.-Y. Chao, The applications of capture-recapture models to epidemiological data, Statistics in Medicine 20 (2001)
3123-3157. A screening of everybody showed 545 afterwards.
"""


class TestTwoSources:
    @pytest.mark.parametrize(
        ("first", "second", "both", "total", "variance"),
        [
            # the turtles of Wikipedia's Mark and recapture: 28.3
            (10, 15, 5, 11 * 16 / 6 - 1, 11 * 16 * 5 * 10 / (6**2 * 7)),
            # the three pairs of lists of the hepatitis cases: 334, 374 and 331
            (135, 122, 49, 333.56, 136 * 123 * 86 * 73 / (50**2 * 51)),
            (135, 126, 45, 374.48, 136 * 127 * 90 * 81 / (46**2 * 47)),
            (122, 126, 46, 331.36, 123 * 127 * 76 * 80 / (47**2 * 48)),
        ],
    )
    def test_chapman(self, first: int, second: int, both: int, total: float, variance: float) -> None:
        assert chapman(first, second, both) == (pytest.approx(total, abs=0.01), pytest.approx(variance))

    def test_the_interval_is_log_normal(self) -> None:
        # f0 = 125.56, variance 823.7: C = exp(1.96 √log(1 + 823.7 / 125.56²)) = 1.557; 208 + f0 / C and 208 + f0 · C
        answer = estimate(patterns({"P": 86, "Q": 73, "PQ": 49}))
        assert (answer.known, answer.method, answer.sources) == (208, "chapman", 2)
        assert answer.low == pytest.approx(288.7, abs=0.1)
        assert answer.high == pytest.approx(403.4, abs=0.1)


class TestMany:
    def test_of_two_sources_it_is_chapmans(self) -> None:
        total, variance = chao(208, [86, 73], 49)
        expected, published = chapman(135, 122, 49)
        assert total == pytest.approx(expected)
        assert math.sqrt(variance) == pytest.approx(math.sqrt(published), rel=0.05)

    def test_three_lists(self) -> None:
        answer = estimate(HEPATITIS)
        assert answer.known == 271
        assert answer.method == "chao"
        # f1 = 187, f2 = 56: (187² - 69² - 55² - 63²) / (2 · 57) = 203.6
        assert answer.total == pytest.approx(271 + 23214 / 114)
        assert answer.low is not None
        assert answer.high is not None
        assert 271 < answer.low < answer.total < answer.high
        assert answer.total < 545

    def test_the_variance_is_that_of_1987_where_lists_are_many_and_alike(self) -> None:
        """Var = f2 (r⁴ / 4 + r³ + r² / 2) with r = f1 / f2: Chao 1987, equation 7; of 400 lists Σ Zj² and + 1 count for little."""
        once, twice, known = 40_000, 20_000, 90_000
        total, variance = chao(known, [100] * 400, twice)
        ratio = once / twice
        assert total == pytest.approx(known + once**2 / (2 * twice), rel=0.001)
        assert variance == pytest.approx(twice * (ratio**4 / 4 + ratio**3 + ratio**2 / 2), rel=0.01)

    @pytest.mark.parametrize("eager", [0.0, 1.0])
    def test_lists_of_different_lengths_do_not_raise_it_above_the_truth(self, eager: float) -> None:
        """Lists of 60, 30 and 3 in a hundred; with ``eager`` things differ in how easily they are found."""
        rng, size = random.Random(7), 20_000
        seen: Counter[frozenset[str]] = Counter()
        for _ in range(size):
            ease = math.exp(rng.gauss(0, eager))
            odds = {"long": 1.5 * ease, "middle": 0.43 * ease, "short": 0.03 * ease}
            seen[frozenset(name for name, odd in odds.items() if rng.random() < odd / (1 + odd))] += 1
        answer = estimate(seen)
        assert answer.total is not None
        assert answer.low is not None
        assert answer.low < size
        assert answer.known < answer.total < size * 1.02
        if not eager:
            assert answer.total == pytest.approx(size, rel=0.02)
        alone = sum(count for names, count in seen.items() if len(names) == 1)
        shared = sum(count for names, count in seen.items() if len(names) == 2)
        of_equal_lists = answer.known + alone * (alone - 1) / (2 * (shared + 1))
        assert of_equal_lists > 1.1 * size, "the formula for lists of one length would say too much"


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({}, Estimate(0, 0, why="nothing_known")),
        ({"": 9}, Estimate(0, 0, why="nothing_known")),
        ({"A": 0, "AB": 0}, Estimate(0, 0, why="nothing_known")),
        ({"A": 10}, Estimate(10, 1, why="one_source")),
        ({"A": 10, "B": 5}, Estimate(15, 2, why="no_overlap")),
        ({"A": 10, "B": 5, "C": 1, "ABC": 3}, Estimate(19, 3, why="no_overlap")),
        ({"AB": 10}, Estimate(10, 2, why="nothing_alone")),
        ({"AB": 10, "A": 4}, Estimate(14, 2, why="nothing_alone")),
        ({"ABC": 10, "AB": 2}, Estimate(12, 3, why="nothing_alone")),
    ],
)  # fmt: skip
def test_nothing_is_made_up(counts: dict[str, int], expected: Estimate) -> None:
    assert estimate(patterns(counts)) == expected


def test_without_unknown_ones_the_interval_has_no_width() -> None:
    assert interval(10, 10.0, 0.0) == (10.0, 10.0)


@given(st.dictionaries(st.frozensets(st.sampled_from("ABCD"), min_size=1), st.integers(0, 10**7)))
def test_an_estimate_is_never_below_what_is_known(counts: dict[frozenset[str], int]) -> None:
    answer = estimate(counts)
    if answer.why is None:
        assert answer.total is not None
        assert answer.low is not None
        assert answer.high is not None
        assert answer.known <= answer.low <= answer.total <= answer.high < math.inf
    else:
        assert (answer.method, answer.total, answer.low, answer.high) == (None, None, None, None)


def test_what_sources_share() -> None:
    assert overlaps(HEPATITIS) == {
        "E": {"E": 126, "P": 45, "Q": 46},
        "P": {"E": 45, "P": 135, "Q": 49},
        "Q": {"E": 46, "P": 49, "Q": 122},
    }
    assert overlaps({}) == {}
