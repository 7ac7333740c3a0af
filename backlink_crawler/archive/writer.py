"""The WARC files of one run: written as responses come, made durable before their pages count as done."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from ..errors import ArchiveFault
from .exchange import Exchange, members, warcinfo

MOST_BYTES = 1_000_000_000
"""A file that has grown so large is followed by another (WARC 1.1, annex C recommends 1 GB)."""


class ArchiveWriter:
    """Appends exchanges to files of its own in ``directory``. Raises ArchiveFault when that cannot be done.

    :meth:`write` is for one thread, :meth:`sync` for another. A file is never appended to by a later run, so that what a
    kill cut off in the middle is at the end of a file, and nothing points there.
    """

    def __init__(
        self, directory: Path, crawl_id: str, fields: Mapping[str, str], *, most_bytes: int = MOST_BYTES
    ) -> None:
        self.directory = directory
        self.responses = 0
        self.bytes = 0
        self.files = 0
        self._name = re.sub(r"[^\w.-]+", "-", crawl_id)
        self._fields = {**fields, "isPartOf": crawl_id}
        self._most_bytes = most_bytes
        self._open: list[int] = []
        """Files that are not closed: the last is written, those before it are full and wait for a sync."""
        self._begin()

    def write(self, exchange: Exchange, body: bytes) -> tuple[str, int]:
        """Keep an exchange: the name of its file, and where in it the member of the response begins."""
        if self._size >= self._most_bytes:
            self._begin()
        offset = self._size
        with self._faults():
            self._size += _append(self._open[-1], members(exchange, body, self._info), offset)
        self.bytes += self._size - offset
        self.responses += 1
        return self.path.name, offset

    def sync(self) -> None:
        """Return when all that was written before the call is on the disk."""
        with self._faults():
            *full, current = tuple(self._open)  # the other thread may open another any time
            os.fsync(current)
            for file in full:
                os.fsync(file)
                os.close(file)
                self._open.remove(file)

    def close(self) -> None:
        """Close the files; one in which there is no response is taken away."""
        self.sync()
        with self._faults():
            os.close(self._open.pop())
            if self._size == self._described:
                self.path.unlink()
                self.files -= 1
                self.bytes -= self._size

    def _begin(self) -> None:
        """Open the next file, and write what describes it."""
        with self._faults():
            self.directory.mkdir(parents=True, exist_ok=True)
            now = datetime.now(UTC)
            path, file = self._create(now)
            try:
                info, member = warcinfo(path.name, now, self._fields)
                size = _append(file, member, 0)
                _sync_directory(self.directory)
            except OSError:
                os.close(file)
                path.unlink()
                raise
        self.path, self._info, self._size, self._described = path, info, size, size
        self._open.append(file)
        self.files += 1
        self.bytes += size

    def _create(self, now: datetime) -> tuple[Path, int]:
        """A new file. Its name sorts by time, and is like no other wherever it is moved (annex C)."""
        serial = self.files
        while True:
            path = self.directory / f"{now:%Y%m%d%H%M%S}-{self._name}-{serial:05}.warc.gz"
            try:
                return path, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
            except FileExistsError:  # of a run that was killed in this very second
                serial += 1

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise _fault(self.directory, error) from error


def _append(file: int, data: bytes, size: int) -> int:
    """Write all of it after the first ``size`` bytes, or nothing; returns how much."""
    done = 0
    try:
        while done < len(data):
            done += os.write(file, memoryview(data)[done:])
    except OSError:
        os.ftruncate(file, size)
        os.lseek(file, size, os.SEEK_SET)
        raise
    return done


def _sync_directory(directory: Path) -> None:
    """Make the names in it durable."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _fault(directory: Path, error: OSError) -> ArchiveFault:
    """What to tell of an archive that cannot be written."""
    hint = "free some space, or choose another place with warc=DIR; the same command goes on"
    return ArchiveFault(f"the archive {directory} cannot be written: {error.strerror}", hint)
