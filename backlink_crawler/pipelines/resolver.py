"""Follow a link to where it ends, for shorteners and a target's old domains: bounded, cached, polite."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.datatypes import LocalCache

from ..page.parse import read_page
from ..urls import is_http, resolve

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapy.crawler import Crawler
    from scrapy.http import Response

logger = logging.getLogger(__name__)

Chain = tuple[list[str], list[int], bool]
"""The URLs one is sent on to, the statuses that sent there, and whether the last one could be asked."""
Hop = tuple[str | None, int]
"""Where a URL sends one, and by which status; 0 when it did not answer the question."""

MOST_HOPS = 5
MOST_REMEMBERED = 100_000
MOST_BYTES = 512 * 1024
"""A page that only sends one on is short."""
REDIRECTS = frozenset({301, 302, 303, 307, 308})
GONE = frozenset({404, 410})
"""The statuses of an error that say where a link leads: nowhere. Others only refuse to tell us."""


class Resolver:
    """Asks through Scrapy's downloader, so that its delays, robots.txt and guards hold; an answer serves the whole run.

    A URL for which ``is_end`` is true is not asked any more: the chain has come to what it was followed for.
    """

    def __init__(self, crawler: Crawler, is_end: Callable[[str], bool]) -> None:
        self._crawler = crawler
        self._is_end = is_end
        self._hops: LocalCache[str, asyncio.Future[Hop]] = LocalCache(limit=MOST_REMEMBERED)

    async def follow(self, url: str) -> Chain:
        """The chain behind a URL, as far as it can be asked; empty when it leads nowhere else."""
        urls: list[str] = []
        statuses: list[int] = []
        status = 200
        while len(urls) < MOST_HOPS and not self._is_end(url):
            onward, status = await self._hop(url.partition("#")[0])
            if onward is None or onward in urls:
                break
            url = onward
            urls.append(onward)
            statuses.append(status)
        return urls, statuses, status != 0

    async def _hop(self, url: str) -> Hop:
        known = self._hops.get(url)
        if known is None:
            known = self._hops[url] = asyncio.ensure_future(self._ask(url))
        return await known

    async def _ask(self, url: str) -> Hop:
        meta = {
            "dont_redirect": True,
            "dont_retry": True,
            "verbatim_url": True,
            "download_maxsize": MOST_BYTES,
        }
        self._crawler.stats.inc_value("backlinks/resolver/requests")
        try:
            response = await self._crawler.engine.download_async(
                Request(url, callback=NO_CALLBACK, dont_filter=True, meta=meta)
            )
        except IgnoreRequest:
            self._crawler.stats.inc_value("backlinks/resolver/disallowed")
        except Exception as error:  # whatever the network does, the page with the link is read
            if self._crawler.engine.scheduler.abandoning:  # type: ignore[union-attr]
                raise  # but not now, when nothing can be asked: it is read another time
            self._crawler.stats.inc_value("backlinks/resolver/failed")
            logger.debug("cannot follow %s: %s", url, error)
        else:
            is_answer = response.status < 400 or response.status in GONE
            return (_destination(response), response.status) if is_answer else (None, 0)
        return None, 0


def _destination(response: Response) -> str | None:
    """Where an answer sends one: by Location, or by the refresh of the page it is."""
    location = response.headers.get("Location")
    if response.status in REDIRECTS and location:
        url = resolve(location.decode("utf-8", "replace"), response.url)
        return url if url is not None and is_http(url) else None
    if response.status != 200:
        return None
    headers = [(name, value) for name, values in response.headers.items() for value in values]
    page = read_page(response.body, response.url, headers, detail=lambda _: False)
    return next((link.url for link in page.links if link.link_type == "redirect"), None)
