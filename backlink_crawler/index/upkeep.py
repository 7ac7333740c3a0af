"""Keeping the index fast: small appends merged, rows sorted, files that nobody reads any more removed."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pyarrow as pa

from ..errors import ConflictFault
from .current import literal
from .derived import folded_version, replace_backlinks
from .location import faults
from .query import Reader
from .store import ZSTD

if TYPE_CHECKING:
    from deltalake import DeltaTable

    from .store import Index

SMALL_FILES = 32
"""More small files than this in a table, and merging pays."""
SMALL = 8 * 2**20
"""Bytes below which a file is small."""
SORT_MEMORY = 512 * 2**20
"""Bytes that sorting holds before it writes to a temporary directory."""
SORTED_BY = {
    "claims": "target",
    "visits": "source_key",
    "crawls": "started_at",
    "handovers": "bucket",
    "marks": "target",
    "links": "target",
    "events": "target",
    "summaries": "target",
}
"""What the rows of a table are sorted by when it is compacted. Backlinks have an order of their own (:func:`sort_backlinks`); ratings
are written whole each time, by scope and name in large files, and left as they are.
"""
HANDED_FOR = timedelta(days=90)
"""So long after its crawl began, nobody takes up what one of its shards handed over."""


def wants_compacting(index: Index) -> list[str]:
    """The tables in which small appends have piled up enough to slow reads down."""
    with faults("read", index.uri):
        return [name for name in index.tables if _small(index.fresh(name)) > SMALL_FILES]


def tidy(index: Index) -> None:
    """What a crawl does at its end: merge what is small where there is much of it, and leave large files alone.

    Where another process writes at the same time, a later crawl will.
    """
    for name in wants_compacting(index):
        with suppress(ConflictFault):
            if name == "backlinks":
                sort_backlinks(index)
                continue
            with faults("compact", index.uri):
                index.fresh(name).optimize.compact(writer_properties=ZSTD)


def compact(index: Index) -> dict[str, int]:
    """Merge and sort everything; drop files unused for a week. Returns the number of files of each table afterwards.

    Readers and writers may go on meanwhile.
    """
    _forget_handovers(index)
    for name, table in index.tables.items():
        with faults("compact", index.uri):
            if len(index.fresh(name).file_uris()) > 1:
                if name in SORTED_BY:
                    table.optimize.z_order(
                        [SORTED_BY[name]], max_spill_size=SORT_MEMORY, writer_properties=ZSTD
                    )
                elif name == "backlinks":
                    sort_backlinks(index)
            index.fresh(name).vacuum(dry_run=False)
            table.cleanup_metadata()
    return {name: len(table.file_uris()) for name, table in index.tables.items()}


def _forget_handovers(index: Index) -> None:
    old = Reader(index).rows(
        "SELECT DISTINCT crawl_id FROM crawls WHERE crawl_id IN (SELECT DISTINCT crawl_id FROM handovers)"
        " GROUP BY crawl_id HAVING max(started_at) < $before",
        {"before": datetime.now(UTC) - HANDED_FOR},
    )
    if old:
        named = ", ".join(literal(row["crawl_id"]) for row in old)
        with faults("compact", index.uri):
            index.fresh("handovers").delete(f"crawl_id IN ({named})")


def sort_backlinks(index: Index) -> None:
    """Write the backlinks anew in their order, in files of one size."""
    version = folded_version(index)
    reader = Reader(index)
    rows = reader.batches("SELECT * FROM backlinks ORDER BY target, source_key, target_key")
    replace_backlinks(index, rows, None, -1 if version is None else version)


def _small(table: DeltaTable) -> int:
    sizes = pa.table(table.get_add_actions(flatten=True)).column("size_bytes")
    return sum(int(size or 0) < SMALL for size in sizes.to_pylist())
