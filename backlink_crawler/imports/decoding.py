"""Bytes of any encoding to text, a block of whole lines at a time."""

from __future__ import annotations

import codecs
from typing import IO, TYPE_CHECKING

from ..encoding.decoder import UNICODE, decode
from ..page.charset import detect

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

BLOCK = 1 << 19
"""Bytes read at a time: enough that to begin anew costs little, few enough to stay in the processor's cache."""
LONGEST_LINE = 1 << 20
"""Bytes. A longer line is given in parts."""

_SIGNATURES = ((codecs.BOM_UTF16_LE, "utf-16le"), (codecs.BOM_UTF16_BE, "utf-16be"))
_REPLACEMENT = "\ufffd"


def texts(stream: IO[bytes]) -> Iterator[str]:
    """The text of a stream in blocks that end at the end of a line, where one is no longer than `LONGEST_LINE`.

    UTF-16 is told by its byte order mark or its NULs. All else is UTF-8 where it can be, and where it cannot, what a
    browser would guess; what is no text becomes U+FFFD. NULs and byte order marks are left out.
    """
    legacy = ""
    for block in _whole_lines(_blocks(stream)):
        if block.isascii():
            text = block.decode("ascii")
        elif _is_utf8(block):
            text = block.decode("utf-8", "replace").replace("\ufeff", "")
        else:
            legacy = legacy or detect(block)
            text = decode(block, legacy)
        yield text.replace("\0", "") if "\0" in text else text


def _blocks(stream: IO[bytes]) -> Iterator[bytes]:
    """The stream's bytes, UTF-16 turned into UTF-8: no other encoding has line ends of more than one byte."""
    block = stream.read(BLOCK)
    encoding = _utf16(block)
    if not encoding:
        while block:
            yield block
            block = stream.read(BLOCK)
        return
    decoder = codecs.getincrementaldecoder(UNICODE[encoding])("replace")
    while block:
        yield decoder.decode(block).encode()
        block = stream.read(BLOCK)
    yield decoder.decode(b"", final=True).encode()


def _utf16(head: bytes) -> str:
    """The form of UTF-16 that a file begins in, or nothing: with no mark every other byte of Latin text is NUL."""
    for signature, encoding in _SIGNATURES:
        if head.startswith(signature):
            return encoding
    high, low = head[0:4096:2].count(0), head[1:4096:2].count(0)
    few, many = sorted((high, low))
    if many * 5 < len(head[0:4096:2]) or many <= few * 10:
        return ""
    return "utf-16be" if high > low else "utf-16le"


def _whole_lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for block in blocks:
        rest += block
        # a CR at the very end may be half of a CR LF
        end = rest.rfind(b"\n") + 1 or rest.rfind(b"\r", 0, -1) + 1
        if not end and len(rest) >= LONGEST_LINE:
            end = len(rest)
        if end:
            yield rest[:end]
            rest = rest[end:]
    if rest:
        yield rest


def _is_utf8(block: bytes) -> bool:
    """Whether most of what is not ASCII in it is UTF-8: a vendor cuts titles in the middle of a character."""
    try:
        block.decode("utf-8")
    except UnicodeDecodeError:
        text = block.decode("utf-8", "replace")
        bad = text.count(_REPLACEMENT) - block.count(_REPLACEMENT.encode())
        good = len(text) - len(text.encode("ascii", "ignore")) - bad
        return good > bad
    return True
