"""Our robots.txt parser as Scrapy's interface has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from scrapy.robotstxt import RobotParser
from scrapy.utils.python import to_unicode

from ..classify.robots import Robots, parse

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class Rfc9309RobotParser(RobotParser):
    """The parser for Scrapy's setting ROBOTSTXT_PARSER; handlers of ``robots_parsed`` get it. ``rp`` has the sitemaps."""

    def __init__(self, rp: Robots) -> None:
        self.rp = rp

    @classmethod
    def from_crawler(cls, crawler: Crawler, robotstxt_body: bytes) -> Self:  # noqa: ARG003
        return cls(parse(robotstxt_body))

    def allowed(self, url: str | bytes, user_agent: str | bytes) -> bool:
        """May this product token fetch the URL?"""
        return self.rp.allows(to_unicode(url), to_unicode(user_agent))

    def crawl_delay(self, user_agent: str | bytes) -> float | None:
        """Seconds between two requests that the site asks this product token for."""
        return self.rp.crawl_delay(to_unicode(user_agent))
