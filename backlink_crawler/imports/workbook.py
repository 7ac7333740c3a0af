"""Workbooks (.xlsx, ISO/IEC 29500) to rows: bounded before they are read, for their reader holds a sheet whole."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from typing import IO, TYPE_CHECKING

import python_calamine

from ..errors import UsageError
from .cell import Row, cell_text

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_PACKED = 256 << 20
MOST_UNPACKED = 2 << 30
"""Bytes of a workbook, and of what is in it."""
MOST_CELLS = 1 << 26
"""Of a sheet's smallest rectangle: the reader keeps 32 bytes for each, empty or not, and ends the process for want of them."""
_CHUNK = 1 << 20
_BATCH = 2000
_LONGEST_TAG = 1 << 16
_PLACED = re.compile(
    rb"""<(?:\w+:)?(?:(row)|c)(?=[\s/>])(?:[^>]*?\sr\s*=\s*["']([A-Za-z]{0,7})(\d{1,12})["'])?"""
)
"""A row or a cell, and its reference where it has one: letters of a column, number of a row."""
_COUNT = re.compile(rb"""count\s*=\s*["']\s*\+?\d{9}""", re.I)
"""How many strings there are said to be: the reader makes room for them before it looks, whether it can or not."""
_STRINGS = "xl/sharedStrings.xml"
_SMALLER = "export it as CSV"
_SAVE = "save it again, or as CSV"


def sheets(stream: IO[bytes], name: str) -> Iterator[tuple[str, python_calamine.CalamineSheet]]:
    """The sheets of a workbook that have cells, by their names; raises UsageError for what cannot be read."""
    _check(stream, name)
    stream.seek(0)
    try:
        workbook = python_calamine.load_workbook(stream)
        for at, title in enumerate(workbook.sheet_names):
            sheet = workbook.get_sheet_by_index(at)
            if sheet.height:
                yield title, sheet
    except python_calamine.PasswordError:
        raise UsageError(f"{name}: is encrypted", "save it without a password") from None
    except (python_calamine.CalamineError, ValueError, OSError) as error:
        raise UsageError(f"{name}: is a damaged workbook: {error}", _SAVE) from None


def sheet_rows(sheet: python_calamine.CalamineSheet) -> Iterator[list[Row]]:
    """The rows of a sheet by their numbers in it; those without any text are left out."""
    rows: list[Row] = []
    for number, values in enumerate(sheet.iter_rows(), 1):
        cells = [cell_text(value) for value in values]
        if any(cells):
            rows.append((number, cells))
        if len(rows) >= _BATCH:
            yield rows
            rows = []
    yield rows


def _check(stream: IO[bytes], name: str) -> None:
    """Refuses what would not fit: sizes are counted, for those that an archive states may be lies."""
    unpacked = 0
    try:
        with zipfile.ZipFile(stream) as archive:
            for member in archive.infolist():
                member.file_size, member.CRC = MOST_UNPACKED + 1, None  # type: ignore[assignment]
                cells = _Extent()
                head = b""
                with archive.open(member) as part:
                    while data := part.read(_CHUNK):
                        unpacked += len(data)
                        if unpacked > MOST_UNPACKED:
                            raise UsageError(
                                f"{name}: unpacks to more than {MOST_UNPACKED >> 30} GB", _SMALLER
                            )
                        if not head and _COUNT.search(head := data[: _CHUNK >> 10]):
                            raise UsageError(f"{name}: is a damaged workbook: {member.filename}", _SAVE)
                        if member.filename.endswith(".xml") and member.filename != _STRINGS:
                            cells.add(data)
                if cells.area > MOST_CELLS:
                    raise UsageError(
                        f"{name}: has a sheet of {cells.columns:,} columns and {cells.rows:,} rows",
                        "delete what stands far outside the table, or export it as CSV",
                    )
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, RuntimeError) as error:
        raise UsageError(f"{name}: is a damaged workbook: {error}", _SAVE) from None


class _Extent:
    """How far the cells of a sheet reach. One without a reference follows the one before (ECMA-376 part 1, section 18.3.1.4)."""

    def __init__(self) -> None:
        self.rows = 1
        self.columns = 1
        self._row = 0
        self._column = 0
        self._rest = b""

    def add(self, xml: bytes) -> None:
        """Takes in the next part of the sheet; a tag may be cut by its end. Raises ValueError for one that has no end."""
        xml = self._rest + xml
        begun = xml.rfind(b"<")
        whole = begun if begun > xml.rfind(b">") else len(xml)
        xml, self._rest = xml[:whole], xml[whole:]
        if len(self._rest) > _LONGEST_TAG:
            raise ValueError("a tag without an end")
        found = _PLACED.findall(xml)
        if not found:
            return
        _, letters, digits = map(set, zip(*found, strict=True))
        if b"" in digits:
            for place in found:
                self._follow(*place)
            return
        self.columns = max(self.columns, *map(_column, letters))
        self.rows = max(self.rows, *map(int, digits))
        self._row, self._column = int(found[-1][2]), _column(found[-1][1])

    def _follow(self, is_row: bytes, letters: bytes, digits: bytes) -> None:
        if digits:
            self._row, self._column = int(digits), _column(letters)
        elif is_row:
            self._row, self._column = self._row + 1, 0
        else:
            self._column += 1
        self.rows = max(self.rows, self._row)
        self.columns = max(self.columns, self._column)

    @property
    def area(self) -> int:
        """Cells, were all of it filled."""
        return self.rows * self.columns


def _column(letters: bytes) -> int:
    """The number of a column, from 1: ``A`` is 1, ``XFD`` 16,384."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
