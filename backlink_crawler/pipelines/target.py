"""Which target each link counts for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Self

from ..config.file import load_config
from ..config.targets import targets_from
from ..facts.judging import judge_target
from ..facts.reading import leads_elsewhere
from ..items import Visit
from ..options import collect
from ..urls import host_of
from .resolver import MOST_HOPS, Resolver

if TYPE_CHECKING:
    from collections.abc import Collection

    from scrapy.crawler import Crawler
    from scrapy.statscollectors import StatsCollector

    from ..classify.target import Targets


class TargetPipeline:
    """Follows links to shorteners and aliases to their end, and keeps the links that count, once per target."""

    def __init__(self, targets: Targets, resolver: Resolver | None, stats: StatsCollector) -> None:
        self.targets = targets
        self.resolver = resolver
        self.stats = stats

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        targets = tracked(crawler)
        resolve = getattr(crawler.spider, "options", {}).get("resolve", False)
        return cls(
            targets, Resolver(crawler, lambda url: ends_at(url, targets)) if resolve else None, crawler.stats
        )

    async def process_item(self, item: Any) -> Any:
        """Judge every link of a visit; foreign items pass untouched."""
        if isinstance(item, Visit):
            ended = await self._follow(item, self.resolver) if self.resolver is not None else frozenset()
            seen = len(item.links)
            judge_target(item, self.targets, ended)
            if item.links:
                self.stats.inc_value("backlinks/links/kept", len(item.links))
            if seen > len(item.links):
                self.stats.inc_value("backlinks/links/led_elsewhere", seen - len(item.links))
        return item

    async def _follow(self, visit: Visit, resolver: Resolver) -> Collection[str]:
        """Follow the links that lead elsewhere; returns those whose end is known.

        A visit with one that could not be asked proves no absence.
        """
        ended: set[str] = set()
        for link in visit.links:
            if not leads_elsewhere(link.target_host, self.targets):
                continue
            link.redirects, link.redirect_statuses, is_known = await resolver.follow(link.target_url)
            reached = link.redirects[-1] if link.redirects else link.target_url
            is_end = is_known and len(link.redirects) < MOST_HOPS
            if is_end or not leads_elsewhere(host_of(reached), self.targets):
                ended.add(link.target_url)
            else:
                visit.complete = False
                self.stats.inc_value("backlinks/links/not_followed")
        return ended


def ends_at(url: str, targets: Targets) -> bool:
    """Has a followed link come to where it counts, so that nothing further need be asked?"""
    host = host_of(url)
    return not leads_elsewhere(host, targets) and (not len(targets) or bool(targets.matching(url, host, "")))


def tracked(crawler: Crawler) -> Targets:
    """The targets of this crawl: those of our spider, else what a project's settings and backlinks.toml say."""
    targets: Targets | None = getattr(crawler.spider, "targets", None)
    if targets is None:
        config = load_config()
        options = collect(
            "spider", {}, environment=os.environ, settings=crawler.settings, toml=config.on("spider")
        )
        targets = targets_from(options["target"], config, options)
    return targets
