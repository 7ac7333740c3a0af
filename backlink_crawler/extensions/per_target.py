"""Files of each target when a crawl ends, from what it stored: also after a stop, and however many targets there are."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from scrapy import signals
from scrapy.exceptions import NotConfigured
from scrapy.utils.asyncio import run_in_thread

from ..errors import BacklinkError
from ..index.query import Reader
from ..reporting.address import Place, is_remote
from ..reporting.per_target import Apart, Done, send_files, write_files
from ..reporting.upload import uploader
from .feeds import LINKS_PER_FILE

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from ..reporting.upload import Uploader

logger = logging.getLogger(__name__)

FAILED = "feedexport/failed_count/PerTargetFeeds"


class PerTargetFeeds:
    """Fills the address in ``per_target`` for every target of the run; a feed of Scrapy has one address for all."""

    def __init__(self, apart: Apart, sender: Uploader | None, crawler: Crawler) -> None:
        self.apart = apart
        self.sender = sender
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        spider: Any = crawler.spider
        template = getattr(spider, "options", {}).get("per_target")
        if not template:
            raise NotConfigured
        sender = uploader(crawler.settings, spider.options) if is_remote(template) else None
        if sender is not None:
            sender.check(Place.of(template).bucket)
        now = (
            datetime.now(UTC).replace(microsecond=0).isoformat().replace(":", "-")
        )  # as Scrapy writes %(time)s
        shard = spider.plan.shard
        words = {
            "crawl_id": spider.job.crawl_id,
            "run": spider.run,
            "time": now,
            "shard": shard.file_name if shard else "1-of-1",
        }
        most = crawler.settings.getint("FEED_EXPORT_BATCH_ITEM_COUNT") or LINKS_PER_FILE
        extension = cls(Apart(template, words, most, shard.owns if shard else None), sender, crawler)
        crawler.signals.connect(extension.spider_closed, signals.spider_closed)
        return extension

    async def spider_closed(self, spider: Any) -> None:
        """Write the files; one that cannot be written is an error of the run, and the facts are in the index."""
        stats = self.crawler.stats
        try:
            done = await run_in_thread(self._write, spider)
        except (BacklinkError, OSError) as error:
            stats.inc_value(FAILED)
            logger.error("the files per target cannot be written: %s", error)  # noqa: TRY400
        else:
            stats.inc_value("backlinks/per_target/files", done.files)
            stats.inc_value("backlinks/per_target/links", done.links)
            if done.failed:
                stats.inc_value(FAILED, done.failed)
                logger.error("%s", self._complaint(done))

    def _write(self, spider: Any) -> Done:
        reader = Reader(spider.index)
        if self.sender is None:
            return write_files(reader, spider.job.crawl_id, self.apart)
        return send_files(reader, spider.job.crawl_id, self.apart, self.sender)

    def _complaint(self, done: Done) -> str:
        missing = f"{done.failed:,} of {done.failed + done.files:,} files per target were not stored, the first {done.first}"
        if self.sender is None:
            return missing
        bucket = Place.of(self.apart.template).bucket
        folder = self.sender.unsent / bucket
        return f"{missing} (hint: they are kept below {folder}; send them with: {self.sender.command(folder, f's3://{bucket}')})"
