"""The scale from 0 to 100: logarithms of two measures against those of a web that everybody can look up.

The reference is the graph of domains that Common Crawl published for its crawls of August to October 2018, with the ranks of its
87,160,631 domains (``cc-main-2018-aug-sep-oct-domain-ranks.txt.gz``). It is fixed: it does not move with the index, so that the
ratings of two runs, and of two indexes, are on one scale.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    from .graph import Values

RELEASE = "cc-main-2018-aug-sep-oct"
"""Of the graph that ratings are scaled against."""


@attrs.frozen
class Measure:
    """One part of a rating: its points are ``share * 100 * log(value) / log(top)``, from 0 up to its whole share."""

    name: str
    title: str
    least: float
    """What is added to a value, so that one that earns nothing is 1."""
    top: float
    """The value that is full marks: that of the first domain of the reference."""
    share: float
    why: str

    def points(self, values: Values) -> Values:
        """The points of each value, not rounded."""
        logs: Values = np.log(np.maximum(values + self.least, 1.0)) / np.log(self.top + self.least)
        return np.minimum(logs, 1.0) * (100 * self.share)


TABLE = (
    Measure(
        "pagerank", "PageRank", 0.0, 1.72100302e-02 / 4.48131407e-09, 0.5,
        "googleapis.com: its probability of 0.0172100302 over the least of any domain, 0.00000000448131407",
    ),
    Measure(
        "harmonic", "harmonic centrality", 1.0, 24_993_276.0, 0.5,
        "facebook.com: the most of any domain",
    ),
)  # fmt: skip
"""What a domain's rating is the sum of."""
MEASURES: dict[str, Measure] = {measure.name: measure for measure in TABLE}
"""The same by name."""


def domain_ratings(pagerank: Values, harmonic: Values) -> Values:
    """The ratings of domains, rounded to a tenth."""
    points = MEASURES["pagerank"].points(pagerank) + MEASURES["harmonic"].points(harmonic)
    return np.round(points, 1)


def page_ratings(pagerank: Values) -> Values:
    """The ratings of pages, of which PageRank alone is known, rounded to a tenth."""
    one = MEASURES["pagerank"]
    return np.round(one.points(pagerank) / one.share, 1)
