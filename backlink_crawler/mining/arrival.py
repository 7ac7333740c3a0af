"""Parts that were made somewhere else, into the index: what it does not have, each once. They stay where they are."""

from __future__ import annotations

from itertools import islice

import attrs

from ..errors import UsageError
from ..index.parts import stored
from ..index.store import Index
from .crawl_row import rows_on
from .part import Broken, parts_on
from .shelf import shelf_at
from .takeover import MOST_PARTS, take_over


@attrs.define
class Arrived:
    """What is on a shelf, and what of it the index did not have."""

    parts: int = 0
    new: int = 0
    pages: int = 0
    """Of the new parts, as the links are."""
    links: int = 0
    targets: list[str] = attrs.field(factory=list)
    """Whatever the parts were made for."""
    broken: list[str] = attrs.field(factory=list)
    """What was passed over, and why."""


def arrive(index: Index, place: str) -> Arrived:
    """Store the parts at a place, and the runs that made them. Killed at any moment, it is just called again.

    Raises IndexFault, and UsageError where there are none.
    """
    shelf = shelf_at(place)
    arrived = Arrived()

    def lose(broken: Broken) -> None:
        arrived.broken.append(broken.reason)

    rows = list(rows_on(shelf, lose))
    for row in rows:
        index.record_crawl(row, 1 if row.finished_at is None else 2)
    arrived.targets = list(dict.fromkeys(name for row in rows for name in row.targets))
    parts = parts_on(shelf, lose)
    while batch := list(islice(parts, MOST_PARTS)):
        arrived.parts += len(batch)
        known = stored(index, [part.app for part in batch])
        new = take_over(index, shelf, [part for part in batch if part.app not in known], lose)
        for part in batch:
            if part.app in new:
                arrived.new += 1
                arrived.pages += part.visits
                arrived.links += part.links
    if not rows and not arrived.parts and not arrived.broken:
        raise UsageError(f"there are no parts at {place}", "name the place that --out named")
    return arrived
