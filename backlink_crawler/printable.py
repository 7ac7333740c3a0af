"""Crawled text made harmless for who reads it: on a terminal, in a page, in a file."""

from __future__ import annotations

_JOINERS = frozenset("\u200c\u200d")
"""Format characters that words of some languages and emoji need."""


def printable(text: str) -> str:
    r"""The text on one line; all that could command a terminal or turn the reading order is shown escaped.

    White space becomes a space; control characters, ANSI sequences, bidirectional overrides and other
    invisible ones become ``\x1b``, ``\u202e`` and so on.
    """
    return text if text.isprintable() else "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character.isprintable() or character in _JOINERS:
        return character
    if character.isspace() and character not in "\x1c\x1d\x1e\x1f\x85":
        return " "
    return character.encode("unicode_escape").decode("ascii")
