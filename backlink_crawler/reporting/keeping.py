"""Which crawls kept what is kept on request only: what others lack says nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..index.query import Reader


def crawls_with(reader: Reader, option: str) -> list[str]:
    """The crawls that had an option, such as ``internal_links``, on in all their runs, by id. Raises IndexFault."""
    kept: dict[str, bool] = {}
    for row in reader.rows("SELECT DISTINCT crawl_id, options FROM crawls WHERE crawl_id IS NOT NULL"):
        said: Any = json.loads(row["options"] or "{}")
        kept[row["crawl_id"]] = kept.get(row["crawl_id"], True) and said.get(option) is True
    return sorted(name for name, is_kept in kept.items() if is_kept)
