"""Begins to watch for alerts when a crawl begins: what it finds is news, what was before is not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from scrapy import signals
from scrapy.exceptions import NotConfigured

from ..alerts.run import watch
from ..config.file import load_config

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from ..config.file import Config


class Alerts:
    """Only when ``backlinks.toml`` has rules. What is to be told is known when the history is folded, after the crawl."""

    def __init__(self, config: Config) -> None:
        self.config = config

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        config = load_config()
        if not config.alerts or not hasattr(crawler.spider, "index"):
            raise NotConfigured
        extension = cls(config)
        crawler.signals.connect(extension.spider_opened, signals.spider_opened)
        return extension

    def spider_opened(self, spider: Any) -> None:
        """Remember since when each rule is watched for."""
        watch(self.config, Path(spider.options["jobs"]), index_uri=spider.index.uri)
