"""What one run of a crawl did to the history: how many backlinks came, went and changed."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from ..index.query import Reader
from ..states import GAINS
from .changes import FEEDS

if TYPE_CHECKING:
    from datetime import datetime

    from ..index.store import Index

_TURNS = "SELECT kind, count(*) AS n FROM events WHERE crawl_id = $crawl AND seen_at >= $since GROUP BY kind"
_STANDING = """
SELECT count(*) AS n FROM backlinks
WHERE status <> 'lost' AND target IN (SELECT unnest(targets) FROM crawls WHERE crawl_id = $crawl)
   OR status <> 'lost' AND EXISTS (FROM crawls WHERE crawl_id = $crawl AND list_contains(targets, '*'))
"""


def turns_of(index: Index, crawl_id: str, since: datetime) -> dict[str, int]:
    """How many events a round has brought since the time a run of it began, counted as the commands ``new``, ``lost`` and
    ``changed`` list them; and ``stood``, the backlinks of its targets that stood before. Raises IndexFault.
    """
    for name in index.tables:
        index.fresh(name)
    with closing(Reader(index)) as reader:
        kinds = {row["kind"]: row["n"] for row in reader.rows(_TURNS, {"crawl": crawl_id, "since": since})}
        standing = reader.rows(_STANDING, {"crawl": crawl_id})[0]["n"]
    counts = {name: sum(kinds.get(kind, 0) for kind in feed.kinds) for name, feed in FEEDS.items()}
    gained = sum(kinds.get(kind, 0) for kind in GAINS)
    lost = kinds.get("lost", 0)
    return counts | {"discounted": kinds.get("discounted", 0), "stood": standing - gained + lost}
