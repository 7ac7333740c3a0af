"""The progress bar of mining, on a terminal only."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from rich import progress

from .progress import Progress

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from ..spiders.commoncrawl import CommonCrawlSpider


class MineProgress(Progress):
    """Archives done of all, bytes, links and the time that is left."""

    doing = "mining"

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._begun = time.monotonic()

    def columns(self) -> tuple[progress.ProgressColumn, ...]:
        """What stands behind the bar."""
        counted = progress.TextColumn("{task.fields[counted]}")
        return counted, progress.TimeElapsedColumn(), progress.TimeRemainingColumn()

    def figures(self) -> dict[str, Any]:
        """How far it is, in the words of rich's tasks."""
        spider: CommonCrawlSpider = self._crawler.spider  # type: ignore[assignment]
        now = spider.job.progress
        speed = now.bytes / 1e6 / max(time.monotonic() - self._begun, 1)
        failed = f", {len(now.failed):,} failed" if now.failed else ""
        return {
            "completed": now.work - now.known,
            "total": max(now.archives - now.known, 1),
            "description": f"{now.links:,} links",
            "counted": f"{now.done:,}/{now.archives:,} archives{failed}, {speed:,.1f} MB/s",
        }
