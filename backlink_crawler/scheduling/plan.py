"""Which runs a crawl in shards needs, where they run, and what they are called. Pure: nothing is asked here.

A run's id says what it is, ``NAME-3of16-20261122T101500-02``: the third shard of a crawl, in the second wave of a schedule,
which began in that second. So every command that schedules the same crawl knows the runs of those before it, on the servers
and in the index.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import attrs

INTERRUPTED = 130
BROKEN_OFF = frozenset({5, INTERRUPTED})
"""Exit codes of runs that are to go on."""

_STAMP = "%Y%m%dT%H%M%S"
_RUN = re.compile(r"([1-9][0-9]*)of([1-9][0-9]*)-(2[0-9]{7}T[0-9]{6})-([0-9]{2,})", re.ASCII)


@attrs.frozen
class RunId:
    """One run of shard ``shard`` of ``count``, in one wave of a schedule, which began at ``stamp``."""

    name: str
    shard: int
    count: int
    stamp: str
    """A time of UTC, by the clock of who schedules: ``20261122T101500``. See :func:`stamp_after`."""
    wave: int

    def __str__(self) -> str:
        return f"{self.name}-{self.shard}of{self.count}-{self.stamp}-{self.wave:02}"

    @classmethod
    def read(cls, text: str, name: str, count: int) -> Self | None:
        """The run of this crawl, in so many shards, that an id stands for; None for any other."""
        said = _RUN.fullmatch(text.removeprefix(f"{name}-")) if text.startswith(f"{name}-") else None
        if said is None or int(said[2]) != count or int(said[1]) > count:
            return None
        with suppress(ValueError):
            _moment(said[3])
            return cls(name, int(said[1]), count, said[3], int(said[4]))
        return None

    @property
    def order(self) -> tuple[str, int]:
        """Runs of a later wave began when those of an earlier one were over."""
        return self.stamp, self.wave


@attrs.frozen
class Known:
    """What the index knows of one run. ``exit_code`` is None, and ``summary`` empty, until it ends."""

    run: RunId
    round: int
    crawl_id: str
    exit_code: int | None = None
    summary: Mapping[str, Any] = attrs.field(factory=dict)
    program_version: str = ""
    suffix_list_date: str = ""


def stamp_after(known: Iterable[RunId], present: datetime) -> str:
    """The stamp of a wave that begins now: after all runs that are known, also where the clock that stamped them is ahead."""
    after = [_moment(run.stamp) + timedelta(seconds=1) for run in known]
    return max([present, *after]).strftime(_STAMP)


def _moment(stamp: str) -> datetime:
    """The time that a stamp is. Raises ValueError."""
    return datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)


def placed(count: int, servers: Sequence[str], before: Mapping[int, str]) -> dict[int, str]:
    """A server for each shard: the one where it ran before, since its job file is there, else the one with fewest."""
    chosen = {shard: before[shard] for shard in range(1, count + 1) if before.get(shard) in servers}
    load = Counter(chosen.values())
    for shard in range(1, count + 1):
        if shard not in chosen:
            chosen[shard] = min(servers, key=lambda server: load[server])
            load[chosen[shard]] += 1
    return dict(sorted(chosen.items()))


def to_do(runs: Iterable[Known], handed: Collection[tuple[str, int]], count: int) -> dict[int, bool]:
    """The shards that the latest round still needs, each with whether it has yet to begin that round.

    It needs those that did not begin it, those that did not come to its end, and those to which another handed something
    over, as (run, shard), since they looked. Empty when it is over, and when there was none.
    """
    listed = list(runs)
    latest = max((known.round for known in listed), default=0)
    here = [known for known in listed if known.round == latest]
    wanted: dict[int, bool] = {}
    for shard in range(1, count + 1) if here else ():
        last = max((known for known in here if known.run.shard == shard), key=_order, default=None)
        if last is None:
            wanted[shard] = True
        elif last.exit_code is None or last.exit_code in BROKEN_OFF or _is_owed(last, here, handed):
            wanted[shard] = False
    return wanted


def _is_owed(last: Known, runs: Iterable[Known], handed: Collection[tuple[str, int]]) -> bool:
    """Did a run that began no earlier hand something over to this one's shard?"""
    return any((str(other.run), last.run.shard) in handed for other in runs if _order(other) >= _order(last))


def _order(known: Known) -> tuple[str, int]:
    return known.run.order
