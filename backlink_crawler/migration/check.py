"""A migration checked: each linked page with what fails it and what that costs, those with most at stake first."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import attrs
import pyarrow as pa

from ..index.schema import TIME
from .linked import define, landings, url_to_visit
from .verdict import MAP_UNCLEAR, NOT_IN_MAP, Landing, problems

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from ..classify.target import Target
    from ..index.query import Reader
    from .map import Map

_TEXT, _NUMBER, _TEXTS = pa.string(), pa.int64(), pa.list_(pa.string())
_COLUMNS: dict[str, pa.DataType] = {
    "page_url": _TEXT, "problems": _TEXTS, "line": _NUMBER, "expected_url": _TEXT, "final_url": _TEXT, "outcome": _TEXT,
    "http_status": _NUMBER, "redirects": _TEXTS, "redirect_statuses": pa.list_(_NUMBER), "canonical_url": _TEXT,
    "noindex": pa.bool_(), "robots_signals": _TEXTS, "robots_googlebot": pa.bool_(), "checked_at": TIME,
    "domain_ratings": pa.float64(), "page_ratings": pa.float64(), "counting_domains": _NUMBER, "referring_domains": _NUMBER,
    "counts": _NUMBER, "follow": _NUMBER, "backlinks": _NUMBER,
}  # fmt: skip
SCHEMA = pa.schema(_COLUMNS)
"""The columns of the report. ``line`` and ``expected_url`` are the map's row; from ``domain_ratings`` on it is what is at stake: the
sums of the ratings of the domains and pages whose links count (null without ratings), and numbers of domains and links.
"""
BATCH = 1_000
_OF_THE_MAP = frozenset({MAP_UNCLEAR, NOT_IN_MAP})
"""What another visit would not change."""


@attrs.define
class Tally:
    """What was counted while the rows were given out."""

    linked: int = 0
    """Pages of the target that have backlinks."""
    judged: int = 0
    """Those of them, with most at stake, that were looked at."""
    failed: int = 0
    by_problem: Counter[str] = attrs.field(factory=Counter)
    mapped: set[str] = attrs.field(factory=set)
    """Keys of the map's old pages that have backlinks."""


class Migration:
    """The linked pages of the reader's target held against a map; of them the first ``limit``."""

    def __init__(self, reader: Reader, target: Target, moved: Map, limit: int | None = None) -> None:
        self._reader = reader
        self._target = target
        self._map = moved
        self.tally = Tally(linked=define(reader, target, limit))

    def due(self, found_well_after: datetime) -> Iterator[str]:
        """The URLs to visit, most at stake first: all but those of pages that were found well after this time."""
        for page in landings(self._reader):
            if (
                not _OF_THE_MAP.issuperset(self._judged(page)["problems"])
                or page["checked_at"] < found_well_after
            ):
                yield url_to_visit(page)

    def rows(self, *, everything: bool = False) -> pa.RecordBatchReader:
        """The pages that fail, or all, with the columns of :data:`SCHEMA`; read to its end, it has filled the tally."""
        return pa.RecordBatchReader.from_batches(SCHEMA, self._batches(everything))

    def _batches(self, everything: bool) -> Iterator[pa.RecordBatch]:
        held: list[dict[str, Any]] = []
        for page in landings(self._reader):
            row = self._judged(page)
            self._count(row)
            if row["problems"] or everything:
                held.append(row)
            if len(held) == BATCH:
                yield pa.RecordBatch.from_pylist(held, schema=SCHEMA)
                held = []
        if held:
            yield pa.RecordBatch.from_pylist(held, schema=SCHEMA)

    def _judged(self, page: dict[str, Any]) -> dict[str, Any]:
        landing = Landing.of(page)
        match = self._map.find(page["page_key"])
        entry = match.entry if match else None
        return {
            **page,
            "problems": list(problems(landing, match, self._target)),
            "final_url": landing.final_url or None,
            "line": entry and entry.line,
            "expected_url": (entry and entry.new_url) or None,
            "old_key": page["page_key"]
            if match is None or match.whole
            else page["page_key"].partition("?")[0],
        }

    def _count(self, row: dict[str, Any]) -> None:
        self.tally.judged += 1
        self.tally.failed += bool(row["problems"])
        self.tally.by_problem.update(row["problems"])
        if row["line"] is not None:
            self.tally.mapped.add(row["old_key"])
