"""The backlinks of a target counted by something they share: domain, anchor, target page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from .links import ALL, Filter, with_rating

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from ..index.query import Reader

COUNTS: dict[str, str] = {
    "backlinks": "count(*)",
    "referring_pages": "count(DISTINCT hash(source_key))",
    "referring_domains": "count(DISTINCT source_domain)",
    "target_pages": "count(DISTINCT hash(target_key))",
    "follow": "count(*) FILTER (WHERE follow)",
    "counts": "count(*) FILTER (WHERE counts)",
    "last_read": "max(fetched_at)",
}
"""What is counted: name -> SQL. ``follow`` and ``counts`` are numbers of backlinks.

URLs are counted by hashes of 64 bits, in a third of the time and memory: among ten million pages two share one with a
probability of 3 in a million.
"""
_SUMS: dict[str, str] = {
    "backlinks": "sum(backlinks)::BIGINT",
    "referring_domains": "count(*)",
    "follow": "sum(follow)::BIGINT",
    "counts": "sum(counts)::BIGINT",
    "last_read": "max(last_read)",
}
"""The same of numbers by domain, where that can be said of them."""
_OF_ONE = {("pages", "referring_pages"): "count(*)"}
"""A page has one backlink to each page of a target."""


@attrs.frozen
class Group:
    """One list: what is grouped by, what is counted, and the columns that stand for a group: name -> SQL."""

    key: str
    counts: tuple[str, ...]
    shown: Mapping[str, str] = {}

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the list."""
        return (*(() if self.key in _HIDDEN else (self.key,)), *self.shown, *self.counts)

    @property
    def order(self) -> str:
        """Most referring domains first where there are several, then most backlinks."""
        first = "referring_domains DESC, " if "referring_domains" in self.counts else ""
        return f"{first}backlinks DESC, {self.key}"


_OF_SOURCES = ("backlinks", "referring_pages", "target_pages", "follow", "counts", "last_read")
_OF_LINKS = ("backlinks", "referring_pages", "referring_domains", "follow", "counts", "last_read")
_HIDDEN = frozenset({"target_key"})
GROUPS: dict[str, Group] = {
    "domains": Group("source_domain", _OF_SOURCES),
    "sites": Group("source_site", _OF_SOURCES),
    "anchors": Group("anchor", _OF_LINKS, {"anchor_type": "max(anchor_type)"}),
    "pages": Group("target_key", _OF_LINKS, {"target_url": "min(target_url)"}),
}
"""URLs of one page (with and without www, …) are one page; one of them is shown."""


SORTS = ("most", "rating")
"""Ways to sort: most referring domains first, then most backlinks; or, of domains, the best rated."""


def grouped(
    reader: Reader, by: str, where: Filter = ALL, *, sort: str = "most", limit: int | None = None
) -> pa.RecordBatchReader:
    """The list ``by`` (a key of :data:`GROUPS`) in the order of one of :data:`SORTS`; that of domains with their ``rating``."""
    group = GROUPS[by]
    columns, order, cut = group.columns, group.order, ""
    rows = first_of(by, where, limit if sort == "most" else None)
    if by == "domains":
        columns, rows = (*columns, "rating"), with_rating(rows)
    if sort == "rating":
        order = f"rating DESC NULLS LAST, {order}"
        cut = "" if limit is None else f" LIMIT {limit:d}"
    return reader.batches(f"SELECT {', '.join(columns)} FROM ({rows}) ORDER BY {order}{cut}")  # noqa: S608


def first_of(by: str, where: Filter = ALL, limit: int | None = None, *, table: str = "backlinks") -> str:
    """The SELECT of the first ``limit`` groups of each target in a table, in no order.

    Counting how many different pages there are is most of the work, and holds them all in memory. So the groups that come
    first are found from numbers by domain, and pages are counted for those alone.
    """
    group = GROUPS[by]
    early = [name for name in group.counts if name in _SUMS]
    late = [
        f"{_OF_ONE.get((by, name), COUNTS[name])} AS {name}" for name in group.counts if name not in _SUMS
    ]
    shown = "".join(f", {sql} AS {name}" for name, sql in group.shown.items())
    by_domain = "".join(f", {COUNTS[name]} AS {name}" for name in early if name != "referring_domains")
    summed = "".join(f", {_SUMS[name]} AS {name}" for name in early)
    keys = ", ".join(dict.fromkeys(("target", group.key, "source_domain")))
    cut = (
        ""
        if limit is None
        else f"QUALIFY row_number() OVER (PARTITION BY target ORDER BY {group.order}) <= {limit:d}"
    )
    return f"""
        WITH by_domain AS (SELECT {keys}{shown}{by_domain} FROM {table} WHERE {where.where()} GROUP BY {keys}),
        every AS (SELECT target, {group.key}{shown}{summed} FROM by_domain GROUP BY target, {group.key}),
        chosen AS MATERIALIZED (SELECT * FROM every {cut}),
        counted AS (
            SELECT target, {group.key}, {", ".join(late)} FROM {table} SEMI JOIN chosen USING (target, {group.key})
            WHERE {where.where()} GROUP BY target, {group.key}
        )
        SELECT * FROM chosen JOIN counted USING (target, {group.key})
    """  # noqa: S608
