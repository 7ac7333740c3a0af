"""What can go wrong, and the exit code that tells it.

::

    BacklinkError
    ├── UsageError            2   wrong input: an argument, a file, a configuration
    ├── ThresholdError        3   a limit that was set was passed, or an agreed placement fails
    ├── NoSeedError           4   not one seed could be fetched, or no source asked
    ├── SourceFault           1   a source of discovery is down, over quota or answers nonsense
    └── IndexFault            5   the index or the job file cannot be read or written
        ├── NewerIndexError   5   the index was made by a newer version of this program
        ├── OlderIndexError   5   the index was made by an older one and is to be upgraded first
        ├── ConflictFault     5   another process wrote to the same table in the same moment
        ├── RunningError      5   another process works on the same job
        └── ArchiveFault      5   an archive of responses cannot be read or written
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class BacklinkError(Exception):
    """One line for people: ``reason`` says what is wrong, ``hint`` what to do about it."""

    exit_code = 1

    def __init__(self, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.reason} (hint: {self.hint})" if self.hint else self.reason


class UsageError(BacklinkError):
    """The input is wrong; nothing was fetched and nothing written."""

    exit_code = 2


class ThresholdError(BacklinkError):
    """The run ended, but a limit the user set was passed, or an agreed placement is not kept."""

    exit_code = 3


class NoSeedError(BacklinkError):
    """The run ended without a single seed that could be fetched, or a source that could be asked."""

    exit_code = 4


class SourceFault(BacklinkError):
    """A source of discovery is down, over its quota, refuses its key or answers nonsense; the others go on.

    ``reason`` completes the source's name (``it is down``); it never holds a key, nor anything that the source answered.
    ``status`` is that of HTTP, where the source answered with another than 200.
    """

    def __init__(self, reason: str, hint: str = "", status: int | None = None) -> None:
        super().__init__(reason, hint)
        self.status = status


class IndexFault(BacklinkError):
    """The index or a job's file cannot be read or written."""

    exit_code = 5


class NewerIndexError(IndexFault):
    """The index was written by a newer version of this program."""


class OlderIndexError(IndexFault):
    """The index was written by an older version of this program, whose form this one reads only after an upgrade."""


class ConflictFault(IndexFault):
    """Another process wrote to the same table in the same moment; what was to be written must be made anew."""


class RunningError(IndexFault):
    """Another process works on the same job; with ``if_running=skip`` this one ends well instead, and does nothing."""


class ArchiveFault(IndexFault):
    """A WARC file cannot be read or written, or does not hold what was to be read."""


@contextmanager
def extra(name: str, what: str) -> Iterator[None]:
    """Imports within need an extra of this package; ``what`` is done with it. Raises UsageError where it is not installed."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise UsageError(
            f"{what} needs {error.name}, which is not installed", f"pip install 'backlink-crawler[{name}]'"
        ) from None
