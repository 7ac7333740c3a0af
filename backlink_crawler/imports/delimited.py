"""Delimited text (RFC 4180 and what people make of it) to rows, at the speed of `csv.reader`.

A record that goes on over a line's end is taken only when it is well formed and has the cells of the others. Where it is
not, its first line stands by itself with no quoting, so a stray quote costs one row and never those below it.
"""

from __future__ import annotations

import csv
import io
from itertools import chain
from typing import TYPE_CHECKING, cast

import attrs

from .cell import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from .quick import Cells

MOST_LINES = 100
MOST_CHARACTERS = 1 << 20
"""Of one record; spreadsheets have at most 32,767 in a cell."""

_END = "\0"
"""A line that no text has: what swallows it has not ended."""


@attrs.frozen
class Dialect:
    """How rows are written: the delimiter, the cells that most rows have (0: unknown), and lines to pass over at first."""

    delimiter: str
    width: int = 0
    passed: int = 0


def lines_of(texts: Iterable[str]) -> Iterator[list[Row]]:
    """Each line as a row of one cell, without white space around it; blank lines are left out."""
    number = 1
    for text in texts:
        lines = _split(text)
        yield [(at, [cell]) for at, line in enumerate(lines, number) if (cell := line.strip())]
        number += len(lines) - 1


def rows_of(texts: Iterable[str], dialect: Dialect) -> Iterator[list[Row]]:
    """The rows of a text that comes in blocks of whole lines; blank lines are left out."""
    return cast("Iterator[list[Row]]", blocks_of(texts, dialect, lambda _text, _number: None))


def blocks_of(
    texts: Iterable[str], dialect: Dialect, quick: Callable[[str, int], Cells | None]
) -> Iterator[list[Row] | Cells]:
    """The same, but for blocks that ``quick`` can read, which is told the number of their first line."""
    csv.field_size_limit(max(csv.field_size_limit(), 16 * MOST_CHARACTERS))
    number = 1
    held = ""  # the lines of a record that has not ended
    for text in texts:
        if not held and (cells := quick(text, number)) is not None:
            number += text.count("\n")
            yield cells
            continue
        if held or '"' in text:
            lines = list(io.StringIO(held + text, newline=""))
            rows, used = _records(lines, number, dialect, final=False)
            held = "".join(lines[used:])
            # what comes next goes on in the same line when the last one has no end
            number += used - (not held and not lines[-1].endswith(("\n", "\r")))
        else:
            plain = _split(text)
            rows = [(at, line.split(dialect.delimiter)) for at, line in enumerate(plain, number) if line]
            number += len(plain) - 1
        yield _passed(rows, dialect)
    if held:
        lines = list(io.StringIO(held, newline=""))
        yield _passed(_records(lines, number, dialect, final=True)[0], dialect)


def _passed(rows: list[Row], dialect: Dialect) -> list[Row]:
    return rows[1:] if rows and rows[0][0] <= dialect.passed else rows


def _split(text: str) -> list[str]:
    """Lines without their ends, and what follows the last end."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.split("\n")


def _records(lines: list[str], number: int, dialect: Dialect, *, final: bool) -> tuple[list[Row], int]:
    """The rows of physical lines, the first of which has that number, and how many lines they took.

    Unless these are the final lines, those of a record are left which may go on in the next. A doubtful record is read in
    a short window at first, then in ever longer ones: what is read in vain stays in proportion to what was read.
    """
    rows: list[Row] = []
    start = 0
    reach = len(lines)
    while start < len(lines):
        window = lines[start : start + reach]
        reader = csv.reader(chain(window, (_END,)), delimiter=dialect.delimiter)
        at = 0
        for cells in reader:
            after = reader.line_num
            if after - at > 1 and not (after <= len(window) and _sound(window[at:after], cells, dialect)):
                break
            if cells:
                rows.append((number + start + at, cells))
            at = after
        else:
            rows.pop()  # the end's
            start += len(window)
            reach *= 2
            continue
        ended = after <= len(window)
        start += at
        if not ended and _may_go_on(window[at:]):
            if start + len(window) - at < len(lines):
                reach = max(reach, MOST_LINES + 1)
                continue
            if not final:
                return rows, start
        rows.append((number + start, _unquoted(lines[start], dialect.delimiter)))
        start += 1
        reach = MOST_LINES + 1
    return rows, start


def _may_go_on(lines: list[str]) -> bool:
    return len(lines) <= MOST_LINES and sum(map(len, lines)) <= MOST_CHARACTERS


def _sound(lines: list[str], cells: list[str], dialect: Dialect) -> bool:
    """Whether lines are one record: two stray quotes pair up to one that has the right number of cells, but not its form."""
    if not _may_go_on(lines) or dialect.width not in (0, len(cells)):
        return False
    try:
        next(csv.reader(lines, delimiter=dialect.delimiter, strict=True))
    except csv.Error:
        return False
    return True


def _unquoted(line: str, delimiter: str) -> list[str]:
    """The cells of a line whose quotes do not pair: only those around a whole cell are taken for quotes."""
    cells = line.rstrip("\r\n").split(delimiter)
    return [
        cell[1:-1].replace('""', '"') if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell
        for cell in cells
    ]
