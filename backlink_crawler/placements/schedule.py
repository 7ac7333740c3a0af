"""When a placement is looked at: at some times after it was agreed on, and then again and again."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta

import attrs

from ..errors import UsageError
from ..options import duration, words

USUAL = "48h,7d,30d,30d"
"""After 48 hours, 7 and 30 days, and every 30 days from then on."""
_HOW = f"write times after the agreement, and last how often from then on: {USUAL}"


@attrs.frozen
class Schedule:
    """The moments of a check: ``offsets`` after the start, ascending, then one ``every`` so long after the last of them."""

    offsets: tuple[timedelta, ...]
    every: timedelta

    @classmethod
    def read(cls, said: str) -> Schedule:
        """What a text such as ``48h,7d,30d,30d`` stands for. Raises UsageError."""
        try:
            times = [timedelta(seconds=duration(word)) for word in words(said)]
        except ValueError as error:
            raise UsageError(f"schedule {said}: {error}", _HOW) from None
        *offsets, every = times or [timedelta()]
        if not every:
            raise UsageError(f"schedule {said}: says no time for the last", _HOW)
        if any(later <= before for before, later in itertools.pairwise(offsets)):
            raise UsageError(f"schedule {said}: a time is not later than the one before it", _HOW)
        return cls(tuple(offsets), every)

    def first(self, start: datetime) -> datetime:
        """The first moment."""
        return start + (self.offsets[0] if self.offsets else self.every)

    def after(self, start: datetime, moment: datetime) -> datetime:
        """The first moment that is later than another one."""
        for offset in self.offsets:
            if start + offset > moment:
                return start + offset
        last = start + (self.offsets[-1] if self.offsets else timedelta())
        return last + self.every * max((moment - last) // self.every + 1, 1)
