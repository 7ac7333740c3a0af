"""What a time brought: backlinks and referring domains won and lost, in all and by day, week or month.

Sums are net: a link that came and went within the time is neither new nor lost. Buckets are not: each shows all that was
seen to happen in it. ``link_added`` is a link that appeared on a page which was read before without it; ``page_found`` and
``baseline`` only say that we looked for the first time, so that growth is told from the first alone.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC
from typing import TYPE_CHECKING, Any

from ..states import GAINS
from .cells import time_text

if TYPE_CHECKING:
    from datetime import datetime

    from ..index.query import Reader
    from .period import Period

BUCKET = ("link_added", "page_found", "baseline", "restored", "lost")
"""What is counted in each bucket."""

_WON = ", ".join(
    f"count(*) FILTER (WHERE first_kind = '{kind}' AND last_kind <> 'lost') AS {kind}"
    for kind in sorted(GAINS)
)
_NET = (*sorted(GAINS), "lost", "came_and_went", "went_and_came")
_DELTAS = f"""
WITH turns AS (
    SELECT source_domain, arg_min(kind, seen_at) AS first_kind, arg_max(kind, seen_at) AS last_kind
    FROM events WHERE seen_at >= $since AND seen_at < $until AND kind IN ({", ".join(f"'{kind}'" for kind in (*sorted(GAINS), "lost"))})
    GROUP BY source_domain, hash(source_key, target_key)
), net AS (
    SELECT source_domain, {_WON},
           count(*) FILTER (WHERE first_kind = 'lost' AND last_kind = 'lost') AS lost,
           count(*) FILTER (WHERE first_kind <> 'lost' AND last_kind = 'lost') AS came_and_went,
           count(*) FILTER (WHERE first_kind = 'lost' AND last_kind <> 'lost') AS went_and_came
    FROM turns GROUP BY source_domain
), now AS (SELECT source_domain, count(*) AS backlinks FROM current GROUP BY source_domain),
standing AS (
    SELECT net.*, {" + ".join(sorted(GAINS))} AS won, coalesce(backlinks, 0) AS backlinks
    FROM net LEFT JOIN now USING (source_domain)
)
SELECT {", ".join(f"coalesce(sum({name}), 0)::BIGINT AS {name}" for name in ("won", *_NET))},
       count(*) FILTER (WHERE backlinks > 0 AND backlinks - won + lost <= 0) AS domains_won,
       count(*) FILTER (WHERE backlinks = 0 AND lost > 0) AS domains_lost
FROM standing
"""  # noqa: S608
"""Backlinks and domains by how they stand after a time against before it. How many links a domain had before follows from
how many it has now."""
_BUCKETS = """
SELECT date_trunc('{unit}', make_timestamp(epoch_us(seen_at))) AS start, kind, reason, count(*) AS events
FROM events WHERE seen_at >= $since AND seen_at < $until GROUP BY ALL
"""
_LIVES = """
WITH lives AS (
    SELECT source_domain, min(first_seen) AS begin, arg_min(absent_before IS NOT NULL, first_seen) AS was_added,
           CASE WHEN bool_and(status = 'lost') THEN max(since) END AS gone
    FROM backlinks GROUP BY source_domain
)
SELECT {begin} AS begun, was_added, {gone} AS gone, count(*) AS domains FROM lives GROUP BY ALL
"""
_TRUNC = "date_trunc('{unit}', make_timestamp(epoch_us({column})))"


def trend(reader: Reader, period: Period, by: str) -> dict[str, Any]:
    """The numbers of a period, up to now, as JSON-native values; ``by`` is one of :data:`.period.UNITS`."""
    deltas = reader.rows(_DELTAS, period.values)[0]
    buckets, lost_by_reason = _buckets(reader, period, by)
    _add_domains(reader, buckets, by)
    return {
        "since": time_text(period.since),
        "until": time_text(period.until),
        "referring_domains": {"won": deltas["domains_won"], "lost": deltas["domains_lost"]},
        "backlinks": {name: deltas[name] for name in ("won", *_NET)},
        "lost_by_reason": lost_by_reason,
        "by": by,
        "buckets": [{"start": f"{start:%Y-%m-%d}", **counts} for start, counts in buckets.items()],
    }


def _buckets(
    reader: Reader, period: Period, by: str
) -> tuple[dict[datetime, dict[str, int]], dict[str, int]]:
    buckets = {start: dict.fromkeys(BUCKET, 0) for start in period.starts(by)}
    reasons: Counter[str] = Counter()
    for row in reader.rows(_BUCKETS.format(unit=by), period.values):
        if row["kind"] in BUCKET:
            buckets[row["start"].replace(tzinfo=UTC)][row["kind"]] += row["events"]
        if row["kind"] == "lost":
            reasons[row["reason"]] += row["events"]
    return buckets, dict(reasons.most_common())


def _add_domains(reader: Reader, buckets: dict[datetime, dict[str, int]], by: str) -> None:
    """Put into each bucket the domains at its end, and those whose first link was added and whose last was lost in it."""
    starts = list(buckets)
    for counts in buckets.values():
        counts |= {"referring_domains": 0, "domains_added": 0, "domains_lost": 0}
    known = 0
    steps: Counter[datetime] = Counter()
    statement = _LIVES.format(
        begin=_TRUNC.format(unit=by, column="begin"), gone=_TRUNC.format(unit=by, column="gone")
    )
    for row in reader.rows(statement):
        for column, step in (("begun", row["domains"]), ("gone", -row["domains"])):
            if row[column] is None:
                continue
            start = row[column].replace(tzinfo=UTC)
            if start < starts[0]:
                known += step
            elif start in buckets:
                steps[start] += step
                if step < 0:
                    buckets[start]["domains_lost"] -= step
                elif row["was_added"]:
                    buckets[start]["domains_added"] += step
    for start, counts in buckets.items():
        known += steps[start]
        counts["referring_domains"] = known
