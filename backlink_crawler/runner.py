"""How a spider runs in a process of its own, and how that ends for the shell: an exit code, and one line when it could not begin."""

from __future__ import annotations

import gc
import logging
import sys
from typing import TYPE_CHECKING, Any

from scrapy import signals

from .errors import BacklinkError

if TYPE_CHECKING:
    import asyncio

    from scrapy.crawler import Crawler


def settle(crawler: Crawler) -> None:
    """Spare a process of our own some work: what is loaded at the start is never garbage, and no log record is made
    that nobody sees (Scrapy makes two for every page).
    """
    level = crawler.settings["LOG_LEVEL"]
    logging.getLogger("scrapy").setLevel(level)
    crawler.signals.connect(_settle_garbage, signals.spider_opened, weak=False)


def _settle_garbage() -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)


def exit_code(task: asyncio.Future[Any], crawler: Crawler) -> int:
    """The code of a crawl that has ended; prints why it could not begin. Exceptions that are ours to fix are raised."""
    gc.unfreeze()  # a library complains of what is left when the interpreter ends
    if task.cancelled() or not task.done():  # interrupted, also before it began
        return 130
    error = task.exception()
    if isinstance(error, BacklinkError):
        print(f"error: {error.reason}", file=sys.stderr)
        if error.hint:
            print(f"hint: {error.hint}", file=sys.stderr)
        return error.exit_code
    if error is not None:
        raise error
    return int(crawler.stats.get_value("backlinks/exit_code", 0))
