"""Follow a link to where it ends, for shorteners and a target's old domains: bounded, cached, polite."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.datatypes import LocalCache

from ..urls import is_http, resolve

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

Chain = tuple[list[str], list[int]]
"""The URLs one is sent on to, and the statuses that sent there."""

MOST_HOPS = 5
MOST_REMEMBERED = 100_000
REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Resolver:
    """Asks with HEAD through Scrapy's downloader, so that its delays, robots.txt and guards hold; an answer serves the whole run."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._chains: LocalCache[str, asyncio.Future[Chain]] = LocalCache(limit=MOST_REMEMBERED)

    async def follow(self, url: str) -> Chain:
        """The chain behind a URL; empty when it leads nowhere else or cannot be asked."""
        url = url.partition("#")[0]
        known = self._chains.get(url)
        if known is None:
            known = self._chains[url] = asyncio.ensure_future(self._ask(url))
        urls, statuses = await known
        return list(urls), list(statuses)

    async def _ask(self, url: str) -> Chain:
        urls: list[str] = []
        statuses: list[int] = []
        while len(urls) < MOST_HOPS:
            request = Request(url, method="HEAD", callback=NO_CALLBACK, dont_filter=True, meta={"dont_redirect": True, "verbatim_url": True})
            self._crawler.stats.inc_value("backlinks/resolver/requests")
            try:
                response = await self._crawler.engine.download_async(request)
            except IgnoreRequest:
                break
            except Exception as error:  # noqa: BLE001  whatever the network does, the page with the link is read
                self._crawler.stats.inc_value("backlinks/resolver/failed")
                logger.debug("cannot follow %s: %s", url, error)
                break
            location = response.headers.get("Location")
            if response.status not in REDIRECTS or not location:
                break
            onward = resolve(location.decode("utf-8", "replace"), url)
            if onward is None or not is_http(onward) or onward in urls:
                break
            urls.append(onward)
            statuses.append(response.status)
            url = onward.partition("#")[0]
        return urls, statuses
