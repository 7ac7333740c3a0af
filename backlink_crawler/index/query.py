"""Reading the index in SQL. DuckDB answers over the tables' Parquet files: measured three to eight times as fast as the
engine that comes with the tables, whose log says which files those are and which of them can hold a target.
"""

from __future__ import annotations

import tempfile
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from .current import IS_MENTION, literal, views
from .files import columns_of, source_of
from .location import faults
from .schema import TIME

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .store import Index

CONFIG: dict[str, str | int | float | list[str]] = {
    "memory_limit": "1GB",
    "late_materialization_max_rows": 1_000,
}
"""What a query may hold in memory; sorts, groups and joins beyond it go to a temporary directory. The wide columns of the
first rows by some order are read for these alone, also when they are a few hundred.
"""
QUIET = "SET enable_progress_bar = false"
"""The terminal is ours."""
BATCH = 10_000
"""Rows per record batch of an answer."""


class Reader:
    """Answers questions on an index, as it was when the reader was made, of one target or of all.

    A statement may name the tables (``visits``, ``links``, ``crawls``, ``claims``, ``backlinks``, ``events``, ``summaries``),
    the views of :mod:`.current`: ``current`` (backlinks that are not lost) and ``occurrences`` (each of their links), and
    ``mentions``: the rows of the table of links that are none, which ``links`` leaves out. Of one
    target, the tables with a column ``target`` show its rows alone. Values go in by name (``$name``), or by
    :func:`.current.literal`. Every method raises IndexFault when the storage fails.
    """

    def __init__(self, index: Index, target: str | None = None) -> None:
        self.uri = index.uri
        self.target = target
        self._lent: dict[str, Any] = {}
        spill = Path(
            tempfile.gettempdir(), f"backlinks-{uuid.uuid4().hex}"
        )  # made when it is needed, and removed
        with faults("read", self.uri):
            self._engine = duckdb.connect(config={**CONFIG, "temp_directory": str(spill)})
            self._engine.execute(QUIET)
            for name in index.tables:
                self._show(index, name)
        self.define("mentions", f"SELECT * FROM all_links WHERE {IS_MENTION}")  # noqa: S608
        self.define("links", f"SELECT * FROM all_links WHERE NOT {IS_MENTION}")  # noqa: S608
        for name, statement in views().items():
            self.define(name, statement)

    def _show(self, index: Index, name: str) -> None:
        """One table as a view, with the columns of today also where its files are older."""
        schema = index.schema(name)
        held = self.target if "target" in schema.names else None
        self.lend(f"empty_{name}", schema.empty_table())
        source = source_of(index, name, held)
        if not isinstance(source, str):
            self.lend(f"files_of_{name}", source)
            source = f"files_of_{name}"
        where = "" if held is None else f" WHERE target = {literal(held)}"
        missing = set(schema.names) - set(columns_of(self._engine, source)) if source else schema.names
        rows = f"SELECT * FROM {source}{where}"  # noqa: S608
        if not source:
            rows = f"SELECT * FROM empty_{name}"  # noqa: S608
        elif missing:
            rows = f"SELECT * FROM empty_{name} UNION ALL BY NAME {rows}"  # noqa: S608
        self._engine.execute(f"CREATE VIEW {'all_links' if name == 'links' else name} AS {rows}")

    def lend(self, name: str, table: Any) -> None:
        """Let statements read an Arrow table, dataset or stream (once) by name."""
        self._lent[name] = table
        self._engine.register(name, table)

    def define(self, name: str, statement: str) -> None:
        """Call the answer to a statement ``name`` in later ones."""
        self._run(f"CREATE OR REPLACE VIEW {name} AS {statement}")

    def keep(self, name: str, statement: str) -> None:
        """The same, with the answer held: for a few columns that several statements go through."""
        self._run(f"CREATE OR REPLACE TABLE {name} AS {statement}")

    def add(self, name: str, rows: pa.Table) -> None:
        """Add rows to what is held under a name, in the order of its columns."""
        self.lend("added", rows)
        self._run(f"INSERT INTO {name} SELECT * FROM added")  # noqa: S608

    def batches(self, statement: str, values: Mapping[str, Any] | None = None) -> pa.RecordBatchReader:
        """The answer as a stream of record batches; several may be read at the same time."""
        with faults("read", self.uri):
            cursor = self._engine.cursor()
            cursor.execute(QUIET)
            for name, table in self._lent.items():
                cursor.register(name, table)
            answer = cursor.sql(statement, params=dict(values or {})).to_arrow_reader(BATCH)
        schema = pa.schema([field.with_type(_plain(field.type)) for field in answer.schema])
        return pa.RecordBatchReader.from_batches(schema, self._stream(answer, schema))

    def table(self, statement: str, values: Mapping[str, Any] | None = None) -> pa.Table:
        """The answer as one Arrow table."""
        return self.batches(statement, values).read_all()

    def rows(self, statement: str, values: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """The answer as a list of rows, for short ones."""
        return self.table(statement, values).to_pylist()

    def count(self, source: str) -> int:
        """How many rows a table, a view or a statement in brackets has."""
        return int(self.rows(f"SELECT count(*) AS n FROM {source}")[0]["n"])  # noqa: S608

    def close(self) -> None:
        """Give back memory and temporary files; a reader that is dropped does so by itself."""
        self._engine.close()

    def _run(self, statement: str) -> None:
        with faults("read", self.uri):
            self._engine.execute(statement)

    def _stream(self, answer: pa.RecordBatchReader, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        with faults("read", self.uri):
            for batch in answer:
                yield batch.cast(schema)


def _plain(kind: pa.DataType) -> pa.DataType:
    """Times in UTC, whatever the machine's zone, and sums of whole numbers as whole numbers."""
    if pa.types.is_timestamp(kind) and kind.tz:
        return TIME
    return pa.int64() if pa.types.is_decimal(kind) and kind.scale == 0 else kind
