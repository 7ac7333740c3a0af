"""The frontier behind Scrapy's SCHEDULER setting."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self

import attrs
from scrapy import Request, signals
from scrapy.core.scheduler import BaseScheduler
from scrapy.utils.defer import deferred_from_coro

from ..errors import IndexFault
from ..facts.reading import unread
from ..items import Visit
from .clock import utc_now
from .feeder import Feeder, Sink
from .hosts import Budget, HostQueues
from .intake import Intake
from .outbox import facts_of
from .recorder import Recorder
from .row import Page, RobotsAnswer, Row, key_of
from .scope import LISTING, Scope
from .supply import Supply
from .trap import Asked, Cut, Traps

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.crawler import Crawler
    from twisted.internet.defer import Deferred

    from .job import Job

logger = logging.getLogger(__name__)

ROW = "frontier_row"
"""The key in a request's meta under which its row of the frontier travels through retries and redirects."""

RETRY_AT = "frontier_retry_at"
"""The same of a request that failed: when its row is to be asked for again, by the monotonic clock."""
TAKEN_AT = "frontier_taken_at"
"""When the row was taken from the frontier, by the same clock."""

MOST_SKIPPED = 100
"""How many rows of patterns that were cut are left out at once, so that the event loop goes on."""
MOST_RECENT = 100_000
"""How many URLs found lately are remembered, to spare the store the question."""


