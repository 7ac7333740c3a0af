"""A moving window on bytes that come in blocks: what was looked at is dropped, so it stays small."""

from __future__ import annotations

import re
from collections.abc import Callable


class Window:
    """``data`` from ``at`` on is what has come and is not consumed; ``read`` gives the next block, nothing at the end."""

    __slots__ = ("_dropped", "_read", "at", "data", "ended")

    def __init__(self, read: Callable[[], bytes]) -> None:
        self._read = read
        self._dropped = 0
        self.data = b""
        self.at = 0
        self.ended = False

    @property
    def offset(self) -> int:
        """How many bytes were consumed."""
        return self._dropped + self.at

    def more(self) -> bool:
        """Take in one block more; false at the end. Places in ``data`` are then counted from ``at``, which is 0."""
        block = b"" if self.ended else self._read()
        if not block:
            self.ended = True
            return False
        self._dropped += self.at
        self.data = self.data[self.at :] + block if self.at < len(self.data) else block
        self.at = 0
        return True

    def has(self, size: int) -> bool:
        """Whether so many bytes follow; they are taken in."""
        while len(self.data) - self.at < size:
            if not self.more():
                return False
        return True

    def starts(self, words: bytes | tuple[bytes, ...]) -> bool:
        """Whether what follows begins with this, or one of these."""
        return self.data.startswith(words, self.at)

    def find(self, words: bytes, skip: int, most: int) -> int:
        """How far from here ``words`` stand, ``skip`` bytes or more away, if all of them lie within ``most``; else -1."""
        while True:
            found = self.data.find(words, self.at + skip, self.at + most)
            if found >= 0:
                return found - self.at
            held = len(self.data) - self.at
            if held >= most or not self.more():
                return -1
            skip = max(skip, held - len(words) + 1)

    def skip(self, size: int) -> int:
        """Consume so many bytes, without holding them; how many there were."""
        left = size
        while (held := len(self.data) - self.at) < left:
            left -= held
            self.at = len(self.data)
            if not self.more():
                return size - left
        self.at += left
        return size

    def pass_all(self, otherwise: re.Pattern[bytes]) -> None:
        """Consume what follows up to the first byte that ``otherwise`` finds."""
        while self.has(1):
            found = otherwise.search(self.data, self.at)
            self.at = found.start() if found else len(self.data)
            if found:
                return
