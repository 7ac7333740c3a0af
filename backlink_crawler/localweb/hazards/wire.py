"""Wrong on the wire: too slow, broken off, framed wrongly (RFC 9112, 6 to 8), no HTTP at all."""

from __future__ import annotations

import asyncio
import socket
import struct

from ..message import Request
from .answer import PIECE, RAW_HEAD, document

_LINGER_NOT = struct.pack("ii", 1, 0)
"""For SO_LINGER: closing sends RST in place of FIN (socket(7))."""


async def hang(_: Request, __: asyncio.StreamWriter) -> int:
    """Say nothing, and hold the connection."""
    await asyncio.Event().wait()
    return 0


async def drip(_: Request, writer: asyncio.StreamWriter) -> int:
    """A page, and then one blank at a time for ever: no single wait is long."""
    writer.write(RAW_HEAD + b"\r\n" + document())
    return await _repeat(writer, b" ", 0.1)


async def drip_head(_: Request, writer: asyncio.StreamWriter) -> int:
    """A header at a time, for ever."""
    writer.write(RAW_HEAD)
    return await _repeat(writer, b"X-Wait: a little\r\n", 0.1)


async def stall(request: Request, writer: asyncio.StreamWriter) -> int:
    """A page that stops in its middle."""
    writer.write(RAW_HEAD + b"Content-Length: 100000\r\n\r\n" + document())
    return await hang(request, writer)


async def reset(_: Request, writer: asyncio.StreamWriter) -> int:
    """Break the connection without a word."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
    writer.transport.abort()
    return 0


async def reset_in_body(request: Request, writer: asyncio.StreamWriter) -> int:
    """Break it in the middle of a page."""
    writer.write(RAW_HEAD + b"Content-Length: 100000\r\n\r\n" + document())
    await asyncio.sleep(0.3)  # a reset overtakes bytes that were not yet read
    return await reset(request, writer)


async def endless(_: Request, writer: asyncio.StreamWriter) -> int:
    """A page without end, as fast as it can."""
    writer.write(RAW_HEAD + b"\r\n" + document())
    return await _repeat(writer, b"<p>more" * (PIECE // 7))


async def endless_headers(_: Request, writer: asyncio.StreamWriter) -> int:
    """Headers without end."""
    writer.write(RAW_HEAD)
    return await _repeat(writer, b"X-Flood: of headers\r\n" * 1_000)


async def endless_header(_: Request, writer: asyncio.StreamWriter) -> int:
    """One header without end."""
    writer.write(RAW_HEAD + b"X-Long: ")
    return await _repeat(writer, b"x" * PIECE)


async def endless_hints(_: Request, writer: asyncio.StreamWriter) -> int:
    """Informational answers (RFC 8297) without a final one."""
    return await _repeat(writer, b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1_000)


async def _repeat(writer: asyncio.StreamWriter, piece: bytes, pause: float = 0.0) -> int:
    while not writer.is_closing():
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(pause)
    return 0


SAYS_LESS = (
    RAW_HEAD + b"Content-Length: %d\r\n\r\n" % len(document()) + document() + b"<p>and more than was said</p>"
)
SAYS_MORE = RAW_HEAD + b"Content-Length: 100000\r\n\r\n" + document()
TWO_LENGTHS = RAW_HEAD + b"Content-Length: 7\r\nContent-Length: 70\r\n\r\n" + document()
BAD_CHUNKS = (
    RAW_HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(document()) + document() + b"\r\nno size\r\n"
)
CUT_CHUNK = RAW_HEAD + b"Transfer-Encoding: chunked\r\n\r\nffff\r\n" + document()
NO_HTTP = document()
"""HTTP/0.9: a body and nothing else."""
