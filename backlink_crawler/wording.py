"""Numbers in sentences."""

from __future__ import annotations


def counted(number: int, one: str, several: str = "") -> str:
    """A number with its noun: ``1 page``, ``2,000 pages``."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"
