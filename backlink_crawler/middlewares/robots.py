"""robots.txt by RFC 9309: read before the first page of a site, again after a day, and obeyed when it cannot be read.

Scrapy's own lets everything through when the file cannot be read, and never reads it again.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

import attrs
from scrapy import Request, signals
from scrapy.exceptions import IgnoreRequest, NotConfigured
from scrapy.http.request import NO_CALLBACK

from ..classify.robots import MOST_BYTES, Group, parse, path_of
from ..frontier.row import RobotsAnswer
from ..frontier.scheduler import ROW, FrontierScheduler
from ..urls import host_of, is_http, resolve
from .patience import retry_after
from .redirect import STATUSES
from .robotparser import Rfc9309RobotParser

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from scrapy.crawler import Crawler
    from scrapy.http import Response

SECONDS_KEPT = 24 * 3600.0
"""RFC 9309, 2.4."""
SECONDS_STALE = 30 * 24 * 3600.0
"""While a site cannot be asked, what it said before holds for this long (RFC 9309, 2.4 and 2.3.1.4)."""
SECONDS_TO_ANSWER = 10.0
"""A host that does not even give this small file in time is tried again later, before it holds up a page."""
MOST_REDIRECTS = 5
"""RFC 9309, 2.3.1.2; a file further away counts as unavailable."""
MOST_CRAWL_DELAY = 60.0
MOST_REMEMBERED = 32 * 1024 * 1024
"""Bytes of robots.txt held in memory as rules; the others are read from the job's file again."""

GOOGLEBOT = "robots_googlebot"
"""The key in a request's meta: may Googlebot fetch it?"""
PROBE = "probes_parked_host"
"""The key in the meta of a request made for a page of the same host: it may go to a host that is parked."""


class DisallowedError(IgnoreRequest):
    """robots.txt closes this URL to us."""


class RobotsUnreachableError(DisallowedError):
    """The site cannot say what is allowed (RFC 9309, 2.3.1.4): nothing is, until it is asked again."""

    def __init__(self, status: int, wait: float) -> None:
        super().__init__(f"robots.txt: status {status}")
        self.wait = wait


@attrs.frozen
class Policy:
    """What holds for one origin until ``expires_at`` (Unix time)."""

    ours: Group
    google: Group
    expires_at: float
    size: int


