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

    doing = "crawling"

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        shown = (progress.SpinnerColumn(), progress.TextColumn("{task.description}"), progress.BarColumn())
        self._bar = progress.Progress(
            *shown, *self.columns(), console=Console(stderr=True), transient=True, speed_estimate_period=600
        )
        self._task = self._bar.add_task(self.doing, total=None, counted="")
        self._loop = create_looping_call(lambda: self._bar.update(self._task, **self.figures()))

    @classmethod
    def watch(cls, crawler: Crawler) -> None:
        """Show a bar from the spider's opening to its end."""
        bar = cls(crawler)
        crawler.signals.connect(bar._open, signals.spider_opened, weak=False)
        crawler.signals.connect(bar._close, signals.spider_closed, weak=False)

    def columns(self) -> tuple[progress.ProgressColumn, ...]:
        """What stands behind the bar."""
        return progress.MofNCompleteColumn(), progress.TimeElapsedColumn()

    def figures(self) -> dict[str, Any]:
        """How far it is, in the words of rich's tasks."""
        scheduler: Any = self._crawler.engine.scheduler
        done = scheduler.budget.spent
        links = self._crawler.stats.get_value("backlinks/links/kept", 0)
        return {"completed": done, "total": done + scheduler.queues.known, "description": f"{links:,} links"}

    def _open(self) -> None:
        self._bar.start()
        self._loop.start(0.5, now=False)

    def _close(self) -> None:
        self._loop.stop()
        self._bar.stop()
