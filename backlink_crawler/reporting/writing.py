"""Rows as files: one writer per format, in one table. All of them stream."""

from __future__ import annotations

import csv
import gzip
import io
import json
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import pyarrow.parquet as pq

from ..errors import UsageError
from .cells import csv_cell, time_text
from .file_kind import kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

    from .file_kind import FileKind

    Writer = Callable[[pa.RecordBatchReader, BinaryIO], int]


def json_value(value: Any) -> Any:
    """What ``json`` has no type for: a time."""
    if isinstance(value, datetime):
        return time_text(value)
    raise TypeError(type(value).__name__)


def json_text(value: Any, *, indent: int | None = None) -> str:
    """A value as JSON in one line or indented; characters stay as they are."""
    return json.dumps(value, ensure_ascii=False, default=json_value, indent=indent)


def write_jsonl(rows: pa.RecordBatchReader, out: BinaryIO) -> int:
    """One JSON object a line."""
    count = 0
    for batch in rows:
        lines = [json_text(row) + "\n" for row in batch.to_pylist()]
        out.write("".join(lines).encode())
        count += len(lines)
    return count


def write_json(rows: pa.RecordBatchReader, out: BinaryIO) -> int:
    """One JSON array, an object a line."""
    count = 0
    for batch in rows:
        for row in batch.to_pylist():
            out.write((("[\n" if count == 0 else ",\n") + json_text(row)).encode())
            count += 1
    out.write(b"\n]\n" if count else b"[]\n")
    return count


def write_csv(rows: pa.RecordBatchReader, out: BinaryIO) -> int:
    """RFC 4180 with a header, in UTF-8, text in quotes and safe from formulas."""
    text = io.TextIOWrapper(out, "utf-8", newline="", write_through=True)
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(rows.schema.names)
    count = 0
    for batch in rows:
        columns = [[csv_cell(value) for value in column.to_pylist()] for column in batch.columns]
        writer.writerows(zip(*columns, strict=True))
        count += batch.num_rows
    text.detach()
    return count


def write_parquet(rows: pa.RecordBatchReader, out: BinaryIO) -> int:
    """Parquet with the types of the index, compressed with zstd."""
    count = 0
    with pq.ParquetWriter(out, rows.schema, compression="zstd") as writer:
        for batch in rows:
            writer.write_batch(batch)
            count += batch.num_rows
    return count


WRITERS: dict[str, Writer] = {
    "jsonl": write_jsonl,
    "json": write_json,
    "csv": write_csv,
    "parquet": write_parquet,
}
BOM = "\ufeff".encode()
"""Makes spreadsheets read a CSV file as UTF-8. Files get it; standard output, read by programs, does not."""
COMPRESSION = 6
"""gzip's own default; what it finds beyond that takes twice the time for 1 % less."""


def format_of(path: Path | str) -> str:
    """The format that a file's ending names, with or without ``.gz``; raises UsageError for another."""
    return kind_of(str(path), WRITERS).format


def save(rows: pa.RecordBatchReader, path: Path) -> int:
    """Write rows to a file, whole or not at all, in the format of its ending; return their number."""
    kind = kind_of(str(path), WRITERS)
    with replacing(path) as out:
        return write(rows, out, kind)


def write(rows: pa.RecordBatchReader, out: BinaryIO, kind: FileKind) -> int:
    """Write rows as the content of a file of that kind, which stays open; return their number."""
    if kind.gzip:
        with gzip.GzipFile("", "wb", COMPRESSION, out) as packed:
            return _write(rows, cast("BinaryIO", packed), kind.format)
    return _write(rows, out, kind.format)


def _write(rows: pa.RecordBatchReader, out: BinaryIO, form: str) -> int:
    if form == "csv":
        out.write(BOM)
    return WRITERS[form](rows, out)


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file beside ``path`` that takes its place when all is written. Raises UsageError when it cannot be."""
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as out:
            yield out
        part.replace(path)
    except OSError as error:
        raise UsageError(
            f"cannot write {path}: {error.strerror}", "name a file that can be written"
        ) from error
    finally:
        part.unlink(missing_ok=True)
