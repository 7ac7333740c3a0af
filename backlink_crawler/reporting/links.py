"""The backlinks of a target, one row each, filtered and sorted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from ..index.current import literal
from ..states import STATUSES
from ..urls import domain_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from ..index.query import Reader

COLUMNS = (
    "target", "source_url", "source_domain", "source_site", "page_title", "page_language", "target_url",
    "link_type", "anchor", "anchor_source", "anchor_type", "rel", "nofollow", "ugc", "sponsored", "follow",
    "follow_reason", "rel_type", "counts", "placement", "hidden", "context_before", "context_after",
    "page_noindex", "page_canonical", "redirects", "redirect_statuses", "html", "fetched_at", "provenance",
    "status", "reason", "since", "first_seen", "last_seen", "last_checked",
)  # fmt: skip
"""The columns of a list of backlinks, and of one of their links; ``rating`` follows, and ``instances`` for backlinks."""
CURRENT, ALL_STATUSES = "current", "all"
SHOWN = (CURRENT, *STATUSES, ALL_STATUSES)
"""Which backlinks a list is of: those of one status, those that are not lost, or all there ever were."""

_VOTE, _RATED, _PLACE = (
    "counts DESC, follow DESC NULLS LAST, ",
    "rating DESC NULLS LAST, ",
    "placement = 'content' DESC",
)
SORTS: dict[str, str] = {
    "best": _VOTE + _RATED + _PLACE,
    "rating": _RATED + _VOTE + _PLACE,
    "newest": "fetched_at DESC",
    "first_seen": "first_seen DESC",
    "last_seen": "last_seen DESC",
    "domain": "source_domain",
    "target": "target_url",
    "anchor": "lower(anchor), anchor",
}
"""Ways to sort; what they leave equal is sorted by source and target, so that an order is always the same. The best link is one that
counts, or is followed at least, of the best rated domain.
"""
_KEYS = "source_domain, source_key, target_key"
_TIES = f"{_KEYS}, position, href"
_KEY = "target, source_key, target_key"
"""What names one backlink."""
_NARROW = f"target, {_KEYS}, counts, follow, placement"
"""What decides on the order of backlinks by rating."""
_ANY_RATED = """
SELECT 1 FROM ratings
WHERE scope = 'domain' AND rating IS NOT NULL AND name IN (SELECT source_domain FROM backlinks) LIMIT 1
"""

_REL = {
    "follow": "follow IS TRUE",
    "nofollow": "(nofollow OR rel_type = 'nofollow')",
    "ugc": "ugc",
    "sponsored": "sponsored",
}


@attrs.frozen
class Filter:
    """Which links to show. Of ``rel`` (follow, nofollow, ugc, sponsored) any may hold; all else must.

    ``status`` is one of :data:`SHOWN`.
    """

    rel: frozenset[str] = frozenset()
    placement: str = ""
    anchor_type: str = ""
    link_type: str = ""
    source_domain: str = ""
    counts: bool = False
    status: str = CURRENT

    def where(self) -> str:
        """The condition in SQL."""
        return " AND ".join(self._conditions()) or "TRUE"

    def _conditions(self) -> Iterator[str]:
        if self.rel:
            yield "(" + " OR ".join(_REL[word] for word in sorted(self.rel)) + ")"
        for column in ("placement", "anchor_type", "link_type"):
            if wanted := getattr(self, column):
                yield f"{column} = {literal(wanted)}"
        if self.source_domain:
            wanted = literal(self.source_domain)
            yield f"source_domain = {literal(domain_of(self.source_domain))}"  # by it, files and row groups are left out
            yield f"(source_domain = {wanted} OR source_site = {wanted} OR source_host = {wanted})"
        if self.counts:
            yield "counts"
        if self.status != ALL_STATUSES:
            yield "status <> 'lost'" if self.status == CURRENT else f"status = {literal(self.status)}"


ALL = Filter()


def links(
    reader: Reader,
    where: Filter = ALL,
    *,
    sort: str = "best",
    limit: int | None = None,
    page: int = 1,
    every: bool = False,
    one_per_domain: bool = False,
) -> pa.RecordBatchReader:
    """The backlinks of the reader's target, or with ``every`` each of their links.

    With ``one_per_domain`` the first by :data:`SORTS` of each referring domain. ``page`` counts from 1 and
    needs a limit.
    """
    by_rating = _RATED in SORTS[sort] and bool(reader.rows(_ANY_RATED))
    chosen = SORTS[sort] if by_rating else SORTS[sort].replace(_RATED, "")
    order = f"{chosen}, {_TIES if every else _KEYS}"
    found = f"FROM {_table(every)} WHERE {where.where()}"

    def first(rows: str) -> str:
        """The first of each domain, and the page that is shown, of these rows; not sorted where all are."""
        nth = f"row_number() OVER (PARTITION BY source_domain ORDER BY {order})"
        once = f" QUALIFY {nth} = 1" if one_per_domain else ""
        cut = "" if limit is None else f" ORDER BY {order} LIMIT {limit:d} OFFSET {(page - 1) * limit:d}"
        return f"SELECT * FROM ({rows}){once}{cut}"  # noqa: S608 (quoted by literal)

    if not by_rating:  # only what is shown needs a rating
        rows = with_rating(first(f"SELECT * {found}"))
    elif every or limit is None:
        rows = first(with_rating(f"SELECT * {found}"))
    else:  # only what is shown is read whole
        keys = first(with_rating(f"SELECT {_NARROW} {found}"))
        rows = f"SELECT * FROM backlinks JOIN (SELECT {_KEY}, rating FROM ({keys})) USING ({_KEY})"  # noqa: S608
    shown = ", ".join((*COLUMNS, "rating", *(() if every else ("instances",))))
    return reader.batches(f"SELECT {shown} FROM ({rows}) ORDER BY {order}")  # noqa: S608


def with_rating(rows: str) -> str:
    """The SELECT of these rows with ``rating``: that of their ``source_domain``, null where it has none."""
    return (
        f"SELECT listed.*, rated.rating FROM ({rows}) AS listed"  # noqa: S608
        " LEFT JOIN (SELECT name, rating FROM ratings WHERE scope = 'domain') AS rated ON rated.name = source_domain"
    )


def count(reader: Reader, where: Filter = ALL, *, every: bool = False, one_per_domain: bool = False) -> int:
    """How many rows :func:`links` has without a limit."""
    what = "count(DISTINCT source_domain)" if one_per_domain else "count(*)"
    return int(reader.rows(f"SELECT {what} AS n FROM {_table(every)} WHERE {where.where()}")[0]["n"])  # noqa: S608


def _table(every: bool) -> str:
    return "appearances" if every else "backlinks"
