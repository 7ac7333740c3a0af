"""Common Crawl's files wherever they lie: at a URL, in a bucket on S3, or in a directory with the same paths."""

from __future__ import annotations

from typing import BinaryIO

import attrs

from ..archive.opening import open_archive
from ..errors import ArchiveFault


@attrs.frozen
class Mirror:
    """The files below one place, as :class:`~backlink_crawler.discovery.commoncrawl.files.Files` has them."""

    place: str

    def stream(self, path: str) -> BinaryIO:
        """A file, to be read once."""
        return open_archive(f"{self.place.rstrip('/')}/{path}")

    seekable = stream

    def part(self, path: str, offset: int, length: int) -> bytes:
        """A part of a file, all of it; where the file ends before, the cause of the fault is EOFError."""
        with open_archive(f"{self.place.rstrip('/')}/{path}", begin=offset, length=length) as file:
            content = file.read()
        if len(content) < length:
            raise ArchiveFault(f"{path} ends before byte {offset + length}") from EOFError(path)
        return content
