"""One line for each target: what a time brought, whether anybody looked, who was told, and how agreed links do.

Events are counted as the lists of new, lost and changed backlinks have them, referring domains net, as in a trend.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any

import attrs
import pyarrow as pa

from ..history.gather import first_crawls
from ..index.current import literal
from ..index.schema import TIME
from ..placements.price import parse_price, total
from ..placements.verdict import ENDED, FAIL
from ..reporting.changes import FEEDS
from ..states import GAINS
from .markdown import plain

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from ..classify.target import Target
    from ..index.query import Reader
    from ..placements.status import Status
    from ..reporting.period import Period

STATES: dict[str, str] = {
    "visited": "Pages were visited for it in this time.",
    "not_visited": "No page was visited for it in this time: that nothing changed was not seen.",
    "first_crawl": "Its first crawl began in this time: what stands was found, not won.",
    "never_crawled": "No crawl has looked for it so far: all numbers are null.",
}
"""What can be said of a target at all."""
EVENTS: dict[str, frozenset[str]] = {
    "new": FEEDS["new"].kinds - {"restored"},
    "lost": FEEDS["lost"].kinds,
    "discounted": frozenset({"discounted"}),
    "changed": FEEDS["changed"].kinds - {"discounted"},
    "restored": frozenset({"restored"}),
}
"""Column -> the kinds of event that it counts."""
_DOMAINS = ("backlinks", "referring_domains", "domains_won", "domains_lost")
_TEXT, _NUMBER = pa.string(), pa.int64()
_COLUMNS: dict[str, pa.DataType] = {
    "target": _TEXT, "state": _TEXT, "last_read": TIME, **dict.fromkeys((*EVENTS, *_DOMAINS), _NUMBER),
    "alerts": _NUMBER, "alerts_waiting": _NUMBER,
    "placements": _NUMBER, "spend": _TEXT, "failing": _NUMBER, "failing_spend": _TEXT,
}  # fmt: skip
SCHEMA = pa.schema(_COLUMNS)
"""``backlinks`` and ``referring_domains`` stand now. ``alerts`` are events that a rule was told of, ``alerts_waiting`` messages of
rules on the target that no service has taken so far; both are null without rules. The last four are of agreed placements that
have not ended, null where none were given: how many, what was agreed for them, and the same of those that fail.
"""


@attrs.frozen
class Alerts:
    """What the rules did: the ids of events that one was told of, and by target the messages that wait."""

    told: Collection[str]
    waiting: Mapping[str, int]


def weekly(
    reader: Reader,
    targets: Sequence[Target],
    period: Period,
    *,
    alerts: Alerts | None = None,
    placements: Iterable[Status] | None = None,
) -> pa.Table:
    """A row of :data:`SCHEMA` for each target, in their order. The reader is one of all targets. Raises IndexFault."""
    names = [target.name for target in targets]
    reader.lend("asked", pa.table({"target": pa.array(names, _TEXT)}))
    reader.lend("told", pa.table({"event_id": pa.array(sorted(alerts.told) if alerts else [], _TEXT)}))
    states = _states(reader, names, period)
    events = {row["target"]: row for row in reader.rows(_EVENTS, period.values)}
    domains = {row["target"]: row for row in reader.rows(_NET, period.values)}
    agreed = None if placements is None else list(placements)
    rows = []
    for target in targets:
        row: dict[str, Any] = {"target": target.name, **states[target.name]}
        if row["state"] != "never_crawled":
            row |= dict.fromkeys((*EVENTS, *_DOMAINS), 0)
            row |= domains.get(target.name, {}) | events.get(target.name, {})
            row["alerts"] = events.get(target.name, {}).get("alerts", 0) if alerts else None
        if row["state"] == "first_crawl":
            row["domains_won"] = row["domains_lost"] = None
        if alerts:
            row["alerts_waiting"] = alerts.waiting.get(target.name, 0)
        if agreed is not None:
            row |= _agreed(target, agreed)
        rows.append(row)
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def sums(rows: pa.Table) -> dict[str, int]:
    """The columns of :data:`EVENTS` over all targets."""
    counts: Counter[str] = Counter()
    for row in rows.select(list(EVENTS)).to_pylist():
        counts.update({name: number or 0 for name, number in row.items()})
    return {name: counts[name] for name in EVENTS}


def markdown(rows: pa.Table, columns: Mapping[str, str]) -> str:
    """Some columns (name -> heading) as a table of GitHub's Markdown, numbers to the right."""
    types = [rows.schema.field(name).type for name in columns]
    rule = ["---:" if pa.types.is_integer(kind) else "---" for kind in types]
    lines = [list(columns.values()), rule]
    lines += [[_cell(value) for value in row.values()] for row in rows.select(list(columns)).to_pylist()]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _cell(value: Any) -> str:
    match value:
        case None:
            return "–"
        case int():
            return f"{value:,}"
        case datetime():
            return f"{value:%Y-%m-%d}"
        case _:
            return plain(str(value))


