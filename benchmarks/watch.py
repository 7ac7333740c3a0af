"""A Scrapy extension that tells how long the event loop was held up, and what the frontier did of that.

scrapy crawl … -s EXTENSIONS={"watch.Watch":0} -s WATCH_FILE=watch.json
"""

from __future__ import annotations

import asyncio
import json
import time
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from scrapy import signals

PAUSE = 0.005
"""Seconds between two looks at the loop."""
IN_THREADS = frozenset({"commit", "feed"})
"""Calls that threads of their own make, beside the loop: what the loop waits for meanwhile, it waits ``beside`` them."""
T = TypeVar("T")


class Watch:
    """Wraps the frontier's calls in a clock, and measures how late a timer fires."""

    def __init__(self, crawler: Any, file: Path) -> None:
        self.crawler = crawler
        self.file = file
        self.seconds: dict[str, array[float]] = {"alone": array("d"), "beside": array("d")}
        self.working: set[str] = set()
        """What the other threads are doing."""

    @classmethod
    def from_crawler(cls, crawler: Any) -> Watch:
        """Watch from the opening of the spider to its end."""
        watch = cls(crawler, Path(crawler.settings["WATCH_FILE"]))
        crawler.signals.connect(watch.spider_opened, signals.spider_opened)
        crawler.signals.connect(watch.spider_closed, signals.spider_closed)
        return watch

    def spider_opened(self) -> None:
        """Put the clocks in their places."""
        scheduler = self.crawler.engine.scheduler
        for owner, name in (
            (scheduler.feeder, "_feed"),
            (scheduler, "next_request"),
            (scheduler, "record"),
            (scheduler.recorder, "_on_commit"),
            (scheduler.job.store, "commit"),
        ):
            setattr(owner, name, self._clocked(name.lstrip("_"), getattr(owner, name)))
        self.task = asyncio.ensure_future(self._look())

    def spider_closed(self) -> None:
        """Write the figures, in milliseconds."""
        self.task.cancel()
        figures = {name: figures_of(times) for name, times in self.seconds.items()}

        self.file.write_text(json.dumps(figures))

    def _clocked(self, name: str, call: Callable[..., T]) -> Callable[..., T]:
        times = self.seconds[name] = array("d")

        def clocked(*arguments: Any) -> T:
            began = time.perf_counter()
            if name in IN_THREADS:
                self.working.add(name)
            try:
                return call(*arguments)
            finally:
                self.working.discard(name)
                times.append(time.perf_counter() - began)

        return clocked

    async def _look(self) -> None:
        while True:
            due = time.perf_counter() + PAUSE
            where = "beside" if self.working else "alone"
            await asyncio.sleep(PAUSE)
            where = "beside" if self.working else where
            self.seconds[where].append(max(time.perf_counter() - due, 0.0))


def figures_of(times: array[float]) -> dict[str, float]:
    """Count, median, p99 and maximum."""
    ordered = sorted(times) or [0.0]
    ranks = {"p50": len(ordered) // 2, "p99": len(ordered) * 99 // 100, "max": len(ordered) - 1}
    return {"count": len(times), **{name: 1000 * ordered[rank] for name, rank in ranks.items()}}
