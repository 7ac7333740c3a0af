"""Delimited text straight to columns by Arrow's reader, where every line is a row: many times as fast as rows of Python."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from typing import TYPE_CHECKING, Any, Literal

import attrs
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

if TYPE_CHECKING:
    from .cell import Row

MOST_PARTS = 32
"""Blocks of text whose rows are held together."""
LINE = pa.int64()
TEXT = pa.string()


@attrs.frozen
class Cells:
    """Some rows of a table by column."""

    lines: Any
    """The line of each row that has as many cells as it should."""
    columns: Sequence[Any]
    """The cells of the columns that are wanted."""
    odd: Sequence[Row] = ()
    """Rows with more or fewer cells."""

    def below(self, head: int) -> Cells:
        """The rows below a line."""
        if not len(self.lines) or self.lines[0].as_py() > head:
            return self
        kept = pc.greater(self.lines, pa.scalar(head, LINE))
        return Cells(self.lines.filter(kept), [column.filter(kept) for column in self.columns], self.odd)

    def with_rows(self, rows: Sequence[Row], wanted: Sequence[int]) -> Cells:
        """With more rows, in the order of their lines."""
        if not rows:
            return self
        joined = _joined([self, cells_of(rows, len(rows[0][1]), wanted)])
        order = pc.array_sort_indices(joined.lines)
        return Cells(joined.lines.take(order), [column.take(order) for column in joined.columns], joined.odd)


def cells_of(rows: Iterable[Row], width: int, wanted: Sequence[int]) -> Cells:
    """Rows by column."""
    sound: list[Row] = []
    odd: list[Row] = []
    for row in rows:
        (sound if len(row[1]) == width else odd).append(row)
    columns = [pa.array([cells[index] for _, cells in sound], TEXT) for index in wanted]
    return Cells(pa.array([line for line, _ in sound], LINE), columns, odd)


def gathered(parts: Iterable[Cells], size: int) -> Iterator[Cells]:
    """The same rows, ``size`` at a time or some more; fewer where they are long."""
    held: list[Cells] = []
    rows = 0
    for part in parts:
        held.append(part)
        rows += len(part.lines) + len(part.odd)
        if rows >= size or len(held) >= MOST_PARTS:
            yield _joined(held)
            held, rows = [], 0
    if held:
        yield _joined(held)


def _joined(parts: Sequence[Cells]) -> Cells:
    lines = pa.concat_arrays([part.lines for part in parts])
    columns = [pa.concat_arrays(pieces) for pieces in zip(*(part.columns for part in parts), strict=True)]
    return Cells(lines, columns, [row for part in parts for row in part.odd])


class Quick:
    """Reads blocks of text of one dialect. The answers are those of :func:`.delimited.rows_of` to the letter."""

    def __init__(self, delimiter: str, width: int, wanted: Sequence[int]) -> None:
        names = [str(index) for index in range(width)]
        self._delimiter = delimiter
        self._reading = arrow_csv.ReadOptions(use_threads=False, column_names=names, block_size=1 << 30)
        self._values = arrow_csv.ConvertOptions(
            include_columns=[names[index] for index in wanted],
            column_types=dict.fromkeys(names, TEXT),
            strings_can_be_null=False,
            check_utf8=False,
        )

    def __call__(self, text: str, number: int) -> Cells | None:
        """The rows of whole lines, the first of which has that number; None unless each line is a row."""
        lines = text.count("\n") + (not text.endswith("\n"))
        if not self._delimiter.isascii() or _has_other_ends(text) or self._is_open(text):
            return None
        odd: list[Row] = []

        def pass_over(row: arrow_csv.InvalidRow) -> Literal["skip"]:
            cells = next(csv.reader([row.text], delimiter=self._delimiter))
            odd.append((number + (row.number or 0) - 1, cells))
            return "skip"

        parsing = arrow_csv.ParseOptions(delimiter=self._delimiter, invalid_row_handler=pass_over)
        try:
            table = arrow_csv.read_csv(io.BytesIO(text.encode()), self._reading, parsing, self._values)
        except pa.ArrowInvalid:
            return None
        if table.num_rows + len(odd) != lines:
            return None
        told = pa.array(range(number, number + lines), LINE)
        if odd:
            told = told.filter(pc.invert(pc.is_in(told, pa.array([line for line, _ in odd], LINE))))
        return Cells(told, [column.combine_chunks() for column in table.columns], odd)

    def _is_open(self, text: str) -> bool:
        """Whether the last line may go on after these: its quotes do not pair."""
        last = text[text.rfind("\n", 0, -1) + 1 :]
        try:
            return '"' in last and not list(csv.reader([last], delimiter=self._delimiter, strict=True))
        except csv.Error:
            return True


def _has_other_ends(text: str) -> bool:
    """Whether a line ends in a carriage return alone."""
    return "\r" in text and not all(map(str.startswith, text.split("\r")[1:], repeat("\n")))
