"""The first pipeline: a page must be what the others rely on, or it is an error of its own."""

from __future__ import annotations

from typing import Any

from ..items import FETCH_MODES, LINK_TYPES, OUTCOMES, Link, Visit


class CheckPipeline:
    """Refuses a visit that is no sound fact; foreign items pass untouched."""

    def process_item(self, item: Any) -> Any:
        """Raise ValueError for a visit with an unknown word in it."""
        if isinstance(item, Visit):
            check(item)
        return item


def check(visit: Visit) -> None:
    """Raise ValueError naming the first thing wrong with a visit or one of its links."""
    _known("outcome", visit.outcome, OUTCOMES)
    _known("fetch_mode", visit.fetch_mode, FETCH_MODES)
    if not visit.source_url or not visit.requested_url:
        raise ValueError("a visit needs source_url and requested_url")
    for link in visit.links:
        if not isinstance(link, Link):
            raise TypeError(f"links of a visit are Link items, not {type(link).__name__}")
        _known("link_type", link.link_type, LINK_TYPES)
        if not link.target_url:
            raise ValueError("a link needs target_url")


def _known(field: str, word: str, allowed: tuple[str, ...]) -> None:
    if word not in allowed:
        raise ValueError(f"{field} {word!r} is none of {', '.join(allowed)}")
