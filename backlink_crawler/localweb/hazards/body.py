"""Wrong in the body: too much of it, packed to explode, or not what it says."""

from __future__ import annotations

import base64
import gzip
import zlib
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING

from .answer import CONTENT_TYPE, LINK, document, says

if TYPE_CHECKING:
    from ..server import Handler

BOMB = 300_000_000
"""Bytes that a bomb expands to."""
TYPELESS_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


def packed(body: bytes, *codings: str) -> Handler:
    """A page that says these content codings of itself."""
    return says(body, headers=(*CONTENT_TYPE, ("Content-Encoding", ", ".join(codings))))


@cache
def bomb() -> bytes:
    """A small gzip of a large page."""
    return _gzip(document() + b"<p>" * 1_000, b"x" * 1_000_000, BOMB // 1_000_000)


@cache
def bomb_of_links() -> bytes:
    """A small gzip of a page of millions of links."""
    return _gzip(document(), b'<a href="http://acme.example/a">a</a>' * 25_000, 60)


def deflate_bomb() -> bytes:
    """The same with the other coding (RFC 9110, 8.4.1.2)."""
    return zlib.compress(document() + bytes(30_000_000))


@cache
def many_links() -> bytes:
    """100,000 links on one page; the last one counts."""
    links = "".join(
        f'<a href="http://site-{number % 1_000}.example/{number}">{number}</a> ' for number in range(100_000)
    )
    return document(links + LINK)


@cache
def many_votes() -> bytes:
    """2,000 links to one target on one page: each is kept."""
    links = "".join(
        f'<li><a href="http://acme.example/{number}">tool {number}</a></li>' for number in range(1_999)
    )
    return document(f"<ul>{links}</ul>{LINK}")


@cache
def deep() -> bytes:
    """50,000 tags inside each other, and a link before and after them."""
    return document(LINK + "<div>" * 50_000 + "</div>" * 50_000 + LINK)


@cache
def unclosed() -> bytes:
    """50,000 formatting tags that are never closed: each paragraph would open all of them again (WHATWG HTML, 13.2.4.3)."""
    return document(LINK + "<p><b><i><font color=red>" * 12_500)


@cache
def many_attributes() -> bytes:
    """A tag of 100,000 attributes."""
    names = " ".join(f"data-{number}={number}" for number in range(100_000))
    return document(f"<div {names}></div>{LINK}")


@cache
def long_attribute() -> bytes:
    """An attribute of 10 MB."""
    return document(f'<a href="http://acme.example/long" title="{"x" * 10_000_000}">Acme</a>{LINK}')


@cache
def with_nuls() -> bytes:
    """Bytes that no page should hold, in text and markup (WHATWG HTML, 13.2.5: NUL is an error, not an end)."""
    return b"\0\0" + document("<p>\0\0</p>" + LINK + "\0<!-- \0 -->") + b"\0" * 100


def _gzip(first: bytes, piece: bytes, pieces: int) -> bytes:
    file = BytesIO()
    with gzip.GzipFile(fileobj=file, mode="wb", mtime=0) as stream:
        stream.write(first)
        for _ in range(pieces):
            stream.write(piece)
    return file.getvalue()
