"""A file on a server as a stream that goes on where its connection broke, politely and not without end."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from typing import Any, Protocol

import attrs

from ..errors import ArchiveFault

PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
"""Seconds before each further try. Bytes that come begin the count anew."""
PATIENCE = 300.0
"""A server that asks to be left alone for longer is not waited for."""
MOST_FAILURES = 1_000
"""Of one file, however much came in between."""
BLOCK = 1024 * 1024
HINT = "is it the right place, and may it be read?"


class Body(Protocol):
    """What a server sends."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes, none at the end."""

    def close(self) -> None:
        """Give up the connection, or keep it for others."""


@attrs.frozen
class Part:
    """A file from some byte on. ``size`` is that of the whole file and ``version`` tells it from what it was before, where
    the server says so.
    """

    body: Body
    size: int | None = None
    version: str | None = None


class Passing(Exception):
    """No answer this time; ``wait`` is how many seconds the server asks for, if it does."""

    def __init__(self, words: str, wait: float | None = None) -> None:
        super().__init__(words)
        self.words = words
        self.wait = wait


class Ask(Protocol):
    """Asks a server for one file; ``name`` is what the file is called before people."""

    name: str

    def __call__(self, begin: int, end: int | None, /) -> Part:
        """The file from a byte on, up to but without another or up to its end; raises Passing, or ArchiveFault for good."""

    def close(self) -> None:
        """It is not asked any more."""


def ranges(begin: int, end: int | None) -> dict[str, str]:
    """The header that asks for a part (RFC 9110, section 14.2); none for a whole file."""
    if not begin and end is None:
        return {}
    return {"Range": f"bytes={begin}-{'' if end is None else end - 1}"}


class RangedFile(io.RawIOBase):
    """Reads a file, or the part of it from ``begin`` on for ``length`` bytes.

    Reading raises ArchiveFault when the server has failed too often, or the file is another one now.
    """

    def __init__(
        self,
        ask: Ask,
        *,
        begin: int = 0,
        length: int | None = None,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        super().__init__()
        self.name = ask.name
        self._ask = ask
        self._sleep = sleep
        self._begin = self._at = begin
        self._end = None if length is None else begin + length
        self._part: Part | None = None
        self._first: Part | None = None
        self._failures = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at - self._begin

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go elsewhere; the next reading asks the server anew."""
        if whence == io.SEEK_END:
            origin = self._size() if self._end is None else self._end
        else:
            origin = self._at if whence == io.SEEK_CUR else self._begin
        if origin + offset != self._at:
            self._drop()
            self._at = origin + offset
        return self.tell()

    def readinto(self, buffer: Any, /) -> int:
        data = self._persist(len(buffer)) if len(buffer) else b""
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._drop()
            self._ask.close()
        super().close()

    def _persist(self, most: int) -> bytes:
        """The next bytes, asked for again after each failure that may pass; nothing at the end."""
        patience = PATIENCE
        for pause in (*PAUSES, None):
            try:
                return self._read(most)
            except Passing as failure:
                self._drop()
                self._failures += 1
                wait = max(pause or 0, failure.wait or 0)
                patience -= wait
                if pause is None or patience < 0 or self._failures > MOST_FAILURES:
                    raise ArchiveFault(
                        f"{self.name}: {failure.words}", "try again later: what is done stays done"
                    ) from failure
                self._sleep(wait)
        raise AssertionError("the last try returns or raises")

    def _read(self, most: int) -> bytes:
        end = self._end
        if end is not None:
            most = min(most, end - self._at)
        if most <= 0 or (self._first and self._first.size is not None and self._at >= self._first.size):
            return b""
        part = self._part or self._open()
        data = part.body.read(most)
        self._at += len(data)
        known = [bound for bound in (end, part.size) if bound is not None]
        if not data and known and self._at < min(known):
            raise Passing("the connection was closed before all had come")
        return data

    def _open(self) -> Part:
        self._part = part = self._ask(self._at, self._end)
        self._first = self._first or part
        if (part.size, part.version) != (self._first.size, self._first.version):
            raise ArchiveFault(
                f"{self.name}: it was changed while it was read", "read it again from its beginning"
            )
        return part

    def _size(self) -> int:
        """How large the file is; raises OSError where its server does not say."""
        if self._first is None:
            self._persist(1)
            self._at -= 1
            self._drop()
        size = self._first.size if self._first else None
        if size is None:
            raise OSError(f"{self.name}: its server does not say how large it is")
        return size

    def _drop(self) -> None:
        if self._part is not None:
            self._part.body.close()
            self._part = None
