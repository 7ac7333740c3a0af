"""An archive opened wherever it lies: on this machine, at a URL, or on S3."""

from __future__ import annotations

import io
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, cast

from ..errors import ArchiveFault
from .ranged import BLOCK, HINT, Ask, RangedFile


def open_archive(location: str, *, begin: int = 0, length: int | None = None) -> BinaryIO:
    """A stream of the file at a path, an ``http(s)://`` URL or ``s3://BUCKET/KEY``, or of a part of it; close it after use.

    What breaks off is asked for again from there on. Raises ArchiveFault, as reading does; its cause is FileNotFoundError
    where there is no such file.
    """
    scheme, colon, path = location.partition("://")
    if not colon or scheme == "file":
        return _open_local(path if colon else location, begin, length)
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
    raise ArchiveFault(f"no archive can be read by {scheme}", "give a path, or a URL of http, https or s3")


def _open_local(path: str, begin: int, length: int | None) -> BinaryIO:
    try:
        with ExitStack() as stack:
            file = stack.enter_context(Path(path).open("rb"))
            file.seek(begin)
            if length is not None:
                return io.BytesIO(file.read(length))
            stack.pop_all()  # it is the caller's
            return file
    except (ValueError, OverflowError) as error:  # a place beyond all files, or a name that no file has
        raise ArchiveFault(f"the archive {path} cannot be read: {error}", HINT) from FileNotFoundError(path)
    except OSError as error:
        raise ArchiveFault(f"the archive {path} cannot be read: {error.strerror}", HINT) from error
