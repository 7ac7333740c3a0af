"""The last pipeline: the facts of the page enter the outbox, and its row is done, in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from ..items import Visit

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class RecordPipeline:
    """Gives a finished visit to the frontier; in a project with another scheduler it leaves storing to the feeds."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_item(self, item: Any) -> Any:
        """Record a visit; foreign items pass untouched."""
        if isinstance(item, Visit):
            self.crawler.stats.inc_value(f"backlinks/outcome/{item.outcome}")
            record = getattr(
                self.crawler.engine.scheduler, "record", None
            )  # isinstance takes any scheduler for ours
            if record is not None:
                record(item)
        return item
