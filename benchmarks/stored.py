"""Print what an index holds as JSON: pages that were read, links that are kept, and how often a page is held twice."""

from __future__ import annotations

import json
import sys

from backlink_crawler.index.query import Reader
from backlink_crawler.index.store import Index


def stored(uri: str) -> dict[str, int]:
    """Counts of an index."""
    reader = Reader(Index.open(uri))
    counts = reader.rows(
        "SELECT (SELECT count(*) FROM visits WHERE outcome = 'ok') AS pages, (SELECT count(*) FROM links) AS links,"
        " (SELECT count(*) - count(DISTINCT source_url) FROM visits) AS twice"
    )
    return {name: int(count) for name, count in counts[0].items()}


if __name__ == "__main__":
    print(json.dumps(stored(sys.argv[1])))
