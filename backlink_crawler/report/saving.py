"""A report as a file of the kind that its name says, written whole or not at all."""

from __future__ import annotations

from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ..errors import UsageError
from ..reporting.spool import keep, settle, spool
from ..reporting.writing import json_text
from .bundle import files, write_zip
from .document import document
from .html import page
from .markdown import markdown

if TYPE_CHECKING:
    from collections.abc import Callable

    from .data import Report

FORMS: dict[str, Callable[[Report, BinaryIO], object]] = {
    ".html": lambda report, out: out.write(page(report).encode()),
    ".json": lambda report, out: out.write(f"{json_text(document(report), indent=2)}\n".encode()),
    ".md": lambda report, out: out.write(markdown(report).encode()),
    ".zip": write_zip,
}
"""The ending of a file -> how it is written."""
KNOWN = "end it in .html, .json, .md or .zip, or name a directory for CSV files"


def check(path: Path) -> None:
    """Raise UsageError for a name that says no form of a report."""
    if str(path) == "-":
        raise UsageError("a report goes to a file, not to standard output", KNOWN)
    if path.suffix.lower() not in FORMS and path.suffix and not path.is_dir():
        raise UsageError(f"{path}: the ending names no form of a report", KNOWN)
    if path.suffix.lower() in FORMS and path.is_dir():
        raise UsageError(f"{path} is a directory", KNOWN)


def save(report: Report, path: Path) -> int:
    """Write a report; returns the bytes written. A name without an ending is a directory, which is made. Raises UsageError."""
    check(path)
    form = FORMS.get(path.suffix.lower())
    try:
        if form is not None:
            return _put(path, partial(form, report))
        return sum(_put(path / name, partial(_whole, content)) for name, content in files(report))
    except OSError as error:
        raise UsageError(
            f"cannot write {path}: {error.strerror}", "name a place that can be written"
        ) from error


def _whole(content: bytes, out: BinaryIO) -> object:
    return out.write(content)


def _put(path: Path, fill: Callable[[BinaryIO], object]) -> int:
    with closing(spool(path.parent)) as out:
        fill(out)
        settle(out)
        keep(out, path)
        return path.stat().st_size
