"""Disavow files as a whole: read whatever their encoding, and checked against Google's limits."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import attrs

from ..errors import UsageError
from ..imports.decoding import texts
from ..imports.document import documents, gunzipped
from ..imports.foreign import foreign_bytes, foreign_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from .line import Line, Rules

MOST_LINES = 100_000
"""Lines that Google takes, with blank ones and comments."""
MOST_BYTES = 2_000_000
"""Bytes that Google takes: 2 MB, in the narrower sense of the word."""
ENDING = ".txt"
"""What the name of a file must end in for Google to take it."""
MOST_READ = 64 * 2**20
"""Bytes beyond which it is no disavow file."""
_LINE_END = re.compile(r"\r\n?|\n")


@attrs.frozen
class File:
    """The lines of a file, and what is wrong with it as a whole."""

    name: str
    lines: tuple[Line, ...]
    problems: tuple[str, ...]

    @property
    def wrong(self) -> list[Line]:
        """The lines that cannot stand."""
        return [line for line in self.lines if line.problem]


def read(path: Path, rules: Rules) -> File:
    """A disavow file, also one packed with gzip. Raises UsageError for what cannot be read or is no text."""
    data = _bytes(path)
    text = "".join(texts(io.BytesIO(data)))
    if reason := foreign_bytes(data) or (text.strip() and foreign_text(text[:4096])):
        raise UsageError(f"{path}: {reason[0]}", "name the file that Google's tool gave you")
    written = _LINE_END.split(text)
    if written[-1] == "":
        written.pop()
    lines = tuple(rules.read(number, line) for number, line in enumerate(written, 1))
    return File(str(path), lines, (*_encoding(data), *beyond(written, len(data))))


def beyond(lines: Sequence[str], size: int) -> Iterator[str]:
    """Which of Google's limits for a whole file are passed."""
    if len(lines) > MOST_LINES:
        yield f"has {len(lines):,} lines; Google takes {MOST_LINES:,}, with blank ones and comments"
    if size > MOST_BYTES:
        yield f"has {size:,} bytes; Google takes {MOST_BYTES // 1_000_000} MB"


def written(lines: Iterable[str]) -> bytes:
    """The content of a file: UTF-8 without a byte order mark. Raises UsageError when it is beyond a limit."""
    listed = list(lines)
    data = "".join(f"{line}\n" for line in listed).encode("utf-8", "replace")
    if passed := list(beyond(listed, len(data))):
        raise UsageError(
            f"the file {' and '.join(passed)}",
            "mark domains in place of their pages, or shorten notes; nothing was written",
        )
    return data


def _bytes(path: Path) -> bytes:
    found = list(documents(path, []))
    if len(found) != 1:
        raise UsageError(f"{path}: is an archive of {len(found)} files", "unpack it and name the one")
    (document,) = found
    with gunzipped(document).open() as stream:
        data = stream.read(MOST_READ + 1)
    if len(data) > MOST_READ:
        raise UsageError(
            f"{path}: has more than {MOST_READ >> 20} MB", "Google takes 2 MB: name a disavow file"
        )
    return data


def _encoding(data: bytes) -> Iterator[str]:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        yield "is neither UTF-8 nor ASCII, which Google asks for"
