"""What the shards of one crawl hand over to each other, and which round they are in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .query import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from .store import Index


def round_to_join(index: Index, crawl: str, count: int) -> int:
    """The number of the last round that any shard of a crawl has begun, 0 when there is none; the one after it where that
    was parted into another number of shards. Raises IndexFault.
    """
    found = Reader(index).rows(
        "SELECT coalesce(max(round), 0) AS latest, max(round) FILTER (shard LIKE $same) AS same FROM crawls"
        " WHERE crawl_id = concat($crawl, '-', round)",
        {"crawl": crawl, "same": f"%/{count}"},
    )
    latest, same = int(found[0]["latest"]), found[0]["same"]
    return latest if latest in (0, same) else latest + 1


def handed_to(
    index: Index, crawl: str, number: int, shard: int, count: int, since: datetime | None = None
) -> Iterator[tuple[str, int, int]]:
    """What was handed over to a shard in round ``number``, as (URL, depth, hops), nearest first; a URL stands there once for
    each distance. What came in another round ``since`` then is among it: shards may be in different rounds. Raises IndexFault.
    """
    rows = Reader(index).batches(
        "SELECT DISTINCT url, depth, hops FROM handovers WHERE bucket % $count = $shard - 1 AND"
        " (crawl_id = concat($crawl, '-', $number) OR (handed_at >= $since AND"
        " starts_with(crawl_id, concat($crawl, '-')) AND regexp_full_match(crawl_id[length($crawl) + 2:], '[0-9]+')))"
        " ORDER BY depth, hops, url",
        {"crawl": crawl, "number": number, "shard": shard, "count": count, "since": since},
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
