"""The progress bar of mining, on a terminal only."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich import progress
from rich.console import Console
from scrapy import signals
from scrapy.utils.asyncio import create_looping_call

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from ..spiders.commoncrawl import CommonCrawlSpider


class MineProgress:
    """Archives done of all, bytes, links and the time that is left, twice a second, on standard error."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        columns = (
            progress.SpinnerColumn(),
            progress.TextColumn("{task.description}"),
            progress.BarColumn(),
            progress.TextColumn("{task.fields[archives]}"),
            progress.TimeElapsedColumn(),
            progress.TimeRemainingColumn(),
        )
        self._bar = progress.Progress(
            *columns, console=Console(stderr=True), transient=True, speed_estimate_period=600
        )
        self._task = self._bar.add_task("mining", total=None, archives="")
        self._begun = time.monotonic()
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
        spider: CommonCrawlSpider = self._crawler.spider  # type: ignore[assignment]
        now = spider.mining.progress
        speed = now.bytes / 1e6 / max(time.monotonic() - self._begun, 1)
        failed = f", {len(now.failed):,} failed" if now.failed else ""
        self._bar.update(
            self._task, completed=now.work - now.known, total=max(now.archives - now.known, 1),
            description=f"{now.counts.links:,} links", archives=f"{now.done:,}/{now.archives:,} archives{failed}, {speed:,.1f} MB/s",
        )  # fmt: skip