class RobotsMiddleware:
    """Raises DisallowedError for what robots.txt closes; tells in the request's meta whether Googlebot may fetch it."""

    def __init__(self, crawler: Crawler, agent: str) -> None:
        self.crawler = crawler
        self.agent = agent
        self._policies: OrderedDict[str, Policy] = OrderedDict()
        self._size = 0
        self._asking: dict[str, asyncio.Task[Policy]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if not crawler.settings.getbool("ROBOTSTXT_OBEY"):
            raise NotConfigured
        return cls(crawler, crawler.settings["ROBOTSTXT_USER_AGENT"] or crawler.settings["BOT_NAME"])

    def process_request(self, request: Request) -> Awaitable[None] | None:
        """Let a request pass, at once when the site's rules are known."""
        if request.meta.get("dont_obey_robotstxt"):
            return None
        origin = origin_of(request.url)
        policy = self._policies.get(origin)
        if policy is None or policy.expires_at <= time.time():
            return self._learn(request, origin)
        self._judge(request, policy)
        return None

    async def _learn(self, request: Request, origin: str) -> None:
        task = self._asking.get(origin)
        if task is None:
            task = self._asking[origin] = asyncio.ensure_future(self._policy(request, origin))
            task.add_done_callback(lambda _: self._asking.pop(origin))
        self._judge(request, await asyncio.shield(task))

    def _judge(self, request: Request, policy: Policy) -> None:
        path = path_of(request.url)
        allowed = policy.ours.allows(path)
        request.meta[GOOGLEBOT] = allowed if policy.google is policy.ours else policy.google.allows(path)
        if not allowed:
            self.crawler.stats.inc_value("backlinks/robots/disallowed")
            raise DisallowedError("robots.txt")
        if policy.ours.crawl_delay:
            self._slow_down(request, min(policy.ours.crawl_delay, MOST_CRAWL_DELAY))

    def _slow_down(self, request: Request, delay: float) -> None:
        """Set the host's delay in the downloader, by which the frontier goes too; AutoThrottle would shorten it."""
        request.meta["autothrottle_dont_adjust_delay"] = True
        downloader = self.crawler.engine.downloader
        slot = downloader.slots.get(downloader.get_slot_key(request))
        if slot is not None and slot.delay < delay:
            slot.delay, slot.jitter = delay, 0.0
            self.crawler.stats.inc_value("backlinks/robots/crawl_delay")

    async def _policy(self, request: Request, origin: str) -> Policy:
        """The rules in force: those kept, if they are of today, else what the site says now, else the old ones."""
        scheduler = self.crawler.engine.scheduler
        kept = await scheduler.find_robots(origin) if isinstance(scheduler, FrontierScheduler) else None
        now = time.time()
        if kept is not None and now < kept.fetched_at + SECONDS_KEPT:
            self.crawler.stats.inc_value("backlinks/robots/kept")
            return self._adopt(kept, request, kept.fetched_at + SECONDS_KEPT)
        try:
            answer = await self._ask(request, origin)
        except Exception:
            if kept is None or now > kept.fetched_at + SECONDS_STALE:
                raise
            self.crawler.stats.inc_value("backlinks/robots/stale")
            return self._adopt(kept, request, now + SECONDS_KEPT / 24)
        if isinstance(scheduler, FrontierScheduler):
            scheduler.keep_robots(answer)
        return self._adopt(answer, request, now + SECONDS_KEPT)

    async def _ask(self, request: Request, origin: str) -> RobotsAnswer:
        """Fetch the file. Raises what the network raised, or RobotsUnreachableError: in both cases nothing is allowed."""
        url = f"{origin}/robots.txt"
        for _ in range(MOST_REDIRECTS + 1):
            response = await self._fetch(url, request)
            onward = _redirect(response)
            if onward is None:
                break
            url = onward
        else:
            self.crawler.stats.inc_value("backlinks/robots/redirected_too_often")
            return RobotsAnswer(origin, time.time(), 404)
        if 200 <= response.status < 300:
            self.crawler.stats.inc_value("backlinks/robots/read")
            return RobotsAnswer(origin, time.time(), response.status, response.body[:MOST_BYTES])
        if 300 <= response.status < 500 and response.status != 429:
            self.crawler.stats.inc_value("backlinks/robots/unavailable")
            return RobotsAnswer(origin, time.time(), response.status)
        self.crawler.stats.inc_value("backlinks/robots/unreachable")
        raise RobotsUnreachableError(
            response.status, retry_after(response.headers.get("Retry-After"), datetime.now(UTC))
        )

    async def _fetch(self, url: str, request: Request) -> Response:
        row = request.meta.get(ROW)
        probes = row is not None and row.host == host_of(url)
        meta = {
            "dont_obey_robotstxt": True, "dont_redirect": True, "dont_retry": True, "verbatim_url": True,
            "download_timeout": min(SECONDS_TO_ANSWER, self.crawler.settings.getfloat("DOWNLOAD_TIMEOUT")), PROBE: probes,
        }  # fmt: skip
        self.crawler.stats.inc_value("backlinks/robots/requests")
        return await self.crawler.engine.download_async(
            Request(url, callback=NO_CALLBACK, dont_filter=True, meta=meta)
        )

    def _adopt(self, answer: RobotsAnswer, request: Request, expires_at: float) -> Policy:
        """Parse an answer, remember the rules, and tell who waits for its sitemaps."""
        parser = Rfc9309RobotParser(parse(answer.body))
        policy = Policy(
            parser.rp.group(self.agent), parser.rp.group("Googlebot"), expires_at, len(answer.body) + 1_000
        )
        known = self._policies.pop(answer.origin, None)
        self._policies[answer.origin] = policy
        self._size += policy.size - (known.size if known else 0)
        while self._size > MOST_REMEMBERED:
            self._size -= self._policies.popitem(last=False)[1].size
        self.crawler.signals.send_catch_log(signals.robots_parsed, robotparser=parser, request=request)
        return policy


def origin_of(url: str) -> str:
    """Scheme, host and port of a normalised URL, for which one robots.txt holds (RFC 9309, 2.3)."""
    scheme, _, authority, *_ = url.split("/", 3)
    return f"{scheme}//{authority.rpartition('@')[2]}"


def _redirect(response: Response) -> str | None:
    location = response.headers.get("Location")
    if response.status not in STATUSES or not location:
        return None
    url = resolve(location.decode("utf-8", "replace"), response.url)
    return url.partition("#")[0] if url is not None and is_http(url) else None
