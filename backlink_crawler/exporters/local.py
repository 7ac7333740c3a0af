"""Feeds in local files, where a full disk is one error at the end, and not one for each page."""

from __future__ import annotations

import io
from pathlib import Path
from typing import IO, TYPE_CHECKING

from scrapy.extensions.feedexport import FileFeedStorage

from ..reporting.spool import BUFFER, Spool, lost, settle

if TYPE_CHECKING:
    from scrapy import Spider


class LocalFeedStorage(FileFeedStorage):
    """Scrapy's storage for files; raises OSError at the end when the file could not be opened or written whole."""

    def open(self, spider: Spider) -> IO[bytes]:
        """Append to the file, or begin it anew."""
        try:
            Path(self.path).parent.mkdir(parents=True, exist_ok=True)
            raw = Spool(self.path, self.write_mode)
        except OSError as error:
            raw = lost(error)
        return io.BufferedWriter(raw, BUFFER)

    def store(self, file: IO[bytes]) -> None:
        """All has been written."""
        with file:
            settle(file)
