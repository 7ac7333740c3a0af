"""The files that Common Crawl publishes, by their paths below one place, and what is read of them here.

https://commoncrawl.org/get-started: the same paths lie at data.commoncrawl.org and in the bucket ``commoncrawl`` on S3.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from isal import igzip_lib

from ...errors import ArchiveFault

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK = 1 << 20
BLOCK = 4 << 20
"""Bytes of text that are looked at in one go."""
LONGEST_LINE = 1 << 16
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
"""The name of a crawl or of a release: it becomes part of paths."""
_GZIP = b"\x1f\x8b"
_GZIP_ERROR: Any = igzip_lib.error  # which its types call an instance


class Files(Protocol):
    """The files at one place. Every method raises ArchiveFault, and so does reading; for a file that is not there its cause is
    FileNotFoundError.
    """

    def stream(self, path: str) -> BinaryIO:
        """A file to read once from its beginning, as it is stored."""

    def seekable(self, path: str) -> BinaryIO:
        """A file to read in any order, of which only the parts that are asked for are fetched."""

    def part(self, path: str, offset: int, length: int) -> bytes:
        """So many bytes of a file, all of them; where it ends before, the cause of the fault is EOFError."""


def graph_file(release: str, what: str) -> str:
    """The path of a file of the domain graph of a release: vertices, edges or ranks."""
    return f"projects/hyperlinkgraph/{release}/domain/{release}-domain-{what}.txt"


def table_list(crawl: str) -> str:
    """The path of the list of files of a crawl's columnar index."""
    return f"crawl-data/{crawl}/cc-index-table.paths.gz"


def blocks(stream: BinaryIO) -> Iterator[bytes]:
    """The text of a file as blocks of whole lines, each ended by a line feed; gzip is unpacked as it comes.

    Raises ArchiveFault, after all that could be read, for a file that is cut off or damaged.
    """
    rest = b""
    for piece in _pieces(stream):
        end = piece.rfind(b"\n") + 1
        if end:
            yield rest + piece[:end]
            rest = piece[end:]
        else:
            rest += piece
        if len(rest) > LONGEST_LINE:
            raise ArchiveFault("it is no text of lines")
    if rest:
        yield rest + b"\n"


def is_missing(fault: ArchiveFault) -> bool:
    """Whether there is no such file."""
    return isinstance(fault.__cause__, FileNotFoundError)


def lines(stream: BinaryIO, most: int) -> Iterator[str]:
    """The lines of a short text that say something, at most so many."""
    for block in blocks(stream):
        for line in block.decode("utf-8", "replace").split("\n"):
            if not most:
                return
            if line.strip():
                most -= 1
                yield line.strip()


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    data = b""
    while len(data) < len(_GZIP) and (more := stream.read(CHUNK)):
        data += more
    if not data.startswith(_GZIP):
        while data:
            yield data
            data = stream.read(CHUNK)
        return
    while data:
        unpacker = igzip_lib.IgzipDecompressor(igzip_lib.DECOMP_GZIP)
        while not unpacker.eof:
            try:
                piece = unpacker.decompress(data, BLOCK)
            except _GZIP_ERROR:
                raise ArchiveFault("it is damaged") from None
            if piece:
                yield piece
            data = stream.read(CHUNK) if unpacker.needs_input else b""
            if unpacker.needs_input and not data:
                raise ArchiveFault("it is cut off")
        data = unpacker.unused_data or stream.read(CHUNK)  # another member may follow
