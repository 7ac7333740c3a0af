"""The claims of a target with what became of them, and how many of them were verified."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import attrs
import pyarrow as pa

from ..claims.difference import claimed
from ..claims.state import define
from ..index.current import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..index.query import Reader

COLUMNS = (
    "target", "state", "reason", "provenance", "kind", "source_url", "source_domain", "target_url", "link_type", "follow",
    "nofollow", "ugc", "sponsored", "anchor", "page_title", "http_status", "first_seen", "last_seen", "lost_at", "links", "why",
    "status", "checked_at", "seen_at", "seen_source_url", "seen_target_url", "seen_link_type", "seen_follow", "seen_rel_type",
    "seen_anchor", "seen_placement", "differences", "origin", "line", "claimed_at", "claim_id",
)  # fmt: skip
"""The columns of a list of claims."""
_ORDER = "list_position(['seen', 'never_seen', 'pending'], state), source_domain, source_key, target_key, provenance, claim_id"

PART = 500_000
"""So many claims are joined with what was seen at a time: what bounds memory."""


@attrs.frozen
class Filter:
    """Which claims to show; all that is said must hold. ``source`` is a provenance, or what stands behind its colon."""

    state: str = ""
    source: str = ""
    kind: str = ""
    differs: bool = False

    def where(self) -> str:
        """The condition in SQL."""
        return " AND ".join(self._conditions()) or "TRUE"

    def _conditions(self) -> Iterator[str]:
        for column in ("state", "kind"):
            if wanted := getattr(self, column):
                yield f"{column} = {literal(wanted)}"
        if self.source:
            yield f"(provenance = {literal(self.source)} OR ends_with(provenance, {literal(':' + self.source)}))"
        if self.differs:
            yield "len(differences) > 0"


ALL = Filter()


def claims(reader: Reader, where: Filter = ALL, *, limit: int | None = None) -> pa.RecordBatchReader:
    """The claims of the reader's target: those that were seen first, then by domain and page. One list at a time."""
    define(reader)
    cut = "" if limit is None else f" LIMIT {limit:d}"
    reader.keep(
        "claim_chosen",
        f"SELECT claim_id, seen_page FROM claimed WHERE {where.where()} ORDER BY {_ORDER}{cut}",  # noqa: S608 (quoted by literal)
    )
    first = _part(reader, 0)
    rest = (
        batch for start in range(PART, reader.count("claim_chosen"), PART) for batch in _part(reader, start)
    )
    return pa.RecordBatchReader.from_batches(first.schema, chain(first, rest))


def _part(reader: Reader, start: int) -> pa.RecordBatchReader:
    chosen = f"(SELECT * FROM claim_chosen WHERE rowid BETWEEN {start:d} AND {start + PART - 1:d})"  # noqa: S608
    return reader.batches(f"SELECT {', '.join(COLUMNS)} FROM ({claimed(chosen)}) ORDER BY {_ORDER}")  # noqa: S608


def count(reader: Reader, where: Filter = ALL) -> int:
    """How many claims :func:`claims`, which was called on this reader, has without a limit."""
    return reader.count(f"{'claimed' if where.differs else 'claim_states'} WHERE {where.where()}")


def sources(reader: Reader) -> list[str]:
    """Who makes claims on the reader's target, sorted."""
    return [
        row["provenance"] for row in reader.rows("SELECT DISTINCT provenance FROM claims ORDER BY provenance")
    ]


class Counts(NamedTuple):
    """Of the pages, or of the domains, that are claimed: how many were visited, seen to link at any time, link now
    (``live``), were read and do not link (``never_seen``), or wait to be read (``pending``).

    Several claims of one page are one: it is seen when any was, else pending when any is. The same holds of domains.
    """

    claimed: int
    visited: int
    seen: int
    live: int
    never_seen: int
    pending: int


class Verified(NamedTuple):
    """What became of the claims of links, by page and by domain (where claims of sites count too), and of hints, by page."""

    pages: Counts
    domains: Counts
    hints: Counts


COUNTED = """
SELECT {group} AS what, bool_or(checked_at IS NOT NULL) AS visited, bool_or(state = 'seen') AS seen,
    bool_or(status IS NOT DISTINCT FROM 'live') AS live, bool_or(state = 'pending') AS pending
FROM claim_states WHERE {where} GROUP BY {group}
"""
NUMBERS = """
count(*) AS claimed, count(*) FILTER (visited) AS visited, count(*) FILTER (seen) AS seen, count(*) FILTER (live) AS live,
count(*) FILTER (NOT seen AND NOT pending) AS never_seen, count(*) FILTER (pending AND NOT seen) AS pending
"""


def verified(reader: Reader) -> Verified:
    """How much of what is claimed was verified, of the reader's target."""
    define(reader)
    return Verified(
        _counts(reader, "page", "kind = 'link'"),
        _counts(reader, "domain", "kind <> 'hint'"),
        _counts(reader, "page", "kind = 'hint'"),
    )


def _counts(reader: Reader, group: str, where: str) -> Counts:
    [row] = reader.rows(f"SELECT {NUMBERS} FROM ({COUNTED.format(group=group, where=where)})")  # noqa: S608
    return Counts(**row)
