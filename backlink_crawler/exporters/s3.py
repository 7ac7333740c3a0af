"""Feeds on S3: gathered in a file without a name, sent when they end, kept where that fails."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any, Self

from scrapy.utils.asyncio import run_in_thread

from ..reporting.address import Place
from ..reporting.file_kind import media_type
from ..reporting.spool import spool
from ..reporting.upload import Uploader, uploader

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.crawler import Crawler


class S3FeedStorage:
    """Scrapy's storage of the same name, with media types, a bounded wait, and nothing lost when it fails."""

    def __init__(self, uri: str, uploader: Uploader, media: str) -> None:
        self.place = Place.of(uri)
        self.uploader = uploader
        self.media_type = media

    @classmethod
    def from_crawler(cls, crawler: Crawler, uri: str, *, feed_options: dict[str, Any] | None = None) -> Self:
        said = feed_options or {}
        sender = uploader(crawler.settings, getattr(crawler.spider, "options", {}))
        return cls(uri, sender, media_type(uri, said.get("format", ""), said.get("encoding") or "utf-8"))

    def check(self) -> None:
        """Raise a BacklinkError for what stands against it before the crawl."""
        self.uploader.check(self.place.bucket)

    def open(self, spider: Spider) -> IO[bytes]:
        """Where the exporter writes."""
        return spool(self.uploader.unsent)

    async def store(self, file: IO[bytes]) -> None:
        """Send it; raises BacklinkError."""
        with file:
            await run_in_thread(self.uploader.send, file, self.place, self.media_type)
