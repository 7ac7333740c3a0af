"""A run of mining as it is watched from outside: its heartbeat, and its figures for Prometheus."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

import attrs
from scrapy import signals
from scrapy.utils.asyncio import create_looping_call

from ..errors import IndexFault
from ..frontier.glance import HEARTBEAT, Heartbeat
from .heartbeat import SECONDS_BETWEEN, Lately, first
from .measure import MINING_MEASURES
from .metrics import Figures, Metrics
from .summary import SUMMED_UP

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from ..mining.job import Mining


class MiningHeart:
    """Beats while the event loop turns, from before the first archive to the end; ``last`` is what it said."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        spider: Any = crawler.spider
        self.job: Mining = spider.job
        before = Heartbeat.read(self.job.store.get(HEARTBEAT)) or Heartbeat()
        archives = self.job.progress.archives
        done = min(before.done, archives)
        self.last = attrs.evolve(first(spider), done=done, pending=archives - done)
        self._bytes, self._pages = Lately(), Lately()
        self._loop = create_looping_call(self._beat)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        extension = cls(crawler)
        extension.job.store.put(**{HEARTBEAT: extension.last.text()})  # what the last run said is over
        crawler.signals.connect(extension.spider_opened, signals.spider_opened)
        crawler.signals.connect(extension.summed_up, SUMMED_UP)
        return extension

    def spider_opened(self) -> None:
        """A beat every few seconds."""
        self._loop.start(SECONDS_BETWEEN, now=True)

    def summed_up(self, spider: Any) -> None:
        """The last word; the run still has the job."""
        self._loop.stop()
        self.last = attrs.evolve(
            self._now(), reason=spider.summary["reason"], exit_code=spider.summary["exit_code"],
            pages_per_second=0.0, bytes_per_second=0.0, seconds_left=None,
        )  # fmt: skip
        self._say()

    def _beat(self) -> None:
        self.last = self._now()
        self._say()

    def _say(self) -> None:
        """A beat that cannot be kept is followed by another."""
        with suppress(IndexFault):
            self.job.store.put(**{HEARTBEAT: self.last.text()})

    def _now(self) -> Heartbeat:
        progress, now = self.job.progress, time.time()  # another thread may put a new one in its place
        stored = progress.known + progress.mined
        pages = progress.pages + sum(part.visits for part in progress.waiting)
        worked = progress.work - progress.known
        return attrs.evolve(
            self.last, at=now, pages=pages, links=progress.links, errors=len(progress.failed),
            done=stored, pending=progress.archives - stored, waiting=len(progress.waiting),
            pages_per_second=self._pages.per_second(pages), bytes_per_second=self._bytes.per_second(progress.bytes),
            seconds_left=max(progress.archives - progress.work, 0) * (now - self.last.started_at) / worked if worked > 0 else None,
        )  # fmt: skip


class MiningFigures(Figures):
    """The figures of a run of mining."""

    measures = MINING_MEASURES
    heart = MiningHeart

    def of_run(self) -> dict[str, float]:
        """What its progress and its heartbeat know."""
        spider: Any = self.crawler.spider
        progress, beat = spider.job.progress, self.crawler.get_extension(MiningHeart).last  # type: ignore[union-attr]
        counts = attrs.asdict(progress.counts, filter=lambda field, _: field.name != "places")
        found = {f"run/{name}": count for name, count in counts.items()}
        left = {} if beat.seconds_left is None else {"run/seconds_left": beat.seconds_left}
        states = {
            "known": progress.known,
            "mined": progress.mined,
            "waiting": len(progress.waiting),
            "failed": len(progress.failed),
        }
        states["pending"] = progress.archives - sum(states.values())
        return found | left | {f"run/archives/{state}": count for state, count in states.items()} | {
            "run/bytes": progress.bytes, "run/links": progress.links, "run/pages": beat.pages, "run/broken": len(progress.broken),
        }  # fmt: skip


class MiningMetrics(Metrics):
    """Shows them, as those of a crawl. No server is asked, or not by Scrapy."""

    figures = MiningFigures

    def time_responses(self) -> None:
        """There are none."""
