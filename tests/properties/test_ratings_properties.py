"""The ratings on small random graphs, against their definitions written out in full."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlink_crawler.metrics.graph import Graph
from backlink_crawler.metrics.harmonic import harmonic
from backlink_crawler.metrics.page import page_values
from backlink_crawler.metrics.pagerank import DAMPING, pagerank
from backlink_crawler.metrics.scale import MEASURES, domain_ratings, page_ratings
from backlink_crawler.metrics.trust import trust

Edges = list[tuple[int, int]]


@st.composite
def drawn(draw: st.DrawFn, most: int = 30) -> tuple[int, Edges]:
    nodes = draw(st.integers(1, most))
    node = st.integers(0, nodes - 1)
    pairs = draw(st.lists(st.tuples(node, node).filter(lambda pair: pair[0] != pair[1]), max_size=4 * nodes, unique=True)
                 if nodes > 1 else st.just([]))  # fmt: skip
    return nodes, pairs


def graph_of(nodes: int, edges: Edges) -> Graph:
    ends = np.array(edges, np.int32).reshape(-1, 2)
    return Graph.of(nodes, ends[:, 0], ends[:, 1])


def matrix(nodes: int, edges: Edges) -> npt.NDArray[np.float64]:
    """What each node gives to each: rows are who receives."""
    links = np.zeros((nodes, nodes))
    for source, target in edges:
        links[target, source] = 1
    given_by = links.sum(axis=0)
    return np.where(given_by > 0, links / np.maximum(given_by, 1), 0)


def surfer(nodes: int, edges: Edges) -> npt.NDArray[np.float64]:
    """The probabilities of the random surfer, who starts anew at a node without links."""
    step = matrix(nodes, edges)
    step[:, step.sum(axis=0) == 0] = 1 / nodes
    step = DAMPING * step + (1 - DAMPING) / nodes
    chances = np.full(nodes, 1 / nodes)
    for _ in range(400):
        chances = step @ chances
    return chances


def distances(nodes: int, edges: Edges) -> npt.NDArray[np.float64]:
    """Steps from each node (row) to each (column), by Floyd and Warshall."""
    steps = np.full((nodes, nodes), np.inf)
    np.fill_diagonal(steps, 0)
    for source, target in edges:
        steps[source, target] = 1
    for via in range(nodes):
        steps = np.minimum(steps, steps[:, [via]] + steps[[via], :])
    return steps


@given(drawn())
def test_pagerank_is_the_surfers(said: tuple[int, Edges]) -> None:
    values = pagerank(graph_of(*said))
    assert values.min() >= 1
    np.testing.assert_allclose(values / values.sum(), surfer(*said), rtol=1e-7, atol=0)


@given(drawn(), st.data())
def test_trust_is_what_seeds_give_on(said: tuple[int, Edges], data: st.DataObject) -> None:
    nodes, edges = said
    seeds = data.draw(st.lists(st.integers(0, nodes - 1), min_size=1, unique=True))
    start = np.isin(np.arange(nodes), seeds).astype(float)
    solved = np.linalg.solve(np.eye(nodes) - DAMPING * matrix(nodes, edges), start)
    spread = trust(graph_of(nodes, edges), seeds)
    assert spread is not None
    np.testing.assert_allclose(spread, solved, rtol=0, atol=1e-7)
    unreached = np.isinf(distances(nodes, edges)[seeds]).all(axis=0)
    assert (spread[unreached] == 0).all()


@given(drawn())
def test_harmonic_centrality_is_the_sum_of_inverse_distances(said: tuple[int, Edges]) -> None:
    steps = distances(*said)
    np.fill_diagonal(steps, np.inf)
    np.testing.assert_allclose(harmonic(graph_of(*said)), (1 / steps).sum(axis=0), rtol=1e-12, atol=0)


@given(drawn(), st.randoms(use_true_random=False))
def test_the_order_of_links_changes_no_bit(said: tuple[int, Edges], random: Any) -> None:
    nodes, edges = said
    shuffled = random.sample(edges, len(edges))
    for measure in (pagerank, harmonic, lambda graph: harmonic(graph, most_exact=-1)):
        assert measure(graph_of(nodes, edges)).tobytes() == measure(graph_of(nodes, shuffled)).tobytes()


@given(drawn(), drawn())
def test_what_is_not_tied_to_a_graph_changes_nothing_in_it(
    one: tuple[int, Edges], other: tuple[int, Edges]
) -> None:
    nodes, edges = one
    both = edges + [(source + nodes, target + nodes) for source, target in other[1]]
    together = graph_of(nodes + other[0], both)
    np.testing.assert_allclose(
        pagerank(together)[:nodes], pagerank(graph_of(nodes, edges)), rtol=1e-7, atol=0
    )
    assert (harmonic(together)[:nodes] == harmonic(graph_of(nodes, edges))).all()


@given(drawn(), st.data())
def test_pages_have_all_of_their_domain_and_no_more(said: tuple[int, Edges], data: st.DataObject) -> None:
    nodes, edges = said
    pages_of = data.draw(st.lists(st.integers(1, 4), min_size=nodes, max_size=nodes))
    first = np.concatenate([[0], np.cumsum(pages_of)])
    domains = np.repeat(np.arange(nodes, dtype=np.int32), pages_of)
    flows = []
    for source, target in edges:
        linked = data.draw(st.integers(1, pages_of[target]))
        flows += [(source, first[target] + nth, linked) for nth in range(linked)]
    columns = [np.array(column, np.int32) for column in (zip(*flows, strict=True) if flows else ([], [], []))]
    graph = graph_of(nodes, edges)
    ranks = pagerank(graph)
    values, linking = page_values(domains, graph, ranks, [columns])
    np.testing.assert_allclose(np.bincount(domains, values, nodes), ranks, rtol=1e-7)
    assert linking.sum() == len(flows)


@given(
    st.lists(st.floats(1, 1e9), min_size=2, max_size=20), st.lists(st.floats(0, 1e9), min_size=2, max_size=20)
)
def test_ratings_grow_with_what_they_are_made_of(ranks: list[float], central: list[float]) -> None:
    size = min(len(ranks), len(central))
    rated = domain_ratings(np.sort(ranks)[:size], np.sort(central)[:size])
    assert (np.diff(rated) >= 0).all()
    assert ((rated >= 0) & (rated <= 100) & (np.round(rated, 1) == rated)).all()


def test_the_ends_of_the_scale() -> None:
    tops = [np.array([0.0, measure.top, measure.top * 9]) for measure in MEASURES.values()]
    assert domain_ratings(*tops).tolist() == [0, 100, 100]
    assert domain_ratings(np.array([1.0]), np.array([0.0])).tolist() == [0]
    assert page_ratings(np.array([0.01, 1.0, MEASURES["pagerank"].top])).tolist() == [0, 0, 100]
    assert sum(measure.share for measure in MEASURES.values()) == 1


@pytest.mark.parametrize("nodes", [0, 1, 5])
def test_graphs_without_links(nodes: int) -> None:
    graph = graph_of(nodes, [])
    assert pagerank(graph).tolist() == [1] * nodes
    assert harmonic(graph).tolist() == harmonic(graph, most_exact=-1).tolist() == [0] * nodes
    assert trust(graph, []) is None


def test_estimates_of_a_large_graph_come_near() -> None:
    """3,000 nodes in a ring with chords: the error of a counter is 13 %, and what is one step away is exact."""
    nodes = 3_000
    random = np.random.default_rng(7)
    chords = zip(range(nodes), random.integers(0, nodes, nodes).tolist(), strict=True)
    edges = {(node, (node + 1) % nodes) for node in range(nodes)} | {
        pair for pair in chords if pair[0] != pair[1]
    }
    graph = graph_of(nodes, sorted(edges))
    exact, estimated = harmonic(graph), harmonic(graph, most_exact=0)
    error = np.abs(estimated / exact - 1)
    assert np.median(error) < 0.2
    assert error.max() < 0.5
    star = graph_of(nodes, [(node, 0) for node in range(1, nodes)])
    assert harmonic(star, most_exact=0).tolist() == harmonic(star).tolist()


def test_the_blocks_of_a_large_graph_lose_nothing() -> None:
    """More edges than fit into one block, some of them of one node alone."""
    nodes = 70_000
    random = np.random.default_rng(1)
    pairs = np.unique(random.integers(0, nodes, 90_000) * nodes + random.integers(1, nodes, 90_000))
    hub = np.arange(1, nodes) * nodes
    keys = np.unique(np.concatenate([pairs, hub]))
    sources, targets = (keys // nodes).astype(np.int32), (keys % nodes).astype(np.int32)
    kept = sources != targets
    graph = Graph.of(nodes, sources[kept], targets[kept])
    values = np.arange(nodes, dtype=float)
    joined = np.zeros(nodes)
    joined[graph.linked] = graph.sums(values)
    assert joined.tolist() == np.bincount(targets[kept], values[sources[kept]], nodes).tolist()
    assert graph.in_degree.tolist() == np.bincount(targets[kept], minlength=nodes).tolist()
