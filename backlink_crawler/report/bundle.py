"""A report as CSV files, one for each table and one for all figures: in a directory, or in one ZIP file."""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING, Any, BinaryIO

import pyarrow as pa

from ..reporting.cells import time_text
from ..reporting.file_kind import FileKind
from ..reporting.writing import write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .data import Report, Table

_TYPES = {
    "number": pa.int64(), "signed": pa.int64(), "status": pa.int64(), "share": pa.float64(), "rating": pa.float64(),
    "truth": pa.bool_(), "texts": pa.list_(pa.string()), "urls": pa.list_(pa.string()),
}  # fmt: skip
"""Column types by kind; all others are text."""
_CSV = FileKind("csv")
_STRANGE = re.compile(r"[^\w.-]")
"""What some file system has no name for: a target may be ``prefix:example.com/shop``."""
_BEGIN = (1980, 1, 1, 0, 0, 0)
"""The date of every file: two bundles of one report are equal byte for byte."""


def files(report: Report) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file; cells are safe from formulas."""
    yield "figures.csv", _content(_figures(report))
    for table in report.tables():
        yield f"{table.name}.csv", _content(_columns(table))


def write_zip(report: Report, out: BinaryIO) -> None:
    """All files, packed."""
    folder = _STRANGE.sub("_", report.target)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files(report):
            member = zipfile.ZipInfo(f"{folder}/{name}", _BEGIN)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            archive.writestr(member, content)


def _figures(report: Report) -> pa.Table:
    """Every figure, and before them the sentences of the summary."""
    rows: list[dict[str, Any]] = [
        {"section": "summary", "name": f"sentence_{nth}", "label": sentence}
        for nth, sentence in enumerate(report.summary, 1)
    ]
    rows += (
        {"section": section.name, "name": figure.name, "label": figure.label, "value": figure.value, "note": figure.note}
        for section in report.sections for figure in section.figures
    )  # fmt: skip
    text: pa.DataType = pa.string()
    columns = {"section": text, "name": text, "label": text, "value": pa.float64(), "note": text}
    return pa.Table.from_pylist(rows, pa.schema(list(columns.items())))


def _columns(table: Table) -> pa.Table:
    kinds = {column.name: column.kind for column in table.columns}
    columns = [
        pa.array([_value(row[name], kind) for row in table.rows], _TYPES.get(kind, pa.string()))
        for name, kind in kinds.items()
    ]
    return pa.table(columns, names=list(kinds))


def _value(value: Any, kind: str) -> Any:
    return time_text(value) if kind in ("day", "time") and hasattr(value, "isoformat") else value


def _content(table: pa.Table) -> bytes:
    out = io.BytesIO()
    write(table.to_reader(), out, _CSV)
    return out.getvalue()
