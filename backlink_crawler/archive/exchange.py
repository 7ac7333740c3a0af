"""One exchange of a request and its response, and the records that keep it (WARC 1.1, ISO 28500:2017)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

import attrs

from .member import digest, new_id, pack

CONFORMS_TO = "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"
HEADS = "wire_heads"
"""The key in a request's meta under which its download leaves :class:`Heads`, when the crawl keeps an archive."""
RENAMED = "X-Crawl-"
"""Before the name of a header that is not true of the kept body: Common Crawl's way."""

_UNDONE = re.compile(rb"^(?=transfer-encoding[ \t]*:)", re.IGNORECASE | re.MULTILINE)
_SECRET = re.compile(
    rb"^(?:proxy-authorization|authorization|cookie)[ \t]*:.*\n", re.IGNORECASE | re.MULTILINE
)


@attrs.frozen
class Heads:
    """The heads of a request and of its response as they went over the wire, each with the empty line that ends it."""

    date: datetime
    """When the response's head came, UTC."""
    request: bytes
    response: bytes
    ip_address: str | None = None
    """The server's, unless a proxy stood between."""


@attrs.frozen
class Exchange:
    """What went over the wire for one URL, but for the body.

    ``truncated`` says why the body is not whole, in the words of WARC-Truncated (5.13): length, time, disconnect or
    unspecified.
    """

    url: str
    heads: Heads
    truncated: str | None = None


def warcinfo(filename: str, date: datetime, fields: Mapping[str, str]) -> tuple[str, bytes]:
    """The record that opens a file (6.2): its identity, and the member. ``fields`` describe the crawl."""
    record = new_id()
    told = {"format": "WARC File Format 1.1", "conformsTo": CONFORMS_TO, **fields}
    block = "".join(f"{name}: {value}\r\n" for name, value in told.items()).encode()
    headers = (
        ("WARC-Type", "warcinfo"),
        ("WARC-Date", timestamp(date)),
        ("WARC-Record-ID", record),
        ("WARC-Filename", filename),
        ("WARC-Block-Digest", digest(block)),
        ("Content-Type", "application/warc-fields"),
    )
    return record, pack(headers, block)


def members(exchange: Exchange, body: bytes, info: str) -> bytes:
    """The response record (6.3) and the request record (6.5) of an exchange, in this order; ``info`` is the file's warcinfo.

    The body has its content coding as it came. Its chunks were joined, so a Transfer-Encoding header is renamed: the
    payload, and its digest, are the same to all readers.
    """
    record = new_id()
    shared = (
        ("WARC-Target-URI", exchange.url),
        ("WARC-Date", timestamp(exchange.heads.date)),
        ("WARC-Warcinfo-ID", info),
        *((("WARC-IP-Address", exchange.heads.ip_address),) if exchange.heads.ip_address else ()),
    )
    head = _UNDONE.sub(RENAMED.encode(), exchange.heads.response)
    response = pack(
        (
            ("WARC-Type", "response"),
            ("WARC-Record-ID", record),
            *shared,
            *((("WARC-Truncated", exchange.truncated),) if exchange.truncated else ()),
            ("WARC-Payload-Digest", digest(body)),
            ("WARC-Block-Digest", digest(head, body)),
            ("Content-Type", "application/http; msgtype=response"),
        ),
        head,
        body,
    )
    sent = _SECRET.sub(b"", exchange.heads.request)
    request = pack(
        (
            ("WARC-Type", "request"),
            ("WARC-Record-ID", new_id()),
            *shared,
            ("WARC-Concurrent-To", record),
            ("WARC-Block-Digest", digest(sent)),
            ("Content-Type", "application/http; msgtype=request"),
        ),
        sent,
    )
    return response + request


def timestamp(date: datetime) -> str:
    """A WARC-Date to the microsecond (5.4; fractions are new in 1.1)."""
    return date.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