def _states(reader: Reader, names: Iterable[str], period: Period) -> dict[str, dict[str, Any]]:
    """What can be said of each target, and when a page was last visited for it."""
    kept = {
        row["target"]: row
        for row in reader.rows("SELECT target, data FROM summaries SEMI JOIN asked USING (target)")
    }
    began = {row["crawl_id"]: row["began"] for row in reader.rows(_BEGAN)}
    first = first_crawls(reader)
    found = {}
    for name in names:
        said = json.loads(kept[name]["data"])["as_of"] if name in kept else None
        read = datetime.fromisoformat(said) if said else None
        start = began.get(first[name])
        if read is None and start is None and name not in kept:
            state = "never_crawled"
        elif start is not None and start >= period.since:
            state = "first_crawl"
        else:
            state = "visited" if read and read >= period.since else "not_visited"
        found[name] = {"state": state, "last_read": read}
    return found


def _agreed(target: Target, statuses: Iterable[Status]) -> dict[str, Any]:
    running = [
        one for one in statuses if one.verdict.word != ENDED and target.covers(one.placement.target_url)
    ]
    failing = [one for one in running if one.verdict.word == FAIL]
    return {
        "placements": len(running), "spend": _paid(running), "failing": len(failing), "failing_spend": _paid(failing),
    }  # fmt: skip


def _paid(statuses: Iterable[Status]) -> str | None:
    prices: Iterator[Any] = (parse_price(one.placement.price) for one in statuses)
    return total(filter(None, prices)) or None


_IN_TIME = "seen_at >= $since AND seen_at < $until"


def _kinds(kinds: Iterable[str]) -> str:
    return f"kind IN ({', '.join(map(literal, sorted(kinds)))})"


_COUNTED = ", ".join(f"count(*) FILTER (WHERE {_kinds(kinds)}) AS {name}" for name, kinds in EVENTS.items())
_EVENTS = f"""
SELECT target, {_COUNTED}, count(*) FILTER (WHERE event_id IN (SELECT event_id FROM told)) AS alerts
FROM events SEMI JOIN asked USING (target) WHERE {_IN_TIME} GROUP BY target
"""  # noqa: S608
_NET = f"""
WITH turns AS (
    SELECT target, source_domain, arg_min(kind, seen_at) AS first_kind, arg_max(kind, seen_at) AS last_kind
    FROM events SEMI JOIN asked USING (target) WHERE {_IN_TIME} AND {_kinds({*GAINS, "lost"})}
    GROUP BY target, source_domain, hash(source_key, target_key)
), net AS (
    SELECT target, source_domain, sum((last_kind <> 'lost')::INT - (first_kind = 'lost')::INT) AS gained
    FROM turns GROUP BY target, source_domain
), now AS (
    SELECT target, source_domain, count(*) AS standing FROM current SEMI JOIN asked USING (target) GROUP BY target, source_domain
), joined AS (
    SELECT target, coalesce(standing, 0) AS standing, coalesce(gained, 0) AS gained FROM now FULL JOIN net USING (target, source_domain)
)
SELECT target, sum(standing)::BIGINT AS backlinks, count(*) FILTER (WHERE standing > 0) AS referring_domains,
       count(*) FILTER (WHERE standing > 0 AND standing - gained <= 0) AS domains_won,
       count(*) FILTER (WHERE standing = 0 AND gained < 0) AS domains_lost
FROM joined GROUP BY target
"""  # noqa: S608
"""A link that came and went in the time is neither won nor lost; how many a domain had before follows from what it has now."""
_BEGAN = "SELECT crawl_id, min(started_at) AS began FROM crawls WHERE crawl_id IS NOT NULL GROUP BY crawl_id"
