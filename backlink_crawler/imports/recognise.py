"""What a file is, by what is in it: by its header, else by what its columns or lines hold, never by its name."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

import attrs

from ..errors import UsageError
from ..options import nearest
from .kind import BY_NAME, CLAIMED, FLAGS, HELPERS, KINDS, NUMBERS, TIMES, TYPE_FLAGS, Kind, columns_in
from .meaning import NOTHING, address, flag, folded, host, number
from .moment import day_first, moment

Row = tuple[int, list[str]]
Covers = Callable[[str], bool]

MOST = 0.9
"""The share of the rows looked at that must be as a kind has them."""
DISAVOWED = "domain:"
_SAMPLE = 200
_PREAMBLE = 30
_HINT = "name the columns by hand: --columns source_url=NAME,target_url=NAME (or their numbers, from 1)"
_LOG_LINE = re.compile(
    r'^\S+ \S+ (?:\S+ )*?\[?\d{2}/[A-Za-z]{3}/\d{4}:\d{2}:\d{2}:\d{2} [+-]\d{4}\]? "?[A-Z]{3,10} \S', re.ASCII
)
"""A line of the Common Log Format and what extends it: host, two names, time, request."""
_LOG_REQUEST = frozenset(
    "request requesturi uri path url requestpath requestmethod method urlpath httpmethod".split()
)
_LOG_STATUS = frozenset("status statuscode downstreamstatus responsestatus httpstatus responsecode".split())


@attrs.frozen
class Recognised:
    """What a file is, and where its columns are."""

    kind: Kind
    header: int
    """Index of the header among the rows looked at; -1 when there is none."""
    columns: dict[str, int]
    """Column of a claim, or one of :data:`.kind.HELPERS` -> index of the cell."""
    width: int
    """Cells of a sound row."""
    shapes: tuple[str, ...] = ()
    """What the cells of each column are: ``url number time flag``, or empty where they are any text."""
    day_first: bool | None = None
    """Whether ``01/08/2026`` has the day first; None where no date that was looked at tells."""


def recognise(
    rows: Sequence[Row],
    form: str,
    covers: Covers,
    named: Mapping[str, str] = {},
    *,
    today: date | None = None,
) -> Recognised:
    """What a file is, by its first rows (line, cells); ``form`` is one of ``delimited workbook records lines``.

    ``covers`` says of a normalised URL whether it lies in the target. ``named`` are columns named by hand: column of a claim
    -> header, or number from 1. ``today`` helps to tell the day from the month, as nobody saw a link in the future.
    Raises UsageError for a file of no known kind, and for one that is known to name no linking page.
    """
    told = [index for index, (_, cells) in enumerate(rows) if any(cell.strip() for cell in cells)]
    if not told:
        raise UsageError("there is nothing in it")
    recognised = _recognise([rows[index] for index in told], form, covers, named, today)
    return attrs.evolve(recognised, header=told[recognised.header] if recognised.header >= 0 else -1)


def _recognise(
    rows: Sequence[Row], form: str, covers: Covers, named: Mapping[str, str], today: date | None
) -> Recognised:
    found = _by_header(rows, skip_refused=bool(named))
    if named:
        kind, header, columns = _by_hand(rows, named, found)
    elif found is None and _is_log(rows, form):
        return Recognised(BY_NAME["access_log"], -1, {}, 1)
    else:
        kind, header, columns = found or _by_lines(rows) or _by_values(rows, covers)
    if kind.refusal:
        raise UsageError(f"{kind.title}: {kind.refusal}", kind.instead)
    return _measured(kind, header, columns, rows, today)


def _measured(
    kind: Kind, header: int, columns: dict[str, int], rows: Sequence[Row], today: date | None
) -> Recognised:
    """With the width of a sound row, and what its cells are."""
    body = [cells for _, cells in rows[header + 1 :]]
    width = max(
        _width(len(rows[header][1]) if header >= 0 else 0, body), *(at + 1 for at in columns.values())
    )
    sound = [cells for cells in body if len(cells) == width][:_SAMPLE]
    shapes = [_shape([cells[index] for cells in sound]) for index in range(width)]
    for column, index in columns.items():
        shapes[index] = _CLAIMED_SHAPES.get(column, "")
    if kind.claim == "site" or kind.provenance in _MAY_NAME_SITES:
        shapes[columns["source_url"]] = _shape([cells[columns["source_url"]] for cells in sound])
    if "lost_at" in columns and _shape([cells[columns["lost_at"]] for cells in sound]) != "time":
        shapes[columns["lost_at"]] = ""  # a flag, as some have it
    dates = (cells[columns[name]] for name in TIMES if name in columns for cells in sound)
    return Recognised(kind, header, columns, width, tuple(shapes), day_first(dates, today))


_MAY_NAME_SITES = frozenset({"import:table", "import:list", "import:disavow"})
_CLAIMED_SHAPES = {
    "source_url": "url", "target_url": "url",
    **dict.fromkeys(NUMBERS, "number"), **dict.fromkeys(TIMES, "time"), **dict.fromkeys((*FLAGS, *TYPE_FLAGS), "flag"),
}  # fmt: skip


def _width(header: int, body: Sequence[list[str]]) -> int:
    """Cells of a sound row: those of the header, and empty ones that most rows have after them."""
    sizes = Counter(
        len(cells) for cells in body if len(cells) >= header and not (header and any(cells[header:]))
    )
    return sizes.most_common(1)[0][0] if sizes else header


def _shape(cells: Sequence[str]) -> str:
    said = [cell.strip() for cell in cells if cell.strip() not in ("", *NOTHING)]
    tests: tuple[tuple[str, Callable[[str], object]], ...] = (
        ("url", address), ("number", number), ("time", moment), ("flag", flag),
    )  # fmt: skip
    return next((name for name, test in tests if said and all(test(cell) is not None for cell in said)), "")


# By the header


Found = tuple[Kind, int, dict[str, int]]


def _by_header(rows: Sequence[Row], *, skip_refused: bool) -> Found | None:
    """The first row that is the header of a kind; some exports have a few lines before it."""
    for index, (_, cells) in enumerate(rows[:_PREAMBLE]):
        headers = {folded(cell) for cell in cells}
        for kind in KINDS:
            if not kind.needs or (kind.refusal and skip_refused):
                continue
            columns = columns_in(kind, cells)
            marked = not kind.marks or any(folded(mark) in headers for mark in kind.marks)
            if marked and all(name in columns for name in kind.needs):
                return kind, index, columns
    return None


def _by_hand(rows: Sequence[Row], named: Mapping[str, str], found: Found | None) -> Found:
    """The columns as named, in a file of whatever kind."""
    for column in named:
        if column not in (*CLAIMED, *HELPERS):
            raise UsageError(f"--columns: unknown column {column}", nearest(column, CLAIMED))
    kind, header, columns = found or (BY_NAME["table"], _named_header(rows, named), {})
    cells = rows[max(header, 0)][1]
    at = {column: _index(name, cells, header) for column, name in named.items()}
    columns = {**columns, **at}
    if "source_url" not in columns:
        raise UsageError("--columns names no source_url", _HINT)
    if not found and header < 0 and not (address(cells[at["source_url"]]) or host(cells[at["source_url"]])):
        header = 0
    return kind, header, columns


def _named_header(rows: Sequence[Row], named: Mapping[str, str]) -> int:
    """The row that has all the names that are no numbers; -1 when all are numbers."""
    names = {folded(name) for name in named.values() if not name.strip().isdecimal()}
    if not names:
        return -1
    for index, (_, cells) in enumerate(rows):
        if names <= {folded(cell) for cell in cells}:
            return index
    line, cells = rows[0]
    missing = sorted(name for name in named.values() if folded(name) not in map(folded, cells))
    raise UsageError(
        f"line {line}: no column is called {', '.join(missing)}: the header is {_shown(cells)}", _HINT
    )


def _index(name: str, cells: Sequence[str], header: int) -> int:
    """The index of a column by its header or its number."""
    if header >= 0:
        for same in (str.strip, folded):
            index = next((at for at, cell in enumerate(cells) if same(cell) == same(name)), -1)
            if index >= 0:
                return index
    if name.strip().isdecimal() and 1 <= int(name) <= len(cells):
        return int(name) - 1
    raise UsageError(f"--columns: there is no column {name} among {_shown(cells)}", _HINT)


# By what lines hold


def _is_log(rows: Sequence[Row], form: str) -> bool:
    """Whether it is the access log of a web server: lines in the common and combined formats, or JSON objects."""
    if form == "records":
        return _is_logged({folded(cell) for cell in rows[0][1]})
    logged = 0
    for _, cells in rows:
        line = " ".join(cells)
        logged += bool(_LOG_LINE.match(line)) or (line.startswith("{") and _is_logged_json(line))
    return logged >= MOST * len(rows)


def _is_logged(names: set[str]) -> bool:
    return not names.isdisjoint(_LOG_REQUEST) and not names.isdisjoint(_LOG_STATUS)


def _is_logged_json(line: str) -> bool:
    try:
        said = json.loads(line)
    except ValueError:
        return False
    return isinstance(said, dict) and _is_logged({folded(name) for name in said})


def _by_lines(rows: Sequence[Row]) -> Found | None:
    """A list: lines, or a column alone, of URLs and names of sites; disavowed ones among lines ``domain:…``."""
    if any(len(cells) != 1 and any(cells[1:]) for _, cells in rows):
        return None
    cells = [row[1][0].strip() for row in rows]
    header = -1 if _is_listed(cells[0]) or len(cells) == 1 else 0
    told = [cell for cell in cells[header + 1 :] if not cell.startswith("#")]
    if sum(map(_is_listed, told)) < MOST * len(told) or not told:
        return None
    disavowed = any(cell.lower().startswith(DISAVOWED) for cell in told)
    return BY_NAME["disavow" if disavowed else "list"], header, {"source_url": 0}


def _is_listed(cell: str) -> bool:
    name = cell[len(DISAVOWED) :] if cell.lower().startswith(DISAVOWED) else cell
    return (
        cell.startswith("#") or address(name) is not None or host(name.strip().partition("/")[0]) is not None
    )


# By what columns hold


def _by_values(rows: Sequence[Row], covers: Covers) -> Found:
    """A report of Search Console in an unknown language, or a table with one column of pages in the target, one outside."""
    width = Counter(len(cells) for _, cells in rows).most_common(1)[0][0]
    first, cells = next((index, cells) for index, (_, cells) in enumerate(rows) if len(cells) == width)
    body = [cells for _, cells in rows[first + 1 :] if len(cells) == width] or [cells]
    columns = [[cells[index] for cells in body] for index in range(width)]
    urls = {index: list(map(address, column)) for index, column in enumerate(columns)}
    urls = {index: column for index, column in urls.items() if _most(url is not None for url in column)}
    inside = [at for at, column in urls.items() if _most(url is not None and covers(url) for url in column)]
    outside = [
        at for at, column in urls.items() if _most(url is not None and not covers(url) for url in column)
    ]
    header = first if not any(address(cells[index]) for index in urls) else -1
    if header >= 0 and not inside:
        sites = [at for at, column in enumerate(columns) if _most(host(cell) is not None for cell in column)]
        numbers = [
            at for at, column in enumerate(columns) if _most(number(cell) is not None for cell in column)
        ]
        dates = [
            at for at, column in enumerate(columns) if _most(moment(cell) is not None for cell in column)
        ]
        if width == 2 and len(outside) == 1 and dates == [1 - outside[0]] and not numbers:
            return BY_NAME["gsc"], header, {"source_url": outside[0], "last_seen": dates[0]}
        if width == 3 and sites == [0] and numbers == [1, 2]:
            return BY_NAME["gsc_sites"], header, {"source_url": 0, "links": 1}
    if len(inside) == 1 and len(outside) == 1:
        kind = BY_NAME["table"]
        told = columns_in(kind, cells) if header >= 0 else {}
        return kind, header, {**told, "source_url": outside[0], "target_url": inside[0]}
    line = rows[first][0]
    tried = "; ".join(
        kind.title for kind in KINDS if kind.needs and not kind.refusal and kind.name != "table"
    )
    raise UsageError(
        f"line {line}: of no known kind: neither a list nor an access log, its header is none of {tried}; and"
        f" {_told(inside, outside, cells, header)}"
        f" ({'the header' if header >= 0 else 'the first row'} is {_shown(cells)})",
        _HINT,
    )


def _told(inside: list[int], outside: list[int], cells: list[str], header: int) -> str:
    """Why the columns leave it open which of them names the linking page."""

    def call(at: list[int]) -> str:
        return " and ".join(
            f"{index + 1} ({_short(cells[index])})" if header >= 0 else str(index + 1) for index in at
        )

    if len(outside) > 1 and len(inside) == 1:
        return f"more than one column holds pages outside the target: {call(outside)}"
    if len(outside) == 1 and len(inside) > 1:
        return f"more than one column holds pages of the target: {call(inside)}"
    if inside and not outside:
        return f"column {call(inside)} holds pages of the target, but none holds pages that link to it"
    if outside and not inside:
        return f"column {call(outside)} holds pages outside the target, but none holds pages of it"
    return "no columns hold pages in the target and pages outside"


def _most(tests: Iterable[bool]) -> bool:
    told = list(tests)
    return bool(told) and sum(told) >= MOST * len(told)


def _shown(cells: Sequence[str]) -> str:
    """A header for people, cut where it is long."""
    return ", ".join(map(_short, cells[:12])) + (", …" if len(cells) > 12 else "")


def _short(cell: str) -> str:
    text = " ".join(cell.split())
    return text if len(text) <= 40 else text[:39] + "…"
