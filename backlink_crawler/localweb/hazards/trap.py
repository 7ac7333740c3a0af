"""Hosts without end: every page has links to pages that were not there before. Nobody has all their pages."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import TYPE_CHECKING

from .answer import LINK, document, says

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from ..message import Request
    from ..server import Handler


def endless(links: Callable[[Request], list[str]], text: str = "") -> Handler:
    """A host whose every page has the links that are computed from its URL; its front page has LINK as well."""

    async def answer(request: Request, writer: asyncio.StreamWriter) -> int:
        anchors = "".join(f'<li><a href="{href}">go on</a></li>' for href in links(request))
        first = LINK if request.target == "/" else ""
        page = document(f"{first}<p>{text}</p><ul>{anchors}</ul>", "Go on")
        return await says(page)(request, writer)

    return answer


def calendar(request: Request) -> list[str]:
    """The next and the previous month, for ever."""
    month = request.target.rpartition("/")[2]
    day = date.fromisoformat(f"{month}-15") if month else date(2026, 11, 15)
    return [f"/calendar/{day + timedelta(days=days):%Y-%m}" for days in (-30, 30, 365)]


def sessions(request: Request) -> list[str]:
    """The same three pages, with a new session id in each link."""
    return [f"/{page}?sid={_token(request.target + page)}" for page in ("home", "shop", "help")]


def deeper(_: Request) -> list[str]:
    """Relative links that repeat a segment of the path."""
    return ["more/", "again/more/"]


def facets(request: Request) -> list[str]:
    """Filters that are added to one another."""
    query = request.target.partition("?")[2]
    return [
        f"/list?{query}&{name}={value}".replace("?&", "?")
        for name in ("colour", "size", "sort")
        for value in "123"
    ]


def pages(request: Request) -> list[str]:
    """A list that always has a next page."""
    number = int(request.target.rpartition("=")[2] or 1) if "=" in request.target else 1
    return [f"/list?page={number + step}" for step in (1, 2, 10)]


def subdomains(request: Request) -> list[str]:
    """New names under one domain, where every name is answered."""
    domain = ".".join(request.host.split(".")[-2:])
    return [f"http://{_token(request.url + str(number))}.{domain}/hello" for number in range(3)]


def lost(request: Request) -> list[str]:
    """Links to pages that are not there, on a page that says so with status 200."""
    return [f"/missing/{_token(request.target + str(number))}" for number in range(3)]


def _token(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()
