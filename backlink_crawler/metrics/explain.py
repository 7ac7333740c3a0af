"""Why a domain is rated as it is: what each domain that links to it carries over, and what it has by itself.

In the unit of :mod:`.pagerank` a domain has 1 by itself, and of each that links to it :data:`~.pagerank.DAMPING` times that one's own
PageRank, split among the domains that one links to. The sum is its PageRank.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from .pagerank import DAMPING
from .scale import MEASURES

if TYPE_CHECKING:
    import pyarrow as pa

    from ..index.query import Reader

BY_ITSELF = 1.0
"""The PageRank of a domain that nobody links to."""


@attrs.frozen
class Explanation:
    """What a domain's rating is made of. The ranks of Common Crawl are null where they are not known."""

    domain: str
    rating: float | None
    """Null where nobody looked for links to it."""
    points: dict[str, float]
    """The points of each of :data:`~.scale.MEASURES`, to a tenth; their sum is the rating, but for rounding."""
    pagerank: float
    harmonic: float
    trust: float | None
    in_domains: int
    out_domains: int
    common_crawl_harmonic: int | None
    common_crawl_pagerank: int | None


def explanation(reader: Reader, domain: str) -> Explanation | None:
    """What is known of a domain; null where no link that counts begins or ends there. ``published`` must have been lent."""
    found = reader.rows(
        "SELECT ratings.* EXCLUDE (scope, name), harmonic_position AS common_crawl_harmonic,"
        " pagerank_position AS common_crawl_pagerank"
        " FROM ratings LEFT JOIN published ON domain = name WHERE scope = 'domain' AND name = $domain",
        {"domain": domain},
    )
    if not found:
        return None
    points = {
        name: round(float(measure.points(np.array([found[0][name]]))[0]), 1)
        for name, measure in MEASURES.items()
    }
    return Explanation(domain, points=points, **found[0])


def carried(reader: Reader, domain: str, *, limit: int | None = None) -> pa.RecordBatchReader:
    """One row for each domain that votes for it, most carried first: ``share`` is that of its whole PageRank.

    ``votes`` (by :func:`.votes.define_votes`) and ``published`` must be there.
    """
    cut = "" if limit is None else f" LIMIT {limit:d}"
    return reader.batches(_CARRIED + cut, {"domain": domain, "damping": DAMPING})


_CARRIED = """
WITH voting AS (
    SELECT source_domain, count(DISTINCT source_key) AS pages, min(source_key) AS example
    FROM votes WHERE target_domain = $domain GROUP BY source_domain
), whole AS (SELECT pagerank FROM ratings WHERE scope = 'domain' AND name = $domain)
SELECT source_domain, rating, ratings.pagerank, out_domains, $damping * ratings.pagerank / out_domains AS carried,
    $damping * ratings.pagerank / out_domains / whole.pagerank AS share, pages, example,
    harmonic_position AS common_crawl_harmonic, pagerank_position AS common_crawl_pagerank
FROM voting JOIN ratings ON scope = 'domain' AND name = source_domain LEFT JOIN published ON published.domain = source_domain, whole
ORDER BY carried DESC, source_domain
"""
