"""A stretch of time as people say it (``30d``, ``2026-11-01``), and the calendar units it is counted by. All in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs

from ..errors import UsageError
from ..options import duration

HOW = "say how long ago (30d, 12h, 2w) or a date (2026-11-01, 2026-11-01T12:00)"
UNITS = ("day", "week", "month")
"""What is counted by; a week begins on Monday (ISO 8601)."""


@attrs.frozen
class Period:
    """From ``since`` on, and before ``until``."""

    since: datetime
    until: datetime

    @classmethod
    def read(cls, since: str, until: str | None, now: datetime) -> Period:
        """What the two words stand for; a date as the end is meant whole, and no end is ``now``. Raises UsageError."""
        begin = moment(since, now)
        end = now if until is None else moment(until, now, whole_day=True)
        if begin >= end:
            raise UsageError(f"nothing lies between {since} and {until or 'now'}", HOW)
        return cls(begin, end)

    def starts(self, unit: str) -> list[datetime]:
        """The beginnings of the days, weeks or months that it touches, in order."""
        found = [_floor(self.since, unit)]
        while (after := _after(found[-1], unit)) < self.until:
            found.append(after)
        return found

    @property
    def values(self) -> dict[str, datetime]:
        """Its bounds as the values ``$since`` and ``$until`` of a statement."""
        return {"since": self.since, "until": self.until}


def moment(said: str, now: datetime, *, whole_day: bool = False) -> datetime:
    """The time that a word stands for; with ``whole_day`` the end of a day that it names. Raises UsageError."""
    word = said.strip()
    try:
        if word[-1:].isalpha() and word[-1:] not in "Zz":
            return now - timedelta(seconds=duration(word))
        time = datetime.fromisoformat(word.upper())
        time = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
        return time + timedelta(days=1) if whole_day and len(word) <= len("2026-11-01") else time
    except (ValueError, OverflowError):
        raise UsageError(f"{said} is no time", HOW) from None


def _floor(time: datetime, unit: str) -> datetime:
    day = time.replace(hour=0, minute=0, second=0, microsecond=0)
    back = {"day": 0, "week": day.weekday(), "month": day.day - 1}[unit]
    return day - timedelta(days=back)


def _after(start: datetime, unit: str) -> datetime:
    return _floor(start + timedelta(days={"day": 1, "week": 7, "month": 32}[unit]), unit)
