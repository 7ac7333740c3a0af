"""Scrapy downloading a list of pages and doing nothing with them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from scrapy import Request, Spider
from scrapy.http import Response


class DownloadSpider(Spider):
    """``-a urls=FILE``, one a line."""

    name = "download"

    def __init__(self, urls: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.urls = urls

    async def start(self) -> AsyncIterator[Request]:
        """One request for each line."""
        for url in Path(self.urls).read_text("ascii").split():
            yield Request(url)

    def parse(self, response: Response) -> None:
        """Nothing is read and nothing is kept."""
