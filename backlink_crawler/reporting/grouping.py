"""The backlinks of a target counted by something they share: domain, anchor, target page."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

    from ..index.query import Reader

COUNTS: dict[str, str] = {
    "backlinks": "count(*)",
    "referring_pages": "count(DISTINCT source_key)",
    "referring_domains": "count(DISTINCT source_domain)",
    "target_pages": "count(DISTINCT target_key)",
    "follow": "count(*) FILTER (WHERE follow)",
    "counts": "count(*) FILTER (WHERE counts)",
    "last_read": "max(fetched_at)",
}
"""What is counted: name -> SQL. ``follow`` and ``counts`` are numbers of backlinks."""

_OF_SOURCES = ("backlinks", "referring_pages", "target_pages", "follow", "counts", "last_read")
_OF_LINKS = ("backlinks", "referring_pages", "referring_domains", "follow", "counts", "last_read")
GROUPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "domains": ("source_domain", _OF_SOURCES),
    "sites": ("source_site", _OF_SOURCES),
    "anchors": ("anchor", _OF_LINKS),
    "pages": ("target_url", _OF_LINKS),
}
"""The lists: name -> (what is grouped by, what is counted)."""

_EXPRESSIONS = {
    "anchors": "anchor, max(anchor_type) AS anchor_type",
    "pages": "min(target_url) AS target_url",
}
_KEYS = {"pages": "target_key"}
"""URLs of one page (with and without www, …) are one page; one of them is shown."""


def grouped(
    reader: Reader, by: str, *, limit: int | None = None, table: str = "backlinks"
) -> pa.RecordBatchReader:
    """The list ``by`` (a key of :data:`GROUPS`): most referring domains first, then most backlinks."""
    column, counts = GROUPS[by]
    first = "referring_domains" if "referring_domains" in counts else "backlinks"
    numbers = ", ".join(f"{COUNTS[name]} AS {name}" for name in counts)
    return reader.batches(
        f"SELECT {_EXPRESSIONS.get(by, column)}, {numbers} FROM {table} GROUP BY {_KEYS.get(by, column)}"  # noqa: S608
        f" ORDER BY {first} DESC, backlinks DESC, {column}" + ("" if limit is None else f" LIMIT {limit:d}")
    )
