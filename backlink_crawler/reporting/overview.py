"""The overview of one target: what people look at first, in numbers, and how complete those are."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from ..index.current import literal
from ..items import EVERY_TARGET
from .cells import time_text
from .grouping import grouped

if TYPE_CHECKING:
    from datetime import datetime

    from ..index.query import Reader

BREAKDOWNS = ("rel_type", "link_type", "placement", "anchor_type", "page_language")
"""The columns by whose values backlinks and referring domains are counted."""
_NARROW = (
    "source_key", "source_domain", "source_site", "target_key", "target_url", "anchor", "follow", "counts",
    "hidden", "instances", "fetched_at", *BREAKDOWNS,
)  # fmt: skip

_TOTALS = """
SELECT count(*) AS backlinks,
       coalesce(sum(instances), 0) AS links,
       count(DISTINCT source_key) AS referring_pages,
       count(DISTINCT source_domain) AS referring_domains,
       count(DISTINCT source_site) AS referring_sites,
       count(DISTINCT target_key) AS target_pages,
       count(*) FILTER (WHERE follow) AS follow,
       count(*) FILTER (WHERE NOT follow) AS not_follow,
       count(*) FILTER (WHERE counts) AS counts,
       count(DISTINCT source_domain) FILTER (WHERE follow) AS follow_domains,
       count(*) FILTER (WHERE hidden) AS hidden
FROM narrow
"""

_VISITS = """
WITH ours AS (
    SELECT source_key, outcome, complete, fetched_at, visits.crawl_id,
           row_number() OVER (PARTITION BY source_key ORDER BY fetched_at DESC, outcome) AS nth
    FROM visits
    WHERE array_has(targets_checked, {target}) OR array_has(targets_checked, {every})
       OR crawl_id IN (SELECT crawl_id FROM crawls
                       WHERE array_has(targets, {target}) OR array_has(targets, {every}))
)
SELECT outcome, count(*) AS visits, count(*) FILTER (WHERE nth = 1) AS pages,
       count(*) FILTER (WHERE nth = 1 AND complete) AS complete,
       min(fetched_at) AS first_read, max(fetched_at) AS last_read
FROM ours GROUP BY outcome ORDER BY pages DESC, outcome
"""

_CRAWLS = """
SELECT * FROM crawls WHERE array_has(targets, {target}) OR array_has(targets, {every}) ORDER BY started_at
"""

READ = frozenset({"ok", "not_modified"})
"""The outcomes of a page whose text is known."""


def overview(reader: Reader, target: str, *, top: int = 10) -> dict[str, Any]:
    """All numbers of the overview as JSON-native values; ``top`` is the length of its lists.

    Shares are fractions of 1, and null where there is nothing to divide by.
    """
    reader.keep("narrow", f"SELECT {', '.join(_NARROW)} FROM backlinks")  # noqa: S608
    totals = reader.rows(_TOTALS)[0]
    return {
        "target": target,
        **totals,
        "follow_share": _share(totals["follow"], totals["follow"] + totals["not_follow"]),
        **{f"by_{column}": _breakdown(reader, column, totals["backlinks"]) for column in BREAKDOWNS},
        "top_domains": _top(reader, "domains", top),
        "top_anchors": _top(reader, "anchors", top),
        "top_target_pages": _top(reader, "pages", top),
        "reading": reading(reader, target),
    }


def reading(reader: Reader, target: str) -> dict[str, Any]:
    """How complete the data is: the pages visited for the target and how their latest visits ended."""
    statement = _VISITS.format(target=literal(target), every=literal(EVERY_TARGET))
    outcomes = reader.rows(statement)
    pages = sum(row["pages"] for row in outcomes)
    read = sum(row["complete"] for row in outcomes if row["outcome"] in READ)
    return {
        "pages_known": pages,
        "pages_read": read,
        "read_share": _share(read, pages),
        "visits": sum(row["visits"] for row in outcomes),
        "first_read": _time(min((row["first_read"] for row in outcomes if row["first_read"]), default=None)),
        "last_read": _time(max((row["last_read"] for row in outcomes if row["last_read"]), default=None)),
        "outcomes": {row["outcome"]: row["pages"] for row in outcomes if row["pages"]},
        **_left(reader, target),
    }


def _left(reader: Reader, target: str) -> dict[str, Any]:
    """What the last run of each job found and did not fetch: pages that wait, and URLs left out by reason and pattern."""
    jobs: dict[str | None, dict[str, Any]] = {}
    for row in reader.rows(_CRAWLS.format(target=literal(target), every=literal(EVERY_TARGET))):
        last = jobs.get(row["job"])
        if last is None or _ended(row) >= _ended(last):
            jobs[row["job"]] = row
    patterns = [cut for row in jobs.values() for cut in json.loads(row.get("cut") or "[]")]
    reasons: Counter[str] = Counter()
    for cut in patterns:
        reasons[cut["reason"]] += cut["pages"]
    return {
        "not_fetched": sum(row.get("not_fetched") or 0 for row in jobs.values()),
        "cut": dict(reasons.most_common()),
        "cut_patterns": sorted(patterns, key=lambda cut: -cut["pages"]),
    }


def _ended(row: dict[str, Any]) -> float:
    """When the run that a row tells of ended, as far as it did; rows of an older index do not say."""
    moment = row.get("finished_at") or row["started_at"]
    return moment.timestamp() if moment else 0.0


def _breakdown(reader: Reader, column: str, backlinks: int) -> list[dict[str, Any]]:
    rows = reader.rows(
        f"SELECT {column} AS value, count(*) AS backlinks, count(DISTINCT source_domain) AS referring_domains"  # noqa: S608
        f" FROM narrow GROUP BY {column} ORDER BY backlinks DESC, value"
    )
    return [{**row, "share": _share(row["backlinks"], backlinks)} for row in rows]


def _top(reader: Reader, by: str, limit: int) -> list[dict[str, Any]]:
    rows = grouped(reader, by, limit=limit, table="narrow").read_all().to_pylist()
    return [{**row, "last_read": _time(row["last_read"])} for row in rows]


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else time_text(moment)
