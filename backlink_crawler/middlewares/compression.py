"""Compressed bodies. Scrapy's own middleware does not tell a body that was cut from a whole one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from scrapy.exceptions import NotConfigured
from scrapy.responsetypes import responsetypes

from ..page.coding import CodedTooLargeError, decode

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.statscollectors import StatsCollector

ACCEPTED = "gzip, deflate, br, zstd"


class CompressionMiddleware:
    """Asks for compressed pages and decodes them; one that was cut gets the flag ``dataloss``, as Scrapy's downloader gives it."""

    def __init__(self, most: int, stats: StatsCollector) -> None:
        self.most = most
        self.stats = stats

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if not crawler.settings.getbool("COMPRESSION_ENABLED"):
            raise NotConfigured
        return cls(crawler.settings.getint("DOWNLOAD_MAXSIZE"), crawler.stats)

    def process_request(self, request: Request) -> None:
        """Say what we can read."""
        request.headers.setdefault("Accept-Encoding", ACCEPTED)

    def process_response(self, request: Request, response: Response) -> Response:
        """The response with its body decoded; raises CodedTooLargeError or CodingError."""
        said = response.headers.getlist("Content-Encoding")
        if not said:
            return response
        codings = [coding.strip().lower() for coding in b",".join(said).decode("latin-1").split(",")]
        try:
            body, complete = decode(response.body, codings, request.meta.get("download_maxsize", self.most))
        except CodedTooLargeError:
            self.stats.inc_value("backlinks/guard/too_large")
            raise
        headers = response.headers.copy()
        del headers["Content-Encoding"]
        kind = responsetypes.from_args(headers=headers, url=response.url, body=body)
        flags = response.flags if complete else [*response.flags, "dataloss"]
        return response.replace(cls=kind, headers=headers, body=body, flags=flags)
