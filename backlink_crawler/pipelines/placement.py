"""Where on the page each link stands."""

from __future__ import annotations

from typing import Any

from ..facts.judging import judge_placement
from ..items import Visit


class PlacementPipeline:
    """Sets placement."""

    def process_item(self, item: Any) -> Any:
        """Judge every link of a visit; foreign items pass untouched."""
        if isinstance(item, Visit):
            judge_placement(item)
        return item
