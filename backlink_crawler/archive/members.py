"""An archive as a stream of its records' bytes, as fast as it can be decompressed, in bounded memory, past all damage.

Archives are compressed record by record: gzip members (WARC 1.1, annex D), or zstd frames (IIPC, *Use of Zstandard
Compression for WARC files*), or not at all. Others, compressed as a whole, are read as well.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from itertools import chain
from typing import Any, Protocol

import attrs
from isal import igzip_lib

from .cut import MOST_BYTES, cut
from .tally import Tally
from .window import Window

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

BLOCK = 512 * 1024
MOST_AT_ONCE = 16 * 1024 * 1024
"""A member that holds more, decompressed, is delivered record by record."""

_GZIP = b"\x1f\x8b\x08"
"""How a member begins whose method is deflate, the only one there is (RFC 1952, section 2.3)."""
_ZSTD = b"\x28\xb5\x2f\xfd"
_SKIPPED = tuple(bytes((low, 0x2A, 0x4D, 0x18)) for low in range(0x50, 0x60))
"""How a zstd frame begins that holds no content (RFC 8878, section 3.1.2)."""
_DICTIONARY = _SKIPPED[0xD]
"""Such a frame at the head of a file holds the dictionary of all others, itself compressed or not."""
_MOST_DICTIONARY = 8 * 1024 * 1024
_GzipError: Any = igzip_lib.error  # which its types call an instance
_NO_ZERO = re.compile(rb"[^\0]")


class Stream(Protocol):
    """What an archive is read from."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes, none at the end."""


class Decoder(Protocol):
    """One member being decompressed, as `bz2.BZ2Decompressor` has it."""

    @property
    def eof(self) -> bool:
        """It has ended."""

    @property
    def needs_input(self) -> bool:
        """All that was given is decompressed."""

    @property
    def unused_data(self) -> bytes:
        """What was given beyond its end."""

    def decompress(self, data: Any, max_length: int) -> bytes:
        """At most so many bytes."""


@attrs.frozen
class Coding:
    """How a file is compressed: what its members begin with, what decompresses one, and how large one says it is."""

    magic: bytes
    heads: tuple[bytes, ...]
    decoder: Callable[[], Decoder]
    size: Callable[[memoryview], int]


class _Damaged(ValueError):
    """A member cannot be decompressed."""


class _CutOff(ValueError):
    """The file ends within a member."""


def members(stream: Stream, tally: Tally, most: int = MOST_BYTES) -> Iterator[tuple[int, bytes]]:
    """(where in the file it begins, its bytes) of each gzip member, zstd frame or plain record.

    A member holds one or more records; one of more than :data:`MOST_AT_ONCE` bytes comes record by record, each with the
    place of the member. Check sums were right. What is damaged is counted and left out, as is a record of more than
    ``most`` bytes. Bytes of a file that is cut off are given as far as they make whole records.
    """

    def read() -> bytes:
        block = stream.read(BLOCK)
        tally.bytes += len(block)
        return block

    window = Window(read)
    coding = _coding(window, tally)
    if coding is None:
        yield from cut(partial(_rest, window), tally, lambda at: at, most)
        return
    is_damaged = False
    while window.has(1):
        if coding.magic is _GZIP:
            for found in _whole(window):
                yield found
                is_damaged = False
        if window.starts(b"\0"):  # what some fill up files with
            window.pass_all(_NO_ZERO)
            continue
        begin = window.offset
        member = _Member(window, coding)
        try:
            for piece in member.pieces(tally, begin, most):
                yield begin, piece
            is_damaged = False
        except (_Damaged, _CutOff) as error:
            if not is_damaged:
                tally.damage(begin, str(error))
            is_damaged = True


def _whole(window: Window) -> Iterator[tuple[int, bytes]]:
    """The gzip members from here on that are wholly in the window, as nearly all are, up to the first that is not just that."""
    data, at, before = window.data, window.at, window.offset - window.at
    view = memoryview(data)
    with suppress(_GzipError):
        while (end := data.find(_GZIP, at + 1)) > 0:
            decoder = igzip_lib.IgzipDecompressor(igzip_lib.DECOMP_GZIP)
            size = int.from_bytes(data[end - 4 : end], "little")  # RFC 1952, 2.3.1: if it does end there
            piece = decoder.decompress(view[at:end], min(size, MOST_AT_ONCE) + 1)
            if not decoder.eof or decoder.unused_data or not piece:
                return
            window.at = end
            yield before + at, piece
            at = end


