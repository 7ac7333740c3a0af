"""What the reading of one archive came to: how much was read, and what could not be."""

from __future__ import annotations

import attrs

MOST_PLACES = 20
"""So many places of damage are named; all are counted."""


@attrs.define
class Tally:
    """Counts that the reading of an archive leaves behind. Nothing is left out without being counted here."""

    bytes: int = 0
    """Of the file, as they came: compressed, where it is."""
    damaged: int = 0
    """Stretches of the file that could not be read: a record, or what lies between two that could."""
    too_large: int = 0
    """Records beyond the bound."""
    places: list[tuple[int, str]] = attrs.field(factory=list)
    """The first places of damage: the byte in the file, and what is wrong there."""

    def damage(self, offset: int, reason: str) -> None:
        """Count a stretch that begins at ``offset`` and cannot be read."""
        self.damaged += 1
        self.name(offset, reason)

    def pass_over(self, offset: int, size: int) -> None:
        """Count a record that is too large."""
        self.too_large += 1
        self.name(offset, f"a record of {size} bytes is not read")

    def name(self, offset: int, reason: str) -> None:
        """Say what is wrong at a place, if there is still room."""
        if len(self.places) < MOST_PLACES:
            self.places.append((offset, reason))
