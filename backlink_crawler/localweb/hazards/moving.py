"""Hosts that send one away: elsewhere by redirect (RFC 9110, 15.4), or until later (RFC 6585, 4; RFC 9110, 10.2.3)."""

from __future__ import annotations

import time
from email.utils import formatdate
from typing import TYPE_CHECKING

from .answer import says

if TYPE_CHECKING:
    import asyncio

    from ..message import Request
    from ..server import Handler


def busy(status: int, seconds: float, *, as_date: bool = False) -> Handler:
    """Refuses until ``seconds`` have passed since it was first asked, and says when to come back."""
    open_at: list[float] = []
    page = says()

    async def answer(request: Request, writer: asyncio.StreamWriter) -> int:
        now = time.time()
        open_at[:] = open_at or [now + seconds]
        if now >= open_at[0]:
            return await page(request, writer)
        wait = formatdate(open_at[0] + 1, usegmt=True) if as_date else str(round(seconds))
        return await says(b"", status, (("Retry-After", wait),))(request, writer)

    return answer


def loops() -> Handler:
    """Two pages that redirect to each other."""

    async def answer(request: Request, writer: asyncio.StreamWriter) -> int:
        location = "/there" if request.target == "/" else "/"
        return await says(b"", 302, (("Location", location),))(request, writer)

    return answer


def chain(hops: int) -> Handler:
    """Redirects to /1, /2 and so on, ``hops`` times, and then a page."""

    async def answer(request: Request, writer: asyncio.StreamWriter) -> int:
        number = int(request.target.strip("/") or 0)
        if number >= hops:
            return await says()(request, writer)
        return await says(b"", 301, (("Location", f"/{number + 1}"),))(request, writer)

    return answer
