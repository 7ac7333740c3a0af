"""TrustRank: trust that spreads along links from the sites that a person vouches for.

Gyöngyi, Garcia-Molina, Pedersen, "Combating Web Spam with TrustRank" (2004): PageRank whose start is a set of good seeds. A seed
that no other seed leads to has 1; what no path leads to from any seed has 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .pagerank import pagerank

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .graph import Graph, Values


def trust(graph: Graph, seeds: Sequence[int]) -> Values | None:
    """The trust in each node; null where no seed is in the graph."""
    if not len(seeds):
        return None
    start = np.zeros(graph.nodes)
    start[list(seeds)] = 1.0
    return pagerank(graph, start)
