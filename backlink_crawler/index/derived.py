"""Writing what is folded from the facts. Each call is one commit: readers see the table as it was before, or after.

A commit is marked with the version of the visits that it was folded from (:data:`FOLD_APP`). Two that overlap in what
they replace, or that carry the same mark, cannot both succeed: the second raises ConflictFault and is to be made anew.
"""

from __future__ import annotations

import bisect
import itertools
from typing import TYPE_CHECKING, Any, Literal

import attrs
import pyarrow as pa
from deltalake import CommitProperties, Transaction, write_deltalake

from .current import literal
from .files import ranges
from .location import faults
from .store import ZSTD

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .store import Index

FOLD_APP = "backlink_crawler.fold"
FILE_SIZE = 32 * 2**20
"""Bytes of a file of backlinks: small enough that a fold rewrites little, large enough that a read opens few."""
MOST_PARTS = 200
"""Parts that one commit replaces one by one; beyond that it replaces whole targets, and beyond that the table."""


@attrs.frozen
class Part:
    """Rows of one target whose source key is not below ``low`` and is below ``high``; null is no bound."""

    target: str
    low: str | None = None
    high: str | None = None

    def where(self) -> str:
        """The condition in SQL, as both engines understand it."""
        bounds = [f"target = {literal(self.target)}"]
        if self.low is not None:
            bounds.append(f"source_key >= {literal(self.low)}")
        if self.high is not None:
            bounds.append(f"source_key < {literal(self.high)}")
        return " AND ".join(bounds)


def parts_of(index: Index, touched: Iterable[tuple[str, str]]) -> list[Part] | None:
    """The parts of the table ``backlinks`` in which rows of these (target, source key) lie or belong, in their order.

    The table is sorted, so that a target with many files is cut where they begin. None stands for the whole table.
    """
    wanted: dict[str, set[str]] = {}
    for target, key in touched:
        wanted.setdefault(target, set()).add(key)
    begins: dict[str, list[str]] = {}
    for _, ((low, high), (first, _)) in ranges(index.tables["backlinks"], "target", "source_key"):
        if low is not None and low == high and first is not None:
            begins.setdefault(low, []).append(first)
    parts = [
        part
        for target in sorted(wanted)
        for part in _cut(target, sorted(begins.get(target, ()))[1:], wanted[target])
    ]
    if len(parts) > MOST_PARTS:
        parts = [Part(target) for target in sorted(wanted)]
    return parts if len(parts) <= MOST_PARTS else None


def _cut(target: str, begins: Sequence[str], keys: set[str]) -> list[Part]:
    bounds = [None, *(key for key, _ in itertools.groupby(begins)), None]
    hit = sorted({bisect.bisect_right(bounds, key, 1, len(bounds) - 1) - 1 for key in keys})  # type: ignore[type-var]
    return [Part(target, bounds[nth], bounds[nth + 1]) for nth in hit]


def folded_version(index: Index) -> int | None:
    """The version of the visits that the backlinks, as they were opened, were folded from; null before the first fold."""
    return index.tables["backlinks"].transaction_version(FOLD_APP)


def summarised_version(index: Index) -> int | None:
    """The version of the visits that the summaries, as they were opened, tell of."""
    return index.tables["summaries"].transaction_version(FOLD_APP)


def replace_backlinks(
    index: Index, rows: pa.RecordBatchReader, parts: Sequence[Part] | None, version: int
) -> None:
    """Put rows, sorted by target, source key and target key, in the place of all that lie in ``parts``."""
    where = None if parts is None else _where(parts)
    _write(index, "backlinks", rows, "overwrite", where, version, target_file_size=FILE_SIZE)


def append_events(index: Index, rows: pa.Table, version: int) -> None:
    """Add events."""
    _write(index, "events", rows, "append", None, version)


def replace_events(
    index: Index, rows: pa.RecordBatchReader, targets: Sequence[str] | None, version: int
) -> None:
    """Put events in the place of all those of some targets, or of all."""
    _write(index, "events", rows, "overwrite", None if targets is None else _of(targets), version)


def replace_summaries(index: Index, rows: pa.Table) -> None:
    """Put the summaries of some targets in the place of their older ones."""
    targets = [str(name) for name in rows.column("target").to_pylist()]
    index.fresh("summaries")
    _write(index, "summaries", rows, "overwrite", _of(targets) if targets else "FALSE", folded_version(index))


def _where(parts: Sequence[Part]) -> str:
    """The condition of rows that lie in any of the parts; whole targets in one, which is much the faster."""
    whole = [part.target for part in parts if part.low is None and part.high is None]
    cut = [f"({part.where()})" for part in parts if part.low is not None or part.high is not None]
    return " OR ".join([_of(whole)] * bool(whole) + cut) or "FALSE"


def _of(targets: Sequence[str]) -> str:
    return f"target IN ({', '.join(map(literal, targets))})"


def _write(
    index: Index,
    name: str,
    rows: pa.Table | pa.RecordBatchReader,
    mode: Literal["append", "overwrite"],
    where: str | None,
    version: int | None,
    **options: Any,
) -> None:
    """One commit to a table as it was opened; ``where`` says which rows it replaces, of all when it is null."""
    marks = [] if version is None else [Transaction(FOLD_APP, version)]
    with faults("write", index.uri):
        write_deltalake(
            index.tables[name],
            rows,
            mode=mode,  # type: ignore[arg-type]  # its overloads know no predicate of null
            predicate=where,
            writer_properties=ZSTD,
            commit_properties=CommitProperties(app_transactions=marks),
            **options,
        )


def fresh_visits(index: Index, since: int, columns: Sequence[str]) -> pa.RecordBatchReader | None:
    """The visits that were stored after a version of their table; None when its log no longer tells which those are."""
    visits = index.tables["visits"]
    if visits.version() <= since:
        return pa.RecordBatchReader.from_batches(
            pa.schema([index.schema("visits").field(name) for name in columns]), []
        )
    try:
        with faults("read", index.uri):
            answer = visits.load_cdf(
                starting_version=since + 1, ending_version=visits.version(), columns=list(columns)
            )
            return pa.RecordBatchReader.from_stream(answer)
    except Exception:  # noqa: BLE001  the log was cleaned or the files are gone: the library says so in many ways
        return None
