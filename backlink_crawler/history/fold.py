"""The fold: from the facts stored since the last one to the tables ``backlinks`` and ``events``.

First the events are committed, then the backlinks, marked with the version of the visits they were folded from. A fold that
is interrupted in between leaves the old state readable; the next one makes the same events, and an event is stored once.
Two folds at once cannot both commit: the second begins again with what the first left.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import attrs
import pyarrow as pa

from ..errors import ConflictFault, IndexFault
from ..index import derived
from ..index.query import Reader
from ..index.schema import BACKLINKS
from ..items import EVERY_TARGET
from .gather import VISIT_COLUMNS, choose, chunk, first_crawls
from .life import Lives
from .shape import backlink_rows, event_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ..index.store import Index

CONFIRM_AFTER = timedelta(hours=24)
"""How long after the first sign of a loss a second one confirms it, unless told otherwise."""
TRIES = 8
"""How often a fold begins again because another process was faster."""


@attrs.frozen
class Folded:
    """What a fold did."""

    pages: int
    """Pages whose backlinks were folded."""
    events: pa.Table
    """The events that are new, as rows of their table."""
    first_crawls: dict[str, str | None]
    """The targets that it was about, each with the first crawl that looked for it."""


def fold(index: Index, *, confirm_after: timedelta = CONFIRM_AFTER) -> Folded:
    """Fold what was stored since the last fold. Raises IndexFault, and ConflictFault when others keep being faster."""
    return _until_done(index, confirm_after, anew=False)


def rebuild(index: Index, *, confirm_after: timedelta = CONFIRM_AFTER) -> Folded:
    """Make both tables anew from all facts; the outcome is the same."""
    return _until_done(index, confirm_after, anew=True)


def _until_done(index: Index, confirm_after: timedelta, *, anew: bool) -> Folded:
    for nth in range(TRIES):
        for name in index.tables:
            index.fresh(name)
        try:
            return _Fold(index, confirm_after, anew=anew).run()
        except ConflictFault:
            if nth == TRIES - 1:
                raise
    raise AssertionError


class _Fold:
    def __init__(self, index: Index, confirm_after: timedelta, *, anew: bool) -> None:
        self.index = index
        self.confirm_after = confirm_after // timedelta(microseconds=1)
        self.reader = Reader(index)
        self.version = index.tables["visits"].version()
        self.anew = anew

    def run(self) -> Folded:
        chunks = self._choose()
        first = first_crawls(self.reader)
        self.reader.keep("new_backlinks", "SELECT * FROM backlinks WHERE FALSE")
        self.reader.keep("new_events", "SELECT * FROM events WHERE FALSE")
        for number in range(chunks):
            self._fold(number, first)
        targets = self._targets()
        events = self._write_events()
        self._write_backlinks()
        pages = self.reader.count("pages")
        self.reader.close()
        return Folded(pages, events, {name: first[name] for name in targets})

    def _targets(self) -> frozenset[str]:
        """The targets whose rows are made, and those that the crawls were for, found or not."""
        again = "TRUE" if self.anew else "source_key IN (SELECT key FROM pages)"
        crawls = "TRUE" if self.anew else "crawl_id IN (SELECT crawl_id FROM fresh)"
        rows = self.reader.rows(
            f"SELECT target FROM new_backlinks UNION SELECT target FROM backlinks WHERE {again}"  # noqa: S608
            f" UNION SELECT unnest(targets) FROM crawls WHERE {crawls}"
        )
        return frozenset(row["target"] for row in rows) - {EVERY_TARGET}

    def _choose(self) -> int:
        since = derived.folded_version(self.index)
        if since is None:
            self.anew = True
        if not self.anew:
            fresh = derived.fresh_visits(self.index, -1 if since is None else since, VISIT_COLUMNS)
            self.anew = fresh is None or not self._keep(fresh)
        return choose(self.reader, anew=self.anew, first_changed=() if self.anew else self._first_changed())

    def _keep(self, fresh: pa.RecordBatchReader) -> bool:
        """Hold the visits that are to be folded; false when files that held them are gone."""
        self.reader.lend("stored_since", fresh)
        try:
            self.reader.keep("fresh", "SELECT DISTINCT * FROM stored_since WHERE fetched_at IS NOT NULL")
        except IndexFault:
            return False
        return True

    def _first_changed(self) -> list[str]:
        """Targets whose first crawl is another than was thought: its row came later than that of a later one."""
        first = first_crawls(self.reader)
        return [
            row["target"]
            for row in self.reader.rows("SELECT target, first_crawl FROM summaries")
            if first[row["target"]] != row["first_crawl"]
        ]

    def _fold(self, number: int, first: dict[str, str | None]) -> None:
        part = chunk(self.reader, number)
        lives = Lives(first, self.confirm_after)
        for known in part.known:
            page = lives.page(known.page, known.target)
            page.known[known.target_key] = known
            page.read_at = max((at for at in (page.read_at, known.read_at) if at is not None), default=None)
        for key, target in part.anew:
            lives.page(key, target)
        lives.apply(part.readings)
        states = [
            known
            for pages in lives.pages.values()
            for page in pages.values()
            for known in page.known.values()
        ]
        if states:
            self.reader.add("new_backlinks", backlink_rows(states, part))
        if lives.turns:
            self.reader.add("new_events", event_rows(lives.turns, part))

    def _write_events(self) -> pa.Table:
        """Store the events that are new; those of pages folded anew take the place of what was told of them before."""
        reader = self.reader
        reader.define(
            "told", "SELECT event_id FROM events WHERE seen_at >= (SELECT min(seen_at) FROM new_events)"
        )
        reader.keep(
            "untold", "SELECT DISTINCT * FROM new_events WHERE event_id NOT IN (SELECT event_id FROM told)"
        )
        # Of a page that goes on, only a fold that did not end can have told of what is folded now.
        reader.define(
            "told_again",
            "SELECT * FROM events SEMI JOIN pages ON source_key = key AND (is_anew OR seen_at >= since)"
            if not self.anew
            else "SELECT * FROM events",
        )
        untold = reader.table("SELECT * FROM untold ORDER BY target, seen_at, event_id")
        if not self.anew and not reader.count("told_again"):
            if untold.num_rows:
                derived.append_events(self.index, untold, self.version)
            return untold
        reader.keep("affected", "SELECT target FROM told_again UNION SELECT target FROM new_events")
        names = [row["target"] for row in reader.rows("SELECT target FROM affected ORDER BY target")]
        rows = reader.batches(
            "SELECT DISTINCT * FROM (SELECT * FROM events ANTI JOIN told_again USING (event_id, target)"
            " UNION ALL SELECT * FROM new_events)"
            " WHERE target IN (SELECT target FROM affected) ORDER BY target, seen_at, event_id"
        )
        derived.replace_events(self.index, rows, None if self.anew else names, self.version)
        return untold

    def _write_backlinks(self) -> None:
        """Put the new rows of each page in the place of its old ones."""
        columns = ", ".join(BACKLINKS.names)
        kept = (
            "SELECT * FROM backlinks WHERE FALSE"
            if self.anew
            else ("SELECT * FROM backlinks WHERE source_key NOT IN (SELECT key FROM pages)")
        )
        rows = f"SELECT {columns} FROM (({kept}) UNION ALL (SELECT * FROM new_backlinks))"  # noqa: S608
        parts: Sequence[derived.Part] | None = None
        if not self.anew:
            touched = self.reader.rows(
                "SELECT DISTINCT target, source_key FROM new_backlinks UNION"
                " SELECT DISTINCT target, source_key FROM backlinks WHERE source_key IN (SELECT key FROM pages)"
            )
            parts = derived.parts_of(self.index, ((row["target"], row["source_key"]) for row in touched))
        order = "ORDER BY target, source_key, target_key"
        statements = (
            [f"{rows} {order}"]
            if parts is None
            else [f"SELECT * FROM ({rows}) WHERE {part.where()} {order}" for part in parts]  # noqa: S608
        )
        stream = pa.RecordBatchReader.from_batches(BACKLINKS, self._stream(statements))
        derived.replace_backlinks(self.index, stream, parts, self.version)

    def _stream(self, statements: Iterable[str]) -> Iterator[pa.RecordBatch]:
        for statement in statements:
            for batch in self.reader.batches(statement):
                yield batch.cast(BACKLINKS)
