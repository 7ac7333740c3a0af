"""Rows broken by delimiters that were not quoted, put together again where one way makes every cell what its column holds.

Majestic writes commas of anchors and URLs as they are. A row of too many cells is parted anew: neighbours are joined until
URLs are URLs, dates are dates and flags are flags. Of several ways the cheapest is taken, if no other is nearly as cheap.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from .kind import FLAGS, TYPE_FLAGS
from .meaning import NOTHING, flag, number
from .moment import moment
from .recognise import Recognised

MOST_SURPLUS = 40
"""A row with more cells than that too many is not worth the trouble."""

MARGIN = 2
"""What the second best way must cost more."""

Price = Callable[[str | None, str], int]
"""What it costs that a cell, so far made of this (None: of nothing), goes on with that piece."""
Part = tuple[int, int]
Way = tuple[int, tuple[Part, ...]]
"""What it costs, and the part (begin, end) of the broken cells that each cell is made of."""

_URL = re.compile(r"https?://[^\s/?#]+\.?[^\s<>\"]*", re.IGNORECASE)
_URL_PIECE = re.compile(r"[^\s]*[/=&?%#_~+][^\s]*|\d+[-.][^\s]*|[\w-]+\.(?:html?|php|aspx?|jsp)")


def mend(cells: Sequence[str], width: int, recognised: Recognised, delimiter: str = ",") -> list[str] | None:
    """The ``width`` cells that a broken row was written from, or None where none or more than one way is likely.

    ``delimiter`` is what parted the row. A row of too few cells is taken as cut after its last words: the rest is empty.
    """
    surplus = len(cells) - width
    if surplus <= 0 or not any(cell.strip() for cell in cells[width:]):
        whole = [*cells[:width], *[""] * -surplus]
        checks = _checks(recognised, width)
        return whole if all(check(cell) for check, cell in zip(checks, whole, strict=True)) else None
    if surplus > MOST_SURPLUS:
        return None
    ways = _ways(cells, _checks(recognised, width), _prices(recognised, width), delimiter)
    if not ways or (len(ways) > 1 and ways[1][0] - ways[0][0] < MARGIN):
        return None
    return [delimiter.join(cells[begin:end]) for begin, end in ways[0][1]]


def _ways(
    cells: Sequence[str],
    checks: Sequence[Callable[[str], bool]],
    prices: Sequence[Price],
    delimiter: str,
) -> list[Way]:
    """The two cheapest ways: column by column, for each place where the next may begin, the two cheapest so far."""
    surplus = len(cells) - len(checks)
    reached: dict[int, list[Way]] = {0: [(0, ())]}
    for column, (check, price) in enumerate(zip(checks, prices, strict=True)):
        following: dict[int, list[Way]] = {}
        for begin, ways in reached.items():
            joined, cost = None, 0
            for end in range(begin + 1, column + surplus + 2):
                piece = cells[end - 1]
                cost += price(joined, piece)
                joined = piece if joined is None else joined + delimiter + piece
                if check(joined):
                    further = [(spent + cost, (*parts, (begin, end))) for spent, parts in ways]
                    following[end] = sorted(following.get(end, []) + further)[:2]
        reached = following
    return reached.get(len(cells), [])


def _checks(recognised: Recognised, width: int) -> list[Callable[[str], bool]]:
    """By column: may a cell be this?"""
    names = {index: name for name, index in recognised.columns.items()}
    shapes = recognised.shapes or ("",) * width
    return [
        _check(shapes[index] if index < len(shapes) else "", names.get(index, "")) for index in range(width)
    ]


def _check(shape: str, name: str) -> Callable[[str], bool]:
    if shape == "url":
        return lambda cell: bool(_URL.fullmatch(cell.strip())) or (name != "source_url" and _blank(cell))
    if shape == "number":
        return lambda cell: _blank(cell) or number(cell) is not None
    if shape == "time":
        return lambda cell: _blank(cell) or moment(cell) is not None
    if shape == "flag":
        own = name if name in (*FLAGS, *TYPE_FLAGS) else ""
        return lambda cell: _blank(cell) or flag(cell, own) is not None
    return lambda _: True


def _blank(cell: str) -> bool:
    return not cell.strip() or cell.strip() in NOTHING


def _prices(recognised: Recognised, width: int) -> list[Price]:
    """By column: what it costs to take one more piece into a cell. Text goes on as text, a URL with what URLs are made of."""
    shapes = recognised.shapes or ("",) * width
    texts = {
        recognised.columns[name] for name in ("anchor", "alt", "page_title") if name in recognised.columns
    }
    return [
        _url_price
        if index < len(shapes) and shapes[index] == "url"
        else _text_price
        if index in texts
        else _other_price
        for index in range(width)
    ]


def _url_price(before: str | None, piece: str) -> int:
    if before is None:
        return 0
    if piece.isdecimal():
        return 2
    return 9 if piece.lower().startswith("http") else 1 if _URL_PIECE.fullmatch(piece) else 4


def _text_price(before: str | None, piece: str) -> int:
    spaced = piece.startswith(" ")
    if before is None:
        return 3 if spaced else 0
    if spaced:
        return 1
    return 4 if _URL_PIECE.fullmatch(piece) or _URL_PIECE.fullmatch(before) else 2


def _other_price(before: str | None, piece: str) -> int:
    spaced = piece.startswith(" ")
    if before is None:
        return 3 if spaced else 0
    return 3 if spaced else 5
