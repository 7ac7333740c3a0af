"""What a page says when all is taken off that a machine may have put in: the same for the pages of an endless calendar."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

_LETTERS = re.compile("[a-z]{3,}")
_MOST_ASKED = 20


def outlines(words: Iterable[str], url: str) -> list[str]:
    """Two digests in hexadecimal: of the words that are letters alone, and of those without the ones in ``url``.

    Pages that differ in dates, counters, tokens or page numbers alone share the first, pages that repeat what they were
    asked for the second. Case is folded.
    """
    said = "".join(filter(str.isalpha, words)).lower()
    others = said
    asked = set(_LETTERS.findall(url.lower().partition("//")[2])[:_MOST_ASKED])
    for word in sorted(asked, key=lambda word: (-len(word), word)):
        others = others.replace(word, "")
    return [_digest(said), _digest(others)]


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()
