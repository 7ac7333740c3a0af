"""Everything that is known of a target's current links, as a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..items import LINK_FIELDS

if TYPE_CHECKING:
    import pyarrow as pa

    from ..index.query import Reader


def export(reader: Reader) -> pa.RecordBatchReader:
    """One row per current link with all fields of an item, and whether it ``counts``; sorted by source."""
    columns = ", ".join((*LINK_FIELDS, "counts"))
    return reader.batches(
        f"SELECT {columns} FROM occurrences ORDER BY source_domain, source_url, position, target_url, href"  # noqa: S608
    )
