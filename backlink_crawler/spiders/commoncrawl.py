"""The spider ``commoncrawl``: mines archives of Common Crawl, or any others, for links to targets. It asks no site for anything."""

from __future__ import annotations

import asyncio
import threading
import uuid
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from scrapy import Spider, signals

from ..errors import extra
from ..options import OPTIONS
from .plan import FROM_SCRAPYD

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings

    from ..index.store import Index
    from ..mining.job import Mining

SETTINGS = {
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,  # a port that runs Python it is sent
    "EXTENSIONS": {
        "backlink_crawler.extensions.alerts.Alerts": 400,
        "backlink_crawler.extensions.mining.MiningHeart": 510,
        "backlink_crawler.extensions.mining.MiningMetrics": 520,
    },
}
SECONDS_BETWEEN = 60.0
"""How often it says how far it is."""
COUNTED = (
    "archives", "known", "mined", "failed", "missing", "left", "broken", "pages", "links", "records", "responses", "bytes", "damaged",
    "wrong_digests", "too_large",
)  # fmt: skip
"""Figures of the summary that are stats."""


class CommonCrawlSpider(Spider):
    """``scrapy crawl commoncrawl -a target=example.com -a crawl=CC-MAIN-2026-43``: its arguments are the table in `options`.

    The work is done in processes of its own and goes to the index. Scrapy starts it and stops it, and tells how it ended.
    """

    name = "commoncrawl"
    job: Mining
    index: Index
    options: dict[str, Any]
    target: str
    """What is looked for, as people see it."""
    run: str
    """What tells this run of the job from others: Scrapyd's name for it, where there is one."""
    summary: dict[str, Any]
    _stop: threading.Event
    _work: asyncio.Future[dict[str, Any]] | None

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """Bring along what the spider needs."""
        super().update_settings(settings)
        for name, value in SETTINGS.items():
            settings.set(name, value, priority="addon")
        for option in OPTIONS:
            settings.setdefault(option.setting, None, priority="default")

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Check all arguments, open the index and the job; raises a BacklinkError before any archive is opened."""
        with extra("mine", "mining"):
            from ..mining.job import Mining
            from ..mining.plan import mine_plan

        said = {name: value for name, value in kwargs.items() if name not in FROM_SCRAPYD}
        plan = mine_plan(said, crawler.settings)
        spider = super().from_crawler(crawler, *args)
        spider.index, spider.options = plan.index, plan.options
        spider.target = plan.options["target"] or "all"
        spider.run = str(kwargs.get("_job") or uuid.uuid4().hex)
        spider._stop = threading.Event()
        spider._work = None
        spider.job = Mining(plan, spider.run, spider._stop)
        crawler.signals.connect(spider._closed, signals.spider_closed)
        return spider

    async def start(self) -> AsyncIterator[Any]:
        """Mine, in a thread."""
        self._work = asyncio.ensure_future(asyncio.to_thread(self.job.run, self._settle))
        self.logger.info("%d archives to mine as %s", len(self.job.plan.archives), self.job.crawl_id)
        while not self._work.done():
            await asyncio.wait([self._work], timeout=SECONDS_BETWEEN)
            self._tell()
        return
        yield

    def _settle(self) -> None:
        """Fold what was mined into the history, and tell who wants to know. Raises IndexFault."""
        from ..afterwards import settle

        plan = self.job.plan
        confirm_after = timedelta(seconds=plan.options["confirm_after"])
        settle(plan.index, Path(plan.options["jobs"]), plan.config, confirm_after=confirm_after)

    def _tell(self) -> None:
        now = self.job.progress
        self.logger.info(
            "%d of %d archives (%d failed), %d records, %d links",
            now.done, now.archives, len(now.failed), now.counts.records, now.links,
        )  # fmt: skip

    def tell(self, message: str) -> None:
        """Say what ended the run."""
        self.logger.error("%s", message)

    async def _closed(self) -> None:
        """All is over, or shall be."""
        from ..extensions.summary import SUMMED_UP

        self._stop.set()
        try:
            self.summary = await (self._work or asyncio.to_thread(self.job.run, self._settle))
            self._tell_the_end()
            self.crawler.signals.send_catch_log(SUMMED_UP, spider=self)
        finally:
            self.job.close()

    def _tell_the_end(self) -> None:
        stats = self.crawler.stats
        for name in COUNTED:
            stats.set_value(f"backlinks/mine/{name}", self.summary[name])
        if self.summary["error"]:
            self.tell(f"error: {self.summary['error']}")
        for one in self.summary["failures"]:
            self.logger.warning("not mined: %s", one["reason"])
        stats.set_value("backlinks/exit_code", self.summary["exit_code"])
        self.logger.info("the run ends with exit code %d", self.summary["exit_code"])
