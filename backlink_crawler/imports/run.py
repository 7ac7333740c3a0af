"""A file taken in: its tables recognised, their rows made claims, the claims stored in one commit, and every row accounted for."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import attrs
import pyarrow as pa
import pyarrow.compute as pc

from ..claims import normalise as judging
from ..claims.normalise import REJECTS, Normalised, normalise
from ..errors import UsageError
from ..index.claims import Staging
from .access_log import Referrals, columns_of
from .ahead import ahead
from .kind import TIMES, Kind
from .mend import mend
from .moment import day_first, is_numbered
from .recognise import Recognised, recognise
from .table import Table, tables
from .value import read_cells

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from ..classify.target import Target
    from ..index.store import Index
    from .cell import Row

    Rejects = Callable[[pa.Table], None]
    Columns = Mapping[str, Any]

BROKEN = "broken_row"
REASONS = {
    BROKEN: "that are broken, with no one way to mend them",
    **judging.REASONS,
    "repeated": "that repeat another",
    "known": "known already",
}
"""Why a row was not stored; each goes on a sentence that begins with rows."""
CHUNK = 20_000
"""Rows in memory at a time."""
LOOKED_AT = 500
"""Rows by which a table is recognised."""


@attrs.define
class Taken:
    """One table of a file: what it is, and what became of its rows. In an access log a page that visitors came from is a row."""

    name: str
    kind: Kind
    rows: int = 0
    left: Counter[str] = attrs.field(factory=Counter)
    """Rows that were not stored, by reason, one of :data:`REASONS`."""

    @property
    def new(self) -> int:
        """Claims that were stored."""
        return self.rows - self.left.total()


@attrs.frozen
class Imported:
    """One file: its tables, and what in it is none or is not known, by name, with the reason."""

    taken: list[Taken]
    passed: list[tuple[str, str]]


def import_file(
    path: Path,
    index: Index,
    target: Target,
    *,
    columns: Mapping[str, str] = {},
    rejects: Rejects | None = None,
    now: datetime | None = None,
) -> Imported:
    """Store what the rows of a file claim of links to ``target``, all in one commit or nothing.

    ``columns`` are columns named by hand: field of a claim -> header, or number from 1. ``rejects`` is given the rows that are
    not stored, some at a time, as a table of :data:`~backlink_crawler.claims.normalise.REJECTS`. Raises UsageError when the
    file cannot be read and when none of its tables is recognised, IndexFault when the index cannot be written.
    """
    now = now or datetime.now(UTC)
    taken: dict[str, Taken] = {}
    passed: list[tuple[str, str]] = []
    unknown: list[UsageError] = []

    def leave(rows: pa.Table) -> None:
        for one in rows.group_by(["origin", "reason"]).aggregate([([], "count_all")]).to_pylist():
            taken[one["origin"]].left[one["reason"]] += one["count_all"]
        if rejects is not None and rows.num_rows:
            rejects(rows)

    with Staging(index) as staging:
        for table in tables(path, passed):
            try:
                first = table.peek(LOOKED_AT)
                known = recognise(first, table.form, target.covers, columns, today=now.date())
                known = _dated(known, table, first, now.date())
            except UsageError as error:
                unknown.append(UsageError(f"{table.name}: {error.reason}", error.hint))
                passed.append((table.name, error.reason))
                continue
            one = taken[table.name] = Taken(table.name, known.kind)
            head = first[known.header][0] if known.header >= 0 else -1
            for done in ahead(_judged(table, known, head, target, now)):
                one.rows += done.claims.num_rows + done.rejects.num_rows
                staging.add(done.claims)
                leave(done.rejects)
        if unknown and not taken:
            raise unknown[0]
        stored = staging.store()
        if stored.repeated or stored.known:
            for batch in staging.repeats():
                leave(pa.table(batch).select(REJECTS.names))
    return Imported(list(taken.values()), passed)


def _dated(known: Recognised, table: Table, first: Sequence[Row], today: date) -> Recognised:
    """Where the first rows have dates but leave it open whether the day or the month comes first, all rows are asked."""
    times = [known.columns[name] for name in TIMES if name in known.columns]
    told = (cells[at] for _, cells in first for at in times if at < len(cells))
    if known.day_first is not None or not any(map(is_numbered, told)):
        return known
    for cells in table.cells(known.width, times, CHUNK):
        dates = (date for column in cells.columns for date in pc.unique(column).to_pylist())
        if (order := day_first(dates, today)) is not None:
            return attrs.evolve(known, day_first=order)
    return known


def _judged(
    table: Table, known: Recognised, head: int, target: Target, now: datetime
) -> Iterator[Normalised]:
    """The claims of a table, and its rows that are none, some rows at a time."""
    kind = known.kind
    for said, broken in ahead(_columns(table, known, head, target)):
        columns = {"kind": kind.claim, **said}
        done = normalise(columns, target, provenance=kind.provenance, origin=table.name, claimed_at=now)
        yield Normalised(done.claims, pa.concat_tables([done.rejects, _broken(table.name, broken)]))


def _columns(
    table: Table, known: Recognised, head: int, target: Target
) -> Iterator[tuple[Columns, list[int]]]:
    """Columns of claims out of the rows below the line of the header, and the lines of broken ones, some rows at a time."""
    if known.kind.name == "access_log":
        yield from _visitors(table, target)
        return
    wanted = list(known.columns.values())
    for cells in table.cells(known.width, wanted, CHUNK):
        mended, broken = _mended([row for row in cells.odd if row[0] > head], known, table.delimiter)
        whole = cells.below(head).with_rows(mended, wanted)
        yield read_cells(known, whole.lines, dict(zip(known.columns, whole.columns, strict=True))), broken


def _mended(odd: Sequence[Row], known: Recognised, delimiter: str) -> tuple[list[Row], list[int]]:
    """The rows that can be mended, and the lines of those that cannot; empty rows are none."""
    mended: list[Row] = []
    broken: list[int] = []
    for line, cells in odd:
        whole = mend(cells, known.width, known, delimiter) if any(cells) else []
        if whole is None:
            broken.append(line)
        elif whole:
            mended.append((line, whole))
    return mended, broken


def _visitors(table: Table, target: Target) -> Iterator[tuple[Columns, list[int]]]:
    """The pages that the visitors of an access log came from; a line of no known form is broken."""
    referrals = Referrals(target)
    names: list[str] = []
    for chunk in table.chunks(CHUNK):
        broken: list[int] = []
        for line, cells in chunk:
            if table.form == "records" and not names:
                names = cells
                continue
            malformed = referrals.malformed
            referrals.add(cells[0] if table.form == "lines" else _object(names, cells))
            if referrals.malformed > malformed:
                broken.append(line)
        full = referrals.take() if referrals.is_full else []
        yield columns_of(full), broken
    yield columns_of(referrals.take()), []


def _object(names: Sequence[str], cells: Sequence[str]) -> str:
    """The line of JSON that a row was read from."""
    parts = (json.loads(cell) if cell.startswith(("{", "[")) else cell for cell in cells)
    return json.dumps(dict(zip(names, parts, strict=False)))


def _broken(origin: str, lines: Sequence[int]) -> pa.Table:
    rows = [{"origin": origin, "line": line, "reason": BROKEN} for line in lines]
    return pa.Table.from_pylist(rows, schema=REJECTS)
