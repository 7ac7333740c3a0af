"""What a page says when all is taken off that a machine may have put in: the same for the pages of an endless calendar."""

from __future__ import annotations

import hashlib
import re

_NO_LETTERS = bytes(byte for byte in range(128) if not chr(byte).isalpha())
_WORD = re.compile(rb"[0-9a-z]+")
_SHORTEST = 3
_MOST_WORDS = 20


def outline(text: str, url: str) -> str:
    """A digest of the letters of a text, in hexadecimal; numbers, marks, white space and the words of ``url`` do not count.

    Pages that differ in dates, counters or page numbers alone, or that repeat what they were asked for, share it. Case
    is folded for ASCII.
    """
    letters = text.encode("utf-8", "replace").lower().translate(None, _NO_LETTERS)
    asked = url.encode("utf-8", "replace").lower().partition(b"//")[2]
    for word in sorted(set(_WORD.findall(asked)[:_MOST_WORDS]), key=len, reverse=True):
        said = word.translate(None, _NO_LETTERS)
        if len(said) >= _SHORTEST:
            letters = letters.replace(said, b"")
    return hashlib.blake2b(letters, digest_size=8).hexdigest()
