"""The thread that brings the outbox into the index, in numbered batches that never change."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from ..errors import IndexFault
from .store import JobStore

PAGES_PER_BATCH = 1_000
SECONDS_PER_BATCH = 15.0


class Sink(Protocol):
    """What takes the facts; an `index.store.Index` is one. A batch that comes again must change nothing."""

    def append(self, app: str, batch: int, visits: list[dict[str, Any]], links: list[dict[str, Any]]) -> None:
        """Store one batch of facts."""

    def wants_compacting(self) -> bool:
        """Have small appends piled up?"""

    def compact(self) -> object:
        """Merge them."""


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
        self._wake = threading.Event()
        self._ending = threading.Event()

    def stop(self) -> None:
        """Feed what is left and end; returns when that is done."""
        self._ending.set()
        self._wake.set()
        self.join()

    def wake(self) -> None:
        """Enough pages wait: do not wait for the time to pass."""
        self._wake.set()

    def run(self) -> None:
        """The thread's work."""
        try:
            store = JobStore(self._path)
            try:
                ending = False
                while not ending:
                    self._wake.wait(SECONDS_PER_BATCH)
                    self._wake.clear()
                    ending = self._ending.is_set()
                    self._feed(store)
            finally:
                store.close()
        except IndexFault as fault:
            self._fail(fault)
        except Exception as error:  # noqa: BLE001  whatever stops the thread must stop the crawl, and say why
            self._fail(
                IndexFault(
                    f"facts could not be stored: {error}", "the job keeps them; run the same command again"
                )
            )

    def _feed(self, store: JobStore) -> None:
        while (batch := store.seal(PAGES_PER_BATCH)) is not None:
            pages = [json.loads(facts) for facts in store.batch(batch)]
            visits = [page["visit"] for page in pages]
            links = [link for page in pages for link in page["links"]]
            self._sink.append(self._app, batch, visits, links)
            store.drop(batch)
            self.batches += 1

    def _fail(self, fault: IndexFault) -> None:
        self.fault = fault
        self._on_fault(fault)
