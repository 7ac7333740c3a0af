"""Pages that name a target and do not link to it: where a link could be asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..history.gather import TYING
from ..history.rule import RULES

if TYPE_CHECKING:
    import pyarrow as pa

    from ..index.query import Reader

_PROSPECTS = """
WITH seen AS (
    SELECT source_key, fetched_at, outcome = 'ok' AND list_contains(targets_checked, $target) AS is_read,
        list_contains($gone, outcome) AS is_gone
    FROM visits
    UNION ALL SELECT requested_key, fetched_at, FALSE, list_contains($tying, outcome)
    FROM visits WHERE requested_key <> source_key
), latest AS (
    SELECT source_key, max(fetched_at) FILTER (is_read) AS fetched_at, max(fetched_at) FILTER (is_gone) AS gone_at
    FROM seen GROUP BY source_key
), read AS (
    SELECT source_key, fetched_at FROM latest WHERE gone_at IS NULL OR gone_at <= fetched_at
), linking AS (
    SELECT source_domain, bool_or(follow IS TRUE) AS follows FROM current GROUP BY source_domain
)
SELECT mentions.source_url, mentions.source_domain, mentions.page_title, mentions.anchor AS mention, mentions.context_before,
    mentions.context_after, mentions.page_language, linking.source_domain IS NOT NULL AS domain_links,
    rated.rating, mentions.fetched_at AS seen_at
FROM mentions JOIN read USING (source_key, fetched_at) LEFT JOIN linking USING (source_domain)
LEFT JOIN (SELECT name, rating FROM ratings WHERE scope = 'domain') AS rated ON rated.name = mentions.source_domain
ANTI JOIN current ON current.source_key = mentions.source_key
QUALIFY row_number() OVER (PARTITION BY mentions.source_key ORDER BY mentions.crawl_id) = 1
ORDER BY domain_links, rating DESC NULLS LAST, seen_at DESC, source_url
"""


def prospects(reader: Reader, limit: int | None = None) -> pa.RecordBatchReader:
    """The pages of the reader's target, one row each as their last reading was: those of domains without any link first,
    then by the rating of the domain.

    A page that is gone since, or leads elsewhere, is none.
    """
    bound = "" if limit is None else f" LIMIT {limit:d}"
    values = {"target": reader.target, "gone": list(RULES), "tying": list(TYING)}
    return reader.batches(_PROSPECTS + bound, values)
