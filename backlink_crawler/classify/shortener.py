"""The hosts whose links only lead on, so that where they end must be asked: public URL shorteners."""

from __future__ import annotations

import functools
from importlib import resources


def is_shortener(host: str) -> bool:
    """Whether a host, ASCII and lower case, is a known shortener."""
    return host.removeprefix("www.") in _hosts()


@functools.cache
def _hosts() -> frozenset[str]:
    """``shorteners.txt``: one host a line, comments after ``#``."""
    text = resources.files(__package__).joinpath("shorteners.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))
