"""The numbers that people look at first, of many targets in the same few statements; kept by target when history is folded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from ..index.query import Reader
from ..index.schema import SUMMARIES, to_table
from .cells import share, time_or_null
from .grouping import GROUPS, first_of
from .reading import readings
from .writing import json_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..index.store import Index

TOP = 100
"""Length of the lists that are kept."""
BREAKDOWNS = ("rel_type", "link_type", "placement", "anchor_type", "page_language")
"""The columns by whose values backlinks and referring domains are counted."""
LISTS = {"top_domains": "domains", "top_anchors": "anchors", "top_target_pages": "pages"}
"""What tops them, and of which groups it is."""
STATES = {"unverified_reasons": "unverified", "lost_reasons": "lost"}
"""Why backlinks are not live: the list, and the status it is of."""

_TOTALS = """
SELECT target,
       count(*) AS backlinks,
       sum(instances)::BIGINT AS links,
       count(DISTINCT hash(source_key)) AS referring_pages,
       count(DISTINCT source_domain) AS referring_domains,
       count(DISTINCT source_site) AS referring_sites,
       count(DISTINCT hash(target_key)) AS target_pages,
       count(*) FILTER (WHERE follow) AS follow,
       count(*) FILTER (WHERE NOT follow) AS not_follow,
       count(*) FILTER (WHERE counts) AS counts,
       count(DISTINCT source_domain) FILTER (WHERE follow) AS follow_domains,
       count(*) FILTER (WHERE hidden) AS hidden
FROM standing GROUP BY target
"""
_NONE = dict.fromkeys(
    "backlinks links referring_pages referring_domains referring_sites target_pages follow not_follow counts follow_domains"
    " hidden".split(),
    0,
)
_STATES = """
SELECT target, status, reason, count(*) AS backlinks, min(since) AS since,
       count(DISTINCT hash(source_key)) FILTER (WHERE status = 'unverified') AS pages
FROM summarised GROUP BY target, status, reason ORDER BY backlinks DESC, reason
"""
_VALUES = """
SELECT target, {column} AS value, count(*) AS backlinks, count(DISTINCT source_domain) AS referring_domains
FROM standing GROUP BY target, {column} ORDER BY backlinks DESC, value
"""


def summarise(index: Index, first_crawls: Mapping[str, str | None]) -> pa.Table:
    """The rows of the table ``summaries`` of these targets, each with the first crawl that looked for it.

    They tell of the index as it is now; in memory are the numbers and a bounded part of what they are counted from.
    """
    reader = Reader(index)
    found = numbers(reader, list(first_crawls), top=TOP)
    rows = [
        {"target": target, "first_crawl": first_crawls[target], "data": json_text(data)}
        for target, data in found.items()
    ]
    reader.close()
    return to_table(rows, SUMMARIES)


def numbers(reader: Reader, targets: Iterable[str], *, top: int) -> dict[str, dict[str, Any]]:
    """All numbers of each target as JSON-native values; ``top`` is the length of the lists.

    Shares are fractions of 1, and null where there is nothing to divide by. ``as_of`` is the time of the last visit that
    was made for the target.
    """
    asked = list(targets)
    reader.lend("asked", pa.table({"target": pa.array(asked, pa.string())}))
    reader.define("summarised", "SELECT * FROM backlinks SEMI JOIN asked USING (target)")
    reader.define("standing", "SELECT * FROM summarised WHERE status <> 'lost'")
    views: dict[str, dict[str, Any]] = {
        target: {"target": target, "as_of": None, **_NONE} for target in asked
    }
    for row in reader.rows(_TOTALS):
        views[row["target"]] |= row
    for view in views.values():
        view |= {
            "follow_share": share(view["follow"], view["follow"] + view["not_follow"]),
            "live": 0,
            "unverified": 0,
            "lost": 0,
        }
        view |= {name: [] for name in (*STATES, *(f"by_{column}" for column in BREAKDOWNS), *LISTS)}
    for row in reader.rows(_STATES):
        view = views[row["target"]]
        view[row["status"]] += row["backlinks"]
        for name in (name for name, status in STATES.items() if status == row["status"]):
            view[name].append(_without(row, "target", "status") | {"since": time_or_null(row["since"])})
    for column in BREAKDOWNS:
        for row in reader.rows(_VALUES.format(column=column)):
            view = views[row["target"]]
            view[f"by_{column}"].append(
                _without(row, "target") | {"share": share(row["backlinks"], view["backlinks"])}
            )
    for name, by in LISTS.items():
        group = GROUPS[by]
        for row in reader.rows(f"FROM ({first_of(by, limit=top, table='standing')}) ORDER BY {group.order}"):
            view = views[row["target"]]
            view[name].append(
                {column: row[column] for column in group.columns}
                | {"last_read": time_or_null(row["last_read"])}
            )
    for target, reading in readings(reader, asked).items():
        views[target] |= {"reading": reading, "as_of": reading["last_read"]}
    return views


def _without(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}
