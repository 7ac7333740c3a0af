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

MOST_CODINGS = 3
"""Each coding of a body is one more round of decompression; servers use one, seldom two."""

_SITEMAP_ENDINGS = (".xml", ".txt", ".gz")


class BodyGuard:
    """Stops the download of pages that cannot be read: no HTML, by their own Content-Length too large, or coded over and over.

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
        word = self._too_large(headers.getlist(b"Content-Encoding"), body_length)
        if word is None and ROW in request.meta:
            word = _no_page((headers.get(b"Content-Type") or b"").decode("latin-1"), request.url)
        if word is not None:
            request.meta[STOPPED] = word
            self.stats.inc_value(f"backlinks/guard/{word}")
            raise StopDownload(fail=False)

    def _too_large(self, codings: list[bytes], length: Any) -> str | None:
        declared = isinstance(length, int) and 0 < self.largest < length
        return "too_large" if declared or b",".join(codings).count(b",") >= MOST_CODINGS else None


def _no_page(content_type: str, url: str) -> str | None:
    return None if is_html(content_type, b"") or _may_be_sitemap(url) else "non_html"


def _may_be_sitemap(url: str) -> bool:
    """A sitemap may be plain text or compressed, and is known by its URL only."""
    path = url.partition("?")[0].lower()
    return path.endswith(_SITEMAP_ENDINGS) or "sitemap" in path.rpartition("/")[2]
