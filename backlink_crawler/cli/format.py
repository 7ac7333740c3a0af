"""Rows on standard output, in the format that was asked for."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ..errors import UsageError
from ..reporting.writing import WRITERS
from .table import print_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    Columns = Mapping[str, str]

FORMATS = ("table", *WRITERS)


def show(rows: pa.RecordBatchReader, kind: str, columns: Columns) -> int:
    """Write rows to standard output in the format ``kind``, and return their number.

    A table shows only ``columns`` (name -> heading); the other formats all of them.
    """
    if kind == "table":
        return print_table(rows, columns)
    if kind == "parquet" and sys.stdout.isatty():
        raise UsageError("parquet is no text for a terminal", "send it to a file: … --format parquet > FILE")
    count = WRITERS[kind](rows, sys.stdout.buffer)
    sys.stdout.buffer.flush()
    return count
