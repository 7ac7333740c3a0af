"""How a spider runs in a process of its own, and how that ends for the shell: an exit code, and one line when it could not begin."""

from __future__ import annotations

import gc
import logging
import os
import sys
from typing import TYPE_CHECKING, Any

from scrapy import signals

from .config.file import load_config
from .errors import BacklinkError, RunningError
from .options import collect

if TYPE_CHECKING:
    import asyncio

    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)


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


def exit_code(task: asyncio.Future[Any], crawler: Crawler, if_running: str | None = None) -> int:
    """The code of a crawl that has ended; prints why it could not begin. Exceptions that are ours to fix are raised.

    ``if_running`` is the run's argument of that name, where it was given.
    """
    gc.unfreeze()  # a library complains of what is left when the interpreter ends
    if task.cancelled() or not task.done():  # interrupted, also before it began
        return 130
    error = task.exception()
    if isinstance(error, RunningError) and _is_skipped(crawler, if_running):
        print(f"skipped: {error.reason}", file=sys.stderr)
        return 0
    if error is not None and crawler.settings["LOG_FILE"]:  # all that one sees of it on Scrapyd's page
        trace = None if isinstance(error, BacklinkError) else error
        logger.error("%s", " ".join(str(error).split()), exc_info=trace)
    if isinstance(error, BacklinkError):
        print(f"error: {error.reason}", file=sys.stderr)
        if error.hint:
            print(f"hint: {error.hint}", file=sys.stderr)
        return error.exit_code
    if error is not None:
        raise error
    return int(crawler.stats.get_value("backlinks/exit_code", 0))


def _is_skipped(crawler: Crawler, said: str | None) -> bool:
    """May a run end well that found its job running? There is no spider then to ask for its options."""
    toml = load_config().on("process")
    known = collect(
        "process", {"if_running": said}, environment=os.environ, settings=crawler.settings, toml=toml
    )
    return bool(known["if_running"] == "skip")
