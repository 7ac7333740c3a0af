"""An archive opened wherever it lies: on this machine, at a URL, or on S3."""

from __future__ import annotations

import io
import os
import re
from contextlib import ExitStack
from typing import Any, BinaryIO, cast
from urllib.parse import unquote_to_bytes

from ..errors import ArchiveFault
from .ranged import BLOCK, HINT, Ask, RangedFile

_FILE = re.compile(r"file:(?://(?:localhost)?(?=/)|(?=/(?!/)))", re.IGNORECASE)
"""How the URL of a file of this machine begins (RFC 8089, section 2 and appendix B)."""


def as_path(location: str) -> str:
    """A location as all else has it: the path of a file that was given as a ``file:`` URL, any other as it is."""
    scheme = _FILE.match(location)
    return os.fsdecode(unquote_to_bytes(location[scheme.end() :])) if scheme else location


def open_archive(location: str | os.PathLike[str], *, begin: int = 0, length: int | None = None) -> BinaryIO:
    """A stream of the file at a path, a ``file:``, ``http:`` or ``https:`` URL or ``s3://BUCKET/KEY``, or of a part of it; close
    it after use.

    What breaks off is asked for again from there on. Raises ArchiveFault, as reading does; its cause is FileNotFoundError
    where there is no such file.
    """
    location = as_path(os.fspath(location))
    scheme, colon, _ = location.partition("://")
    if not colon:
        return _open_local(location, begin, length)
    file = RangedFile(_server(scheme.lower(), location), begin=begin, length=length)
    return cast("BinaryIO", io.BufferedReader(file, BLOCK))


def _server(scheme: str, location: str) -> Ask:
    """What asks for a file elsewhere; the libraries for it are slow to import."""
    if scheme in ("http", "https"):
        from .http import HttpFile

        return HttpFile(location)
    if scheme == "s3":
        from .s3 import S3Object

        return S3Object(location)
    name = f"{scheme}://{location.partition('://')[2].rpartition('@')[2]}"
    if scheme == "file":
        raise ArchiveFault(f"{name} is a file of another machine", "mount it here, and give its path")
    raise ArchiveFault(
        f"{name}: no archive can be read by {scheme}", "give a path, or a URL of file, http, https or s3"
    )


class _File(io.FileIO):
    """A file of this machine, whose disk may fail."""

    def readinto(self, buffer: Any, /) -> int | None:
        try:
            return super().readinto(buffer)
        except OSError as error:
            raise _unreadable(str(self.name), error) from error


def _unreadable(path: str, error: OSError) -> ArchiveFault:
    return ArchiveFault(f"the archive {path} cannot be read: {error.strerror}", HINT)


def _open_local(path: str, begin: int, length: int | None) -> BinaryIO:
    try:
        with ExitStack() as stack:
            file = stack.enter_context(io.BufferedReader(_File(path)))
            file.seek(begin)
            if length is not None:
                return io.BytesIO(file.read(length))
            stack.pop_all()  # it is the caller's
            return file
    except (ValueError, OverflowError) as error:  # a place beyond all files, or a name that no file has
        raise ArchiveFault(f"the archive {path} cannot be read: {error}", HINT) from FileNotFoundError(path)
    except OSError as error:
        raise _unreadable(path, error) from error
