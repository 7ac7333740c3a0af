"""Is a text delimited, and by what: told by its first lines."""

from __future__ import annotations

import re
from collections import Counter

from .delimited import Dialect, rows_of

_DELIMITERS = "\t;,|"
_SAMPLE_ROWS = 200
_SAMPLE_CHARACTERS = 1 << 16
_DECLARED = re.compile(r"sep=(.)\r?\n?\Z", re.I)
_ACCESS_LOG = re.compile(
    r"\S+ .*\[\d\d/[A-Z][a-z][a-z]/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\]"
    r'|.*"(?:GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH) \S+ HTTP/\d'
)
"""A line of a web server (Common Log Format), or at least the request in it."""
_URL = re.compile(r"\s*(?:https?:)?//", re.I)
_NOT_IN_URL = re.compile(r"\Z|.*\s|https?://|www\.|\d{1,4}[-./]\d{1,2}[-./]\d{1,4}", re.I | re.S)
"""What does not follow a comma inside a URL: nothing, white space, another URL, a date."""
_LEAST_ALIKE = 0.5


def sniff(sample: str) -> Dialect | None:
    """The dialect in which the first lines of a text are written, or None for plain lines.

    The first row decides, which names the columns: the delimiter is the one by which most rows have as many cells. Only
    where none is (a title above the header) all rows are asked.
    """
    sample = _whole_lines(sample)
    first = sample.split("\n", 1)[0].removesuffix("\r")
    if declared := _DECLARED.match(first):
        rows = _rows(sample, Dialect(declared[1], passed=1))
        return Dialect(declared[1], _common(rows)[0], passed=1)
    if _ACCESS_LOG.match(sample.lstrip()):
        return None
    found: list[tuple[bool, float, int, str]] = []
    for delimiter in _DELIMITERS:
        rows = _rows(sample, Dialect(delimiter)) if delimiter in sample else []
        if not rows or (delimiter != "\t" and _is_url_list(rows)):
            continue
        width, share = _common(rows)
        named = sum(len(cells) == len(rows[0]) for cells in rows) / len(rows)
        if len(rows[0]) > 1 and named >= _LEAST_ALIKE:
            found.append((True, named, width, delimiter))
        elif width > 1 and share >= _LEAST_ALIKE:
            found.append((False, share, width, delimiter))
    if found:
        _, _, width, delimiter = max(found)
        return Dialect(delimiter, width)
    return Dialect(",", 1) if first.startswith('"') and first.endswith('"') else None


def _whole_lines(sample: str) -> str:
    if len(sample) <= _SAMPLE_CHARACTERS:
        return sample
    sample = sample[:_SAMPLE_CHARACTERS]
    return sample[: sample.rfind("\n") + 1 or sample.rfind("\r") + 1] or sample


def _rows(sample: str, dialect: Dialect) -> list[list[str]]:
    return [cells for block in rows_of([sample], dialect) for _, cells in block][:_SAMPLE_ROWS]


def _common(rows: list[list[str]]) -> tuple[int, float]:
    """The number of cells that most rows have, and their share."""
    if not rows:
        return 0, 0.0
    (width, count), *_ = Counter(map(len, rows)).most_common(1)
    return width, count / len(rows)


def _is_url_list(rows: list[list[str]]) -> bool:
    """Whether the delimiter is part of URLs: no header, and what follows it is no cell."""
    if not _URL.match(rows[0][0]):
        return False
    parted = [cells for cells in rows if len(cells) > 1]
    return sum(any(map(_NOT_IN_URL.match, cells[1:])) for cells in parted) * 2 < len(parted)
