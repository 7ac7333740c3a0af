"""A crawl in shards over Scrapyd servers, from its first wave of runs until nothing is handed over any more."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import attrs

from ..errors import IndexFault
from .ending import Ended, ended, summed
from .plan import INTERRUPTED, stamp_after
from .server import Answer
from .watch import ENDED, GONE, RUNNING, UNDER_WAY, WAITING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from .dispatch import Dispatch
    from .ledger import Ledger
    from .plan import Known
    from .watch import Watch, Watched

LONGEST_PAUSE = 5.0
TRIES = 3
PAUSE = 5.0
"""Seconds until the index is asked again."""
SECONDS_TO_MEASURE = 10.0
"""How often logs are looked into for how far a run is."""
MOST_DEATHS = 1
"""A shard that dies is run again so often: it goes on where it was."""


def now() -> str:
    """The present, in UTC, ISO 8601."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@attrs.define
class Stop:
    """Whether the user wants it to end; a signal says so."""

    is_wanted: bool = False

    def sleep(self, seconds: float) -> None:
        """Wait so long, or until it is wanted."""
        end = time.monotonic() + seconds
        while not self.is_wanted and time.monotonic() < end:
            time.sleep(0.1)


@attrs.define
class ShardedCrawl:
    """What is to run where. ``ledger`` is None where the index cannot be reached; ``stop`` ends it cleanly."""

    dispatch: Dispatch
    watch: Watch
    ledger: Ledger | None
    stop: Stop
    tell: Callable[[str], None]
    show: Callable[[str], None] | None = None
    """Where people see how it goes on."""
    remarks: list[str] = attrs.field(factory=list)
    started_at: str = attrs.field(factory=now)
    wave: int = 0

    def begin(self) -> None:
        """Schedule the first wave. Runs of this crawl that are under way already are waited for, not scheduled again.

        Where the last round of the crawl did not come to its end, it goes on with the shards that it lacks.
        Raises ServerFault, or KeyboardInterrupt, while nothing was scheduled.
        """
        self.dispatch.check()
        begun = self.dispatch.take_up()
        if begun:
            self.tell(f"{self._listed(begun)}: under way already, and waited for")
        wanted = self._lacking()
        if wanted.keys() - begun and len(wanted) < self.dispatch.count:
            self.tell(f"the last round goes on with {self._listed(wanted)}")
        wanted = wanted or dict.fromkeys(range(1, self.dispatch.count + 1), True)
        if self.stop.is_wanted:
            raise KeyboardInterrupt
        self._schedule({shard: anew for shard, anew in wanted.items() if shard not in begun})

    def run(self, most_waves: int = 0) -> dict[str, Any]:
        """Wait for the runs that were begun, then run what was handed over, at most so many waves; the summary."""
        while True:
            self._follow()
            runs = self._ended()
            if self.stop.is_wanted or self.wave == most_waves:
                break
            wanted = self._next(runs)
            if not wanted:
                break
            self.tell(
                f"round {self.wave + 1}: {self._listed(wanted)} go on with what was handed over, or left"
            )
            self._schedule(wanted)
        return self._summary(runs)

    def _schedule(self, wanted: Mapping[int, bool]) -> None:
        """One wave more, after all runs that are known: another command may be at the same crawl."""
        self.wave += 1
        before = [known.run for known in self._known().values()]
        stamp = stamp_after([*before, *(one.run for one in self.watch.runs)], datetime.now(UTC))
        self.dispatch.schedule(wanted, stamp, self.wave)

    def _follow(self) -> None:
        """Return when no run is under way any more."""
        began = measured = time.monotonic()
        is_cancelled = False
        while self.watch.under_way:
            if self.stop.is_wanted and not is_cancelled:
                is_cancelled = True
                self._cancel()
            if self.show is not None:
                if time.monotonic() - measured > SECONDS_TO_MEASURE:
                    measured = time.monotonic()
                    self.watch.measure()
                self.show(self._progress())
            pause = min(LONGEST_PAUSE, 0.5 + (time.monotonic() - began) / 20)
            time.sleep(pause) if is_cancelled else self.stop.sleep(pause)
            self.watch.look()

    def _cancel(self) -> None:
        under_way = len(self.watch.under_way)
        untold = self.watch.cancel()
        self.tell(
            f"stopping {under_way:,} runs; the same command goes on with them. Ctrl-C again does not wait for them"
        )
        for one in untold:
            self.tell(f"{one.run} could not be told to stop: {one.server} does not answer")

    def _progress(self) -> str:
        here = [one for one in self.watch.runs if one.run.wave == self.wave or one.state in UNDER_WAY]
        states = Counter(one.state for one in here)
        over = len(here) - states[RUNNING] - states[WAITING]
        pages = sum(one.pages for one in self.watch.runs)
        told = f"round {self.wave}: {over} of {len(here)} shards ended, {states[RUNNING]} running, {states[WAITING]} waiting"
        return f"{told}, about {pages:,} pages" if pages else told

    def _ended(self) -> list[Ended]:
        """What became of all runs so far."""
        known = self._known()
        return [self._judged(one, known.get(str(one.run))) for one in self.watch.runs]

    def _known(self) -> dict[str, Known]:
        """What the index tells of runs."""
        nothing: dict[str, Known] = {}
        return self._ask_ledger(lambda ledger: ledger.runs(), nothing)

    def _judged(self, one: Watched, known: Known | None) -> Ended:
        needs_log = (known is None or known.exit_code is None) and one.state in (ENDED, GONE)
        log = one.server.log_tail(self.watch.project, self.watch.spider, str(one.run)) if needs_log else ""
        return ended(one, known, log, with_index=self.ledger is not None)

    def _next(self, runs: list[Ended]) -> dict[int, bool]:
        """The shards to run again: they were handed something, or died. Those that cannot run are left out."""
        last = {run.watched.run.shard: run for run in runs}
        deaths = Counter(run.watched.run.shard for run in runs if run.is_dead)
        lacking = self._lacking() or {shard: False for shard in last if last[shard].is_dead}
        return {
            shard: anew
            for shard, anew in sorted(lacking.items())
            if shard not in last
            or last[shard].is_whole
            or (last[shard].is_dead and deaths[shard] <= MOST_DEATHS)
        }

    def _lacking(self) -> dict[int, bool]:
        """The shards that the latest round still needs, as far as the index tells."""
        return self._ask_ledger(lambda ledger: ledger.to_do(), {})

    def _ask_ledger(self, ask: Callable[[Ledger], Answer], otherwise: Answer) -> Answer:
        """What the index says; after a few tries it goes on without."""
        tries = 0
        while self.ledger is not None:
            try:
                return ask(self.ledger)
            except IndexFault as fault:
                tries += 1
                if tries < TRIES:
                    self.stop.sleep(PAUSE)
                else:
                    self.ledger = None
                    self.remarks.append(fault.reason)
        return otherwise

    def _summary(self, runs: list[Ended]) -> dict[str, Any]:
        crawls = sorted({run.known.crawl_id for run in runs if run.known})
        found = summed(runs, self.watch.project, self.watch.spider)
        left = sorted(self._lacking())
        if self.stop.is_wanted and left and not found["exit_code"]:
            found["exit_code"] = INTERRUPTED
        return {
            "name": self.dispatch.name, "crawl_ids": crawls, "spider": self.watch.spider, "project": self.watch.project,
            "started_at": self.started_at, "finished_at": now(), "index": self.ledger.uri if self.ledger else None,
            "rounds": self.wave, "interrupted": self.stop.is_wanted, **found,
            "remarks": [*self.remarks, *found["remarks"]],
            "left": [f"{shard}/{self.dispatch.count}" for shard in left],
        }  # fmt: skip

    def _listed(self, shards: Collection[int]) -> str:
        """Shards in words: ``shards 2, 5 of 16``."""
        named = ", ".join(map(str, sorted(shards)))
        return f"shard{'s' if len(shards) > 1 else ''} {named} of {self.dispatch.count}"
