"""What Python's multi-byte codecs refuse, decoded by the Encoding Standard: error handlers named ``whatwg.CODEC``."""

from __future__ import annotations

import codecs
import functools
from collections.abc import Callable
from importlib import resources
from typing import cast

REPLACEMENT = "\ufffd"

Recovery = Callable[[bytes, int], tuple[str, int]]
"""(body, where the codec failed) -> (text instead, where to go on)."""


def _double_byte(body: bytes, start: int) -> tuple[str, int]:
    """A lead byte without its trail byte, which stays in the text if it is ASCII (sections 11.1.1, 12.3.1, 13.1.1)."""
    leads = body[start] not in (0x80, 0xFF)
    return REPLACEMENT, start + (2 if leads and body[start + 1 : start + 2] >= b"\x80" else 1)


def _big5(body: bytes, start: int) -> tuple[str, int]:
    """What index big5 holds and Python's table of 2004 does not."""
    char = _big5_supplement().get(body[start : start + 2])
    return (char, start + 2) if char else _double_byte(body, start)


@functools.cache
def _big5_supplement() -> dict[bytes, str]:
    text = (resources.files(__package__) / "big5.txt").read_text(encoding="utf-8")
    rows = (line.split() for line in text.splitlines() if not line.startswith("#"))
    return {bytes.fromhex(sequence): char for sequence, char in rows}


def _euc_jp(body: bytes, start: int) -> tuple[str, int]:
    """NEC's and IBM's rows of index jis0208, and the errors of section 12.1.1."""
    lead, trail, third = (*body[start : start + 3], 0, 0)[:3]
    if 0xA1 <= trail < 0xFF:
        if 0xA1 <= lead < 0xFF:
            return _jis0208(lead - 0xA1, trail - 0xA1), start + 2
        if lead == 0x8F:
            return REPLACEMENT, start + (3 if third >= 0x80 else 2)
    leads = lead in (0x8E, 0x8F) or 0xA1 <= lead < 0xFF
    return REPLACEMENT, start + (2 if leads and trail >= 0x80 else 1)


def _jis0208(row: int, cell: int) -> str:
    """The character at a row and cell (0 to 93) of index jis0208, or U+FFFD: that of their bytes in Shift_JIS."""
    lead = (row >> 1) + (0x81 if row < 62 else 0xC1)
    trail = cell + (0x9F if row & 1 else 0x40 if cell < 63 else 0x41)
    try:
        return bytes((lead, trail)).decode("cp932")
    except UnicodeDecodeError:
        return REPLACEMENT


def _gb18030(body: bytes, start: int) -> tuple[str, int]:
    """Section 10.2.1: a broken sequence of four bytes costs its first only, one open at the end all it has."""
    first, second, third, fourth = (*body[start : start + 4], -1, -1, -1)[:4]
    if first == 0x80:
        return "\u20ac", start + 1
    if first == 0xFF or not 0x30 <= second <= 0x39:
        return _double_byte(body, start)
    if third == -1 or (fourth == -1 and 0x81 <= third < 0xFF):
        return REPLACEMENT, len(body)
    return REPLACEMENT, start + (4 if 0x81 <= third < 0xFF and 0x30 <= fourth <= 0x39 else 1)


def _register(codec: str, recover: Recovery) -> None:
    def handle(error: UnicodeError) -> tuple[str, int]:
        failed = cast("UnicodeDecodeError", error)
        return recover(failed.object, failed.start)

    codecs.register_error(f"whatwg.{codec}", handle)


_register("big5hkscs", _big5)
_register("cp932", _double_byte)
_register("cp949", _double_byte)
_register("euc_jp", _euc_jp)
_register("gb18030", _gb18030)
