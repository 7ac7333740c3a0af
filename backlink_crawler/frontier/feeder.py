"""The thread that brings the outbox into the index, in numbered batches that never change."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from ..errors import IndexFault
from .store import JobStore

PAGES_PER_BATCH = 1_000
SECONDS_PER_BATCH = 15.0
SECONDS_PER_LOOK = 0.5


class Sink(Protocol):
    """What takes the facts; an `index.store.Index` is one. A batch that comes again must change nothing."""

    def applied(self, app: str) -> int:
        """The number of the last batch that is stored; -1 when there is none."""

    def append(
        self,
        app: str,
        batch: int,
        visits: list[dict[str, Any]],
        links: list[dict[str, Any]],
        handed: list[dict[str, Any]],
    ) -> None:
        """Store one batch of facts, and of URLs handed over to other shards."""


class Feeder(threading.Thread):
    """Feeds one job's outbox to the index until it is stopped; a fault ends it and is told to ``on_fault``."""

    def __init__(self, path: Path, app: str, sink: Sink, on_fault: Callable[[IndexFault], None]) -> None:
        super().__init__(name="backlinks-feeder", daemon=True)
        self.fault: IndexFault | None = None
        self.batches = 0
        self._path = path
        self._app = app
        self._sink = sink
        self._on_fault = on_fault
        self._ending = threading.Event()

    def stop(self) -> None:
        """Feed what is left and end; returns when that is done."""
        self._ending.set()
        self.join()

    def run(self) -> None:
        """The thread's work."""
        try:
            store = JobStore(self._path)
            try:
                store.outbox.catch_up(self._sink.applied(self._app))
                fed_at = time.monotonic()
                while not self._ending.wait(SECONDS_PER_LOOK):
                    if (
                        store.outbox.waiting() >= PAGES_PER_BATCH
                        or time.monotonic() - fed_at >= SECONDS_PER_BATCH
                    ):
                        self._feed(store)
                        fed_at = time.monotonic()
                while self._feed(store):
                    pass
            finally:
                store.close()
        except IndexFault as fault:
            self._fail(fault)
        except Exception as error:  # noqa: BLE001  whatever stops the thread must stop the crawl, and say why
            hint = "the job keeps them; run the same command again"
            self._fail(IndexFault(f"facts could not be stored: {error}", hint))

    def _feed(self, store: JobStore) -> bool:
        """One batch; False when there was nothing to feed. Few large batches make few small files in the index."""
        batch = store.outbox.seal(PAGES_PER_BATCH)
        if batch is None:
            return False
        pages = [json.loads(facts) for facts in store.outbox.batch(batch)]
        visits = [page["visit"] for page in pages if "visit" in page]
        links, handed = (
            [row for page in pages for row in page.get(kind, ())] for kind in ("links", "handed")
        )
        self._sink.append(self._app, batch, visits, links, handed)
        store.outbox.drop(batch)
        self.batches += 1
        return True

    def _fail(self, fault: IndexFault) -> None:
        self.fault = fault
        self._on_fault(fault)
