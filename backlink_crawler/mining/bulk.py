"""The records of an archive many at a time, for those who look into few of them: as fast as all of it can be decompressed.

Gzip members are decompressed together, up to the last that has come whole. From the first trouble on, whatever it is, and in
files that are not made of gzip members, records are taken one member at a time, which knows what to do with damage.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import cast

import attrs
from isal import igzip, igzip_lib

from ..archive.members import Stream, members
from .counts import Counts

BLOCK = 128 * 1024
"""Bytes that are read at a time: what they come to stays in the processor's cache while it is looked through."""
_PIECE = 1024 * 1024
MOST_WAITING = 2 * 1024 * 1024
"""Bytes without the beginning of another member, compressed, that are waited for."""
MOST_AT_ONCE = 16 * 1024 * 1024
"""Bytes that one block may come to, decompressed."""

_BROKEN = cast("type[Exception]", igzip_lib.error)
_MEMBER = b"\x1f\x8b\x08"
_LAST_FIELD = b"\r\nContent-Length: "
"""How the last line begins of the head of a record by Common Crawl."""
_LENGTH = re.compile(rb"\r?\ncontent-length[ \t]*:[ \t]*(\d{1,18})[ \t]*\r?\n", re.IGNORECASE)
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_TWO_ENDS = b"\r\n\r\n"
_MOST_HEAD = 64 * 1024

Span = tuple[int, int, int]
"""Where in the bytes a record begins, its block begins, and its block ends."""


@attrs.frozen
class Bulk:
    """Whole records: ``data`` holds them, ``spans`` tells them apart; ``offset`` is where in the file the first member begins."""

    offset: int
    data: bytes
    spans: list[Span]


def bulks(stream: Stream, counts: Counts) -> Iterator[Bulk]:
    """All records that are whole, in order. ``counts`` learns of bytes and of damage, not of records."""
    offset = 0
    waiting = b""
    while True:
        block = stream.read(BLOCK)
        waiting += block
        end = waiting.rfind(_MEMBER, 1) if block else len(waiting)
        if end <= 0 and block and len(waiting) < MOST_WAITING and waiting.startswith(_MEMBER):
            continue
        try:
            data = _inflated(waiting[:end]) if end > 0 else None
        except EOFError:  # what looked like the beginning of a member was compressed data
            if block and len(waiting) < MOST_WAITING:
                continue
            data = None
        spans = _spans(data) if data is not None else None
        if data is None or spans is None:
            yield from _one_by_one(_Resumed(waiting, stream), counts, offset)
            return
        counts.bytes += end
        yield Bulk(offset, data, spans)
        if not block:
            return
        offset += end
        waiting = waiting[end:]


@attrs.define
class _Resumed:
    """A stream with the bytes that were taken from it put back."""

    _taken: bytes
    _stream: Stream

    def read(self, size: int, /) -> bytes:
        """At most so many bytes, none at the end."""
        if not self._taken:
            return self._stream.read(size)
        given, self._taken = self._taken[:size], self._taken[size:]
        return given


def _one_by_one(stream: Stream, counts: Counts, begin: int) -> Iterator[Bulk]:
    """Member by member, with what is damaged counted at its place in the file."""
    part = Counts()
    for offset, data in members(stream, part):
        spans = _spans(data)
        if spans is None:
            part.damage(offset, "its records do not end where they should")
        else:
            yield Bulk(begin + offset, data, spans)
    part.places = [(begin + place, reason) for place, reason in part.places]
    counts.add(part)


def _inflated(data: bytes) -> bytes | None:
    """What some members hold; None when anything is wrong with one of them, or they hold too much. Raises EOFError for a part."""
    file = igzip.IGzipFile(fileobj=BytesIO(data))  # type: ignore[no-untyped-call]  # isal's has no types
    pieces: list[bytes] = []
    try:
        while (piece := file.read(_PIECE)) and len(pieces) * _PIECE < MOST_AT_ONCE:
            pieces.append(piece)
    except (OSError, _BROKEN):
        return None
    return None if piece else b"".join(pieces)


def _spans(data: bytes) -> list[Span] | None:
    """The records that lie one behind the other in these bytes; None when it is not just whole records."""
    spans: list[Span] = []
    at, size = 0, len(data)
    while at < size:
        if not data.startswith(b"WARC/", at):
            return None
        block, length = _head(data, at)
        end = block + length
        if length < 0 or end > size:
            return None
        spans.append((at, block, end))
        at = end + 4
        if not data.startswith(_TWO_ENDS, end):
            at = end + len(data[end : end + 8]) - len(data[end : end + 8].lstrip(b"\r\n"))
    return spans


def _head(data: bytes, at: int) -> tuple[int, int]:
    """Where the block begins of the record that begins here, and its length, -1 where that is not said."""
    end = data.find(_TWO_ENDS, at, at + _MOST_HEAD)
    said = data[data.rfind(_LAST_FIELD, at, end) + len(_LAST_FIELD) : end]
    if end > 0 and said.isdigit():
        return end + 4, int(said)
    head = _END_OF_HEAD.search(data, at, at + _MOST_HEAD)
    length = _LENGTH.search(data, at, head.end()) if head else None
    return (head.end(), int(length[1])) if head and length else (at, -1)
