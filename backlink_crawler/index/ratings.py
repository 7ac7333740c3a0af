"""The table ``ratings``: replaced whole, in one commit that says of which backlinks, and by which settings, it was made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deltalake import CommitProperties, Transaction, WriterProperties, write_deltalake

from .location import faults

if TYPE_CHECKING:
    import pyarrow as pa

    from .store import Index

MADE_OF = "backlink_crawler.ratings"
MADE_BY = "backlink_crawler.ratings.settings"
"""The applications whose transactions say of which version of the backlinks, and by which settings, ratings were made."""
FILE_SIZE = 32 * 2**20
"""Bytes of a file."""
WRITTEN = WriterProperties(
    compression="ZSTD", compression_level=3, statistics_truncate_length=64, max_row_group_size=1 << 16
)
"""In groups of few rows: who looks for domains leaves those of pages out."""


def rated_version(index: Index, settings: int) -> int | None:
    """The version of the backlinks that the ratings, as they were opened, were made of by these settings; null where by others.

    ``settings`` is a digest, below 2**63, of all that the ratings depend on besides the backlinks.
    """
    table = index.tables["ratings"]
    with faults("read", index.uri):
        return table.transaction_version(MADE_OF) if table.transaction_version(MADE_BY) == settings else None


def replace_ratings(index: Index, rows: pa.RecordBatchReader, version: int, settings: int) -> None:
    """Put rows, sorted by scope and name, in the place of all. Raises ConflictFault when another process does so too."""
    marks = [Transaction(MADE_OF, version), Transaction(MADE_BY, settings)]
    with faults("write", index.uri):
        write_deltalake(
            index.tables["ratings"],
            rows,
            mode="overwrite",
            writer_properties=WRITTEN,
            target_file_size=FILE_SIZE,
            commit_properties=CommitProperties(app_transactions=marks),
        )
