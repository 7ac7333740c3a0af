"""Rows as files: one writer per format, in one table. All of them stream."""

from __future__ import annotations

import csv
import io
import json
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import pyarrow.parquet as pq

from ..errors import UsageError
from .cells import csv_cell, time_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

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


def format_of(path: Path) -> str:
    """The format that a file's ending names; raises UsageError for another."""
    kind = {"jl": "jsonl", "ndjson": "jsonl"}.get(path.suffix[1:].lower(), path.suffix[1:].lower())
    if kind not in WRITERS:
        raise UsageError(f"{path}: the ending names no format", f"end it in one of {', '.join(WRITERS)}")
    return kind


def save(rows: pa.RecordBatchReader, path: Path) -> int:
    """Write rows to a file, whole or not at all, in the format of its ending; return their number."""
    kind = format_of(path)
    with _replacing(path) as out:
        if kind == "csv":
            out.write(BOM)
        return WRITERS[kind](rows, out)


@contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    """A file beside ``path`` that takes its place when all is written."""
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
