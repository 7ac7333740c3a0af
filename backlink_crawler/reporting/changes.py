"""What happened to the backlinks of a target in a time: those that came, those that went, and what changed of others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from ..index.current import literal
from ..states import EVENT_FIELDS
from .links import with_rating

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from ..index.query import Reader
    from .period import Period

COLUMNS = (*(name for name in EVENT_FIELDS if name != "target"), "rating")

_WITHDRAWN = "field = 'rel' AND starts_with(old, 'dofollow') AND NOT starts_with(new, 'dofollow')"
LOUDNESS = f"""
CASE WHEN {_WITHDRAWN} THEN 0
     WHEN kind = 'discounted' THEN 1
     WHEN field = 'target' THEN 2
     WHEN field = 'rel' OR kind = 'reinstated' THEN 3
     WHEN field = 'anchor' THEN 4
     ELSE 5 END
"""
"""How loud a kind of change is, in SQL: 0 is a vote withdrawn, a followed link that is followed no more."""


@attrs.frozen
class Feed:
    """One list of events: which kinds it has, and in which order."""

    kinds: frozenset[str]
    order: str


_NEWEST = "seen_at DESC, counts DESC, follow DESC NULLS LAST"
_RATED = "rating DESC NULLS LAST"
FEEDS: dict[str, Feed] = {
    "new": Feed(frozenset({"link_added", "page_found", "restored"}), _NEWEST),
    "lost": Feed(frozenset({"lost"}), _NEWEST),
    "changed": Feed(
        frozenset({"changed", "moved", "discounted", "reinstated"}), f"{LOUDNESS}, {_RATED}, {_NEWEST}"
    ),
}
_TIES = "source_domain, source_key, target_key, event_id"


@attrs.frozen
class Filter:
    """Which events of a list. ``also`` are kinds that it leaves out by itself: a baseline is new, a discounted link lost."""

    also: frozenset[str] = frozenset()
    follow: bool = False
    reason: str = ""
    source_domain: str = ""

    def where(self, feed: Feed) -> str:
        """The condition in SQL."""
        return " AND ".join(self._conditions(feed))

    def _conditions(self, feed: Feed) -> Iterator[str]:
        yield f"kind IN ({', '.join(map(literal, sorted(feed.kinds | self.also)))})"
        yield "seen_at >= $since AND seen_at < $until"
        if self.follow:
            yield f"(follow IS TRUE OR ({_WITHDRAWN}))"
        if self.reason:
            yield f"reason = {literal(self.reason)}"
        if self.source_domain:
            wanted = literal(self.source_domain)
            yield f"(source_domain = {wanted} OR source_site = {wanted})"


ALL = Filter()


def changes(
    reader: Reader,
    name: str,
    period: Period,
    where: Filter = ALL,
    *,
    limit: int | None = None,
    one_per_domain: bool = False,
) -> pa.RecordBatchReader:
    """The events of the list ``name`` (a key of :data:`FEEDS`) in a period, each with the ``rating`` of its source domain. The newest
    come first; of changes the loudest kind, and of each the best rated.

    With ``one_per_domain`` the first of each referring domain.
    """
    feed = FEEDS[name]
    order = f"{feed.order}, {_TIES}"
    first = (
        f"QUALIFY row_number() OVER (PARTITION BY source_domain ORDER BY {order}) = 1"
        if one_per_domain
        else ""
    )
    cut = "" if limit is None else f"LIMIT {limit:d}"
    columns = ", ".join(f'"{column}"' for column in COLUMNS)
    found = f"SELECT * FROM events WHERE {where.where(feed)}"  # noqa: S608
    by_rating = _RATED in order
    found = with_rating(found) if by_rating else found
    listed = f"SELECT * FROM ({found}) {first} ORDER BY {order} {cut}"  # noqa: S608
    listed = listed if by_rating else with_rating(listed)  # only what is shown needs one
    return reader.batches(f"SELECT {columns} FROM ({listed}) ORDER BY {order}", period.values)  # noqa: S608


def count(
    reader: Reader, name: str, period: Period, where: Filter = ALL, *, one_per_domain: bool = False
) -> int:
    """How many rows :func:`changes` has without a limit."""
    what = "count(DISTINCT source_domain)" if one_per_domain else "count(*)"
    rows = reader.rows(f"SELECT {what} AS n FROM events WHERE {where.where(FEEDS[name])}", period.values)  # noqa: S608
    return int(rows[0]["n"])
