"""What the hazards answer with: ordinary pages, and raw bytes where the message itself is wrong."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ..message import Headers, Request, response
from ..site import HTML

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..server import Handler

LINK = '<p>We cut our hedge with <a href="http://acme.example/shears">Acme shears</a>.</p>'
"""On every page that can be read: so a test sees what was read of it."""
CONTENT_TYPE: Headers = (("Content-Type", HTML),)
RAW_HEAD = f"HTTP/1.1 200 OK\r\nContent-Type: {HTML}\r\n".encode()
"""Status line and first header; no length, and the empty line is still to come."""
PIECE = 64 * 1024


def document(body: str = LINK, title: str = "A page") -> bytes:
    """A page of HTML."""
    return f"<!doctype html><html lang=en><title>{title}</title><body>{body}</body></html>".encode()


def says(
    body: bytes | None = None, status: int = 200, headers: Iterable[tuple[str, str]] = CONTENT_TYPE
) -> Handler:
    """One well-formed answer to every request, by default a page with LINK."""
    content = document() if body is None else body
    sent = tuple(headers)

    async def answer(request: Request, writer: asyncio.StreamWriter) -> int:
        writer.write(response(request, status, sent, content))
        return status

    return answer


def sends(*parts: bytes) -> Handler:
    """These very bytes, and then the connection is closed."""

    async def answer(_: Request, writer: asyncio.StreamWriter) -> int:
        writer.write(b"".join(parts))
        await writer.drain()
        writer.close()
        return 0

    return answer


def moves(location: str, status: int = 302) -> Handler:
    """A redirect."""
    return says(b"", status, (("Location", location),))


def by_path(pages: dict[str, Handler], otherwise: Handler) -> Handler:
    """Different answers for some paths of one host."""

    async def answer(request: Request, writer: asyncio.StreamWriter) -> int:
        return await pages.get(request.target, otherwise)(request, writer)

    return answer
