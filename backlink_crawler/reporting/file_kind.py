"""What a file's ending says: its format, whether it is compressed, and the media type under which it is served."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import attrs

from ..errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection

MEDIA_TYPES: dict[str, str] = {
    "csv": "text/csv; charset={charset}",  # RFC 7111
    "jl": "application/x-ndjson",
    "json": "application/json",  # RFC 8259
    "jsonl": "application/x-ndjson",
    "jsonlines": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",  # registered with IANA
    "xml": "application/xml",  # RFC 7303
}
PACKED: dict[str, str] = {".gz": "application/gzip", ".bz2": "application/x-bzip2", ".xz": "application/x-xz"}
"""Of a compressed file (RFC 6713). It has no Content-Encoding: that would make clients unpack it on the way and leave plain
text under a name in .gz, while what reads it from S3 (Spark, DuckDB, pandas, Athena) goes by the name.
"""
UNKNOWN = "application/octet-stream"
_ALIASES = {"jl": "jsonl", "ndjson": "jsonl"}


@attrs.frozen
class FileKind:
    """A format, and whether gzip is around it."""

    format: str
    gzip: bool = False


def kind_of(name: str, known: Collection[str]) -> FileKind:
    """What the ending of a file's name or address says (``.csv``, ``.jsonl.gz``); raises UsageError unless the format is known."""
    path = PurePosixPath(name)
    packed = path.suffix.lower() == ".gz"
    word = (PurePosixPath(path.stem) if packed else path).suffix[1:].lower()
    word = _ALIASES.get(word, word)
    if word not in known:
        raise UsageError(f"{name}: the ending names no format", f"end it in one of {', '.join(known)}")
    if packed and word == "parquet":
        raise UsageError(f"{name}: Parquet is compressed in itself", "end it in .parquet")
    return FileKind(word, packed)


def media_type(name: str, form: str, charset: str = "utf-8") -> str:
    """The Content-Type of a file of that name and format."""
    packed = PACKED.get(PurePosixPath(name).suffix.lower())
    return packed or MEDIA_TYPES.get(form, UNKNOWN).format(charset=charset)
