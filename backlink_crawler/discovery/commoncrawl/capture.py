"""A capture of a page: where its record lies; and which captures of a domain are read first."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import attrs

from ...urls import is_http, resolve, url_key

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST_OFFSET = 1 << 62
"""More than any file has bytes."""
PAGES = frozenset({"text/html", "application/xhtml+xml"})


@attrs.frozen
class Capture:
    """One record of an archive: ``length`` bytes from ``offset`` on in ``file``, a path. ``time`` is ISO 8601, UTC."""

    url: str
    time: str
    file: str
    offset: int
    length: int


def capture_of(url: object, time: object, file: object, offset: object, length: object) -> Capture | None:
    """The capture that an index tells of; None where it does not say of each what it should."""
    match url, time, file, offset, length:
        case str(), str(), str(), int(), int():
            page = resolve(url, url) or ""
            is_one = is_http(page) and file and 0 <= offset < _MOST_OFFSET and length > 0
            return Capture(page, time, file, offset, length) if is_one else None
    return None


def best(captures: Iterable[Capture], most: int) -> list[Capture]:
    """The newest capture of each page, the best pages first: the home page, then those that are few steps below it and without
    a query, which are the ones that are linked to, list others, and last.
    """
    newest: dict[str, Capture] = {}
    for one in captures:
        key = url_key(one.url)
        if key not in newest or one.time > newest[key].time:
            newest[key] = one
    return sorted(newest.values(), key=_order)[:most]


def _order(capture: Capture) -> tuple[bool, int, int, str]:
    parts = urlsplit(capture.url)
    steps = len([step for step in parts.path.split("/") if step])
    return bool(parts.query), steps, len(capture.url), capture.url
