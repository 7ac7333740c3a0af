"""Pages that somebody says link to a target: found, or claimed in an import, and given to the frontier to be visited."""

from __future__ import annotations

import asyncio
import logging
import threading
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from scrapy import signals

from ..claims.pending import known_referrers, pending, unvisited
from ..discovery.catalogue import CLAIMS, FEEDS
from ..discovery.intake import SourceReport
from ..discovery.run import discover
from ..errors import IndexFault
from ..frontier.scope import ALONE, LISTING
from ..index.store import Index
from ..items import Visit
from ..urls import host_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..seeds import Seeds
    from .backlinks import BacklinksSpider

logger = logging.getLogger(__name__)

PATIENCE = 60.0
"""Seconds without any page, after which the pages of slow domains are no longer waited for."""
SECONDS_TO_LOOK = 1.0
"""How often one looks whether the budget is spent."""

NOTHING = "no page to visit: nobody names one that was not visited yet; import what you have, or give seeds"

UNASKED = "no page to visit: no source gave an answer; import what you have, or give seeds"


class Candidates:
    """Finds pages while the crawl visits those that were found: each is visited for itself.

    What is imported already comes domain by domain: one page of each referring domain first. Asking the sources ends with the
    crawl; the next run goes on there.
    """

    def __init__(self, spider: BacklinksSpider) -> None:
        self.spider = spider
        self.shard = spider.plan.shard
        self.named = [name for name in spider.plan.sources if name not in (CLAIMS, FEEDS)]
        asks = self.shard is None or self.shard.number == 1  # one asks, and hands over what is the others'
        self.sources = self.named if asks else []
        self._found: asyncio.Queue[list[str] | None] = asyncio.Queue()
        self._stop = threading.Event()
        self._loop = asyncio.get_running_loop()
        self._waited_for: set[str] = set()
        self._linking = 0
        self._homes: frozenset[str] = frozenset()
        spider.crawler.signals.connect(self._count, signals.item_scraped)

    async def find(self) -> None:
        """Return when all sources had their say and all they named is in the frontier."""
        self._homes = await asyncio.to_thread(self._seeded)
        try:
            async with asyncio.TaskGroup() as together:
                if self.sources:
                    threading.Thread(target=self._ask, name="backlinks-discovery", daemon=True).start()
                    together.create_task(self._take())
                together.create_task(self._verify())
                if FEEDS in self.spider.plan.sources:
                    together.create_task(self._revisit())
        except* IndexFault as faults:
            fault = faults.exceptions[0]
            assert isinstance(fault, IndexFault)
            self.spider.frontier.fail(fault)
        finally:
            self._stop.set()
        if not sum(self.spider.job.store.totals()):
            reports = self.spider.found
            self.spider.remark = UNASKED if reports and all(one.failed for one in reports) else NOTHING

    async def _verify(self) -> None:
        """The pages of claims: one of each domain, and when these are visited, the others."""
        first, others = map(self._own, await asyncio.to_thread(self._pending))
        self._waited_for = set(first)
        await self._add(first)
        if not others:
            return
        await self.spider.frontier.intake.worked_off(PATIENCE)
        visited, claimed = len(first) - len(self._waited_for), len(first) + len(others)
        self.spider.tell(
            f"verified {visited:,} of {claimed:,} claimed pages, one of each domain: {self._linking:,} link."
            f" {len(others):,} more of these domains are visited now"
        )
        await self._add(others)

    async def _add(self, pages: Sequence[str]) -> None:
        """Give pages to the frontier, those on a site that is crawled from its seeds as pages of that crawl."""
        scope, intake = self.spider.scope, self.spider.frontier.intake
        seeded = [url for url in pages if scope.home(host_of(url)) in self._homes] if self._homes else []
        await intake.add_pages(seeded, 0)
        within = frozenset(seeded)
        await intake.add_pages([url for url in pages if url not in within], ALONE)

    def _own(self, pages: list[str]) -> list[str]:
        """Without those of other shards, which ask the index themselves."""
        return [url for url in pages if self.shard is None or self.shard.owns(host_of(url))]

    def _seeded(self) -> frozenset[str]:
        """What is crawled from its seeds, as the scope parts it."""
        spider = self.spider
        seeds = cast("Seeds", spider.plan.seeds)
        return frozenset(
            spider.scope.home(host_of(seed.url)) for seed in seeds if spider.scope.reach != "page"
        )

    def _count(self, item: object) -> None:
        """A page passed the pipelines."""
        if isinstance(item, Visit) and item.requested_url in self._waited_for:
            self._waited_for.discard(item.requested_url)
            self._linking += bool(item.links)

    async def _revisit(self) -> None:
        """Feeds and sitemaps of domains that link already: what is new there may link, too."""
        places = await asyncio.to_thread(lambda: known_referrers(self._index(), self._targets()))
        await self.spider.frontier.intake.add_pages(self._own(places), LISTING)

    async def _take(self) -> None:
        """The pages that sources name, as they come."""
        while (pages := await self._next()) is not None:
            unseen = await asyncio.to_thread(self._unvisited, pages)
            await self._add(unseen)

    async def _next(self) -> list[str] | None:
        """What was found next, None at the end; where no more pages may be visited, none are asked for."""
        while True:
            if self.spider.frontier.budget.is_spent:
                self._stop.set()
            with suppress(TimeoutError):
                async with asyncio.timeout(SECONDS_TO_LOOK):
                    return await self._found.get()

    def _ask(self) -> None:
        """Ask all sources, in a thread."""
        plan, spider = self.spider.plan, self.spider
        try:
            for target in spider.targets:
                if self._stop.is_set():
                    break
                discover(
                    self._index(),
                    target,
                    self.sources,
                    config=plan.config,
                    directory=Path(plan.options["jobs"]),
                    user_agent=spider.crawler.settings["USER_AGENT"],
                    on_new=self._give,
                    stop=self._stop,
                    reports=spider.found,
                    crawl_id=spider.job.crawl_id,
                )
        except IndexFault as fault:
            self._tell(partial(spider.frontier.fail, fault))
        except Exception as error:
            logger.exception("finding pages ended")
            spider.found.append(
                SourceReport("discover", "discovery", ended=f"it failed with {type(error).__name__}")
            )
        finally:
            self._tell(partial(self._found.put_nowait, None))

    def _give(self, pages: list[str]) -> None:
        self._tell(partial(self._found.put_nowait, pages))

    def _tell(self, work: Callable[[], object]) -> None:
        with suppress(RuntimeError):  # the crawl has ended
            self._loop.call_soon_threadsafe(work)

    def _pending(self) -> tuple[list[str], list[str]]:
        """What the chosen sources said in earlier runs, or all claims."""
        every = CLAIMS in self.spider.plan.sources
        return pending(
            self._index(), self._targets(), None if every else [f"discover:{name}" for name in self.named]
        )

    def _unvisited(self, pages: list[str]) -> list[str]:
        return unvisited(self._index(), pages, self._targets())

    def _index(self) -> Index:
        """The index, opened anew: this thread reads and writes beside the others."""
        return Index.open(self.spider.plan.options["index"])

    def _targets(self) -> list[str]:
        return [target.name for target in self.spider.targets]
