"""The target's own access logs: the pages that visitors came from. What was read is not read again.

The settings' logs are files, also patterns such as ``/var/log/nginx/access.log*``, also compressed with gzip. A log is known by
its first line: so it is read on when it grew, and not again when it was renamed or compressed since.
"""

from __future__ import annotations

import glob
import gzip
import hashlib
import os
import time
import zlib
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

import attrs

from ..errors import SourceFault
from ..imports.access_log import Referral, Referrals, parse
from ..imports.document import GZIP
from .source import Answer, Candidate, Cursor

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..classify.target import Target
    from .web import Web

MOST_BYTES = 128 * 1024 * 1024
"""Of a log, for one answer."""
LONGEST_LINE = 1 << 16
MOST_LOGS = 1_000
"""Logs whose place is remembered."""
REST = 600.0
"""Seconds for which a log that was read to its end is left alone: visits go on, and so would the reading."""
SAMPLE = 20
"""Lines of which one at least must be of an access log."""


@attrs.frozen
class Log:
    """One log: ``size`` is that of its file, ``mark`` stands for its first line and is empty where there is none yet."""

    path: Path
    size: int
    mark: str


@attrs.frozen
class AccessLog:
    """Every log from where it was left; in the cursor are, by mark of a log, the bytes of it that were read, the size of its
    file when that was all, and when it was.
    """

    now: Callable[[], float] = time.time

    def begin(self, target: Target) -> Cursor:
        """With the oldest log."""
        return {"read": {}}

    def ask(self, web: Web, target: Target, cursor: Cursor) -> Answer:
        """What the next log tells that has more than was read. Raises SourceFault, once all others are read, for one that
        cannot be.
        """
        read: dict[str, list[float]] = cursor["read"]
        faults: list[str] = []
        for path in paths(web.settings.logs):
            try:
                log = look_at(path)
                place, size, at = read.get(log.mark, (0, 0, 0.0))
                if not log.mark or log.size == size or (size and 0 <= self.now() - at < REST):
                    continue
                referrals, end, is_all = count(log, int(place), target)
            except (OSError, EOFError, zlib.error) as error:
                faults.append(f"{path} cannot be read: {getattr(error, 'strerror', None) or 'it is damaged'}")
                continue
            except ValueError:
                faults.append(f"{path} is no access log that is understood")
                continue
            others = [one for one in read.items() if one[0] != log.mark][-MOST_LOGS:]
            places = {**dict(others), log.mark: [end, log.size, self.now()] if is_all else [end, 0, 0.0]}
            return Answer([_candidate(one, path) for one in referrals.take()], {"read": places})
        if faults:
            raise SourceFault("; ".join(faults), "see logs below [sources.access_log] in backlinks.toml")
        return Answer((), cursor)


def paths(logs: Sequence[str]) -> list[Path]:
    """The files that names and patterns stand for, the oldest first; a pattern may stand for none."""
    found: dict[Path, float] = {}
    for log in logs:
        name = str(Path(log).expanduser())
        for path in glob.glob(name) if glob.has_magic(name) else [name]:  # noqa: PTH207  Path.glob takes no absolute one
            found[Path(path)] = Path(path).stat().st_mtime if Path(path).exists() else 0.0
    return sorted(found, key=lambda path: found[path])


def look_at(path: Path) -> Log:
    """A log and what it is known by. Raises OSError, EOFError, zlib.error, and ValueError for what is none."""
    with opened(path) as stream:
        lines = [line for _ in range(SAMPLE) if (line := stream.readline(LONGEST_LINE)).endswith(b"\n")]
    if lines and not any(parse(line.decode("utf-8", "replace")) for line in lines):
        raise ValueError
    mark = hashlib.blake2b(lines[0], digest_size=8).hexdigest() if lines else ""
    return Log(path, path.stat().st_size, mark)


def count(log: Log, place: int, target: Target) -> tuple[Referrals, int, bool]:
    """What a log tells from a place on, the place where it is to be read on, and whether that is its end as of now."""
    referrals = Referrals(target)
    end = place
    with opened(log.path) as stream:
        stream.seek(place)
        while (line := stream.readline(LONGEST_LINE)).endswith(b"\n") or len(line) == LONGEST_LINE:
            referrals.add(line.decode("utf-8", "replace"))
            end += len(line)
            if referrals.is_full or end - place >= MOST_BYTES:
                return referrals, end, False
    return referrals, end, True


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """The bytes of a file, decompressed."""
    with path.open("rb") as stream:
        is_gzip = stream.read(2) == GZIP
        stream.seek(0, os.SEEK_SET)
        if not is_gzip:
            yield stream
            return
        with gzip.GzipFile(fileobj=stream) as unpacked:
            yield cast("IO[bytes]", unpacked)


def _candidate(referral: Referral, path: Path) -> Candidate:
    return Candidate(
        referral.source_url,
        why=f"visitors came from there, {path.name}",
        kind=referral.kind,
        target_url=referral.target_url,
        last_seen=referral.last_seen,
        links=referral.links,
        origin=str(path),
    )
