"""robots.txt gone wrong (RFC 9309, 2.3.1 and 2.5)."""

from __future__ import annotations

from functools import cache

from .answer import by_path, document, moves, says

PLAIN = (("Content-Type", "text/plain; charset=utf-8"),)
NO_RULES = says(b"", 404, PLAIN)
CLOSED = says(b"User-agent: *\nDisallow: /\n", headers=PLAIN)
FAILS = says(b"", 500, PLAIN)
IS_HTML = says(document("<p>User-agent: *</p><p>Disallow: /</p>"))
MOVED = by_path({"/rules/robots.txt": CLOSED}, moves("/rules/robots.txt", 301))
LOOPS = moves("/robots.txt")


@cache
def long() -> bytes:
    """5 MB; what stands in the first 500 KiB holds, what comes later does not."""
    junk = b"# a comment of no use to anybody, again and again\n"
    return b"User-agent: *\nDisallow: /private\n" + junk * 100_000 + b"Disallow: /\n"
