"""Where an archive lies when its user names no place for it."""

from __future__ import annotations

from pathlib import Path

from ..errors import UsageError


def beside(index: str) -> Path:
    """The directory ``warc`` next to an index; raises UsageError when that is not on this machine."""
    if "://" in index:
        raise UsageError(
            f"no archive is kept next to {index}", "name a directory of this machine: --warc DIR"
        )
    return Path(index).parent / "warc"
