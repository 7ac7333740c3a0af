"""What a test waits for, and answers that wait for a test: no run is ahead of it or behind it, however slow the machine."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from functools import partial

from backlink_crawler.localweb.message import Request
from backlink_crawler.localweb.server import Handler

SECONDS = 300
"""The longest wait: where all is well it costs nothing."""


def until(done: Callable[[], object], said: Callable[[], str]) -> None:
    """Return when something is so; after :data:`SECONDS` it fails with what is ``said``."""
    end = time.monotonic() + SECONDS
    while not done():
        assert time.monotonic() < end, said()
        time.sleep(0.05)


class Gate:
    """Handlers of a local web, ``LocalWeb(handlers=gate.handlers)``, whose answers can be held back.

    >>> gate.hold(lambda url: url.endswith("/3"))
    >>> until(lambda: gate.waiting, run.log)  # a run is there, and goes no further
    >>> gate.open()
    """

    def __init__(self, handlers: Mapping[str, Handler]) -> None:
        self.handlers: dict[str, Handler] = {
            host: partial(self._answer, handler) for host, handler in handlers.items()
        }
        self.waiting: set[str] = set()
        """URLs that were asked for and held back since :meth:`hold`."""
        self._is_held: Callable[[str], bool] = lambda url: False

    def hold(self, is_held: Callable[[str], bool]) -> None:
        """Hold back the answers for these URLs from now on."""
        self.waiting = set()
        self._is_held = is_held

    def open(self) -> None:
        """Let everything pass."""
        self._is_held = lambda url: False

    async def _answer(self, handler: Handler, request: Request, writer: asyncio.StreamWriter) -> int:
        while self._is_held(request.url):
            self.waiting.add(request.url)
            await asyncio.sleep(0.02)
        return await handler(request, writer)
