"""Reading a list to its end that is sorted by time, newest first, where only so many of its first entries can be had.

The entries up to a time are asked for, then those up to the time of the oldest, and so on. Entries of that same second
come again: they are known by their names.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Self

import attrs

if TYPE_CHECKING:
    from .source import Cursor


@attrs.frozen
class Slice:
    """The entries of a list up to a time in Unix seconds, without those of that second that were had before."""

    until: int | None = None
    had: frozenset[str] = frozenset()

    @classmethod
    def at(cls, cursor: Cursor) -> Self:
        """Where :meth:`onward` left off; an empty cursor is the beginning."""
        return cls(cursor.get("until"), frozenset(cursor.get("had", ())))

    def onward(self, entries: Collection[tuple[str, int]]) -> Cursor:
        """Where to go on after an answer with these entries (name, Unix time), which is not the last one.

        More entries of one second than fit an answer are lost: there is no asking for them.
        """
        oldest = min(time for _, time in entries)
        names = {name for name, time in entries if time == oldest}
        if oldest == self.until:
            if names <= self.had:
                return {"until": oldest - 1, "had": []}
            names |= self.had
        return {"until": oldest, "had": sorted(names)}
