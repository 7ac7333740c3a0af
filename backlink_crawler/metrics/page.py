"""What the pages of a domain have of its PageRank.

A domain's PageRank is split among its known pages, without remainder: as much as a surfer takes along who goes on, by where links of
other domains lead; the rest evenly, for the links within the domain, which an index does not hold. A domain that links to several
pages of another gives each the same part of its one vote. So ranks of sites are handed down to pages in Xue and others, "Exploiting
the Hierarchical Structure for Link Analysis" (2005); that links stay within a site mostly is measured in Kamvar and others,
"Exploiting the Block Structure of the Web for Computing PageRank" (2003).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .pagerank import DAMPING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from .graph import Graph, Ids, Values


def page_values(
    domains: Ids, graph: Graph, pagerank: Values, flows: Iterable[Sequence[npt.NDArray[Any]]]
) -> tuple[Values, Values]:
    """The PageRank of each page, in the unit of ``pagerank``, and the number of domains that link to it.

    ``domains`` is the domain of each page, ``pagerank`` that of each domain. ``flows`` are, part by part, the domains that link,
    the pages, and to how many pages of that page's domain the one that links does.
    """
    pages_of = np.bincount(domains, minlength=graph.nodes).astype(np.float64)
    arrived = 1 / pages_of[domains]
    linking = np.zeros(len(domains))
    for source, page, pages in flows:
        np.add.at(arrived, page, DAMPING * pagerank[source] / graph.out_degree[source] / pages)
        np.add.at(linking, page, 1.0)
    return (1 - DAMPING) * (pagerank / np.maximum(pages_of, 1))[domains] + DAMPING * arrived, linking
