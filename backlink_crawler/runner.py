"""How a run of a spider ends for the shell: its exit code, and one line when it could not begin."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from .errors import BacklinkError

if TYPE_CHECKING:
    import asyncio

    from scrapy.crawler import Crawler


def exit_code(task: asyncio.Future[Any], crawler: Crawler) -> int:
    """The code of a crawl that has ended; prints why it could not begin. Exceptions that are ours to fix are raised."""
    if task.cancelled():
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
