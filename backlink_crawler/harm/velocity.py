"""Weeks in which many more domains began to link than is usual for a target."""

from __future__ import annotations

from datetime import timedelta
from statistics import median
from typing import TYPE_CHECKING

from ..wording import counted
from .finding import ASKED_EXAMPLES, Finding, finding, quoted
from .table import BURST_DAYS, BURST_DOMAINS, BURST_TIMES, BURST_WATCHED, BURST_WEEKS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from ..classify.target import Target
    from ..index.query import Reader

WEEK = timedelta(weeks=1)

_BEGINNINGS = f"""
WITH first AS (
    SELECT source_domain, unnest(arg_min(struct_pack(kind, seen_at, after), (seen_at, kind)))
    FROM events WHERE kind IN ('baseline', 'page_found', 'link_added') GROUP BY source_domain
)
SELECT source_domain, date_trunc('week', seen_at AT TIME ZONE 'UTC') AS week FROM first
WHERE kind = 'link_added' AND seen_at <= after + INTERVAL {BURST_DAYS} DAY
"""  # noqa: S608
_WATCHED = """
SELECT DISTINCT date_trunc('week', fetched_at AT TIME ZONE 'UTC') AS week FROM visits
WHERE outcome IN ('ok', 'not_modified') AND list_has_any(targets_checked, [$target, '*'])
"""
_CAME = f"""
WITH came AS (SELECT source_domain, week FROM harm_beginnings WHERE list_contains($weeks, week)),
said AS (
    SELECT week, source_domain, lower(anchor) AS words, min(anchor) AS anchor FROM current JOIN came USING (source_domain)
    WHERE anchor_type IN ('exact', 'partial', 'other') GROUP BY week, source_domain, words
), shared AS (
    SELECT week, words, min(anchor) AS anchor, count(DISTINCT source_domain) AS domains FROM said GROUP BY week, words
    QUALIFY row_number() OVER (PARTITION BY week ORDER BY domains DESC, words) = 1
)
SELECT source_site AS name, week, count(*) AS links, min(source_url, {ASKED_EXAMPLES}) AS examples, any_value(shared.anchor) AS anchor,
    any_value(shared.domains) AS domains, bool_or(lower(current.anchor) = shared.words) AS says_it
FROM current JOIN came USING (source_domain) LEFT JOIN shared USING (week)
GROUP BY source_site, week ORDER BY name, week
"""  # noqa: S608


def sudden_velocity(reader: Reader, _target: Target) -> Iterator[Finding]:
    """Findings of ``sudden_velocity``, for the sites whose domains began to link in such a week and link still."""
    reader.keep("harm_beginnings", _BEGINNINGS)
    numbers = reader.rows("SELECT week, count(*) AS domains FROM harm_beginnings GROUP BY week")
    watched = {row["week"] for row in reader.rows(_WATCHED, {"target": reader.target})}
    usual = bursts({row["week"]: row["domains"] for row in numbers}, watched)
    if not usual:
        return
    of_week = {row["week"]: row["domains"] for row in numbers}
    for batch in reader.batches(_CAME, {"weeks": sorted(usual)}):
        for row in batch.to_pylist():
            week = row["week"]
            together = row["domains"] is not None and 2 * row["domains"] >= of_week[week]
            evidence = [
                f"It came in the week of {week:%Y-%m-%d}, in which {counted(of_week[week], 'domain')} began to link; usual were"
                f" {usual[week]:g} a week."
            ]
            if together:
                evidence.append(f"{counted(row['domains'], 'domain')} of them {'have' if row['domains'] > 1 else 'has'} the text"
                                f" {quoted(row['anchor'])}.")  # fmt: skip
            sure = "medium" if together and row["says_it"] else "low"
            yield finding("sudden_velocity", row["name"], row["links"], sure, evidence, row["examples"])


def bursts(domains: Mapping[datetime, int], watched: set[datetime]) -> dict[datetime, float]:
    """The weeks (by their Mondays) in which more domains came than is usual, with what was usual: the median of the watched
    weeks before. ``domains`` is how many came in each week; a week in which nothing was looked at is not watched.
    """
    found = {}
    for week, number in domains.items():
        before = [week - nth * WEEK for nth in range(1, BURST_WEEKS + 1)]
        past = [domains.get(one, 0) for one in before if one in watched]
        if len(past) >= BURST_WATCHED and number >= max(BURST_DOMAINS, BURST_TIMES * median(past)):
            found[week] = float(median(past))
    return found
