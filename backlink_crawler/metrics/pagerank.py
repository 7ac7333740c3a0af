"""PageRank of every node of a graph, in units of a node that nobody links to.

With a damping factor *d*, a node's value is what it has from the start and a share of what each of those has that link to it::

    value(v) = start(v) + d * sum(value(u) / links(u) for each u that links to v)

That is PageRank (Page, Brin, Motwani, Winograd 1999) as a linear system (Del Corso, Gulli, Romani, "Fast PageRank Computation via
a Sparse Linear System", 2005): divided by their sum, the values are the probabilities at which the random surfer is on each node
who, at a node without links, starts anew. Not divided, and with a start of 1 everywhere, they are the normalised PageRank of
Berberich, Bedathur, Weikum, Vazirgiannis ("Comparing Apples and Oranges: Normalized PageRank for Evolving Graphs", 2007): a
probability over the least that any node has. It does not change when nodes are added elsewhere, so that graphs compare.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .graph import Graph, Values

DAMPING = 0.85
"""The share that goes on: of Page, Brin and others, and of all who compare."""
TOLERANCE = 1e-10
"""It is done when a round adds less than this share of the whole."""
MOST_ROUNDS = 200
"""A round adds at most :data:`DAMPING` of what the one before added: 142 come to the tolerance on any graph."""


def pagerank(graph: Graph, start: Values | None = None, *, rounds: int = MOST_ROUNDS) -> Values:
    """The value of each node; ``start`` is 1 for each unless given."""
    begin = np.ones(graph.nodes) if start is None else start
    share = np.zeros(graph.nodes)
    np.divide(DAMPING, graph.out_degree, out=share, where=graph.out_degree > 0)
    values, own = begin.copy(), begin[graph.linked]
    before = own
    for _ in range(rounds):
        after = own + graph.sums(values * share)
        added = float(np.abs(after - before).sum())
        values[graph.linked] = before = after
        if added <= TOLERANCE * float(values.sum()):
            break
    return values
