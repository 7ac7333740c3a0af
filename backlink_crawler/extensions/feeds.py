"""The feeds of a crawl: what a user says of them completed and checked before it begins, and each failure one line at its end."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any, Self

from scrapy import signals
from scrapy.exceptions import NotConfigured
from scrapy.extensions.feedexport import FeedExporter, FeedSlot, apply_uri_params
from scrapy.utils.defer import ensure_awaitable

from ..errors import BacklinkError, UsageError
from ..items import Visit
from ..reporting.address import BATCH, file_name, shown
from ..reporting.file_kind import kind_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from scrapy import Spider
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

LINKS_PER_FILE = 100_000
"""Where an address has a place for the number of the batch and nothing says how large one is: some 15 MB of JSON lines in gzip."""
GZIP: dict[str, Any] = {
    "postprocessing": ["scrapy.extensions.postprocessing.GzipPlugin"],
    "gzip_compresslevel": 6,  # gzip's own default: 9 takes twice the time for 1 % less
    "gzip_filename": "",
}
_PLACEHOLDER = re.compile(r"%\((\w+)\)")
_OF_SCRAPY = {"time": "t", "batch_time": "t", "batch_id": 1}


class Feeds(FeedExporter):
    """Scrapy's feed exports, for rows of links: a batch is so many links, not pages."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        settings = crawler.settings
        feeds = {str(uri): said for uri, said in settings.getdict("FEEDS").items()}
        formats = [name for name, path in settings.getwithbase("FEED_EXPORTERS").items() if path]
        batch = settings.getint("FEED_EXPORT_BATCH_ITEM_COUNT") or LINKS_PER_FILE
        whole = {uri: complete(uri, said or {}, formats, batch) for uri, said in feeds.items()}
        settings.set("FEEDS", whole, priority=settings.getpriority("FEEDS") or 0)
        for uri in whole:
            check_words(uri, {*dir(crawler.spider), *_more(crawler.spider)})
        try:
            extension = super().from_crawler(crawler)
        except NotConfigured:
            if whole:
                raise UsageError("a feed cannot be written as it is set", "the log says why") from None
            raise
        for uri, said in extension.feeds.items():
            storage = extension._get_storage(uri, said)
            if check := getattr(storage, "check", None):
                check()
        return extension

    def item_scraped(self, item: Any, spider: Spider) -> None:
        """Export a page's links, and count them; a page without any is no row."""
        if not isinstance(item, Visit):
            super().item_scraped(item, spider)
        elif item.links:
            super().item_scraped(item, spider)
            for slot in self.slots:
                if slot.itemcount and slot.filter.accepts(item):
                    slot.itemcount += len(item.links) - 1

    async def _close_slot(self, slot: FeedSlot, spider: Spider) -> None:
        """As Scrapy does it, but a failure is one line, also one of the last rows, which Scrapy does not count."""
        if not slot.itemcount and not (slot.store_empty and slot.batch_id == 1):
            return
        end = "success_count"
        try:
            if not slot.itemcount:
                slot.start_exporting()
            slot.finish_exporting()
            await ensure_awaitable(slot.storage.store(self._get_file(slot)))
        except Exception as error:
            end = "failed_count"
            known = isinstance(error, BacklinkError | OSError)
            logger.error("the feed %s was not stored: %s", shown(slot.uri), _said(error), exc_info=not known)  # noqa: TRY400
        else:
            logger.info("stored %d rows in %s", slot.itemcount, shown(slot.uri))
        self.crawler.stats.inc_value(f"feedexport/{end}/{type(slot.storage).__name__}")
        await self.crawler.signals.send_catch_log_async(signals.feed_slot_closed, slot=slot)

    def _get_uri_params(
        self, spider: Spider, uri_params_function: Any, slot: FeedSlot | None = None
    ) -> dict[str, Any]:
        """Scrapy's words, and ours; the target as a name that is safe in a path."""
        params: dict[str, Any] = super()._get_uri_params(spider, uri_params_function, slot)
        more = _more(spider)
        return {**params, **more} if uri_params_function is None else {**more, **params}


def complete(uri: str, said: Mapping[str, Any], formats: Collection[str], batch: int) -> dict[str, Any]:
    """The options of one feed with what its address says: format, gzip, and how many links a batch has. Raises UsageError."""
    whole = dict(said)
    if whole.get("format") in (None, "", "gz"):
        whole["format"] = kind_of(uri, formats).format
    if uri.lower().endswith(".gz") and "postprocessing" not in whole:
        whole = {**GZIP, **whole}
    if whole["format"] == "parquet":
        whole.setdefault("overwrite", True)  # two files in one hide the first
    if BATCH.search(uri):
        whole.setdefault("batch_item_count", batch)
    elif whole.setdefault("batch_item_count", 0):
        raise UsageError(
            f"{uri}: its batches would have one name",
            "write %(batch_id)05d in it, or leave batch_item_count away",
        )
    return whole


def check_words(uri: str, known: Collection[str]) -> None:
    """Raise UsageError for a word in an address that nothing is called."""
    named = _PLACEHOLDER.findall(uri)
    values: dict[str, Any] = {**dict.fromkeys(known, "x"), **_OF_SCRAPY}
    try:
        apply_uri_params(uri, values)
    except KeyError:
        unknown = next(name for name in named if name not in values)
        raise UsageError(
            f"{uri}: nothing is called %({unknown})s",
            "known are target, crawl_id, run, time, batch_time, batch_id and what the spider has",
        ) from None
    except (TypeError, ValueError) as error:
        raise UsageError(f"{uri}: {error}", "write %(target)s, and %(batch_id)05d for a number") from None


def _more(spider: Any) -> dict[str, Any]:
    """What our spiders have for an address: the target and the round as safe names."""
    if not hasattr(spider, "job"):
        return {}
    return {"target": file_name(spider.target), "crawl_id": spider.job.crawl_id}


def _said(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return str(error)
