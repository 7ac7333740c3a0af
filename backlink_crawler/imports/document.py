"""A file as streams of bytes: itself, what gzip holds, or the members of a zip archive; never held whole."""

from __future__ import annotations

import gzip
import io
import lzma
import struct
import zipfile
import zlib
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, cast

import attrs

from ..errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

GZIP = b"\x1f\x8b"
ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
HEAD = 4096
"""Bytes by which a form is told."""
MOST_MEMBERS = 1000
"""Of an archive; each is opened anew with the archive's whole directory."""

_NO_ARCHIVE = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, ValueError, OverflowError, IndexError, NotImplementedError,
)  # fmt: skip
_DAMAGED = (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, lzma.LZMAError)
_ENCRYPTED = 1
"""Bit of a member's flags (APPNOTE.TXT, 4.4.4)."""


@attrs.frozen
class Document:
    """One stream of bytes, opened as often as wanted. ``name`` is for people: ``links.csv``, ``export.zip/links.csv``."""

    name: str
    _opener: Callable[[], AbstractContextManager[IO[bytes]]]

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """The stream, from its beginning; reading it raises UsageError for what cannot be read or unpacked."""
        try:
            with self._opener() as stream:
                yield stream
        except EOFError:
            raise UsageError(f"{self.name}: is cut off", "download it again") from None
        except _DAMAGED as error:
            raise UsageError(f"{self.name}: is damaged: {error}", "download it again") from None
        except NotImplementedError as error:
            raise UsageError(f"{self.name}: cannot be unpacked: {error}", "unpack it first") from None
        except OSError as error:
            reason = error.strerror or str(error)
            raise UsageError(
                f"{self.name}: cannot be read: {reason}", "name a file that can be read"
            ) from None

    def head(self) -> bytes:
        """Its first bytes, at most `HEAD`."""
        with self.open() as stream:
            return stream.read(HEAD)

    def held(self, most: int, what: str) -> io.BytesIO:
        """All of it in memory; raises UsageError beyond ``most`` bytes."""
        with self.open() as stream:
            data = stream.read(most + 1)
        if len(data) > most:
            raise UsageError(
                f"{self.name}: is larger than the {most >> 20} MB that {what} may have", "export it as CSV"
            )
        return io.BytesIO(data)


def documents(path: Path, skipped: list[tuple[str, str]]) -> Iterator[Document]:
    """What a file holds: itself, or the members of a zip archive.

    Members that cannot be opened are added to ``skipped`` with the reason. Raises UsageError for what is no file that
    can be read.
    """
    try:
        if not path.is_file():
            reason = (
                "is a folder" if path.is_dir() else "is no file" if path.exists() else "there is no such file"
            )
            raise UsageError(f"{path}: {reason}", "name the files to read")
        path.open("rb").close()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"{path}: {reason}", "name a file that can be read") from None
    whole = Document(path.name, lambda: path.open("rb"))
    if whole.head().startswith(ZIP) and not _is_office(names(path, path.name)):
        yield from _members(path, skipped)
    else:
        yield whole


def names(archive: Path | IO[bytes], name: str) -> list[str]:
    """The names of the members of a zip archive; raises UsageError when it is none."""
    return [member.filename for member in _directory(archive, name)]


def _is_office(members: list[str]) -> bool:
    """Whether a zip archive is an office document (OPC, OpenDocument): one file to people."""
    return "[Content_Types].xml" in members or "mimetype" in members


def _directory(archive: Path | IO[bytes], name: str) -> list[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(archive) as opened:
            return opened.infolist()
    except _NO_ARCHIVE as error:
        raise UsageError(f"{name}: is a damaged archive: {error}", "download it again") from None


def _members(path: Path, skipped: list[tuple[str, str]]) -> Iterator[Document]:
    members = [
        member
        for member in _directory(path, path.name)
        if not member.is_dir() and not member.filename.startswith("__MACOSX/")
    ]
    if len(members) > MOST_MEMBERS:
        raise UsageError(
            f"{path.name}: has {len(members):,} files, more than {MOST_MEMBERS:,}",
            "unpack it and name those to import",
        )
    for member in members:
        name = f"{path.name}/{member.filename}"
        if member.flag_bits & _ENCRYPTED:
            skipped.append((name, "is encrypted"))
        else:
            yield Document(name, lambda member=member: _member(path, member))  # type: ignore[misc]


@contextmanager
def _member(path: Path, member: zipfile.ZipInfo) -> Iterator[IO[bytes]]:
    with zipfile.ZipFile(path) as archive:
        try:
            opened = archive.open(member)
        except (struct.error, ValueError, OverflowError) as error:
            raise zipfile.BadZipFile(str(error)) from error
        with opened as stream:
            yield stream


def gunzipped(document: Document) -> Document:
    """The same document, or what it holds when it is packed with gzip."""
    if not document.head().startswith(GZIP):
        return document

    @contextmanager
    def opener() -> Iterator[IO[bytes]]:
        with document.open() as packed, gzip.open(packed) as stream:
            yield cast("IO[bytes]", stream)

    return Document(document.name, opener)
