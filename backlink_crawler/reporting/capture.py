"""How many there are in all, from how much the lists of several sources overlap: capture-recapture. Pure.

Two lists that know the same things by chance alone share the more of them, the more they know of all there are. Lists that
share what is popular, or copy from one another, share more than by chance: so the estimate is a lower bound.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Patterns = Mapping[frozenset[str], int]
    """How many are known to exactly these sources."""

Z_95 = 1.959964
"""The normal quantile of a 95 % interval."""
NO_ESTIMATE = ("nothing_known", "one_source", "no_overlap", "nothing_alone")
"""Why nothing can be estimated."""


@attrs.frozen
class Estimate:
    """A number of all there are, with the ends of its 95 % interval; all three are null where ``why`` says why."""

    known: int
    """How many are known: there are at least so many."""
    sources: int
    """How many sources know any."""
    method: str | None = None
    """``chapman`` of two sources, ``chao`` of more."""
    total: float | None = None
    low: float | None = None
    high: float | None = None
    why: str | None = None
    """One of :data:`NO_ESTIMATE`."""


def estimate(patterns: Patterns) -> Estimate:
    """Estimate how many there are, from how many are known to exactly which sources.

    Nothing is estimated from fewer than two sources that know any, where none is known to exactly two of them (the lists
    do not overlap), or where at most one source has some alone: that would leave nothing unknown.
    """
    filled = {sources: count for sources, count in patterns.items() if sources and count > 0}
    known, names = sum(filled.values()), sorted(frozenset().union(*filled))
    alone = [filled.get(frozenset({name}), 0) for name in names]
    shared = sum(count for sources, count in filled.items() if len(sources) == 2)
    answer = Estimate(known, len(names))
    if len(names) < 2:
        return attrs.evolve(answer, why="one_source" if names else "nothing_known")
    if len(alone) - alone.count(0) < 2:
        return attrs.evolve(answer, why="nothing_alone")
    if not shared:
        return attrs.evolve(answer, why="no_overlap")
    if len(names) == 2:
        total, variance = chapman(alone[0] + shared, alone[1] + shared, shared)
    else:
        total, variance = chao(known, alone, shared)
    low, high = interval(known, total, variance)
    return attrs.evolve(
        answer,
        method="chapman" if len(names) == 2 else "chao",
        total=total,
        low=low,
        high=high,
    )


def chapman(first: int, second: int, both: int) -> tuple[float, float]:
    """The size of a population by two lists, and its variance.

    D. G. Chapman, Some properties of the hypergeometric distribution with applications to zoological sample censuses,
    University of California Publications in Statistics 1 (1951) 131-160; the variance by G. A. F. Seber, The effects of
    trap response on tag recapture estimates, Biometrics 26 (1970) 13-22.
    """
    total = (first + 1) * (second + 1) / (both + 1) - 1
    left = (first - both) * (second - both)
    return total, (first + 1) * (second + 1) * left / ((both + 1) ** 2 * (both + 2))


def chao(known: int, alone: Sequence[int], shared: int) -> tuple[float, float]:
    """A lower bound of the size of a population by several lists of different lengths, and its variance.

    ``alone`` has how many each list has that no other has, ``shared`` is how many are on exactly two lists. It is Chao's
    estimator for lists of different lengths, (f1² - Σ Zj²) / 2(f2 + 1) beyond what is known: A. Chao, Estimating population
    size for sparse data in capture-recapture experiments, Biometrics 45 (1989) 427-438. Of two lists it is Chapman's. That it
    bounds the size from below when some are found more easily than others: L.-P. Rivest and S. Baillargeon, Applications
    and extensions of Chao's moment estimator for the size of a closed population, Biometrics 63 (2007) 999-1006. The
    simpler f1(f1 - 1) / 2(f2 + 1) of A. Chao, Biometrics 43 (1987) 783-791, takes all lists to be of one length, and
    is far too high for a long and a short one. The variance is the asymptotic one, by the delta method over multinomial counts.
    """
    once = sum(alone)
    unknown = (once**2 - sum(count**2 for count in alone)) / (2 * (shared + 1))
    total = known + unknown
    slopes = [(count, 1 + (once - count) / (shared + 1)) for count in alone]
    slopes += [(shared, 1 - unknown / (shared + 1)), (known - once - shared, 1.0)]
    mean = sum(count * slope for count, slope in slopes)
    return total, max(sum(count * slope**2 for count, slope in slopes) - mean**2 / total, 0.0)


def interval(known: int, total: float, variance: float) -> tuple[float, float]:
    """The 95 % interval that takes the number of the unknown to be log-normal: it never ends below what is known.

    K. P. Burnham's, in A. Chao, Biometrics 43 (1987) 783-791, equation 8.
    """
    unknown = total - known
    if unknown <= 0:
        return float(known), float(known)
    factor = math.exp(Z_95 * math.sqrt(math.log1p(variance / unknown**2)))
    return known + unknown / factor, known + unknown * factor


def overlaps(patterns: Patterns) -> dict[str, dict[str, int]]:
    """How many each two sources share; of a source with itself how many it knows."""
    shared: Counter[tuple[str, str]] = Counter()
    for sources, count in patterns.items():
        for one in sources:
            for other in sources:
                shared[one, other] += count
    names = sorted(frozenset().union(*patterns))
    return {one: {other: shared[one, other] for other in names} for one in names}
