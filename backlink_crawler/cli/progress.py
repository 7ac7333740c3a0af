"""The progress bar of a crawl, on a terminal only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich import progress
from rich.console import Console
from scrapy import signals
from scrapy.utils.asyncio import create_looping_call

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class Progress:
    """Pages read of pages known, twice a second, on standard error."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        columns = (
            progress.SpinnerColumn(),
            progress.TextColumn("{task.description}"),
            progress.BarColumn(),
            progress.MofNCompleteColumn(),
            progress.TimeElapsedColumn(),
        )
        self._bar = progress.Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task("crawling", total=None)
        self._loop = create_looping_call(self._show)

    @classmethod
    def watch(cls, crawler: Crawler) -> None:
        """Show a bar from the spider's opening to its end."""
        bar = cls(crawler)
        crawler.signals.connect(bar._open, signals.spider_opened, weak=False)
        crawler.signals.connect(bar._close, signals.spider_closed, weak=False)

    def _open(self) -> None:
        self._bar.start()
        self._loop.start(0.5, now=False)

    def _close(self) -> None:
        self._loop.stop()
        self._bar.stop()

    def _show(self) -> None:
        scheduler: Any = self._crawler.engine.scheduler
        done = scheduler.budget.spent
        links = self._crawler.stats.get_value("backlinks/links/kept", 0)
        self._bar.update(
            self._task, completed=done, total=done + scheduler.queues.known, description=f"{links:,} links"
        )
