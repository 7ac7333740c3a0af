"""Which pages are to be visited: those of claims that are pending, and listings of domains that link already."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pyarrow as pa

from ..index.query import Reader
from ..index.schema import folded
from ..items import EVERY_TARGET
from ..urls import domain_of
from .state import define

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..index.store import Index

AGAIN_AFTER = timedelta(hours=20)
"""A page that could not be read is tried again in a run this long after."""
MOST_REFERRERS = 500
"""Feeds and sitemaps of so many domains are looked at, those with the latest links."""

_PENDING = """
WITH pages AS (
    SELECT source_key, any_value(source_url) AS url, any_value(source_domain) AS domain,
        min(list_position(['link', 'hint', 'site'], kind)) AS rank, max(last_seen) AS last_seen
    FROM claimed
    WHERE state = 'pending' AND ($every OR list_contains($provenances, provenance))
        AND (checked_at IS NULL OR (kind <> 'site' AND checked_at < $before))
    GROUP BY source_key
), numbered AS (
    SELECT *, row_number() OVER (PARTITION BY domain ORDER BY rank, last_seen DESC NULLS LAST, source_key) AS nth FROM pages
)
SELECT url, nth = 1 AS is_first FROM numbered ORDER BY nth, rank, last_seen DESC NULLS LAST, source_key
"""

_UNVISITED = """
WITH visited AS (
    SELECT source_key, requested_key FROM visits
    WHERE targets_checked IS NULL OR len(targets_checked) = 0 OR list_has_all(targets_checked, $targets)
        OR (list_contains(targets_checked, $every) AND list_has_all($domains, $targets))
)
SELECT url FROM named ANTI JOIN (SELECT source_key AS key FROM visited UNION ALL SELECT requested_key FROM visited) USING (key)
"""

_REFERRERS = """
SELECT source_domain, arg_max(source_url, last_seen) AS url FROM current
WHERE target IN (SELECT unnest($targets)) GROUP BY source_domain ORDER BY max(last_seen) DESC, source_domain LIMIT $most
"""


def pending(
    index: Index, targets: Sequence[str], provenances: Sequence[str] | None = None
) -> tuple[list[str], list[str]]:
    """The URLs of pages to visit for claims of these targets, from some provenances or from all: one of each domain, and the
    others. Raises IndexFault.
    """
    first: dict[str, None] = {}
    others: dict[str, None] = {}
    values = {
        "before": datetime.now(UTC) - AGAIN_AFTER, "every": provenances is None, "provenances": list(provenances or ()),
    }  # fmt: skip
    for target in targets:
        reader = Reader(index, target)
        define(reader)
        for batch in reader.batches(_PENDING, values):
            for row in batch.to_pylist():
                (first if row["is_first"] else others)[row["url"]] = None
        reader.close()
    return list(first), [url for url in others if url not in first]


def unvisited(index: Index, pages: Sequence[str], targets: Sequence[str]) -> list[str]:
    """Those of the pages that no visit has asked for or come to, or none that looked for these targets. Raises IndexFault."""
    domains = [name for name in targets if ":" not in name and domain_of(name) == name]
    values = {"targets": list(targets), "domains": domains, "every": EVERY_TARGET}
    reader = Reader(index)
    urls = pa.array(pages, pa.string())
    reader.lend("named", pa.table({"url": urls, "key": folded(urls)}))
    rows = reader.rows(_UNVISITED, values)
    reader.close()
    return [row["url"] for row in rows]


def known_referrers(index: Index, targets: Sequence[str]) -> list[str]:
    """The home page, which names feeds, and the sitemap of each site that links to the targets, latest first. Raises IndexFault."""
    reader = Reader(index)
    rows = reader.rows(_REFERRERS, {"targets": list(targets), "most": MOST_REFERRERS})
    homes = ["/".join(row["url"].split("/", 3)[:3]) for row in rows]
    reader.close()
    return [f"{home}{path}" for home in homes for path in ("/", "/sitemap.xml")]
