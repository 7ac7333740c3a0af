"""What all sections of a report are made from, asked of the index once."""

from __future__ import annotations

import shlex
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import attrs

from ..reporting.overview import overview
from ..reporting.period import UNITS, Period
from ..reporting.trend import trend

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..classify.target import Target
    from ..index.query import Reader
    from ..index.store import Index

LOOKS_BACK = (28, 90)
"""Days after which the referring domains of today are compared: four whole weeks, and a quarter of a year."""
BY_WEEKS = timedelta(days=200)
"""A longer time is shown by month."""
MOST_BUCKETS = 400
"""A time that has more days or weeks than this is shown by the next unit: a table of it stays a table."""


@attrs.frozen
class Asked:
    """What a report shall tell of: the time of what happened, the length of lists, and the rivals of its gap."""

    period: Period
    top: int = 25
    by: str = ""
    rivals: Sequence[Target] = ()

    @property
    def unit(self) -> str:
        """What happened is counted by it."""
        wanted = self.by or ("week" if self.period.until - self.period.since <= BY_WEEKS else "month")
        *finer, coarsest = UNITS[UNITS.index(wanted) :]
        return next((unit for unit in finer if len(self.period.starts(unit)) <= MOST_BUCKETS), coarsest)


@attrs.frozen
class Basis:
    """The target, its reader, the overview, and what each time brought."""

    index: Index
    reader: Reader
    target: Target
    asked: Asked
    view: Mapping[str, Any]
    trend: Mapping[str, Any]
    changes: Mapping[int, Mapping[str, Any]]
    """Of :data:`LOOKS_BACK` those that the readings go back to."""

    @classmethod
    def ask(cls, index: Index, reader: Reader, target: Target, asked: Asked) -> Basis:
        """Ask what several sections need. Raises IndexFault."""
        view = overview(reader, target.name, top=asked.top)
        until = asked.period.until
        first_read = view["reading"]["first_read"]
        known = [
            days
            for days in LOOKS_BACK
            if first_read and datetime.fromisoformat(first_read) < until - timedelta(days=days)
        ]
        changes = {days: trend(reader, Period(until - timedelta(days=days), until), "day") for days in known}
        return cls(index, reader, target, asked, view, trend(reader, asked.period, asked.unit), changes)

    @property
    def name(self) -> str:
        """The target's name."""
        return self.target.name

    @property
    def argument(self) -> str:
        """The name as a command takes it: a URL may hold what a shell would read otherwise."""
        return shlex.quote(self.name)

    @property
    def has_links(self) -> bool:
        """Whether any link was seen, also if it is lost."""
        return bool(self.view["backlinks"] or self.view["lost"])
