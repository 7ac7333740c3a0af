"""What a user of Scrapy would write: a CrawlSpider that follows links and keeps one row per link."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from scrapy.http import Response, TextResponse
from scrapy.linkextractors import LinkExtractor
from scrapy.spiders import CrawlSpider, Rule


class LinksSpider(CrawlSpider):
    """``-a start=URL``, and with ``-a only=DOMAIN`` just the links to it."""

    name = "links"
    allowed_domains: ClassVar = ["127.0.0.1"]
    rules = (Rule(LinkExtractor(), callback="parse_page", follow=True),)
    every_link = LinkExtractor()

    def __init__(self, start: str, only: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.start_urls = [start]
        self.only = only

    def parse_start_url(self, response: Response, **_: Any) -> Iterator[dict[str, Any]]:
        """The first page is a page as well."""
        return self.parse_page(response)

    def parse_page(self, response: Response) -> Iterator[dict[str, Any]]:
        """Every link of a page."""
        assert isinstance(response, TextResponse)
        for link in self.every_link.extract_links(response):
            if self.only in link.url:
                yield {
                    "source": response.url,
                    "target": link.url,
                    "text": link.text,
                    "nofollow": link.nofollow,
                }
