"""Objects of JSON to rows: JSON lines as they come, or the list of objects in a whole document (RFC 8259)."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from ..errors import UsageError
from .cell import Row, cell_text
from .delimited import lines_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_BYTES = 256 << 20
"""Of a whole document, which is held in memory."""
MOST_COLUMNS = 1000
_FIRST = 1000
"""Objects whose keys are the columns."""
_BATCH = 2000

_JSON = re.compile(r'\s*(?:\{\s*["}]|\[\s*[\[{\]"])')
_PAIR = frozenset(("url_from", "url_to"))
"""What an answer of DataForSEO, and of those who follow it, says of a link."""

Object = dict[str, Any]


def is_json(sample: str) -> bool:
    """Whether a text begins as a list, or an object, of JSON does."""
    return _JSON.match(sample) is not None


def is_json_lines(sample: str) -> bool:
    """Whether most of the first lines are an object each, and there is more than one."""
    lines = [line for line in sample.split("\n")[:_FIRST] if line.strip()]
    return len(lines) > 1 and sum(_object(line) is not None for line in lines) * 2 >= len(lines)


def line_rows(texts: Iterable[str]) -> Iterator[list[Row]]:
    """The rows of JSON lines under row 0, the keys of the first; a line that is no object is one cell."""
    lines = chain.from_iterable(lines_of(texts))
    first = [(number, cells[0], _object(cells[0])) for number, cells in islice(lines, _FIRST)]
    keys = _keys(found for _, _, found in first if found)
    rest = ((number, cells[0], _object(cells[0])) for number, cells in lines)
    rows = (
        (number, [text] if found is None else _cells(found, keys))
        for number, text, found in chain(first, rest)
    )
    yield [_header(keys)]
    while batch := list(islice(rows, _BATCH)):
        yield batch


def object_rows(objects: list[Object]) -> Iterator[list[Row]]:
    """The rows of objects under row 0, the keys of the first."""
    keys = _keys(objects[:_FIRST])
    yield [_header(keys)]
    for start in range(0, len(objects), _BATCH):
        batch = objects[start : start + _BATCH]
        yield [(number, _cells(found, keys)) for number, found in enumerate(batch, start + 1)]


def document_objects(texts: Iterable[str], name: str) -> list[Object]:
    """The objects of a whole document: those of its longest list, or of the deepest with ``url_from`` and ``url_to``.

    Lists in the same place of several answers count as one. Raises UsageError for what is no JSON, too large, or holds none.
    """
    parts: list[str] = []
    size = 0
    for text in texts:
        parts.append(text)
        size += len(text)
        if size > MOST_BYTES:
            raise UsageError(
                f"{name}: is a JSON document of more than {MOST_BYTES >> 20} MB",
                "write one object a line (JSON lines), which may be of any size",
            )
    try:
        document = json.loads("".join(parts))
    except RecursionError:
        raise UsageError(f"{name}: is JSON nested too deep", "export it as CSV") from None
    except ValueError as error:
        raise UsageError(f"{name}: is damaged JSON: {error}", "download it again") from None
    objects = _longest(document)
    if not objects:
        raise UsageError(
            f"{name}: is JSON without a list of objects", "export the links as a list of objects or CSV"
        )
    return objects


def _longest(document: Any) -> list[Object]:
    """Lists are told apart by the keys that lead to them."""
    places: dict[tuple[str, ...], list[list[Object]]] = defaultdict(list)
    todo: list[tuple[tuple[str, ...], Any]] = [((), document)]
    while todo:
        place, value = todo.pop()
        if isinstance(value, dict):
            todo.extend(
                ((*place, key), inner) for key, inner in value.items() if isinstance(inner, dict | list)
            )
        elif isinstance(value, list):
            if objects := [inner for inner in value if isinstance(inner, dict)]:
                places[place].append(objects)
            todo.extend(
                ((*place, "[]"), inner) for inner in reversed(value) if isinstance(inner, dict | list)
            )
    if not places:
        return [document] if isinstance(document, dict) and document else []

    def rank(place: tuple[str, ...]) -> tuple[int, int, int]:
        pairs = any(found.keys() >= _PAIR for objects in places[place] for found in objects)
        longest = max(map(len, places[place]))
        return (1, len(place), longest) if pairs else (0, longest, -len(place))

    return list(chain.from_iterable(places[max(places, key=rank)]))


def _object(line: str) -> Object | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _keys(objects: Iterable[Object]) -> list[str]:
    return list(islice(dict.fromkeys(chain.from_iterable(objects)), MOST_COLUMNS))


def _header(keys: list[str]) -> Row:
    return 0, [cell_text(key) for key in keys]


def _cells(found: Object, keys: list[str]) -> list[str]:
    return [cell_text(found.get(key)) for key in keys]
