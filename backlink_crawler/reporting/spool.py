"""Files without a name, in which something is gathered that will be sent away: nothing is left of them but what is kept."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

BUFFER = 1 << 17


class Spool(io.FileIO):
    """A file that remembers what went wrong with it and says so once, at its end, however often it is still written to.

    Scrapy's exporters write from a signal: there each row would be an error of its own, and the file would go away with a
    hole in it.
    """

    fault: OSError | None = None

    def write(self, data: ReadableBuffer, /) -> int:
        """Write, or let it go when that has failed before."""
        if self.fault is None:
            try:
                return super().write(data)
            except OSError as error:
                self.fault = error
        return memoryview(data).nbytes


def spool(directory: Path) -> BinaryIO:
    """A new file without a name on the disk of ``directory``, to be written and read."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        raw = Spool(_unnamed(directory), "r+b")
    except OSError as error:
        raw = lost(error)
    return io.BufferedRandom(raw, BUFFER)


def lost(error: OSError) -> Spool:
    """A file that could not be had."""
    raw = Spool(os.devnull, "r+b")
    raw.fault = error
    return raw


def settle(file: IO[bytes]) -> None:
    """Write out what is in memory; raises the OSError that any write has met."""
    file.flush()
    fault = getattr(getattr(file, "raw", None), "fault", None)
    if fault is not None:
        raise fault


def keep(file: IO[bytes], path: Path) -> None:
    """Give the file a name, in place of what has it; raises OSError. On one disk it needs no room."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name[:200]}.part")
    part.unlink(missing_ok=True)
    file.flush()
    try:
        _link(file.fileno(), part)
    except OSError:  # no Linux, another disk, or a file system without links
        file.seek(0)
        with part.open("wb") as copy:
            shutil.copyfileobj(file, copy)
    try:
        part.replace(path)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _unnamed(directory: Path) -> int:
    """The descriptor of a file that goes away with it; unlike one of tempfile it may be given a name, where Linux can do that."""
    with suppress(AttributeError, OSError):
        return os.open(directory, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o666)
    number, name = tempfile.mkstemp(dir=directory)
    Path(name).unlink()
    return number


def _link(number: int, path: Path) -> None:
    """See open(2), O_TMPFILE. With a directory to begin at Python follows the link in /proc."""
    beginning = os.open("/proc/self/fd", os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.link(str(number), path, src_dir_fd=beginning, follow_symlinks=True)
    finally:
        os.close(beginning)
