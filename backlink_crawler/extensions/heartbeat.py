"""A sign of life in the job's file, every few seconds and when the run ends: what `backlinks status` shows."""

from __future__ import annotations

import os
import platform
import re
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
COMMANDS = {
    "backlinks": ("crawl", "spider", "pages"),
    "recheck": ("recheck", "recheck", "pages"),
    "commoncrawl": ("mine", "mine", "archives"),
}
"""The command of a spider, the name by which options say that they are for it, and what its heartbeat counts."""
NOT_AGAIN = frozenset({"target", "new_round"})
"""Options that are no flag of the command that goes on."""
_USER = re.compile(r"\A(https?://)[^/?#]*@", re.IGNORECASE)
_KEY = re.compile(r"\A(https?://[^?]*)\?.*", re.IGNORECASE | re.DOTALL)


class Lately:
    """How fast a count grows lately."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, float]] = deque()

    def per_second(self, count: float) -> float:
        """The count is this now."""
        now = time.monotonic()
        self._seen.append((now, count))
        while now - self._seen[0][0] > SECONDS_LATELY:
            self._seen.popleft()
        since, before = self._seen[0]
        return (count - before) / (now - since) if now > since else 0.0


class Heart:
    """Beats while the event loop turns and the file can be written; ``last`` is what it said."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.last = Heartbeat()
        self._pages = Lately()
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
        outcomes = summary.outcomes
        pages = sum(outcomes.values())
        return attrs.evolve(
            self.last,
            at=time.time(),
            pages=pages,
            errors=sum(count for outcome, count in outcomes.items() if outcome in ERRORS),
            links=sum(summary.links.values()),
            pages_per_second=self._pages.per_second(pages),
        )


def first(spider: Any) -> Heartbeat:
    """What a run can say when it begins."""
    return Heartbeat(
        crawl_id=spider.job.crawl_id, run=spider.run, at=time.time(), started_at=time.time(), pid=os.getpid(),
        host=platform.node(), shard=spider.options["shard"], command=command(spider.name, spider.options),
        directory=str(Path.cwd()), unit=COMMANDS[spider.name][2],
    )  # fmt: skip


def refuse(spider: Any) -> None:
    """Leave the job of a run that cannot begin, with a word of it."""
    said = Heartbeat.read(spider.job.store.get(HEARTBEAT)) or first(spider)
    last = attrs.evolve(said, reason="refused", exit_code=UsageError.exit_code)
    spider.job.store.put(**{HEARTBEAT: last.text()})
    spider.job.close()


def command(spider: str, options: Mapping[str, Any]) -> list[str]:
    """The words of a shell that begin a run with these options, or go on with one: ``backlinks crawl example.com …``."""
    name, place, unit = COMMANDS[spider]
    words = ["backlinks", name, *filter(None, [options["target"]])]
    for name, value in options.items():
        option = BY_NAME[name]
        if place in option.on and name not in NOT_AGAIN and value != option.parse(option.default):
            shown = _without_key(value) if unit == "archives" else value
            words += [option.flag, attrs.evolve(option, default=shown).default_text]
    return words


def _without_key(value: Any) -> Any:
    """The value of an option, which may be addresses of archives: their user and their query may be keys."""
    if isinstance(value, list):
        return [_without_key(one) for one in value]
    return _KEY.sub(r"\1?***", _USER.sub(r"\1***@", value)) if isinstance(value, str) else value
