"""What a run came to: one summary, for people, for machines, and as the exit code."""

from __future__ import annotations

import json
import logging
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import attrs
from scrapy import signals
from scrapy.exceptions import NotConfigured

from ..errors import IndexFault, NoSeedError, ThresholdError
from ..frontier.clock import utc_now
from ..items import EVERY_TARGET, Visit
from ..reporting.address import shown
from ..threshold import Limit, passed
from .figure import figures
from .native import native
from .run_row import begun, ended, left_out

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

ANSWERED = frozenset(
    {"ok", "not_modified", "moved_offsite", "non_html", "truncated", "too_large", "soft_404", "redirect_loop"}
)
"""Outcomes in which a seed's server gave something to go by; a spider may know better (``answered``)."""
INTERRUPTED = 130
SUMMED_UP = object()
"""The signal that the run has its summary, ``spider.summary``."""


class Summary:
    """Counts what passes the pipelines; keeps ``spider.summary`` and the stat ``backlinks/exit_code`` when the engine stops."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.by_target = bool(len(crawler.spider.targets))  # type: ignore[union-attr]
        self.started_at = utc_now()
        self.links: Counter[str] = Counter()
        self.rel_types: Counter[str] = Counter()
        self.domains: dict[str, set[str]] = {}
        self.scheduler: Any = None
        self._is_started = False
        self._reason: str | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if not hasattr(crawler.spider, "plan"):
            raise NotConfigured
        extension = cls(crawler)
        crawler.signals.connect(extension.spider_opened, signals.spider_opened)
        crawler.signals.connect(extension.item_scraped, signals.item_scraped)
        crawler.signals.connect(extension.engine_started, signals.engine_started)
        crawler.signals.connect(extension.spider_closed, signals.spider_closed)
        crawler.signals.connect(extension.engine_stopped, signals.engine_stopped)
        return extension

    def spider_opened(self, spider: Any) -> None:
        """Keep one row of this run in the index: what was asked for, and with which rules."""
        self.scheduler = self.crawler.engine.scheduler
        spider.index.record_crawl(begun(spider, self.started_at))

    def item_scraped(self, item: Any) -> None:
        """Count the links of a page; by target only where targets are named, since there may be any number of others."""
        if isinstance(item, Visit):
            for link in item.links:
                target = link.target if self.by_target and link.target else EVERY_TARGET
                self.links[target] += 1
                self.rel_types[link.rel_type or link.link_type] += 1
                self.domains.setdefault(target, set()).add(link.source_domain)

    @property
    def outcomes(self) -> dict[str, int]:
        """The pages of this run by outcome, the most frequent first; also those that no pipeline saw."""
        parted = ((name.partition("/outcome/"), n) for name, n in self.crawler.stats.get_stats().items())
        found = {word: n for (head, _, word), n in parted if head == "backlinks" and word}
        return dict(Counter(found).most_common())

    def engine_started(self) -> None:
        """The end of the engine will be told."""
        self._is_started = True

    async def spider_closed(self, reason: str) -> None:
        """Others, who are told at the same time, may still be storing: what came of that is known when the engine stops."""
        self._reason, self.scheduler = reason, self.crawler.engine.scheduler
        if not self._is_started:
            await self._sum_up(self.crawler.spider, reason)

    async def engine_stopped(self) -> None:
        """All is over."""
        if self._reason is not None:
            await self._sum_up(self.crawler.spider, self._reason)

    async def _sum_up(self, spider: Any, reason: str) -> None:
        """Sum up, write the summary where the user wants it, and settle the exit code."""
        limits = await self._limits_passed(spider, reason)
        for limit in limits:
            logger.warning("limit passed: %s", limit)
        code = self.exit_code(spider, reason) or (ThresholdError.exit_code if limits else 0)
        self.crawler.stats.set_value("backlinks/exit_code", code)
        spider.summary = summary = self.summary(spider, reason) | {"exit_code": code, "limits_passed": limits}
        if not summary["error"]:
            self._keep(spider, summary)
        if path := spider.options["summary_json"]:
            self._write(Path(path), summary)
        logger.info("the run ends with exit code %d", code)
        self.crawler.signals.send_catch_log(SUMMED_UP, spider=spider)

    async def _limits_passed(self, spider: Any, reason: str) -> list[str]:
        """What to tell of limits that were passed. A run that was stopped, or failed, is not judged: it goes on."""
        limits = [Limit.of(text) for text in spider.options["fail_on"]]
        if not limits or reason == "shutdown" or self.fault is not None:
            return []
        try:
            return passed(limits, await figures(self, spider, limits))
        except IndexFault as fault:
            self.scheduler.fault = fault
            logger.error("the limits cannot be judged: %s", fault)  # noqa: TRY400
            return []

    @property
    def fault(self) -> IndexFault | None:
        """What ended the run before it was done."""
        fault: IndexFault | None = getattr(self.scheduler, "fault", None)
        return fault

    @staticmethod
    def _write(path: Path, summary: dict[str, Any]) -> None:
        try:
            path.write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        except OSError as error:
            logger.error("the summary cannot be written to %s: %s", path, error.strerror)  # noqa: TRY400

    def _keep(self, spider: Any, summary: dict[str, Any]) -> None:
        """Keep in the index what the run left, so that its reports can tell how complete they are."""
        row = begun(spider, self.started_at) | ended(summary)
        try:
            spider.index.record_crawl(row, int(time.time()))
        except IndexFault as fault:
            logger.error("the end of the run is not in the index: %s", fault)  # noqa: TRY400

    def summary(self, spider: Any, reason: str) -> dict[str, Any]:
        """The summary as JSON-native values."""
        stats = self.crawler.stats
        return {
            "crawl_id": spider.job.crawl_id,
            "job": spider.job.name,
            "run": spider.run,
            "resumed": spider.job.resumed,
            "reason": reason,
            "error": str(self.fault) if self.fault else None,
            "remark": spider.remark,
            "started_at": self.started_at,
            "finished_at": utc_now(),
            "index": spider.options["index"],
            "seeds": len(spider.plan.seeds),
            "pages": sum(self.outcomes.values()),
            "outcomes": self.outcomes,
            "not_fetched": stats.get_value("backlinks/frontier/pending", 0),
            "handed_over": stats.get_value("backlinks/frontier/handed_over", 0),
            "cut": left_out(getattr(self.scheduler, "cuts", [])),
            "links": sum(self.links.values()),
            "rel_types": dict(self.rel_types.most_common()),
            "targets": {
                name: {"links": count, "referring_domains": len(self.domains[name])}
                for name, count in self.links.most_common(100)
            },
            "sources": [attrs.asdict(report) for report in spider.found],
            "archive": spider.options["warc"],
            "archived": stats.get_value("backlinks/archive/responses", 0),
            "feeds": [shown(uri) for uri in self.crawler.settings.getdict("FEEDS")],
            "feeds_failed": self._feeds_failed(),
            "stats": native(dict(sorted(stats.get_stats().items()))),
        }

    def exit_code(self, spider: Any, reason: str) -> int:
        """Without the limits: 0 done, 1 a feed was lost, 4 no seed could be fetched, or no source asked, 5 the index, 130 interrupted."""
        if self.fault is not None:
            return IndexFault.exit_code
        if reason == "shutdown":
            return INTERRUPTED
        answered = getattr(spider, "answered", ANSWERED)
        has_begun = spider.job.resumed or any(report.visits for report in spider.found)
        if self.outcomes and not has_begun and not answered & self.outcomes.keys():
            return NoSeedError.exit_code
        if not self.outcomes and spider.found and all(report.failed for report in spider.found):
            return NoSeedError.exit_code
        return 1 if self._feeds_failed() else 0

    def _feeds_failed(self) -> int:
        return sum(
            count
            for name, count in self.crawler.stats.get_stats().items()
            if name.startswith("feedexport/failed_count")
        )
