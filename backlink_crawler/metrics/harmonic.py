"""Harmonic centrality of every node of a graph: the sum of 1/d over all nodes from which it is reached in d steps.

Boldi and Vigna, "Axioms for Centrality" (2014), who show it to be the one of the known centralities that behaves well in all of
size, density and monotony. Balls grow by a step at a time: the ball of a node is the node and the balls of its in-neighbours. In a
small graph a ball is an exact set of bits. In a large one it is a HyperLogLog counter (Flajolet and others 2007) as in HyperBall
(Boldi and Vigna, "In-Core Computation of Geometric Centralities with HyperBall", 2013); what is one step away is counted, not estimated.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from .graph import Graph, Values

MOST_EXACT = 8_192
"""So many nodes are a small graph: their balls take 8 MB."""
REGISTERS = 64
"""Of one counter, a byte each. Its error is 1.04 / sqrt(64) = 13 %."""
SEED = 0x9E3779B97F4A7C15
"""Where the numbers of nodes begin to be scattered; the same in every run."""

_ALPHA = 0.709
"""The constant of HyperLogLog for 64 registers (Flajolet and others, figure 3)."""
_MOST_STEPS = 1_000


def harmonic(graph: Graph, *, most_exact: int = MOST_EXACT) -> Values:
    """The value of each node; of a graph with more nodes than ``most_exact`` an estimate, equal in every run."""
    kind = _EXACT if graph.nodes <= most_exact else _COUNTED
    ball = kind.singletons(graph.nodes)
    values: Values = graph.in_degree.astype(np.float64)
    held = ball[graph.linked]
    known = kind.size(held)
    for step in range(1, _MOST_STEPS):
        grown = kind.join(graph.joined(kind.join, ball), held)
        if np.array_equal(grown, held):
            break
        ball[graph.linked] = held = grown
        counted = kind.size(held)
        if step > 1:
            values[graph.linked] += np.maximum(counted - known, 0) / step
        known = counted
    return values


def _singletons(nodes: int) -> npt.NDArray[np.uint64]:
    """A row of bits for each node, its own set."""
    sets = np.zeros((nodes, -(-nodes // 64)), np.uint64)
    number = np.arange(nodes)
    sets[number, number // 64] = np.uint64(1) << (number % 64).astype(np.uint64)
    return sets


def _count(sets: npt.NDArray[np.uint64]) -> Values:
    sizes: Values = np.bitwise_count(sets).sum(axis=1, dtype=np.float64)
    return sizes


def _counters(nodes: int) -> npt.NDArray[np.uint8]:
    """A counter for each node that holds the node: in the register that 6 bits of its hash name, the zeros before the first one of
    53 others, and one more.
    """
    hashes = _scattered(np.arange(nodes, dtype=np.uint64))
    length = np.frexp((hashes >> np.uint64(11)).astype(np.float64))[1]
    counters = np.zeros((nodes, REGISTERS), np.uint8)
    counters[np.arange(nodes), (hashes % np.uint64(REGISTERS)).astype(np.int64)] = 54 - length
    return counters


def _scattered(numbers: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """SplitMix64 (Steele, Lea, Flood 2014), the finaliser."""
    mixed = (numbers + np.uint64(1)) * np.uint64(SEED)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


_POWER = np.array([math.ldexp(1.0, -number) for number in range(64)])
_LINEAR = np.array([0.0, *(REGISTERS * math.log(REGISTERS / empty) for empty in range(1, REGISTERS + 1))])
"""By the number of empty registers: how many nodes a counter holds that are few (linear counting)."""
_BLOCK = 1 << 14


def _estimate(counters: npt.NDArray[np.uint8]) -> Values:
    """The number of nodes in each counter."""
    sizes = np.empty(len(counters))
    for first in range(0, len(counters), _BLOCK):
        part = counters[first : first + _BLOCK]
        raw = _ALPHA * REGISTERS**2 / _POWER[part].sum(axis=1)
        empty = np.count_nonzero(part == 0, axis=1)
        is_few = (raw <= 2.5 * REGISTERS) & (empty > 0)
        sizes[first : first + _BLOCK] = np.where(is_few, _LINEAR[empty], raw)
    return sizes


@attrs.frozen
class _Kind:
    """How balls are held: one for each node, all that join them, and how large they are."""

    singletons: Callable[[int], npt.NDArray[Any]]
    join: np.ufunc
    size: Callable[[npt.NDArray[Any]], Values]


_EXACT = _Kind(_singletons, np.bitwise_or, _count)
_COUNTED = _Kind(_counters, np.maximum, _estimate)