class FrontierScheduler(BaseScheduler):
    """Hands out the rows of a job as requests and takes back what became of them.

    The spider gives the job (``spider.job``) and where its facts go (``spider.index``).
    """

    def __init__(
        self, crawler: Crawler, job: Job, sink: Sink, scope: Scope, budget: Budget, per_host: int
    ) -> None:
        self.crawler = crawler
        self.job = job
        self.sink = sink
        self.scope = scope
        self.budget = budget
        self.queues = HostQueues(budget, per_host)
        self.traps = Traps()
        self.cuts: list[tuple[Cut, int]] = []
        """What was left out of this round, known when it closes."""
        self.recorder = Recorder(job.store, self._committed, self.fail)
        self._unfinished: dict[int, Row] = {}
        self.supply = Supply(job.store, self.queues, self.recorder, self._unfinished, self._schedule)
        self.intake = Intake(
            job.store, self.queues, self.recorder, lambda: bool(self._unfinished), self._refill
        )
        self.feeder = Feeder(job.path, job.app, sink, self._fail_from_thread)
        self.fault: IndexFault | None = None
        self.reads_each = False
        """Where several pages redirect to one, the answer to each is kept whole."""
        self.abandoning = False
        """The crawl was stopped: what fails now was given up, and stays to be done."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._in_flight: dict[str, Row] = {}
        self._read: set[int] = set()
        """Keys of pages that this run has read but not committed, and of all that redirects led to."""
        self._recent: dict[str, tuple[int, int]] = {}
        self._returned: deque[Request] = deque()
        self._nudge: asyncio.TimerHandle | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        spider: Any = crawler.spider
        budget = Budget(spider.options["max_pages"], spider.options["max_pages_per_domain"])
        per_host = crawler.settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN")
        scheduler = cls(crawler, spider.job, spider.index, spider.scope, budget, per_host)
        scheduler.reads_each = spider.reads_each
        scheduler.traps.patience = spider.options["max_copies"]
        scheduler.queues.most_doubtful = max(crawler.settings.getint("CONCURRENT_REQUESTS") // 16, 1)
        scheduler.queues.pause = next(iter(spider.options["retry_delays"]), 0.0)
        crawler.signals.connect(scheduler.callback_failed, signals.spider_error)
        crawler.signals.connect(scheduler.item_failed, signals.item_error)
        crawler.signals.connect(scheduler.item_dropped, signals.item_dropped)
        return scheduler

    # What Scrapy calls

    def open(self, spider: Spider) -> Deferred[None] | None:
        """Take up the round where it was left."""
        self._loop = asyncio.get_running_loop()
        self.budget.spent_by_domain = self.job.store.done_by_domain()
        self.budget.spent = sum(self.budget.spent_by_domain.values())
        self.traps.restore(cut for cut, _ in self.job.store.cuts())
        self.feeder.start()
        self.supply.scan()
        return None

    def enqueue_request(self, request: Request) -> bool:
        """A retry or a redirect of a row in flight comes back; requests of other components are kept in memory."""
        if RETRY_AT in request.meta:
            self._put_back(request.meta[ROW], request.meta[RETRY_AT])
        else:
            self._returned.append(request)
        return True

    def next_request(self) -> Request | None:
        """The next page to fetch; None when every host must wait or nothing is left."""
        if self._returned:
            return self._returned.popleft()
        if self.fault is not None or self.recorder.is_behind:
            return None
        now = time.monotonic()
        row = self._take(now)
        if row is None:
            self._abandon()
            self.supply.feed()
            self.recorder.flush()
            self._wake_at(self.queues.next_time(), now)
            return None
        self._unfinished[row.id] = self._in_flight[row.url] = row
        self.supply.feed()  # not before the row is known to be held: it must not be read from the store again
        spider: Any = self.crawler.spider
        meta = {ROW: row, TAKEN_AT: now, "verbatim_url": True, "depth": row.depth}
        headers = json.loads(row.headers) if row.headers else None
        return Request(
            row.url,
            callback=spider.parse,
            errback=spider.failed,
            headers=headers,
            dont_filter=True,
            meta=meta,
        )

    def has_pending_requests(self) -> bool:
        """Is there anything more to do? What waits to be committed may hold new pages."""
        if self.fault is not None:
            return False
        return bool(self._returned) or not self.recorder.is_idle or self.queues.has_rows

    def close(self, reason: str) -> Deferred[None]:
        """Store what was read and leave the job, finished or to be gone on with."""
        return deferred_from_coro(self._close(reason))

    # What the spider and its pipelines call

    def record(self, visit: Visit) -> None:
        """A page passed all pipelines: keep its facts, and go on with what it gave."""
        if self.abandoning and visit.http_status is None:
            return
        if self.queues.park(visit.source_host, visit.outcome):
            self.crawler.stats.inc_value("backlinks/host/parked")
        row = self._in_flight.get(visit.requested_url)
        if row is None:
            self.recorder.record(Page(None, facts_of(visit)))
            return
        is_copy = self._was_read(visit, row) and not self.reads_each
        if is_copy:
            visit.links, visit.mentions, visit.inside, visit.targets_checked = [], [], [], []
            if not self.scope.is_bounded:  # else this way may be the nearer one
                visit.found = []
        listed = visit.outcome == "non_html"
        news = (
            visit.found if self.scope.is_bounded else [url for url in visit.found if url not in self._recent]
        )
        admitted = self._unknown(self.scope.admit(news, visit.source_url, row.depth, row.hops, listed=listed))
        found, refused = self.traps.sift(admitted)
        if not row.again:
            self._learn(row, visit, found, is_copy)
        final_url = visit.source_url if visit.redirects else ""
        self._finish(Page(row, facts_of(visit), final_url, found, refused))

    def add(self, found: Iterable[str], depth: int = 0, hops: int = 0) -> None:
        """URLs that no page gave, such as sitemaps."""
        self.recorder.record(Page(None, None, found=[(url, depth, hops) for url in found]))

    def keep_robots(self, answer: RobotsAnswer) -> None:
        """The answer of a site to the request for its robots.txt."""
        if self.abandoning:
            return
        self.recorder.record(Page(None, None, robots=answer))

    async def find_robots(self, origin: str) -> RobotsAnswer | None:
        """The last such answer, of this run or one before it."""
        found: asyncio.Future[RobotsAnswer | None] = asyncio.get_running_loop().create_future()
        self.recorder.call(lambda: self.job.store.robots(origin), found.set_result)
        return await found

    def callback_failed(self, failure: Any, response: Any, spider: Spider) -> None:
        """A callback raised: the page is a visit that failed, and is not asked for again in this round."""
        request = getattr(response, "request", None)
        if request is not None and (row := request.meta.get(ROW)) is not None:
            self._give_up(row)

    def item_failed(self, item: Any, response: Any, spider: Spider, failure: Any) -> None:
        """A pipeline raised: nothing of the page is stored but that it failed."""
        if isinstance(item, Visit) and (row := self._in_flight.get(item.requested_url)) is not None:
            self._give_up(row)

    def item_dropped(self, item: Any, response: Any, spider: Spider, exception: Any) -> None:
        """A pipeline of the user dropped the page: it is done, and nothing is stored."""
        if isinstance(item, Visit) and (row := self._in_flight.get(item.requested_url)) is not None:
            self._finish(Page(row, None))

    # Inside

    def _take(self, now: float) -> Row | None:
        """The next row that is worth asking for. Seeds always are."""
        for _ in range(MOST_SKIPPED):
            row = self.queues.take(now)
            cut = self.traps.refuses(row.url) if row is not None and 0 < row.depth < LISTING else None
            if row is None or cut is None:
                return row
            self._unfinished[row.id] = row
            self.queues.skip(row, now)
            self.recorder.record(Page(row, None, cut=cut))
        asyncio.get_running_loop().call_soon(self._schedule)
        return None

    def _learn(self, row: Row, visit: Visit, found: list[Asked], is_copy: bool) -> None:
        for cut in self.traps.learn(row.url, visit, found, is_copy=is_copy):
            logger.info("nothing new comes of %s (%s): no more of it is fetched", cut.pattern, cut.reason)

    def _was_read(self, visit: Visit, row: Row) -> bool:
        """A redirect led to a page that this round has read already, or will have read: it is read once."""
        key = key_of(visit.source_url) if visit.redirects else row.key
        known = key in self._read or (key != row.key and self.job.store.is_done(key))
        self._read.add(key)
        return known

    def _unknown(self, found: list[Asked]) -> list[Asked]:
        """Most links of a page were seen a moment ago, as near; the store need only be asked about the others."""
        if len(self._recent) >= MOST_RECENT:
            self._recent.clear()
        news = []
        for url, depth, hops in found:
            nearest_depth, nearest_hops = self._recent.get(url, (depth + 1, hops + 1))
            if depth < nearest_depth or hops < nearest_hops:
                self._recent[url] = (min(depth, nearest_depth), min(hops, nearest_hops))
                news.append((url, depth, hops))
        return news

    def _give_up(self, row: Row) -> None:
        if self.abandoning:
            return
        self._finish(self._unread(row, "error"))

    def _unread(self, row: Row, outcome: str) -> Page:
        """A visit that no pipeline sees."""
        self.crawler.stats.inc_value(f"backlinks/outcome/{outcome}")
        return Page(row, facts_of(unread(row.url, outcome, utc_now(), crawl_id=self.job.crawl_id)))

    def _put_back(self, row: Row, retry_at: float) -> None:
        """A row failed and will be asked again. It counts as unfinished, so that the store does not give it a second time."""
        self._in_flight.pop(row.url, None)
        now = time.monotonic()
        self.queues.put_back(attrs.evolve(row, tries=row.tries + 1), retry_at, now, self._ready_at(row, now))

    def _abandon(self) -> None:
        """End the rows of parked hosts without asking."""
        abandoned = self.queues.abandon()
        for row, outcome in abandoned:
            self._unfinished[row.id] = row
            self.crawler.stats.inc_value("backlinks/host/pages_abandoned")
            self.recorder.record(self._unread(row, outcome))
        if abandoned:
            asyncio.get_running_loop().call_soon(self._schedule)

    def _finish(self, page: Page) -> None:
        assert page.row is not None
        self._in_flight.pop(page.row.url, None)
        self._release(page.row)
        self.recorder.record(page)

    def _committed(self, pages: list[Page], added: dict[str, int]) -> None:
        for page in pages:
            if page.row is not None:
                self._unfinished.pop(page.row.id, None)
                if not page.final_url:
                    self._read.discard(page.row.key)
        self.queues.add(added.items())
        self._refill()

    def _refill(self) -> None:
        """There are more rows in the store."""
        self.supply.feed()
        self._schedule()

    def _release(self, row: Row) -> None:
        now = time.monotonic()
        self.queues.release(row, now, self._ready_at(row, now))

    def _ready_at(self, row: Row, now: float) -> float:
        """When the row's host may be asked next."""
        slot = self.crawler.engine.downloader.slots.get(row.host)
        return slot.lastseen + slot.delay if slot is not None and slot.delay else now

    def _wake_at(self, moment: float | None, now: float) -> None:
        if moment is None or (self._nudge is not None and self._nudge.when() <= moment):
            return
        if self._nudge is not None:
            self._nudge.cancel()
        self._nudge = asyncio.get_running_loop().call_later(max(moment - now, 0.001), self._schedule)

    def _schedule(self) -> None:
        """Ask the engine to ask for the next request (it looks by itself only when a response ends)."""
        if self._nudge is not None:
            self._nudge.cancel()
            self._nudge = None
        slot = self.crawler.engine._slot
        if slot is not None and not slot.closing:
            slot.nextcall.schedule()

    def _fail_from_thread(self, fault: IndexFault) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self.fail, fault)

    def fail(self, fault: IndexFault) -> None:
        """Nothing more can be kept: end the crawl, and say why."""
        if self.fault is None:
            self.fault = fault
            logger.error("%s", fault)
            asyncio.ensure_future(self.crawler.engine.close_spider_async(reason="index_fault"))  # noqa: RUF006

    async def _close(self, reason: str) -> None:
        if reason == "finished":
            for row in list(self._in_flight.values()):
                logger.error("a component dropped the request for %s", row.url)
                self._give_up(row)
        if self._nudge is not None:
            self._nudge.cancel()
        await self.recorder.close()
        if self.feeder.is_alive():
            await asyncio.get_running_loop().run_in_executor(None, self.feeder.stop)
        self.fault = self.fault or self.feeder.fault
        stats = self.crawler.stats
        pending, done = self.job.store.totals()
        stats.set_value("backlinks/frontier/pending", pending)
        stats.set_value("backlinks/frontier/done", done)
        if self.job.store.shard is not None:
            stats.set_value("backlinks/frontier/handed_over", self.job.store.handed_over)
        stats.set_value("backlinks/index/batches", self.feeder.batches)
        self.cuts = self.job.store.cuts()
        for cut, pages in self.cuts:
            stats.inc_value(f"backlinks/trap/{cut.reason}", pages)
        if self.fault is None:
            if reason != "shutdown":  # who stops a crawl waits for nothing; the next run does it
                await self._settle()
            if reason == "finished" and self.fault is None:
                self.job.finish()
        self.job.close()

    async def _settle(self) -> None:
        """What the spider does with a run's facts when all are stored."""
        spider: Any = self.crawler.spider
        try:
            await asyncio.get_running_loop().run_in_executor(None, spider.settle)
        except IndexFault as fault:
            self.fault = fault
            logger.error("%s", fault)  # noqa: TRY400  it is no bug of ours: one line says what to do
