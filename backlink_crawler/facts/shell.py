"""Pages that are made by their scripts: without them there is nothing to read."""

from __future__ import annotations

MOST_WORDS = 20
MOST_LINKS = 3
"""As many as ``noscript`` may hold: how to switch scripting on, and the front page."""


def is_shell(text_words: int, internal_links: int, external_links: int, body: bytes) -> bool:
    """Is this the empty root of an application? It has scripts, next to no text and next to no links.

    What is not on it may come by script, so it proves no absence.
    """
    return (
        text_words <= MOST_WORDS
        and internal_links + external_links <= MOST_LINKS
        and (b"<script" in body or b"<SCRIPT" in body)
    )
