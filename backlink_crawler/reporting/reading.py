"""How complete the data of a target is: the pages visited for it, how their latest visits ended, and what was left."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from ..classify.part import parse_part
from ..errors import UsageError
from ..items import EVERY_TARGET
from ..urls import domain_of
from .cells import share, time_or_null

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ..index.query import Reader

READ = frozenset({"ok", "not_modified"})
"""The outcomes of a page whose text is known."""

_PAGES = """
SELECT latest.outcome AS outcome, domain AS of_target, sum(visits) AS visits, count(*) AS pages,
       count(*) FILTER (WHERE latest.complete) AS complete, min(first_read) AS first_read, max(last_read) AS last_read
FROM (
    SELECT arg_max(struct_pack(outcome, complete), (fetched_at, outcome)) AS latest, count(*) AS visits,
           any_value(domain) AS domain, min(fetched_at) AS first_read, max(fetched_at) AS last_read
    FROM visits LEFT JOIN target_domains ON domain = source_domain
    WHERE crawl_id IN (SELECT crawl_id FROM runs) GROUP BY hash(source_key)
)
GROUP BY ALL ORDER BY outcome
"""


def readings(reader: Reader, targets: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The pages visited for each target, asked for once for all targets that the same runs looked for.

    Pages of its own domain are no sources of links: they were visited to see whether what is linked answers.
    """
    domains = {target: _domain(target) for target in targets}
    names = pa.array(sorted(set(domains.values())), pa.string())
    reader.lend("target_domains", pa.table({"domain": names}))
    looked_for: dict[str, set[str]] = {}
    for row in reader.rows("SELECT DISTINCT unnest(targets) AS target, crawl_id FROM crawls"):
        looked_for.setdefault(row["target"], set()).add(row["crawl_id"])
    every = looked_for.get(EVERY_TARGET, set())
    counted: dict[frozenset[str], list[dict[str, Any]]] = {}
    found = {}
    for target, domain in domains.items():
        runs = frozenset(every | looked_for.get(target, set()))
        if runs not in counted:
            counted[runs] = _pages(reader, runs)
        found[target] = _counted([row for row in counted[runs] if row["of_target"] != domain])
    return found


def _domain(target: str) -> str:
    """Its registrable domain; of an address, to which links lead as well, the name."""
    try:
        return domain_of(parse_part(target).host)
    except UsageError:
        return target


def _pages(reader: Reader, runs: frozenset[str]) -> list[dict[str, Any]]:
    """The pages by the outcome of their last visit, and by the target's domain that they are of."""
    reader.lend("runs", pa.table({"crawl_id": pa.array(sorted(runs), pa.string())}))
    return reader.rows(_PAGES)


def _counted(outcomes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    ended: Counter[str] = Counter()
    for row in outcomes:
        ended[row["outcome"]] += row["pages"]
    pages = ended.total()
    read = sum(row["complete"] for row in outcomes if row["outcome"] in READ)
    return {
        "pages_known": pages,
        "pages_read": read,
        "read_share": share(read, pages),
        "visits": sum(row["visits"] for row in outcomes),
        "first_read": time_or_null(
            min((row["first_read"] for row in outcomes if row["first_read"]), default=None)
        ),
        "last_read": time_or_null(
            max((row["last_read"] for row in outcomes if row["last_read"]), default=None)
        ),
        "outcomes": dict(ended.most_common()),
    }


def left(reader: Reader, target: str) -> dict[str, Any]:
    """What the last run of each job found and did not fetch: pages that wait, and URLs left out by reason and pattern."""
    jobs: dict[str | None, dict[str, Any]] = {}
    rows = reader.rows(
        "SELECT * FROM crawls WHERE list_has_any(targets, [$target, $every]) AND finished_at IS NOT NULL ORDER BY finished_at",
        {"target": target, "every": EVERY_TARGET},
    )
    for row in rows:
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
