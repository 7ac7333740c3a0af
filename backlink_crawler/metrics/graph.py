"""A graph of links held as two arrays, and the one operation that all ratings are made of: to join, for each node, what its
in-neighbours have.

The arrays are those of a sparse matrix in compressed rows (CSR), a row for each node that is linked. Rows and the sources
within a row are in ascending order, so that sums are made in one order whatever the order in which links came.
"""

from __future__ import annotations

import itertools
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Ids = npt.NDArray[np.int32]
    Numbers = npt.NDArray[np.int64]
    Values = npt.NDArray[np.float64]

BLOCK = 1 << 16
"""Edges that are gone through at a time: what is taken together stays in the processor's cache."""
ROWS = 1 << 13
"""Nodes whose wide values are joined at a time."""
HUB = 1 << 10
"""A node with more edges than this is joined by itself."""


@attrs.frozen(eq=False)
class Graph:
    """``nodes`` nodes with numbers from 0. No edge leads from a node to itself, and none is there twice."""

    nodes: int
    sources: Numbers
    """Where each edge begins, sorted by where it ends; in 64 bits, as numpy looks up by."""
    linked: Numbers
    """The nodes in which edges end, ascending."""
    starts: Numbers
    """Where the edges of each of these begin among ``sources``."""
    out_degree: Numbers
    """The number of edges that begin in each node."""

    @classmethod
    def of(cls, nodes: int, sources: Ids, targets: Ids) -> Graph:
        """The graph of these edges, in any order, but each once and without loops."""
        keys = targets.astype(np.int64)
        keys <<= 32
        keys |= sources
        keys.sort()
        in_degree = np.bincount(targets, minlength=nodes)
        linked = np.flatnonzero(in_degree)
        starts = np.zeros(len(linked), np.int64)
        np.cumsum(in_degree[linked][:-1], out=starts[1:])
        keys &= 0xFFFFFFFF
        return cls(nodes, keys, linked, starts, np.bincount(sources, minlength=nodes))

    @property
    def edges(self) -> int:
        """Their number."""
        return len(self.sources)

    @cached_property
    def _ends(self) -> Numbers:
        return np.append(self.starts, self.edges)[1:] if len(self.starts) else self.starts

    @property
    def in_degree(self) -> Numbers:
        """The number of edges that end in each node."""
        degrees = np.zeros(self.nodes, np.int64)
        degrees[self.linked] = self._ends - self.starts
        return degrees

    def sums(self, values: Values) -> Values:
        """For each of ``linked``, the sum of the values of its in-neighbours, from the first on; ``values`` has one for each node."""
        summed = np.empty(len(self.linked))
        for first, last in itertools.pairwise(self._cuts()):
            low, high = int(self.starts[first]), int(self._ends[last - 1])
            taken = values.take(self.sources[low:high], mode="clip")
            np.add.reduceat(taken, self.starts[first:last] - low, out=summed[first:last])
        return summed

    def joined(self, how: np.ufunc, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """For each of ``linked``, the rows of its in-neighbours joined by ``how``; ``values`` has a row for each node.

        Nodes with equally many in-neighbours stand together: the first neighbours of all of them are taken at once, then the
        second ones, which is more than twice as fast as going from node to node.
        """
        order, degrees = self._by_degree
        joined = np.empty((len(self.linked), *values.shape[1:]), values.dtype)
        hubs = int(np.searchsorted(-degrees, -HUB))
        for row in order[:hubs].tolist():
            neighbours = self.sources[self.starts[row] : self._ends[row]]
            joined[row] = how.reduce(values.take(neighbours, axis=0), axis=0)
        for first in range(hubs, len(order), ROWS):
            rows, falling = order[first : first + ROWS], -degrees[first : first + ROWS]
            starts = self.starts[rows]
            held = values.take(self.sources[starts], axis=0)
            for nth in range(1, -int(falling[0])):
                many = int(np.searchsorted(falling, -nth))  # of these, so many have another one
                part = held[:many]
                how(part, values.take(self.sources[starts[:many] + nth], axis=0), out=part)
            joined[rows] = held
        return joined

    @cached_property
    def _by_degree(self) -> tuple[Numbers, Numbers]:
        """The rows of ``linked``, those with the most edges first, and how many each has."""
        degrees = self._ends - self.starts
        order = np.argsort(-degrees, kind="stable")
        return order, degrees[order]

    def _cuts(self) -> Sequence[int]:
        """The rows at which blocks of about :data:`BLOCK` edges begin, and the end."""
        if not self.edges:
            return []
        rows = np.searchsorted(self.starts, np.arange(0, self.edges, BLOCK))
        return [*np.unique(rows[rows < len(self.starts)]).tolist(), len(self.starts)]
