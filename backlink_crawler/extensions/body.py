"""Which bodies are not worth their download: stopped when the headers have come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from scrapy import signals
from scrapy.exceptions import NotConfigured, StopDownload

from ..facts.outcome import is_html
from ..frontier.scheduler import ROW

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Headers
    from scrapy.statscollectors import StatsCollector

STOPPED = "stopped_for"
"""The key in a request's meta with the outcome for which its download was stopped."""

_SITEMAP_ENDINGS = (".xml", ".txt", ".gz")


class BodyGuard:
    """Stops the download of pages that cannot be read: no HTML, or by their own Content-Length too large.

    The type is judged for pages of the frontier only: robots.txt and what other components ask for pass.
    """

    def __init__(self, largest: int, stats: StatsCollector) -> None:
        self.largest = largest
        self.stats = stats

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if not hasattr(crawler.spider, "plan"):
            raise NotConfigured
        extension = cls(crawler.settings.getint("DOWNLOAD_MAXSIZE"), crawler.stats)
        crawler.signals.connect(extension.headers_received, signals.headers_received)
        return extension

    def headers_received(self, headers: Headers, body_length: Any, request: Request) -> None:
        """Raise StopDownload, the outcome in the request's meta; the response goes to the spider as it is."""
        word = None
        if isinstance(body_length, int) and 0 < self.largest < body_length:
            word = "too_large"
        elif ROW in request.meta and _is_no_page(headers, request.url):
            word = "non_html"
        if word is not None:
            request.meta[STOPPED] = word
            self.stats.inc_value(f"backlinks/guard/{word}")
            raise StopDownload(fail=False)


def _is_no_page(headers: Headers, url: str) -> bool:
    content_type = (headers.get(b"Content-Type") or b"").decode("latin-1")
    return not is_html(content_type, b"") and not _may_be_sitemap(url)


def _may_be_sitemap(url: str) -> bool:
    """A sitemap may be plain text or compressed, and is known by its URL only."""
    path = url.partition("?")[0].lower()
    return path.endswith(_SITEMAP_ENDINGS) or "sitemap" in path.rpartition("/")[2]
