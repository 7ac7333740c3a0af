"""Taking claims in: staged in a temporary file, so that memory stays flat, and stored in one commit, each claim once."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import attrs
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import CommitProperties, Transaction, WriterProperties, write_deltalake
from deltalake.exceptions import CommitFailedError

from ..errors import ConflictFault
from .current import literal
from .location import faults
from .query import QUIET, Reader
from .schema import CLAIMS, TIME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deltalake import DeltaTable

    from .store import Index

QUICKLY = WriterProperties(
    compression="ZSTD", compression_level=1, max_row_group_size=1 << 16, statistics_truncate_length=64
)
"""How claims are written: in groups of rows that take little memory; compacting compresses them better."""
FILE_SIZE = 64 * 2**20
"""Bytes of a file of claims."""
PLAINLY: dict[str, Any] = {
    "compression": "none", "write_statistics": False,
    "use_dictionary": [name for name in CLAIMS.names if not name.endswith(("_url", "_key", "_id", "_host", "_domain", "_site"))],
}  # fmt: skip
"""How they are staged: the file lives for seconds."""
BATCH = 4_000
"""Rows that are copied at a time."""
APP = "claims"
"""The application whose transactions number the commits of claims."""
TRIES = 10
_NEW = "SELECT * EXCLUDE (place) FROM staged SEMI JOIN fresh USING (place)"

SAID = [
    "provenance", "target", "kind", "source_key", "target_key", "link_type", "follow", "nofollow", "ugc", "sponsored",
    "anchor", "http_status", "first_seen", "last_seen", "lost_at", "links", "why",
]  # fmt: skip
"""What makes two claims the same claim: who says what of which page."""


@attrs.frozen
class Stored:
    """What became of the staged claims: ``new`` were stored, ``repeated`` were staged more than once, ``known`` were in the
    index already.
    """

    new: int
    repeated: int
    known: int


class Staging:
    """Claims on their way into an index; to be used as a context manager. Raises IndexFault when the storage fails."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._directory = tempfile.TemporaryDirectory(prefix="backlinks-claims-")
        self._path = Path(self._directory.name, "claims.parquet")
        self._writer: pq.ParquetWriter | None = None
        self._reader: Reader | None = None
        self._number = 0
        self._engine = duckdb.connect(config={"threads": 1})
        self._engine.execute(QUIET)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end_writing()
        self._end_reading()
        self._engine.close()
        self._directory.cleanup()

    def add(self, claims: pa.Table) -> None:
        """Stage claims in the order of their lines: a table with the columns of :data:`.schema.CLAIMS`, keys of URLs among them.

        A ``claim_id`` is given to each.
        """
        claims = claims.select(CLAIMS.names).cast(CLAIMS)
        place = CLAIMS.get_field_index("claim_id")
        with faults("write", self._directory.name):
            if self._writer is None:
                self._writer = pq.ParquetWriter(self._path, CLAIMS, **PLAINLY)
            self._writer.write_table(claims.set_column(place, CLAIMS.field(place), self._ids(claims)))

    def _ids(self, claims: pa.Table) -> pa.ChunkedArray[Any]:
        self._engine.register("added", claims.select(SAID))
        ids: pa.Table = self._engine.sql(_IDS).to_arrow_table()
        return ids.column("claim_id").cast(pa.string())

    def store(self) -> Stored:
        """Append what is new to the index, in one commit; to be called once. Raises ConflictFault when others keep being faster."""
        self._end_writing()
        if not self._path.exists():
            return Stored(0, 0, 0)
        for nth in range(TRIES):
            try:
                return self._store()
            except ConflictFault:
                if nth == TRIES - 1:
                    raise
        raise AssertionError

    def _store(self) -> Stored:
        self._number = _number(self._index.fresh("claims"))
        self._end_reading()
        reader = Reader(self._index)
        staged = f"read_parquet({literal(str(self._path))}, file_row_number = true)"
        reader.define("staged", f"SELECT * EXCLUDE (file_row_number), file_row_number AS place FROM {staged}")  # noqa: S608
        reader.keep("firsts", "SELECT claim_id::UUID AS id, min(place) AS place FROM staged GROUP BY id")
        reader.keep(
            "held",
            "SELECT DISTINCT claim_id::UUID AS id FROM claims SEMI JOIN firsts ON claim_id::UUID = firsts.id",
        )
        rows, firsts, held = (reader.count(name) for name in ("staged", "firsts", "held"))
        if rows == firsts and not held:  # which is the rule, and needs no join
            reader.close()
            if rows:
                self._append(self._all())
            return Stored(rows, 0, 0)
        self._reader = reader
        reader.keep("fresh", "SELECT place FROM firsts ANTI JOIN held USING (id)")
        if firsts > held:
            self._append(reader.batches(_NEW).cast(CLAIMS))
        return Stored(firsts - held, rows - firsts, held)

    def _append(self, claims: pa.RecordBatchReader) -> None:
        """Append them, unless others did since it was asked what is known: of two commits with one number one fails."""
        table = self._index.tables["claims"]
        mark = CommitProperties(app_transactions=[Transaction(APP, self._number + 1)])
        with faults("write", self._index.uri):
            if _number(table) != self._number:
                raise CommitFailedError
            write_deltalake(
                table, claims, mode="append", writer_properties=QUICKLY, target_file_size=FILE_SIZE, commit_properties=mark
            )  # fmt: skip

    def _all(self) -> pa.RecordBatchReader:
        """All that was staged."""
        batches = pq.ParquetFile(self._path, pre_buffer=False).iter_batches(BATCH, use_threads=False)
        return pa.RecordBatchReader.from_batches(CLAIMS, batches)

    def repeats(self) -> Iterator[pa.RecordBatch]:
        """Those that were not stored, once :meth:`store` was called: line, origin, source_url, target_url, and the reason, of
        which :class:`Stored` has the counts.
        """
        if self._reader is None:
            return iter(())
        return iter(
            self._reader.batches("""
                SELECT line, origin, source_url, target_url,
                    CASE WHEN place IN (SELECT place FROM firsts) THEN 'known' ELSE 'repeated' END AS reason
                FROM staged ANTI JOIN fresh USING (place) ORDER BY place
            """)
        )

    def _end_writing(self) -> None:
        if self._writer is not None:
            with faults("write", self._directory.name):
                self._writer.close()
            self._writer = None

    def _end_reading(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None


def _number(table: DeltaTable) -> int:
    """How often claims were appended."""
    return table.transaction_version(APP) or 0


def identity(index: Index, target: str) -> str:
    """What tells the claims of a target in this index from those of any other, also of one that was in its place before."""
    with faults("read", index.uri):
        return f"{index.tables['claims'].metadata().id}:{index.times_forgotten(target)}"


def _text(name: str) -> str:
    """A column as text, also where it is null."""
    is_time = CLAIMS.field(name).type == TIME
    return f"coalesce(CAST({f'epoch_us({name})' if is_time else name} AS VARCHAR), chr(30))"


_IDS = f"SELECT md5(concat_ws(chr(31), {', '.join(map(_text, SAID))})) AS claim_id FROM added"  # noqa: S608
