"""How far a run is, for who watches it."""

from __future__ import annotations

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
    failed: list[Failed] = attrs.field(factory=list)
    counts: Counts = attrs.field(factory=Counts)
    """Of what was mined."""
    pages: int = 0
    """Visits that are kept of it."""
    under_way: list[tuple[Archive, int]] = attrs.field(factory=list)
    """Archives that are being read, and how many bytes of each were."""

    def add(self, part: Part) -> None:
        """Count a part."""
        self.mined += 1
        self.pages += part.visits
        self.counts.add(part.counts)

    @property
    def done(self) -> int:
        """Archives that need nothing more in this run."""
        return self.known + self.mined + len(self.failed)

    @property
    def bytes(self) -> int:
        """What was read in this run."""
        return self.counts.bytes + sum(read for _, read in self.under_way)

    @property
    def work(self) -> float:
        """Archives that are done, those under way by the share that was read: by their size, or else by the mean of the others."""
        mean = self.counts.bytes / self.mined if self.mined else 0
        shares = (min(read / max(_size(one) or mean or read * 2, 1), 1) for one, read in self.under_way)
        return self.done + sum(shares)


def _size(archive: Archive) -> int:
    """Of a file of this machine."""
    try:
        return Path(archive.location).stat().st_size
    except OSError:
        return 0