class _Member:
    """The member that seems to begin at a window. Up to a bound the window keeps it, to go back into it after damage."""

    def __init__(self, window: Window, coding: Coding) -> None:
        self._window = window
        self._coding = coding
        self._taken = 0
        self._next = 0
        """Where the next member may begin."""
        self._is_kept = True

    def pieces(self, tally: Tally, begin: int, most: int) -> Iterator[bytes]:
        """All of a small member, the records of a large one; raises _Damaged or _CutOff when it has no sound end."""
        held: list[bytes] = []
        size = 0
        chunks = self._chunks()
        try:
            while size <= MOST_AT_ONCE and (chunk := next(chunks, b"")):
                held.append(chunk)
                size += len(chunk)
            if size > MOST_AT_ONCE:
                self._is_kept = False
                more = chain(held, chunks)
                held = []
                for _, record in cut(lambda: next(more, b""), tally, lambda _: begin, most):
                    yield record
            elif size:
                yield held[0] if len(held) == 1 else b"".join(held)
        except _CutOff:
            if self._is_kept and self._taken == self._next:
                for _, record in cut(partial(next, iter(held), b""), Tally(), lambda _: begin, most):
                    yield record
            self._leave()
            raise
        except _Damaged:
            self._leave()
            raise

    def _chunks(self) -> Iterator[bytes]:
        window, decoder = self._window, self._coding.decoder()
        if not window.has(len(self._coding.magic)) or not window.starts(self._coding.heads):
            self._next = 1
            raise _Damaged("nothing begins there")
        most = 0
        while not decoder.eof:
            data = memoryview(b"")
            if decoder.needs_input:
                data = self._take()
                most = most or self._coding.size(data)
            try:
                chunk = decoder.decompress(data, most)
            except (_GzipError, zstd.ZstdError) as error:
                raise _Damaged("it cannot be decompressed") from error
            most = BLOCK
            if chunk:
                yield chunk
        window.at += self._taken - len(decoder.unused_data)

    def _take(self) -> memoryview:
        """What comes next, as far as the next member may begin."""
        window = self._window
        if not self._is_kept:
            window.at += self._taken
            self._taken = 0
        if not window.has(self._taken + 1):
            raise _CutOff("it is cut off")
        limit = self._taken + BLOCK
        ahead = window.find(self._coding.magic, self._taken + 1, limit)
        end = ahead if ahead >= 0 else min(limit, len(window.data) - window.at)
        data = memoryview(window.data)[window.at + self._taken : window.at + end]
        self._next = self._next or end
        self._taken = end
        return data

    def _leave(self) -> None:
        """Go on to where the next member may begin."""
        window = self._window
        window.skip(self._next if self._is_kept else self._taken)
        while (ahead := window.find(self._coding.magic, 0, BLOCK)) < 0 and window.has(BLOCK):
            window.skip(BLOCK - len(self._coding.magic))
        window.skip(ahead if ahead >= 0 else BLOCK)


def _rest(window: Window) -> bytes:
    """The next block that was not consumed."""
    block = window.data[window.at :] if window.has(1) else b""
    window.at = len(window.data)
    return block


def _coding(window: Window, tally: Tally) -> Coding | None:
    """How the file is compressed, by its first bytes; None for what is not."""
    window.has(len(_ZSTD))
    if window.starts(_GZIP):
        return Coding(
            _GZIP, (_GZIP,), partial(igzip_lib.IgzipDecompressor, igzip_lib.DECOMP_GZIP), _size_of_gzip
        )
    if window.starts((_ZSTD, *_SKIPPED)):
        known = _dictionary(window, tally) if window.starts(_DICTIONARY) else None
        return Coding(_ZSTD, (_ZSTD, *_SKIPPED), partial(zstd.ZstdDecompressor, known), lambda _: BLOCK)
    return None


def _size_of_gzip(member: memoryview) -> int:
    """A hint: what its last bytes say, if they are its last (RFC 1952, section 2.3.1); one byte more shows that it ends."""
    size = int.from_bytes(member[-4:], "little") + 1
    return size if size <= MOST_AT_ONCE else BLOCK


def _dictionary(window: Window, tally: Tally) -> zstd.ZstdDict | None:
    """The dictionary in the frame that a file begins with; None when it is none, so that the other frames are damaged."""
    window.has(8)
    size = int.from_bytes(window.data[window.at + 4 : window.at + 8], "little")
    if size <= _MOST_DICTIONARY and window.has(8 + size):
        content = window.data[window.at + 8 : window.at + 8 + size]
        with suppress(ValueError, zstd.ZstdError):
            if content.startswith(_ZSTD):
                content = zstd.ZstdDecompressor().decompress(content, _MOST_DICTIONARY)
            return zstd.ZstdDict(content)
    tally.damage(window.offset, "its dictionary is none")
    return None
