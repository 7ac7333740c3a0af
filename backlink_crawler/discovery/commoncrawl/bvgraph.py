"""The transposed graph of a release as a BVGraph on this machine: the successors of a vertex are those that link to it.

Common Crawl publishes ``…-domain-t.graph`` and ``.properties``; to go to one vertex at once an Elias-Fano list of offsets is
needed beside them, ``.ef``, which ``webgraph build offsets`` and ``webgraph build ef`` make (https://crates.io/crates/webgraph-cli).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import SourceFault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def transposed(basename: str) -> Callable[[int], Iterator[int]]:
    """What gives the ids of the vertices that link to one. Raises SourceFault, and so does what it gives."""
    try:
        from webgraph import BvGraph
    except ImportError:
        raise SourceFault("a graph needs webgraph", "pip install 'backlink-crawler[graph]'") from None
    try:
        graph = BvGraph(basename)
    except (OSError, ValueError, RuntimeError):
        raise SourceFault(
            f"the graph {basename} cannot be read",
            "it needs .graph, .properties and .ef: webgraph build ef makes the last",
        ) from None

    def links(target: int) -> Iterator[int]:
        if target >= graph.num_nodes():
            raise SourceFault(f"the graph {basename} is of another release: it lacks vertex {target}")
        return iter(graph.successors(target))

    return links
