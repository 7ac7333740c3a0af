"""Files of any form as tables: rows of text with the numbers of their lines."""

from __future__ import annotations

from itertools import chain, count, islice
from typing import TYPE_CHECKING

import attrs

from ..errors import UsageError
from . import delimited, records, workbook
from .cell import Row
from .decoding import BLOCK, texts
from .dialect import sniff
from .document import GZIP, ZIP, Document, documents, gunzipped, names
from .foreign import foreign_bytes, foreign_text
from .quick import Cells, Quick, cells_of, gathered

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Sequence
    from pathlib import Path

_MOST_BLOCKS = (16 << 20) // BLOCK
"""Of a chunk: long rows make it shorter, so that it stays at some 16 MB of text."""
_NESTED = "is an archive inside an archive"


@attrs.define
class Table:
    """Rows of one file, one member of an archive, or one sheet, read anew by each iteration.

    ``name`` is for people: ``links.csv``, ``export.zip/links.csv``, ``book.xlsx/Sheet1``. ``form`` is one of ``delimited``,
    ``workbook``, ``records`` (objects of JSON, their keys as row 0) and ``lines`` (one cell each: lists of URLs, disavow files,
    access logs). ``delimiter`` is that of delimited text, else nothing.
    """

    name: str
    form: str
    delimiter: str
    _blocks: Callable[[], Iterator[list[Row]]] = attrs.field(repr=False, eq=False)
    _quick_blocks: Callable[[Quick], Iterator[list[Row] | Cells]] | None = attrs.field(
        default=None, repr=False, eq=False
    )

    def chunks(self, size: int = 20_000) -> Iterator[list[Row]]:
        """The rows as they come, headers too, in lists of at most ``size``; their numbers are those of the lines they begin in.

        Raises UsageError where the file turns out to be damaged.
        """
        rows: list[Row] = []
        for nth, block in enumerate(self._blocks(), 1):
            rows += block
            full = nth % _MOST_BLOCKS == 0
            if full or len(rows) >= size:
                whole = len(rows) if full else len(rows) - len(rows) % size
                yield from (rows[start : min(start + size, whole)] for start in range(0, whole, size))
                rows = rows[whole:]
        yield from (rows[start : start + size] for start in range(0, len(rows), size))

    def cells(self, width: int, wanted: Sequence[int], size: int = 20_000) -> Iterator[Cells]:
        """The same rows by column, ``size`` at a time or some more: of rows of ``width`` cells those at the indexes ``wanted``."""
        quick = Quick(self.delimiter, width, wanted)
        blocks = self._blocks() if self._quick_blocks is None else self._quick_blocks(quick)
        parts = (block if isinstance(block, Cells) else cells_of(block, width, wanted) for block in blocks)
        return gathered(parts, size)

    def peek(self, count: int = 50) -> list[Row]:
        """The first rows, which `chunks` gives all the same."""
        return list(islice(chain.from_iterable(self.chunks(count)), count))


def tables(path: Path, skipped: list[tuple[str, str]] | None = None) -> Iterator[Table]:
    """The tables of a file: one of a plain file, one for each member of a zip archive or sheet of a workbook with rows.

    Forms are told by content, never by name; gzip is undone, also inside a zip archive, but no archive inside another.
    Members that are no tables are added to ``skipped``, name and reason. Raises UsageError when nothing can be read.
    """
    skipped = [] if skipped is None else skipped
    before = len(skipped)
    found: set[str] = set()
    for document in documents(path, skipped):
        try:
            for table in _tables_in(gunzipped(document)):
                table.name = _another(table.name, found)
                found.add(table.name)
                yield table
        except UsageError as error:
            if document.name == path.name:
                raise
            skipped.append((document.name, error.reason.removeprefix(f"{document.name}: ")))
    if not found:
        said = "; ".join(f"{name} {reason}" for name, reason in skipped[before:][:3]) or "it is empty"
        raise UsageError(f"{path.name}: nothing in it can be imported: {said}", "pack the exports themselves")


def _another(name: str, taken: Container[str]) -> str:
    """The name, numbered where it is taken: an archive may hold two members of one name."""
    numbered = (f"{name} ({nth})" for nth in count(2))
    return next(one for one in chain([name], numbered) if one not in taken)


def _tables_in(document: Document) -> Iterator[Table]:
    head = document.head()
    if head.startswith(ZIP):
        yield from _sheets(document)
    elif head.startswith(GZIP):
        raise UsageError(f"{document.name}: {_NESTED}", "unpack it first")
    else:
        yield _text(document, head)


def _sheets(document: Document) -> Iterator[Table]:
    held = document.held(workbook.MOST_PACKED, "a workbook")
    members = names(held, document.name)
    if "xl/workbook.xml" not in members:
        office = "[Content_Types].xml" in members or "mimetype" in members
        what = "is an office document, but no Excel workbook (.xlsx)" if office else _NESTED
        raise UsageError(
            f"{document.name}: {what}", "save it as .xlsx or CSV" if office else "unpack it first"
        )
    empty = True
    for title, sheet in workbook.sheets(held, document.name):
        empty = False
        yield Table(
            f"{document.name}/{title}",
            "workbook",
            "",
            lambda sheet=sheet: workbook.sheet_rows(sheet),  # type: ignore[misc]
        )
    if empty:
        raise UsageError(f"{document.name}: is empty", "there is nothing to import in it")


def _text(document: Document, head: bytes) -> Table:
    name = document.name

    def blocks() -> Iterator[str]:
        with document.open() as stream:
            yield from texts(stream)

    sample = "".join(islice(blocks(), 2))  # what follows the last line end is a block of its own
    if reason := foreign_bytes(head) or foreign_text(sample):
        what, hint = reason
        raise UsageError(f"{name}: {what}", hint)
    if records.is_json_lines(sample):
        return Table(name, "records", "", lambda: records.line_rows(blocks()))
    if records.is_json(sample):
        objects = records.document_objects(blocks(), name)
        return Table(name, "records", "", lambda: records.object_rows(objects))
    dialect = sniff(sample)
    if dialect is None:
        return Table(name, "lines", "", lambda: delimited.lines_of(blocks()))
    return Table(
        name,
        "delimited",
        dialect.delimiter,
        lambda: delimited.rows_of(blocks(), dialect),
        lambda quick: delimited.blocks_of(blocks(), dialect, quick),
    )
