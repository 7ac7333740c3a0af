"""One response read back from a WARC file, as it was kept and as a page to read."""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import attrs

from ..errors import ArchiveFault
from ..facts.reading import Fetch
from ..page.coding import decode
from .head import headers, named_fields, part
from .member import GZIP
from .opening import open_archive

CHUNK = 1 << 16
MOST_BYTES = 256 * 1024 * 1024
"""Of one record, decompressed: many times what a crawl keeps of a page."""

_STATUS = re.compile(rb"HTTP/\d(?:\.\d)? +(\d{3})(?!\d)")
_INTERIM = b"1"
"""The first digit of answers that come before the one that counts (RFC 9110, section 15.2)."""


@attrs.frozen
class Record:
    """A response record: the URL it answers, when it came (ISO 8601, UTC), and what came.

    ``headers`` are pairs as they came, ``payload`` the body in its content coding. ``truncated`` says why it is not whole.
    """

    url: str
    date: str
    status: int
    headers: list[tuple[bytes, bytes]]
    payload: bytes
    ip_address: str | None = None
    truncated: str | None = None
    digest: str | None = None
    """Of the payload, as the archive labels it."""

    @property
    def body(self) -> bytes:
        """The body with its content coding undone; raises CodingError when it is not coded as its headers say."""
        return self.decoded()[0]

    def decoded(self) -> tuple[bytes, bool]:
        """The body with its content coding undone, and whether all of it was there."""
        said = b",".join(value for name, value in self.headers if name.lower() == b"content-encoding")
        codings = [coding.strip().lower() for coding in said.decode("latin-1").split(",")]
        body, whole = decode(self.payload, codings, MOST_BYTES)
        return body, whole and self.truncated is None

    def fetch(self) -> Fetch:
        """What `facts.reading.read` reads: just what the crawl gave it, times and circumstances aside."""
        return self.fetched(self.url, *self.decoded())

    def fetched(self, url: str, body: bytes, complete: bool, **origin: Any) -> Fetch:
        """The same with another URL and body; ``origin`` are fields that tell where it is from."""
        named: dict[bytes, list[bytes]] = {}
        for name, value in self.headers:
            named.setdefault(name.title(), []).append(value)
        return Fetch(
            requested_url=url,
            url=url,
            status=self.status,
            headers=[(name, value) for name, values in named.items() for value in values],
            body=body,
            fetched_at=self.date,
            complete=complete,
            fetch_mode="archive",
            remote_ip=self.ip_address,
            **origin,
        )


def read_record(location: str | os.PathLike[str], offset: int) -> Record:
    """The response whose gzip member begins at ``offset`` in an archive of ours: it takes no more than the standard library.

    ``location`` is as :func:`.opening.open_archive` has it. Raises ArchiveFault when the archive cannot be read, or holds no
    whole response there.
    """
    with open_archive(location, begin=offset) as stream:
        try:
            return parse(_member(stream.read))
        except (ValueError, zlib.error) as error:
            raise none_at(stream.name, offset, str(error)) from error


def none_at(name: str, offset: int, reason: str) -> ArchiveFault:
    """What to tell of an archive that holds no response where one should be."""
    hint = "is it the file of this visit, and undamaged?"
    return ArchiveFault(f"{name} holds no response at {offset}: {reason}", hint)


def _member(read: Callable[[int], bytes]) -> bytes:
    """One gzip member, decompressed; raises ValueError or zlib.error."""
    stream = zlib.decompressobj(GZIP)
    parts: list[bytes] = []
    size = 0
    while not stream.eof:
        data = stream.unconsumed_tail or read(CHUNK)
        if not data:
            raise ValueError("it is cut off")
        parts.append(stream.decompress(data, CHUNK))
        size += len(parts[-1])
        if size > MOST_BYTES:
            raise ValueError(f"it has more than {MOST_BYTES} bytes")
    return b"".join(parts)


def parse(member: bytes) -> Record:
    """The response in the bytes of a record; raises ValueError when there is none."""
    head, block = part(member)
    if not head.startswith(b"WARC/"):
        raise ValueError("that is no WARC record")
    fields = named_fields(head)
    if not is_response(fields):
        raise ValueError(f"that is a {fields.get('warc-type', '')} record")
    length = int(fields.get("content-length", ""))
    if len(block) < length:
        raise ValueError("it is cut off")
    return response(fields, block[:length])


def is_response(fields: Mapping[str, str]) -> bool:
    """Whether a record of these fields holds an answer by HTTP."""
    is_http = fields.get("content-type", "").startswith("application/http")
    return is_http and fields.get("warc-type") == "response"


def response(fields: Mapping[str, str], block: bytes) -> Record:
    """The response in the block of a record; raises ValueError when there is none."""
    http, payload = part(block)
    while (status := _STATUS.match(http)) and status[1].startswith(_INTERIM) and payload:
        http, payload = part(payload)
    if status is None:
        raise ValueError("the response has no status line")
    return Record(
        url=fields.get("warc-target-uri", "").strip("<>"),
        date=utc(fields.get("warc-date", "")),
        status=int(status[1]),
        headers=headers(http),
        payload=payload,
        ip_address=fields.get("warc-ip-address"),
        truncated=fields.get("warc-truncated"),
        digest=fields.get("warc-payload-digest"),
    )


def utc(date: str) -> str:
    """A WARC-Date (5.4), which is in UTC, as items have it."""
    moment = datetime.fromisoformat(date)
    try:
        moment = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except OverflowError as error:
        raise ValueError("its date is none") from error
    return moment.isoformat().replace("+00:00", "Z")
