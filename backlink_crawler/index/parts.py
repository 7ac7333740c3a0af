"""Facts that come in files of the tables' own form: taken over many at a time in one commit, and each once.

Each has an application of its own, and one transaction that says that its facts are stored: the links are written first and the
visits last, so that the mark of the visits speaks for both, as of a batch of :meth:`.store.Index.append`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import duckdb
import pyarrow as pa
from deltalake import CommitProperties, Transaction, write_deltalake

from ..errors import ConflictFault
from .location import faults, is_remote
from .query import BATCH, CONFIG, QUIET
from .schema import LINKS, VISITS
from .store import ZSTD

if TYPE_CHECKING:
    from deltalake import DeltaTable

    from .store import Index

NUMBER = 1
"""Of the one transaction of each application."""
FILE_SIZE = 64 * 2**20
"""Bytes of a file of a table."""
TRIES = 10
AT_ONCE = 16
"""Questions that are asked of a log on S3 at the same time: each reads it."""


@attrs.frozen
class Files:
    """The files of one part, Parquet with the columns of the tables; null where there are no rows."""

    app: str
    visits: Path | None
    links: Path | None


def stored(index: Index, apps: Iterable[str]) -> frozenset[str]:
    """Those of these parts that the index has, whole."""
    with faults("read", index.uri):
        return _applied(index, index.fresh("visits"), list(apps))


def stamp(index: Index) -> tuple[str, int]:
    """What tells the facts of this index from those of any other, and how far they were stored."""
    with faults("read", index.uri):
        visits = index.tables["visits"]
        return str(visits.metadata().id), visits.version()


def append(index: Index, parts: Sequence[Files]) -> list[str]:
    """Store the parts that the index does not have, in one commit of links and one of visits; returns which these are.

    Raises IndexFault, and ConflictFault when others keep storing the same.
    """
    for nth in range(TRIES):
        try:
            with faults("write", index.uri):
                return _append(index, parts)
        except ConflictFault:
            if nth == TRIES - 1:
                raise
    raise AssertionError


def _append(index: Index, parts: Sequence[Files]) -> list[str]:
    visits = index.fresh("visits")
    has = _applied(index, visits, [part.app for part in parts])
    missing = [part for part in parts if part.app not in has]
    if with_links := [part for part in missing if part.links is not None]:
        links = index.fresh("links")
        has = _applied(index, links, [part.app for part in with_links])
        fresh = [part for part in with_links if part.app not in has]
        _write(links, LINKS, "target", {part.app: part.links for part in fresh})
    _write(visits, VISITS, "source_key", {part.app: part.visits for part in missing})
    return [part.app for part in missing]


def _applied(index: Index, table: DeltaTable, apps: list[str]) -> frozenset[str]:
    with ThreadPoolExecutor(AT_ONCE if is_remote(index.uri) else 1) as threads:
        versions = threads.map(table.transaction_version, apps)
    return frozenset(app for app, version in zip(apps, versions, strict=True) if version is not None)


def _write(table: DeltaTable, schema: pa.Schema, order: str, files: dict[str, Path | None]) -> None:
    """One commit, to a table as it is open: of two that store the same part at once, one fails."""
    if not files:
        return
    marks = CommitProperties(app_transactions=[Transaction(app, NUMBER) for app in files])
    with tempfile.TemporaryDirectory(prefix="backlinks-parts-") as spill:
        rows = pa.RecordBatchReader.from_batches(
            schema, rows_of(schema, list(filter(None, files.values())), order, spill)
        )
        write_deltalake(
            table, rows, mode="append", writer_properties=ZSTD, target_file_size=FILE_SIZE, commit_properties=marks
        )  # fmt: skip


def is_whole(schema: pa.Schema, path: Path) -> bool:
    """Whether every row of a Parquet file can be read and stored. Raises OSError where the storage fails."""
    try:
        for batch in rows_of(schema, [path]):
            batch.validate(full=True)
    except (MemoryError, duckdb.OutOfMemoryException):
        return True  # for all that is known
    except (OSError, pa.ArrowException, duckdb.Error) as error:
        if getattr(error, "errno", None):
            raise
        return False
    return True


def rows_of(
    schema: pa.Schema, paths: Sequence[Path], order: str = "", spill: str = ""
) -> Iterator[pa.RecordBatch]:
    """The rows of Parquet files, in order of a column where one is named, in bounded memory. Raises what the readers raise."""
    if not paths:
        return
    with duckdb.connect(config={**CONFIG, "temp_directory": spill}) as engine:
        engine.execute(QUIET)
        rows = engine.read_parquet([str(path) for path in paths])
        for batch in (rows.order(order) if order else rows).to_arrow_reader(BATCH):
            yield batch.cast(schema)
