"""In which part of a page a link stands, judged from stored facts alone."""

from __future__ import annotations

import re
from functools import lru_cache

import attrs

_ROLES = {
    "navigation": "nav", "menu": "nav", "menubar": "nav", "banner": "header", "contentinfo": "footer",
    "complementary": "aside", "main": "main", "article": "article", "search": "form", "form": "form",
    "comment": "comment",
}  # fmt: skip
_TAGS = {
    "nav": "nav", "header": "header", "footer": "footer", "aside": "aside", "main": "main", "article": "article",
    "form": "form", "search": "form",
}  # fmt: skip
_SEGMENT = re.compile(r"^((?:\\.|[^#.\[:\\])+)((?:[#.](?:\\.|[^#.\[:\\])+)*)(?:\[role=([^\]]*)\])?(?::nth-of-type\(\d+\))?$")


@lru_cache(maxsize=1 << 16)
def landmark(segment: str) -> str | None:
    """The landmark that one segment of a link path is, if any."""
    found = _SEGMENT.match(segment)
    if not found:
        return None
    tag, _names, role = found.groups()
    return _ROLES.get((role or "").lower()) or _TAGS.get(tag)


def placement(link_path: str, link_type: str, anchor: str, context_before: str, context_after: str) -> str:
    """One of items.PLACEMENTS."""
    return "unknown"
