"""A report as a file of the kind that its name says, written whole or not at all."""

from __future__ import annotations

from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ..errors import UsageError
from ..reporting.spool import keep, settle, spool
from ..reporting.writing import json_text
from .bundle import NAMES, files, foreign, write_zip
from .document import document
from .html import page
from .markdown import markdown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
    """Raise UsageError for a name that says no form of a report, and for a directory that holds anything but one."""
    if str(path) == "-":
        raise UsageError("a report goes to a file, not to standard output", KNOWN)
    if path.suffix.lower() not in FORMS and path.suffix and not path.is_dir():
        raise UsageError(f"{path}: the ending names no form of a report", KNOWN)
    if path.suffix.lower() in FORMS and path.is_dir():
        raise UsageError(f"{path} is a directory", KNOWN)
    with _faults(path):
        other = foreign(path) if path.is_dir() else ""
    if other:
        raise UsageError(f"{path} holds what is no report: {other}", "name a new directory, or an empty one")


def save(report: Report, path: Path) -> int:
    """Write a report; returns the bytes written. Raises UsageError.

    A name without an ending is a directory, which is made. One with an earlier report holds this one then, and no more.
    """
    check(path)
    form = FORMS.get(path.suffix.lower())
    with _faults(path):
        return _put(path, partial(form, report)) if form else _put_all(path, dict(files(report)))


@contextmanager
def _faults(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(
            f"cannot write {path}: {error.strerror}", "name a place that can be written"
        ) from error


def _put_all(directory: Path, contents: dict[str, bytes]) -> int:
    size = sum(_put(directory / name, partial(_whole, content)) for name, content in contents.items())
    for name in NAMES - contents.keys():
        (directory / name).unlink(missing_ok=True)
    return size


def _whole(content: bytes, out: BinaryIO) -> object:
    return out.write(content)


def _put(path: Path, fill: Callable[[BinaryIO], object]) -> int:
    with closing(spool(path.parent)) as out:
        fill(out)
        settle(out)
        keep(out, path)
        return path.stat().st_size
