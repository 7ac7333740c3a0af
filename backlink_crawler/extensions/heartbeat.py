"""A sign of life in the job's file, every few seconds and when the run ends: what `backlinks status` shows."""

from __future__ import annotations

import os
import platform
import sqlite3
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import attrs
from scrapy import signals
from scrapy.exceptions import NotConfigured
from scrapy.utils.asyncio import create_looping_call

from ..errors import IndexFault, UsageError
from ..frontier.glance import HEARTBEAT, Heartbeat
from ..frontier.store import JobStore
from ..options import BY_NAME
from ..threshold import ERRORS
from .summary import SUMMED_UP, Summary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scrapy.crawler import Crawler

SECONDS_BETWEEN = 5.0
SECONDS_LATELY = 60.0
"""The time over which the speed is told."""
COMMANDS = {"backlinks": ("crawl", "spider"), "recheck": ("recheck", "recheck")}
"""The command of a spider, and the name by which options say that they are for it."""
NOT_AGAIN = frozenset({"target", "new_round"})
"""Options that are no flag of the command that goes on."""


class Heart:
    """Beats while the event loop turns and the file can be written; ``last`` is what it said."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.last = Heartbeat()
        self._pages: deque[tuple[float, int]] = deque()
        self._beating = False
        self._loop = create_looping_call(self._beat)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        spider: Any = crawler.spider
        if not hasattr(spider, "plan"):
            raise NotConfigured
        extension = cls(crawler)
        spider.job.store.put(**{HEARTBEAT: first(spider).text()})  # what the last run said is over
        crawler.signals.connect(extension.spider_opened, signals.spider_opened)
        crawler.signals.connect(extension.spider_closed, signals.spider_closed)
        crawler.signals.connect(extension.summed_up, SUMMED_UP)
        return extension

    def spider_opened(self, spider: Any) -> None:
        """The first beat, and from now on one every few seconds."""
        self.last = first(spider)
        self._loop.start(SECONDS_BETWEEN, now=True)

    def spider_closed(self) -> None:
        """The job is closed."""
        self._loop.stop()

    def summed_up(self, spider: Any) -> None:
        """The last word, unless another run has the job already and has said something."""
        stats = self.crawler.stats
        self.last = attrs.evolve(
            self._now(), reason=spider.summary["reason"], exit_code=spider.summary["exit_code"],
            pending=stats.get_value("backlinks/frontier/pending", 0), done=stats.get_value("backlinks/frontier/done", 0),
            pages_per_second=0.0,
        )  # fmt: skip
        try:
            store = JobStore(spider.job.path)
        except IndexFault:
            return
        try:
            said = Heartbeat.read(store.get(HEARTBEAT))
            if said is None or said.run == self.last.run:
                self.last.waiting = store.outbox.waiting()
                store.put(**{HEARTBEAT: self.last.text()})
        except sqlite3.Error:
            pass
        finally:
            store.close()

    def _beat(self) -> None:
        """Say it in the recorder's thread, or, when that has ended and the facts go to the index, here. One that waits is enough."""
        if self._beating:
            return
        scheduler: Any = self.crawler.engine.scheduler
        store: JobStore = scheduler.job.store
        beat = self._now()

        def work() -> Heartbeat:
            beat.pending, beat.done = store.totals()
            beat.waiting = store.outbox.waiting()
            store.put(**{HEARTBEAT: beat.text()})
            return beat

        try:
            scheduler.recorder.call(work, self._said)
            self._beating = True
        except RuntimeError:
            try:
                self.last = work()
            except sqlite3.Error:
                self._loop.stop()  # the job is closed

    def _said(self, beat: Heartbeat) -> None:
        self._beating = False
        self.last = beat
        slot = self.crawler.engine._slot
        if slot is not None and not slot.closing:
            slot.nextcall.schedule()  # while the recorder was busy, the crawl did not look done

    def _now(self) -> Heartbeat:
        """What is to be said, but for what the job's file knows."""
        summary = self.crawler.get_extension(Summary)
        assert summary is not None
        outcomes, now = summary.outcomes, time.monotonic()
        pages = sum(outcomes.values())
        self._pages.append((now, pages))
        while now - self._pages[0][0] > SECONDS_LATELY:
            self._pages.popleft()
        since, before = self._pages[0]
        return attrs.evolve(
            self.last,
            at=time.time(),
            pages=pages,
            errors=sum(count for outcome, count in outcomes.items() if outcome in ERRORS),
            links=sum(summary.links.values()),
            pages_per_second=(pages - before) / (now - since) if now > since else 0.0,
        )


def first(spider: Any) -> Heartbeat:
    """What a run can say when it begins."""
    return Heartbeat(
        crawl_id=spider.job.crawl_id, run=spider.run, at=time.time(), started_at=time.time(), pid=os.getpid(),
        host=platform.node(), shard=spider.options["shard"], command=command(spider.name, spider.options),
        directory=str(Path.cwd()),
    )  # fmt: skip


def refuse(spider: Any) -> None:
    """Leave the job of a run that cannot begin, with a word of it."""
    last = attrs.evolve(first(spider), reason="refused", exit_code=UsageError.exit_code)
    spider.job.store.put(**{HEARTBEAT: last.text()})
    spider.job.close()


def command(spider: str, options: Mapping[str, Any]) -> list[str]:
    """The words of a shell that begin a run with these options, or go on with one: ``backlinks crawl example.com …``."""
    name, place = COMMANDS[spider]
    words = ["backlinks", name, *filter(None, [options["target"]])]
    for name, value in options.items():
        option = BY_NAME[name]
        if place in option.on and name not in NOT_AGAIN and value != option.parse(option.default):
            words += [option.flag, attrs.evolve(option, default=value).default_text]
    return words
