"""The class of each anchor text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from ..facts.judging import judge_anchor
from ..items import Visit
from .target import tracked

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from ..classify.target import Targets


class AnchorPipeline:
    """Sets anchor_type, by the brand words and keywords of the link's target."""

    def __init__(self, targets: Targets) -> None:
        self.targets = targets

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(tracked(crawler))

    def process_item(self, item: Any) -> Any:
        """Judge every link of a visit; foreign items pass untouched."""
        if isinstance(item, Visit):
            judge_anchor(item, self.targets)
        return item
