"""The file of a map: which page went where, one row each, in any form of table that imports read.

The columns are told by their headings (:data:`HEADINGS`), or are the first two where there are none. Lines of two words, as in
Apache's RewriteMap, are rows as well.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

import attrs

from ..errors import UsageError
from ..imports.meaning import folded
from ..imports.table import tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from ..imports.cell import Row
    from ..imports.table import Table

HEADINGS: dict[str, tuple[str, ...]] = {
    "old": (
        "old", "old url", "old address", "old page", "old path", "from", "from url", "source", "source url", "redirect from",
        "url from", "legacy url", "current url", "original url", "origin", "address", "request url",
    ),
    "new": (
        "new", "new url", "new address", "new page", "new path", "to", "to url", "target", "target url", "redirect to",
        "redirect url", "redirect", "url to", "destination", "destination url", "final url", "location",
    ),
}  # fmt: skip
"""What the two columns are called; only letters and digits are looked at, without case."""
HOW = "write one row a page, below the headings old and new"
_AN_ADDRESS = frozenset("/.?")
_PARTED = re.compile(r"\s+|[,;|](?=(?:https?:)?/|\?|(?:404|410|gone)$)", re.I)
"""Between the words of a line; a delimiter may also be a part of a URL, and is none where no URL or path follows."""
_NAMES = {column: frozenset(map(folded, names)) for column, names in HEADINGS.items()}


@attrs.frozen
class Pair:
    """One row: the texts of its two cells; ``odd`` says what keeps it from being read."""

    line: int
    old: str
    new: str
    odd: str = ""


def read_pairs(path: Path) -> Iterator[Pair]:
    """The rows of a file, as they come. Raises UsageError for a file that cannot be read, and for one without two columns."""
    found = False
    for table in tables(path):
        rows = _rows(table)
        first = next(rows, None)
        if first is None:
            continue
        columns = _columns(first[1])
        if columns is None and not _is_pair(first[1], table.form):
            raise _without_columns(path, table, first)
        found = True
        body = rows if columns else itertools.chain([first], rows)
        yield from _pairs(body, columns or (0, 1), len(first[1]))
    if not found:
        raise UsageError(f"{path.name}: no rows in it", HOW)


def _rows(table: Table) -> Iterator[Row]:
    """The rows that say something; plain lines are parted."""
    for line, cells in itertools.chain.from_iterable(table.chunks()):
        if any(cells):
            yield line, _PARTED.split(cells[0]) if table.form == "lines" else cells


def _is_pair(cells: Sequence[str], form: str) -> bool:
    """Can this be a row of a map without headings? Its first cell is a URL or a path then; keys of JSON are headings."""
    if form == "records" or len(cells) < 2 or (form == "lines" and len(cells) > 2):
        return False
    return not _AN_ADDRESS.isdisjoint(cells[0])


def _columns(headings: list[str]) -> tuple[int, int] | None:
    """The places of both columns in a row of headings; of several that fit the first."""
    names = [folded(heading) for heading in headings]
    old, new = (
        next((at for at, name in enumerate(names) if name in _NAMES[column]), None)
        for column in ("old", "new")
    )
    return None if old is None or new is None else (old, new)


def _pairs(rows: Iterable[Row], columns: tuple[int, int], width: int) -> Iterator[Pair]:
    for line, cells in rows:
        old, new = (cells[at].strip() if at < len(cells) else "" for at in columns)
        odd = f"has {len(cells)} cells, the first row {width}: put URLs with a delimiter in quotes"
        yield Pair(line, old, new, odd if any(cells[width:]) else "")


def _without_columns(path: Path, table: Table, first: Row) -> UsageError:
    has = ", ".join(filter(None, first[1]))[:200] or "nothing"
    where = path.name if table.name == path.name else table.name
    return UsageError(f"{where}: is no map of old and new URLs: its first row has {has}", HOW)
