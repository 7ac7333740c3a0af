"""Pages that fail for the moment go back to the frontier and are asked for later; other hosts are served meanwhile.

Scrapy's own asks again at once, each URL of a dead host three times, and knows no Retry-After.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from scrapy.exceptions import NotConfigured
from scrapy.utils.misc import _load_objects

from ..frontier.scheduler import RETRY_AT, ROW, TAKEN_AT, FrontierScheduler
from ..urls import host_of
from .patience import retry_after
from .robots import PROBE, RobotsUnreachableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from ..frontier.hosts import HostQueues

ASKS_TO_WAIT = frozenset({429, 503})
"""Statuses in which a server speaks of itself and not of the page (RFC 6585, 4; RFC 9110, 15.6.4)."""
OF_THE_PAGE = frozenset({500})
"""Statuses that say nothing of the host's other pages."""


class HostParkedError(Exception):
    """The host failed too often; ``outcome`` is what its pages end with."""

    def __init__(self, host: str, outcome: str) -> None:
        super().__init__(f"{host} is parked: {outcome}")
        self.outcome = outcome


class RetryMiddleware:
    """Sends a failed request back to the frontier with a time, and tells the frontier which hosts fail and which answer.

    RETRY_ENABLED, RETRY_TIMES, RETRY_HTTP_CODES and RETRY_EXCEPTIONS mean what they mean in Scrapy.
    """

    def __init__(self, crawler: Crawler, times: int, delays: Sequence[float]) -> None:
        self.crawler = crawler
        self.times = times
        self.delays = delays or [0.0]
        self.statuses = frozenset(int(status) for status in crawler.settings.getlist("RETRY_HTTP_CODES"))
        self.exceptions = _load_objects(crawler.settings.getlist("RETRY_EXCEPTIONS"))

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if not crawler.settings.getbool("RETRY_ENABLED"):
            raise NotConfigured
        spider: Any = crawler.spider
        return cls(crawler, crawler.settings.getint("RETRY_TIMES"), spider.options["retry_delays"])

    def process_request(self, request: Request) -> None:
        """Raise HostParkedError for a redirect or a link to follow that leads to a parked host; the frontier has its own way."""
        queues = self._queues()
        if queues is None or not queues.troubles:
            return
        host = host_of(request.url)
        row = request.meta.get(ROW)
        outcome = queues.parked(host)
        if outcome and not request.meta.get(PROBE) and (row is None or row.host != host):
            self.crawler.stats.inc_value("backlinks/host/requests_spared")
            raise HostParkedError(host, outcome)

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """The request as it goes back to the frontier, or the response."""
        if response.status not in self.statuses:
            queues = self._queues()
            if queues is not None and queues.troubles:
                queues.recover(host_of(request.url))
            return response
        asked = retry_after(response.headers.get("Retry-After"), datetime.now(UTC))
        if not asked and response.status in ASKS_TO_WAIT:
            asked = self._delay(request)
        again = self._again(
            request, f"http_{response.status}", asked, of_host=response.status not in OF_THE_PAGE
        )
        return again or response

    def process_exception(self, request: Request, exception: Exception) -> Request | None:
        """The request as it goes back to the frontier, or None."""
        if isinstance(exception, RobotsUnreachableError):
            return self._again(request, "robots", exception.wait)
        if isinstance(exception, self.exceptions):
            return self._again(request, type(exception).__name__, 0.0)
        return None

    def _again(self, request: Request, reason: str, asked: float, *, of_host: bool = True) -> Request | None:
        queues = self._queues()
        if queues is None:
            return None
        now = time.monotonic()
        is_last = of_host and queues.fail(host_of(request.url), request.meta.get(TAKEN_AT, now), now, asked)
        row = request.meta.get(ROW)
        if row is None or request.meta.get("dont_retry"):
            return None
        if is_last or row.tries >= self.times:
            self.crawler.stats.inc_value("backlinks/retry/given_up")
            return None
        self.crawler.stats.inc_value("backlinks/retry/count")
        self.crawler.stats.inc_value(f"backlinks/retry/reason/{reason}")
        return request.replace(meta={**request.meta, RETRY_AT: now + max(asked, self._delay(request))})

    def _delay(self, request: Request) -> float:
        row = request.meta.get(ROW)
        return self.delays[min(row.tries if row is not None else 0, len(self.delays) - 1)]

    def _queues(self) -> HostQueues | None:
        scheduler = self.crawler.engine.scheduler
        return scheduler.queues if isinstance(scheduler, FrontierScheduler) else None
