"""Common Crawl's files wherever they lie: at a URL, in a bucket on S3, or in a directory with the same paths."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import attrs

from ..errors import SourceFault


@attrs.frozen
class Mirror:
    """The files below one place, as :class:`~backlink_crawler.discovery.commoncrawl.files.Files` wants them."""

    place: str
    user_agent: str

    def stream(self, path: str) -> BinaryIO:
        try:
            return (Path(self.place) / path).open("rb")
        except FileNotFoundError:
            raise SourceFault("there is no such file", status=404) from None

    seekable = stream

    def part(self, path: str, offset: int, length: int) -> bytes:
        with self.stream(path) as file:
            file.seek(offset)
            return file.read(length)
