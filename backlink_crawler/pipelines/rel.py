"""Does each link endorse: rel, and what the page says of all its links."""

from __future__ import annotations

from typing import Any

from ..facts.judging import judge_rel
from ..items import Visit


class RelPipeline:
    """Sets follow, follow_reason and rel_type."""

    def process_item(self, item: Any) -> Any:
        """Judge every link of a visit; foreign items pass untouched."""
        if isinstance(item, Visit):
            judge_rel(item)
        return item
