"""Crawled text made harmless wherever a message may be shown: mail, chat, a feed reader."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

MARKUP = str.maketrans({sign: chr(ord(sign) + 0xFEE0) for sign in "<>&@[]`*|\\"})
"""What begins a tag, an entity, a mention, a link or a code in HTML, Slack, Discord or Markdown -> its full-width form."""
_IN_URL = re.compile(r"""[^!#$%'()*+,\-./:;=?\w&~]""", re.ASCII)
_JOINERS = frozenset("\u200c\u200d")
"""Format characters that words of some languages and emoji need."""


def plain(text: str, most: int) -> str:
    """Text on one line of at most so many characters, without markup, control and bidirectional characters.

    What is left is allowed in XML 1.0 (section 2.2) as well.
    """
    shown = "".join(_shown(character) for character in text[: 4 * most])
    return shorten(" ".join(shown.split()).translate(MARKUP), most)


def plain_url(url: str, most: int = 300) -> str:
    """A URL of which no sign ends the link or begins another: all that is unusual is percent-encoded."""
    return shorten(
        _IN_URL.sub(lambda found: quote(found[0], safe="", errors="replace"), url[: 2 * most]), most
    )


def shorten(text: str, most: int) -> str:
    """The text, cut with an ellipsis when it is longer."""
    return text if len(text) <= most else text[: most - 1] + "…"


def _shown(character: str) -> str:
    if character.isspace():
        return " "
    return character if unicodedata.category(character)[0] != "C" or character in _JOINERS else ""
