"""Pages that no page of the crawl gave: seeds, known pages, candidates, and what other shards hand over."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from .hosts import HostQueues
from .recorder import Recorder
from .store import PAGES_AT_ONCE, JobStore
from .trap import Asked

SECONDS_TO_LOOK = 0.2
"""How often one looks whether all is done."""


class Intake:
    """Adds pages to the job's file in bulk, in the recorder's thread; ``on_rows`` is called when there are more to fetch.

    ``is_busy`` tells whether a row is out of the queues and not done.
    """

    def __init__(
        self,
        store: JobStore,
        queues: HostQueues,
        recorder: Recorder,
        is_busy: Callable[[], bool],
        on_rows: Callable[[], None],
    ) -> None:
        self._store = store
        self._queues = queues
        self._recorder = recorder
        self._is_busy = is_busy
        self._on_rows = on_rows

    async def seed(self, seeds: Iterable[str]) -> None:
        """Add the seeds, once per round, in bulk; what a stopped run left unseeded is seeded again."""
        await self._begin(lambda: self._store.add_seeds(seeds))

    async def seed_pages(self, choose: Callable[[], Iterable[tuple[str, str]]]) -> None:
        """The same with pages that are known, most urgent first, each with the headers it is asked for with (JSON, or empty).

        ``choose`` is called in a thread.
        """
        await self._begin(lambda: self._store.add_pages(choose()))

    async def add_pages(self, pages: Sequence[str], depth: int) -> None:
        """Add pages, in this order within a host; those that the round knows are passed over."""
        for start in range(0, len(pages), PAGES_AT_ONCE):
            part = [(url, "") for url in pages[start : start + PAGES_AT_ONCE]]
            await self._add(partial(self._store.add_pages, part, depth))

    async def take_over(self, handed: Callable[[], Iterable[Asked]]) -> None:
        """Add what other shards handed over; ``handed`` is called in a thread."""
        await self._add(lambda: self._store.add_handed(handed()))

    async def worked_off(self, patience: float) -> None:
        """Wait until all that was added is done, the budget is spent, or nothing was fetched for ``patience`` seconds."""
        budget = self._queues.budget
        spent, since = budget.spent, time.monotonic()
        while self._is_busy() or (self._queues.has_rows and not budget.is_spent):
            await asyncio.sleep(SECONDS_TO_LOOK)
            if spent != budget.spent:
                spent, since = budget.spent, time.monotonic()
            elif time.monotonic() - since > patience:
                return

    async def _begin(self, add: Callable[[], dict[str, int]]) -> None:
        if self._store.get("seeded"):
            return

        def work() -> dict[str, int]:
            added = add()
            self._store.put(seeded="yes")
            return added

        await self._add(work)

    async def _add(self, add: Callable[[], dict[str, int]]) -> None:
        """Add rows in the recorder's thread, and have them fetched."""
        done: asyncio.Future[dict[str, int]] = asyncio.get_running_loop().create_future()
        self._recorder.call(add, lambda added: None if done.done() else done.set_result(added))
        self._queues.add((await done).items())
        self._on_rows()
