"""Everything that is known of a target's current links, as a stream."""

from __future__ import annotations

import itertools
from collections import deque
from operator import itemgetter
from typing import TYPE_CHECKING

import pyarrow as pa

from ..index.current import literal
from ..items import LINK_FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ..index.query import Reader

LIFE = ("counts", "status", "reason", "since", "first_seen", "absent_before", "last_seen", "last_checked")
"""What history adds to the fields of a link."""


def export(reader: Reader) -> pa.RecordBatchReader:
    """One row per current link with all fields of an item, and :data:`LIFE` of its backlink; sorted by source."""
    columns = ", ".join((*LINK_FIELDS, *LIFE))
    return reader.batches(
        f"SELECT {columns} FROM occurrences ORDER BY source_domain, source_url, position, target_url, href"  # noqa: S608
    )


def by_target(
    reader: Reader, crawl_id: str, owns: Callable[[str], bool] | None = None
) -> Iterator[tuple[str, pa.RecordBatchReader]]:
    """The links of one crawl, target by target; each stream is to be read before the next is asked for.

    ``owns`` says of a source host whether its links are wanted, where it is one shard's that are.
    """
    columns = ", ".join(LINK_FIELDS)
    links = reader.batches(
        f"SELECT {columns} FROM links WHERE crawl_id = {literal(crawl_id)} AND target IS NOT NULL"  # noqa: S608
        " ORDER BY target, source_url, position, target_url"
    )
    wanted = links if owns is None else (batch.filter(_owned(batch, owns)) for batch in links)
    for target, parts in itertools.groupby(_runs(wanted), key=itemgetter(0)):
        yield target, pa.RecordBatchReader.from_batches(links.schema, (batch for _, batch in parts))


def in_parts(links: pa.RecordBatchReader, most: int) -> Iterator[pa.RecordBatchReader]:
    """A stream as streams of at most so many rows; each is to be read before the next is asked for."""
    waiting: list[pa.RecordBatch] = []  # what of a batch belongs to the next part

    def part() -> Iterator[pa.RecordBatch]:
        room = most
        while room and (batch := waiting.pop() if waiting else next(links, None)) is not None:
            yield batch.slice(0, room)
            if batch.num_rows > room:
                waiting.append(batch.slice(room))
            room -= min(room, batch.num_rows)

    for batch in links:
        waiting.append(batch)
        while waiting:
            yield pa.RecordBatchReader.from_batches(links.schema, rows := part())
            deque(rows, maxlen=0)  # what the reader of the part left of it


def _owned(batch: pa.RecordBatch, owns: Callable[[str], bool]) -> pa.BooleanArray:
    return pa.array([owns(str(host)) for host in batch.column("source_host").to_pylist()], pa.bool_())


def _runs(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[str, pa.RecordBatch]]:
    """Sorted batches, cut where the target changes."""
    for batch in batches:
        start = 0
        for target, rows in itertools.groupby(batch.column("target").to_pylist()):
            count = sum(1 for _ in rows)
            yield str(target), batch.slice(start, count)
            start += count
