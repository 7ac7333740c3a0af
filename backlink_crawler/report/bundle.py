"""A report as CSV files, one for each table and one for all figures: in a directory, or in one ZIP file."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from typing import TYPE_CHECKING, Any, BinaryIO

import pyarrow as pa

from ..reporting.cells import csv_cell, time_text
from ..reporting.file_kind import FileKind
from ..reporting.writing import BOM, write
from .data import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from .data import Report, Table

FIGURES = "figures.csv"
NAMES = frozenset({FIGURES, *(f"{name}.csv" for name in TABLES)})
"""What a file of a bundle can be called."""

_TYPES = {
    "number": pa.int64(), "signed": pa.int64(), "status": pa.int64(), "share": pa.float64(), "rating": pa.float64(),
    "truth": pa.bool_(), "texts": pa.list_(pa.string()), "urls": pa.list_(pa.string()),
}  # fmt: skip
"""Column types by kind; all others are text."""
_CSV = FileKind("csv")
_FIGURE = ("section", "name", "label", "value", "note")
_STRANGE = re.compile(r"[^\w.-]")
"""What some file system has no name for: a target may be ``prefix:example.com/shop``."""
_BEGIN = (1980, 1, 1, 0, 0, 0)
"""The date of every file: two bundles of one report are equal byte for byte."""


def files(report: Report) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file; cells are safe from formulas."""
    yield FIGURES, _csv((_FIGURE, *_figures(report)))
    for table in report.tables():
        yield f"{table.name}.csv", _content(_columns(table))


def foreign(directory: Path) -> str:
    """A name in a directory, "" where all of it is the bundle of an earlier report or hidden; raises OSError.

    One without our file of figures is none, whatever its files are called.
    """
    found = {path.name: path for path in directory.iterdir() if not path.name.startswith(".")}
    others = [name for name, path in found.items() if name not in NAMES or not path.is_file()]
    if not others and found and not _has_our_figures(directory):
        others = list(found)
    return min(others, default="")


def _has_our_figures(directory: Path) -> bool:
    path = directory / FIGURES
    header = _csv((_FIGURE,))
    if not path.exists():
        return False
    with path.open("rb") as file:
        return file.read(len(header)) == header


def write_zip(report: Report, out: BinaryIO) -> None:
    """All files, packed."""
    folder = _STRANGE.sub("_", report.target)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files(report):
            member = zipfile.ZipInfo(f"{folder}/{name}", _BEGIN)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            archive.writestr(member, content)


def _figures(report: Report) -> Iterator[tuple[Any, ...]]:
    """Every figure, and before them the sentences of the summary."""
    for nth, sentence in enumerate(report.summary, 1):
        yield "summary", f"sentence_{nth}", sentence, None, None
    for section in report.sections:
        for figure in section.figures:
            yield section.name, figure.name, figure.label, figure.value, figure.note


def _columns(table: Table) -> pa.Table:
    kinds = {column.name: column.kind for column in table.columns}
    columns = [
        pa.array([_value(row[name], kind) for row in table.rows], _TYPES.get(kind, pa.string()))
        for name, kind in kinds.items()
    ]
    return pa.table(columns, names=list(kinds))


def _value(value: Any, kind: str) -> Any:
    return time_text(value) if kind in ("day", "time") and hasattr(value, "isoformat") else value


def _csv(rows: Iterable[Iterable[Any]]) -> bytes:
    """Rows whose numbers are whole or not, each as it is: a column of Arrow has one type."""
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_NONNUMERIC).writerows([csv_cell(cell) for cell in row] for row in rows)
    return BOM + out.getvalue().encode()


def _content(table: pa.Table) -> bytes:
    out = io.BytesIO()
    write(table.to_reader(), out, _CSV)
    return out.getvalue()
