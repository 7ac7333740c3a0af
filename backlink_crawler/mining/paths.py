"""Which archives are mined: those of a crawl of Common Crawl, or whatever is named; and which of them are one shard's.

https://commoncrawl.org/get-started: ``crawl-data/CRAWL/wat.paths.gz`` lists the files of a crawl, one path a line, below the same
place.
"""

from __future__ import annotations

import glob
import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import attrs

from ..archive.opening import as_path, open_archive
from ..classify.target import Targets
from ..discovery.commoncrawl.files import NAME, lines
from ..errors import ArchiveFault, NoSeedError, SourceFault, UsageError

MOST = 10_000_000
"""Lines of a list."""
_KIND = re.compile(r"\.(warc|wat)(?:\.gz|\.zst)?\Z", re.IGNORECASE)
_OTHER = re.compile(r"\.wet(?:\.gz|\.zst)?\Z", re.IGNORECASE)
_WEB = re.compile(r"https?://", re.IGNORECASE)
_WHOLE = re.compile(r"/|[a-z][a-z0-9+.-]*://", re.IGNORECASE)
"""How a line of a list begins that is a path or an address by itself."""
_ADDRESS = re.compile(r"(?:https?|s3)://", re.IGNORECASE)


@attrs.frozen
class Archive:
    """A file to be mined: where it is read from, what it is called in the facts, and its kind (``wat``, ``warc``)."""

    location: str
    file: str
    kind: str


def of_crawl(crawl: str, kind: str, mirror: str) -> list[Archive]:
    """All files of a crawl. Raises UsageError for a crawl that is not there, NoSeedError for a list that cannot be read."""
    if not NAME.fullmatch(crawl):
        raise UsageError(f"crawl={crawl}: that is no name of a crawl", "such as CC-MAIN-2026-43")
    return _each(_listed(_join(mirror, f"crawl-data/{crawl}/{kind}.paths.gz"), mirror, kind))


def named(places: Sequence[str], kind: str, mirror: str) -> list[Archive]:
    """The archives that these are, hold or list: files, directories, patterns, addresses. Each once, in order, also where some
    are links to others.

    A line of a list is an address or an absolute path, else a path below ``mirror``; one that begins with ``#`` is a comment.
    ``kind`` is of those whose names do not tell it. Raises UsageError for what is not there, NoSeedError for a list that cannot be read.
    """
    return _each(archive for place in places for archive in _named(place, kind, mirror))


def of_shard(archives: Iterable[Archive], shard: str) -> list[Archive]:
    """Those of one part of so many (``3/16``), by their names: the same whatever else is listed. Without a shard all."""
    number, _, count = shard.partition("/")
    return [one for one in archives if not count or _place_of(one.file) % int(count) == int(number) - 1]


def crawl_id(crawl: str, targets: Targets, *, keep_all: bool = False, forgotten: int = 0) -> str:
    """What names the facts that a crawl gives for these targets, whoever mines it, and in how many runs or shards.

    ``forgotten`` is how often any of the targets was removed from the index: what is mined after that is mined anew.
    """
    wanted = [
        [one.name, one.aliases, one.own, [part.name for part in one.exclude], one.brand, one.keywords]
        for one in sorted(targets, key=lambda target: target.name)
    ]
    digest = hashlib.blake2b(json.dumps([wanted, keep_all, forgotten]).encode(), digest_size=6).hexdigest()
    return f"mine-{crawl or 'files'}-{digest}"


def _each(archives: Iterable[Archive]) -> list[Archive]:
    """Each once, in order: a file that links lead to goes by its own path where that is among them."""
    named = {archive.file: archive for archive in archives}
    found: dict[str, Archive] = {}
    for one in named.values():
        place = _end_of_links(one.location)
        if place not in found or one.location == place != found[place].location:
            found[place] = one
    return list(found.values())


def _end_of_links(location: str) -> str:
    """Where a path leads."""
    if _ADDRESS.match(location):
        return location
    try:
        return os.path.realpath(location)
    except (OSError, ValueError):
        return location


def _named(said: str, kind: str, mirror: str) -> Iterator[Archive]:
    place = as_path(said)
    path = Path(place).expanduser()
    if _ADDRESS.match(place):
        is_one = _KIND.search(shown(place))
        yield from [_archive(place, place, kind)] if is_one else _listed(place, mirror, kind)
    elif path.is_dir():
        yield from _some((one for one in path.rglob("*") if one.is_file()), f"{place} holds no archive")
    elif path.exists():
        is_one = _KIND.search(path.name) or _OTHER.search(path.name)
        yield from [_file(path, kind)] if is_one else _listed(_absolute(path), mirror, kind)
    elif glob.has_magic(place):
        found = map(Path, glob.glob(str(path), recursive=True))  # noqa: PTH207  Path knows no absolute patterns
        yield from _some(found, f"no archive is named like {place}")
    else:
        raise UsageError(
            f"paths={said}: there is no such file", "name an archive, a directory, or a list of paths"
        )


def _some(paths: Iterable[Path], otherwise: str) -> Iterator[Archive]:
    found = sorted(path for path in paths if _KIND.search(path.name))
    if not found:
        raise UsageError(f"paths: {otherwise}", "archives end in .warc.gz, .wat.gz, .warc, .wat or .zst")
    return (_file(path, "") for path in found)


def _file(path: Path, kind: str) -> Archive:
    location = _absolute(path)
    return _archive(location, location, kind)


def _absolute(path: Path) -> str:
    """The one name of a file, however it was written; links are not followed, where they lead may change."""
    return os.path.abspath(path)  # noqa: PTH100  Path.resolve follows links


def _listed(place: str, mirror: str, kind: str) -> Iterator[Archive]:
    """The archives that a list of paths names. Raises UsageError where there is none, NoSeedError where it cannot be read."""
    said = False
    try:
        with open_archive(place) as stream:
            for line in lines(stream, MOST):
                path = as_path(line.removeprefix("\ufeff"))
                if path.startswith("#"):
                    continue
                said = True
                yield _archive(path if _WHOLE.match(path) else _join(mirror, path), path, kind)
    except (ArchiveFault, SourceFault) as fault:
        name = shown(place)
        reason = fault.reason if name in fault.reason else f"the list {name}: {fault.reason}"
        if isinstance(fault.__cause__, FileNotFoundError):
            raise UsageError(reason, "is it the right name, and the right place (mirror=)?") from None
        raise NoSeedError(reason, fault.hint) from None
    if not said:
        raise UsageError(f"the list {shown(place)} names no archive", "one path or address a line")


def _archive(location: str, file: str, kind: str) -> Archive:
    name = shown(file)
    told = _KIND.search(name)
    if told is None and (not kind or _OTHER.search(name)):
        raise UsageError(
            f"{name}: its name does not tell a WARC or WAT file", "say which: kind=warc or kind=wat"
        )
    return Archive(location, name, told[1].lower() if told else kind)


def shown(place: str) -> str:
    """What a file is called in the facts and to people: its address never with a key, a name that is no text readable."""
    if not _WEB.match(place):
        return place.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    from ..archive.http import shown  # its library is slow to import

    return shown(place)


def _join(mirror: str, path: str) -> str:
    place = mirror if _ADDRESS.match(mirror) else str(Path(as_path(mirror)).expanduser().absolute())
    return f"{place.rstrip('/')}/{path.lstrip('/')}"


def _place_of(file: str) -> int:
    return int.from_bytes(hashlib.blake2b(file.encode("utf-8", "surrogateescape"), digest_size=8).digest())
