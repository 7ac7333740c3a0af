"""Finished pages, collected and committed to the job's file by a thread of its own, so that the event loop never waits."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from ..errors import IndexFault
from .row import Page
from .store import JobStore, fault

PAGES_PER_COMMIT = 50
SECONDS_PER_COMMIT = 1.0
BACKLOG = 2_000
"""So many pages may wait to be committed before no more are fetched."""

T = TypeVar("T")


def _nothing() -> None:
    """Nothing is to be done."""


class Recorder:
    """Commits pages in order. ``on_commit`` gets the pages and the new rows by host,
    ``on_fault`` the reason why nothing more can be kept.
    """

    def __init__(
        self,
        store: JobStore,
        on_commit: Callable[[list[Page], dict[str, int]], None],
        on_fault: Callable[[IndexFault], None],
    ) -> None:
        self.fault: IndexFault | None = None
        self.before_commit: Callable[[], None] = _nothing
        """What must be done, in the thread, before pages count as done; an IndexFault from it stops the crawl."""
        self._store = store
        self._on_commit = on_commit
        self._on_fault = on_fault
        self._pages: list[Page] = []
        self._uncommitted = 0
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="backlinks-recorder")
        self._timer: asyncio.TimerHandle | None = None
        self._running: set[asyncio.Future[Any]] = set()

    def record(self, page: Page) -> None:
        """Keep a page with the next commit: in a second, or when enough have come together."""
        self._pages.append(page)
        if len(self._pages) >= PAGES_PER_COMMIT:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(SECONDS_PER_COMMIT, self.flush)

    def flush(self) -> None:
        """Commit now what has come together."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._pages or self.fault is not None:
            return
        pages, self._pages = self._pages, []
        self._uncommitted += len(pages)

        def committed(added: dict[str, int]) -> None:
            self._uncommitted -= len(pages)
            self._on_commit(pages, added)

        def commit() -> dict[str, int]:
            self.before_commit()
            return self._store.commit(pages)

        self.call(commit, committed)

    def call(self, work: Callable[[], T], then: Callable[[T], None]) -> None:
        """Do ``work`` with the store in the thread, after all that was asked before, and ``then`` in the event loop."""
        future = asyncio.get_running_loop().run_in_executor(self._thread, work)
        self._running.add(future)
        future.add_done_callback(lambda done: self._done(done, then))

    async def close(self) -> None:
        """Commit what is left and end the thread."""
        self.flush()
        while self._running:
            await asyncio.wait(self._running)
        self._thread.shutdown()

    @property
    def is_idle(self) -> bool:
        """Nothing waits to be committed or read."""
        return not self._pages and not self._running

    @property
    def is_behind(self) -> bool:
        """Too much waits to be committed."""
        return self._uncommitted > BACKLOG

    def _done(self, future: asyncio.Future[T], then: Callable[[T], None]) -> None:
        self._running.discard(future)
        error = future.exception()
        if error is None:
            then(future.result())
        elif self.fault is None:
            if isinstance(error, OSError | sqlite3.Error):
                self.fault = fault(self._store.path, error)
            elif isinstance(error, IndexFault):
                self.fault = error
            else:
                self.fault = IndexFault(f"a page could not be kept: {error!r}", "report this with the log")
            self._on_fault(self.fault)
