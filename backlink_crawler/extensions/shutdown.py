"""A crawl that is stopped ends soon: what is in flight is abandoned, and is asked for again when the crawl goes on."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Self

from scrapy import signals
from scrapy.exceptions import DownloadCancelledError, NotConfigured
from scrapy.utils.asyncio import create_looping_call

from ..downloader.handler import ABANDON

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

SECONDS_TO_LOOK = 0.25
SECONDS_TO_FINISH = 4.0
"""Downloads that are nearly there may still come in; a hanging host has no longer than this."""


class Shutdown:
    """Waits for the engine to close with downloads under way, and cancels them after a while.

    Scrapy waits for all of them, each as long as its timeout, and sends no signal when it begins to.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self._look = create_looping_call(self._watch)
        self._closing_since: float | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if not hasattr(crawler.spider, "plan"):
            raise NotConfigured
        extension = cls(crawler)
        crawler.signals.connect(extension.spider_opened, signals.spider_opened)
        crawler.signals.connect(extension.spider_closed, signals.spider_closed)
        return extension

    def spider_opened(self) -> None:
        """Begin to look."""
        self._look.start(SECONDS_TO_LOOK, now=False)

    def spider_closed(self) -> None:
        """All is over."""
        if self._look.running:
            self._look.stop()

    def _watch(self) -> None:
        slot = self.crawler.engine._slot
        if slot is None or slot.closing is None:
            return
        now = asyncio.get_running_loop().time()
        if self._closing_since is None:
            self._closing_since = now
        elif now - self._closing_since >= SECONDS_TO_FINISH and slot.inprogress:
            self._abandon()

    def _abandon(self) -> None:
        scheduler: Any = self.crawler.engine.scheduler
        if not scheduler.abandoning:
            logger.info("abandoning what is in flight; the same command goes on with it")
        scheduler.abandoning = True
        for slot in self.crawler.engine.downloader.slots.values():
            while slot.queue:
                slot.queue.popleft()[1].errback(DownloadCancelledError("the crawl was stopped"))
        self.crawler.signals.send_catch_log(ABANDON)
