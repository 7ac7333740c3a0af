"""How far a run is, for who watches it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import attrs

from .counts import Counts
from .part import Part
from .paths import Archive
from .pool import Failed


@attrs.define
class Progress:
    """How far a run is."""

    archives: int = 0
    """Of the job, or of its shard."""
    known: int = 0
    """Those that the index had before."""
    mined: int = 0
    """Those that this run has stored in the index."""
    waiting: list[Part] = attrs.field(factory=list)
    """What others came to, to be stored with the next."""
    failed: list[Failed] = attrs.field(factory=list)
    broken: list[str] = attrs.field(factory=list)
    """Parts that could not be taken over, for people: their archives are mined anew."""
    counts: Counts = attrs.field(factory=Counts)
    """Of what was mined."""
    pages: int = 0
    """Visits that are kept of it."""
    bytes: int = 0
    """What was read in this run, also in vain: it never falls."""
    under_way: list[tuple[Archive, int]] = attrs.field(factory=list)
    """Archives that are being read, and how many bytes of each were."""

    def stored(self, parts: Sequence[Part]) -> Progress:
        """The same when these are stored, and nothing waits: who looks from another thread sees the one or the other."""
        counts = Counts()
        for one in (self.counts, *(part.counts for part in parts)):
            counts.add(one)
        pages = self.pages + sum(part.visits for part in parts)
        return attrs.evolve(self, waiting=[], mined=self.mined + len(parts), pages=pages, counts=counts)

    @property
    def done(self) -> int:
        """Archives that need not be read any more in this run."""
        return self.known + self.mined + len(self.waiting) + len(self.failed)

    @property
    def links(self) -> int:
        """Links that count, also those that wait."""
        return self.counts.links + sum(part.counts.links for part in self.waiting)

    @property
    def work(self) -> float:
        """Archives that are done, those under way by the share that was read: by their size, or else by the mean of the others."""
        whole = self.mined + len(self.waiting)
        size = self.counts.bytes + sum(part.counts.bytes for part in self.waiting)
        mean = size / whole if whole else 0
        shares = (min(read / max(_size(one) or mean or read * 2, 1), 1) for one, read in self.under_way)
        return self.done + sum(shares)


def _size(archive: Archive) -> int:
    """Of a file of this machine."""
    try:
        return Path(archive.location).stat().st_size
    except OSError:
        return 0
