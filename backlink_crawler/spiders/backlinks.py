"""The spider ``backlinks``: crawls seeds and reads every link that counts for a target."""

from __future__ import annotations

import uuid
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

import attrs
from scrapy import Spider, signals

from ..frontier.scope import ALONE, LISTING, MOST_LISTINGS, Scope
from ..urls import resolve
from ..wiring import SPIDER_SETTINGS, wire_spider

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.settings import BaseSettings
    from twisted.python.failure import Failure

    from ..classify.target import Targets
    from ..discovery.intake import SourceReport
    from ..frontier.exchange import Exchange
    from ..frontier.job import Job
    from ..frontier.scheduler import FrontierScheduler
    from ..index.store import Index
    from ..items import Visit
    from ..middlewares.robotparser import Rfc9309RobotParser
    from ..seeds import Seeds
    from .plan import Plan
    from .reader import PageReader


class BacklinksSpider(Spider):
    """``scrapy crawl backlinks -a target=example.com -a seeds=seeds.txt``: its arguments are the table in `options`."""

    name = "backlinks"
    provenance = "crawl"
    remark = ""
    """What people should know of this run."""
    found: list[SourceReport]
    """What the sources came to that were asked for pages."""
    reads_each = False
    """Pages that redirect to one that was read are read once more, each for itself."""

    plan: Plan
    options: dict[str, Any]
    targets: Targets
    scope: Scope
    target: str
    """What is crawled for, as ``%(target)s`` in the URI of a feed."""
    run: str
    """What tells this run of the job from others: Scrapyd's name for it, where there is one."""
    index: Index
    exchange: Exchange | None
    """The other shards of this crawl, if it is one of several."""
    job: Job
    reader: PageReader

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """Bring along what the spider needs."""
        super().update_settings(settings)
        wire_spider(settings)

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Check all arguments, open the index and the job; raises a BacklinkError before any request."""
        from ..frontier.job import Job
        from ..index.store import Index
        from .reader import PageReader

        plan = cls.make_plan(kwargs, crawler.settings)
        spider = super().from_crawler(crawler, *args)
        spider.plan = plan
        spider.found = []
        spider.run = str(kwargs.get("_job") or uuid.uuid4().hex)
        spider.options, spider.targets, spider.scope = plan.options, plan.targets, plan.scope
        spider.target = plan.options["target"] or "all"
        spider.index = Index.open(plan.options["index"], create=True)
        spider.exchange = cls.make_exchange(plan) if plan.shard else None
        spider.job = Job.open(
            Path(plan.options["jobs"]),
            plan.job_name,
            index=spider.index.uri,
            run=spider.run,
            new_round=plan.options["new_round"],
            scope=plan.scope,
            most_hosts=plan.options["max_hosts_per_domain"],
            exchange=spider.exchange,
        )
        if plan.options["contact"] and crawler.settings["USER_AGENT"] == SPIDER_SETTINGS["USER_AGENT"]:
            agent = str(SPIDER_SETTINGS["USER_AGENT"]).replace(")", f"; +{plan.options['contact']})")
            crawler.settings.set("USER_AGENT", agent, priority="spider")
        spider.reader = PageReader(
            plan.targets,
            crawl_id=spider.job.crawl_id,
            provenance=cls.provenance,
            follow_elsewhere=bool(plan.options["hops"]),
            obey_meta=plan.options["obey_meta"],
            internal_links=plan.options.get("internal_links", False),
            contacts=plan.options["contacts"],
        )
        crawler.signals.connect(spider.robots_parsed, signals.robots_parsed)
        return spider

    @staticmethod
    def make_plan(arguments: Mapping[str, Any], settings: Mapping[str, Any]) -> Plan:
        """What is to be done; raises a BacklinkError with the first thing that is wrong."""
        from .plan import crawl_plan

        return crawl_plan(arguments, settings)

    @staticmethod
    def make_exchange(plan: Plan) -> Exchange | None:
        """How this shard knows of the others."""
        from ..frontier.exchange import Exchange

        assert plan.shard is not None
        return Exchange(plan.options["index"], plan.name, plan.shard)

    @property
    def frontier(self) -> FrontierScheduler:
        """The scheduler of this crawl."""
        return cast("FrontierScheduler", self.crawler.engine.scheduler)

    async def start(self) -> AsyncIterator[Any]:
        """Give the seeds to the frontier, in bulk, and then what is found besides them."""
        intake, exchange = self.frontier.intake, self.exchange
        await intake.seed(seed.url for seed in cast("Seeds", self.plan.seeds))
        if exchange is not None:
            await intake.take_over(lambda: exchange.handed(self.job.number, self.job.since))
        if self.plan.sources and not self.job.reopened:
            from .candidates import Candidates

            await Candidates(self).find()
        return
        yield

    def parse(self, response: Response) -> Iterator[Visit]:
        """One page: its visit with all links that may count."""
        yield self.reader.read(response)

    def failed(self, failure: Failure) -> Iterator[Visit]:
        """A page that could not be fetched: its visit says why."""
        yield self.reader.unread(failure)

    def tell(self, message: str) -> None:
        """Say how the crawl goes on."""
        self.logger.info("%s", message)

    def settle(self) -> None:
        """Fold the facts of this run into the history, and tell who wants to know. Raises IndexFault."""
        from ..afterwards import settle

        confirm_after = timedelta(seconds=self.options["confirm_after"])
        config, shard = self.plan.config, self.plan.shard
        if shard is not None and shard.number > 1:  # what was told already is only known on one machine
            config = attrs.evolve(config, alerts=())
        settle(self.index, Path(self.options["jobs"]), config, confirm_after=confirm_after)

    def robots_parsed(self, robotparser: Rfc9309RobotParser, request: Request) -> None:
        """The sitemaps that robots.txt names are where a site lists its pages."""
        from ..frontier.scheduler import ROW

        row = request.meta.get(ROW)
        if row is None:
            return  # of a shortener or an alias that a link was followed through
        depth = row.depth if row.depth >= LISTING else 0
        if depth == ALONE or (
            not depth and not (self.options["sitemaps"] and self.options["scope"] != "page")
        ):
            return
        named = (resolve(sitemap, request.url) for sitemap in robotparser.rp.sitemaps)
        scope = Scope() if depth else self.scope
        hops = 0 if depth or not row.hops else self.scope.hops
        allowed = (url for url in named if url and scope.allows_redirect(request.url, url, depth, hops))
        self.frontier.add(islice(allowed, MOST_LISTINGS if depth else None), depth, hops)
