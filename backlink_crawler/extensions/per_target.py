"""One file per target when a crawl ends, from what it stored: also after a stop, and however many targets there are."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from scrapy import signals
from scrapy.exceptions import NotConfigured

from ..errors import BacklinkError
from ..index.query import Reader
from ..reporting.export import by_target
from ..reporting.writing import save

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)


class PerTargetFeeds:
    """Writes ``template % {"target": …}`` for every target of the run; a feed of Scrapy has one address for all."""

    def __init__(self, template: str, crawler: Crawler) -> None:
        self.template = template
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        template = getattr(crawler.spider, "options", {}).get("per_target")
        if not template:
            raise NotConfigured
        extension = cls(template, crawler)
        crawler.signals.connect(extension.spider_closed, signals.spider_closed)
        return extension

    def spider_closed(self, spider: Any) -> None:
        """Write the files; one that cannot be written is an error of the run, and the facts are in the index."""
        try:
            for target, links in by_target(Reader(spider.index), spider.job.crawl_id):
                path = Path(self.template % {"target": file_name(target)})
                path.parent.mkdir(parents=True, exist_ok=True)
                self.crawler.stats.inc_value("backlinks/per_target/links", save(links, path))
                self.crawler.stats.inc_value("backlinks/per_target/files")
        except (BacklinkError, OSError) as error:
            self.crawler.stats.inc_value("feedexport/failed_count/PerTargetFeeds")
            logger.error("a file per target cannot be written: %s", error)  # noqa: TRY400


def file_name(target: str) -> str:
    """A target as a name that is safe in any file system; a domain stays as it is."""
    return re.sub(r"[^a-z0-9.-]+", "_", target.lower()).strip("._") or "_"
