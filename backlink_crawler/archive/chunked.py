"""The chunked transfer coding undone, where an archive kept a body as it went over the wire (RFC 9112, section 7.1)."""

from __future__ import annotations

import re

_SIZE = re.compile(rb"([0-9a-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r?\n", re.IGNORECASE)


def unchunk(payload: bytes) -> tuple[bytes, bool] | None:
    """The body in its chunks, and whether the last one is there; None for what does not begin with a chunk.

    Archives often keep the header of a coding that they have undone.
    """
    parts: list[bytes] = []
    at = 0
    while found := _SIZE.match(payload, at):
        size = int(found[1], 16)
        end = found.end() + size
        if not size:
            return b"".join(parts), True
        parts.append(payload[found.end() : end])
        if payload.startswith(b"\r\n", end):
            at = end + 2
        elif payload.startswith(b"\n", end):
            at = end + 1
        elif end < len(payload):
            break
        else:
            at = len(payload)
    return (b"".join(parts), False) if parts else None
