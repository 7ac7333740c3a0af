"""The proof: every response of the crawl, pages, redirects, robots.txt and shorteners alike, goes to WARC files as it came."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from scrapy import signals
from scrapy.exceptions import NotConfigured

from .. import __version__
from ..archive.exchange import HEADS, Exchange
from ..archive.writer import ArchiveWriter
from ..errors import ArchiveFault

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

KEPT_AT = "kept_at"
"""The key in a request's meta: the name of the file that holds the response, and where in it."""

TRUNCATED = (("timeout", "time"), ("dataloss", "disconnect"), ("download_stopped", "length"))
"""The first of these flags of a response names why its body is not whole, in the words of WARC-Truncated. A download is
stopped when the body would be too large, and what is no page may have none at all."""


class ArchiveMiddleware:
    """Writes what the download handler brought, before anything else sees it; off without the option ``warc``.

    Pages count as done when their responses are on the disk. A fault ends the crawl, and what could not be kept stays to
    be fetched.
    """

    def __init__(self, crawler: Crawler, writer: ArchiveWriter) -> None:
        self.crawler = crawler
        self.writer = writer
        self._fault: ArchiveFault | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        spider: Any = crawler.spider
        if not spider.options["warc"]:
            raise NotConfigured
        settings = crawler.settings
        described = {
            "software": f"backlink_crawler/{__version__}",
            "robots": "obey" if settings.getbool("ROBOTSTXT_OBEY") else "ignore",
            "http-header-user-agent": settings["USER_AGENT"],
        }
        writer = ArchiveWriter(Path(spider.options["warc"]), spider.job.round_name, described)
        middleware = cls(crawler, writer)
        crawler.signals.connect(middleware.spider_opened, signals.spider_opened)
        crawler.signals.connect(middleware.spider_closed, signals.spider_closed)
        return middleware

    def spider_opened(self) -> None:
        """Have the frontier wait for the disk before it counts pages as done."""
        recorder = getattr(self.crawler.engine.scheduler, "recorder", None)
        if recorder is not None:
            recorder.before_commit = self.writer.sync

    def process_response(self, request: Request, response: Response) -> Response:
        """The response, kept; raises ArchiveFault when that fails. What no download of ours brought passes."""
        heads = request.meta.pop(HEADS, None)
        if heads is None:
            return response
        if self._fault is not None:
            raise self._fault
        exchange = Exchange(
            request.url.partition("#")[0],
            heads,
            next((word for flag, word in TRUNCATED if flag in response.flags), None),
        )
        try:
            request.meta[KEPT_AT] = self.writer.write(exchange, response.body)
        except ArchiveFault as fault:
            self._fault = fault
            scheduler: Any = self.crawler.engine.scheduler
            scheduler.abandoning = True  # pages are not told as failed for this
            scheduler.fail(fault)
            raise
        self.crawler.stats.inc_value("backlinks/archive/responses")
        return response

    def spider_closed(self) -> None:
        """Close the files and count."""
        if self._fault is None:
            self.writer.close()
        stats = self.crawler.stats
        stats.set_value("backlinks/archive/bytes", self.writer.bytes)
        stats.set_value("backlinks/archive/files", self.writer.files)
