"""Reading the index in SQL, with the engine that comes with the tables: Apache DataFusion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
from deltalake import QueryBuilder

from .current import views
from .location import faults

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .store import Index

MEMORY = "1G"
"""What a query may hold in memory; sorts and groups beyond it go to a temporary directory."""


class Reader:
    """Answers questions on an index, as it is now, of one target or of all.

    A statement may name the tables ``visits``, ``links`` and ``crawls`` and the views of :mod:`.current`:
    ``occurrences`` (current links) and ``backlinks``. Text goes in by :func:`.current.literal`.
    Every method raises IndexFault when the storage fails.
    """

    def __init__(self, index: Index, target: str | None = None) -> None:
        self.uri = index.uri
        self._engine = QueryBuilder()
        with faults("read", self.uri):
            self._engine.execute(f"SET datafusion.runtime.memory_limit = '{MEMORY}'")
            for name, table in index.tables.items():
                self._engine.register(name, table)
        for name, statement in views(target).items():
            self.define(name, statement)

    def define(self, name: str, statement: str) -> None:
        """Call the answer to a statement ``name`` in later ones."""
        self._run(f"CREATE VIEW {name} AS {statement}")

    def keep(self, name: str, statement: str) -> None:
        """The same, with the answer held in memory: for a few columns that several statements go through."""
        self._run(f"CREATE TABLE {name} AS {statement}")

    def batches(self, statement: str) -> pa.RecordBatchReader:
        """The answer as a stream of record batches."""
        with faults("read", self.uri):
            answer = pa.RecordBatchReader.from_stream(self._engine.execute(statement))
        schema = pa.schema([pa.field(field.name, _plain(field.type)) for field in answer.schema])
        return pa.RecordBatchReader.from_batches(schema, self._stream(answer, schema))

    def rows(self, statement: str) -> list[dict[str, Any]]:
        """The answer as a list of rows, for short ones."""
        return self.batches(statement).read_all().to_pylist()

    def _run(self, statement: str) -> None:
        with faults("read", self.uri):
            self._engine.execute(statement)

    def _stream(self, answer: pa.RecordBatchReader, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        with faults("read", self.uri):
            for batch in answer:
                yield batch.cast(schema)


def _plain(kind: pa.DataType) -> pa.DataType:
    """Text as other programs know it: the engine's string views are still strange to many."""
    if pa.types.is_string_view(kind):
        return pa.string()
    return pa.list_(_plain(kind.value_type)) if isinstance(kind, pa.ListType) else kind
