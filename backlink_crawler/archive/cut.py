"""Bytes of an archive cut into its records (WARC 1.1, ISO 28500:2017, section 4), whatever is damaged between them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from .tally import Tally
from .window import Window

VERSION = b"WARC/"
MOST_HEAD = 64 * 1024
MOST_BYTES = 32 * 1024 * 1024
"""Of one record: twice what a crawl takes for a page, so that its head and what was left in its body have room."""

_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_LENGTH = re.compile(rb"\nContent-Length[ \t]*:[ \t]*(\d{1,18})[ \t]*\r?\n", re.IGNORECASE)
_NO_NEWLINE = re.compile(rb"[^\r\n]")
_END = b"\r\n\r\n"
_NEXT = b"\nWARC/"
_BLOCK = 1024 * 1024


def cut(
    read: Callable[[], bytes], tally: Tally, place: Callable[[int], int], most: int = MOST_BYTES
) -> Iterator[tuple[int, bytes]]:
    """The whole records in what ``read`` gives block by block: (how many bytes came before it, the record).

    ``place`` makes that number a place in the file, for the tally. A record whose end is not where its Content-Length
    says is damaged, and the next one is looked for from its head on. In what is cut off nothing is looked for: a page
    may hold the text of a record.
    """
    window = Window(read)
    while True:
        window.pass_all(_NO_NEWLINE)
        if not window.has(1):
            return
        begin = window.offset
        try:
            head, size = _measure(window)
        except ValueError as error:
            tally.damage(place(begin), str(error))
            _resume(window)
            continue
        if size > most:
            tally.pass_over(place(begin), size)
            window.skip(size)
            continue
        if not window.has(size):
            tally.damage(place(begin), "it is cut off")
            return
        if not _is_end(window, size):
            tally.damage(place(begin), "it does not end where it should")
            _resume(window, head)
            continue
        record = window.data[window.at : window.at + size]
        window.at += size
        yield begin, record


def alone(data: bytes, most: int = MOST_BYTES) -> tuple[bytes, bytes] | None:
    """Head and block of the one whole record that ``data`` is, as nearly all members are; None where it may be otherwise."""
    end = _END_OF_HEAD.search(data, len(VERSION), MOST_HEAD)
    if end is None or not (data.startswith(VERSION) and data.endswith(_END)):
        return None
    length = _LENGTH.search(data, 0, end.end())
    size = end.end() + int(length[1]) if length else -1
    if size + len(_END) != len(data) or size > most:
        return None
    return data[: end.start()], data[end.end() : size]


def _measure(window: Window) -> tuple[int, int]:
    """Bytes of the head of the record that begins here, and of all of it; raises ValueError when none does."""
    window.has(len(VERSION))
    if not window.starts(VERSION):
        raise ValueError("that is no WARC record")
    held = len(VERSION)
    while not (end := _END_OF_HEAD.search(window.data, window.at + held, window.at + MOST_HEAD)):
        held = max(held, min(len(window.data) - window.at, MOST_HEAD) - 3)
        if len(window.data) - window.at >= MOST_HEAD or not window.more():
            raise ValueError("its head has no end")
    length = _LENGTH.search(window.data, window.at, end.end())
    if length is None:
        raise ValueError("it has no Content-Length")
    return end.end() - window.at, end.end() - window.at + int(length[1])


def _is_end(window: Window, size: int) -> bool:
    """Whether after ``size`` bytes a record ends as it should, or the next one begins, or nothing follows."""
    if window.has(size + len(_END)) and window.data.startswith(_END, window.at + size):
        return True
    while True:
        follows = _NO_NEWLINE.search(window.data, window.at + size)
        if follows and len(window.data) - follows.start() >= len(VERSION):
            return window.data.startswith(VERSION, follows.start())
        if not window.more():
            return not follows or VERSION.startswith(window.data[follows.start() :])


def _resume(window: Window, skip: int = 0) -> None:
    """Go on to where the next record seems to begin, ``skip`` bytes or more away, or to the end."""
    window.skip(skip)
    while (ahead := window.find(_NEXT, 0, _BLOCK)) < 0 and window.has(_BLOCK):
        window.skip(_BLOCK - len(_NEXT))
    window.skip(ahead + 1 if ahead >= 0 else _BLOCK)
