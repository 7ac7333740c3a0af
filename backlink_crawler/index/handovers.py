"""What the shards of one crawl hand over to each other, and which round they are in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .query import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .store import Index


def latest_round(index: Index, crawl: str) -> int:
    """The number of the last round that any shard of a crawl has begun; 0 when there is none. Raises IndexFault."""
    found = Reader(index).rows(
        "SELECT max(round) AS latest FROM crawls WHERE crawl_id = concat($crawl, '-', round)",
        {"crawl": crawl},
    )
    return int(found[0]["latest"] or 0)


def handed_to(index: Index, crawl_id: str, number: int, count: int) -> Iterator[tuple[str, int, int]]:
    """What was handed over to shard ``number`` of ``count`` in one round, as (URL, depth, hops), each URL once.

    Raises IndexFault.
    """
    rows = Reader(index).batches(
        "SELECT url, min(depth) AS depth, min(hops) AS hops FROM handovers"
        " WHERE crawl_id = $crawl_id AND bucket % $count = $number - 1 GROUP BY url ORDER BY depth, hops, url",
        {"crawl_id": crawl_id, "number": number, "count": count},
    )
    for batch in rows:
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def handed_by(index: Index, runs: list[str], count: int) -> set[int]:
    """The numbers of the shards, of ``count``, to which any of these runs handed something over. Raises IndexFault."""
    rows = Reader(index).rows(
        "SELECT DISTINCT bucket % $count + 1 AS number FROM handovers WHERE list_contains($runs, run)",
        {"count": count, "runs": runs},
    )
    return {row["number"] for row in rows}
