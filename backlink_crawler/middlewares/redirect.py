"""Redirects of pages: followed within the scope of the crawl, handed to the spider where they leave it.

Scrapy's own loses a page that redirects off site (no callback, no errback), and repairs Location unlike a browser.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, cast

from scrapy import Request

from ..frontier.scheduler import ROW
from ..urls import host_of, is_http, resolve

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.statscollectors import StatsCollector

    from ..frontier.scheduler import FrontierScheduler
    from ..frontier.scope import Scope
    from ..frontier.shard import Shard

STATUSES = frozenset({301, 302, 303, 307, 308})
SENT_ON, SENT_BY = "redirected_to", "redirect_statuses"
"""Keys of a request's meta: the URLs one was sent on to, and the statuses that sent there."""


class RedirectMiddleware:
    """Follows a redirect as another step of the same visit; a page that moves out of scope is the spider's to record."""

    def __init__(
        self, crawler: Crawler, scope: Scope, shard: Shard | None, most: int, stats: StatsCollector
    ) -> None:
        self.crawler = crawler
        self.scope = scope
        self.shard = shard
        self.most = most
        self.stats = stats

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        spider: Any = crawler.spider
        most = crawler.settings.getint("REDIRECT_MAX_TIMES")
        return cls(crawler, spider.scope, spider.job.store.shard, most, crawler.stats)

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """The next request of the chain, or the response itself where the chain ends for this visit."""
        location = response.headers.get("Location")
        if response.status not in STATUSES or not location or request.meta.get("dont_redirect"):
            return response
        url = resolve(location.decode("utf-8", "replace"), response.url)
        if url is None or not is_http(url):
            return response
        url = url.partition("#")[0]
        row = request.meta.get(ROW)
        if row is not None and not self.scope.allows_redirect(response.url, url, row.depth, row.hops):
            return response
        if row is not None and self.shard is not None and not self.shard.owns(host_of(url)):
            cast("FrontierScheduler", self.crawler.engine.scheduler).add(
                [url], row.depth, row.hops
            )  # another shard reads it
            return response
        chain = [*request.meta.get(SENT_ON, ()), url]
        if len(chain) > self.most or (url in chain[:-1]) or (row is not None and url == row.url):
            self.stats.inc_value("backlinks/redirect/loops")
            request.meta["redirect_loop"] = True
            return response
        self.stats.inc_value("backlinks/redirect/followed")
        statuses = [*request.meta.get(SENT_BY, ()), response.status]
        kept = {
            key: request.meta[key]
            for key in (ROW, "verbatim_url", "depth", "dont_obey_robotstxt")
            if key in request.meta
        }
        return Request(
            url,
            callback=request.callback,
            errback=request.errback,
            dont_filter=True,
            meta={**kept, SENT_ON: chain, SENT_BY: statuses},
        )
