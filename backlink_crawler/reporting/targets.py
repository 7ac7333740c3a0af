"""The targets an index knows: those that links were found for, that were looked for in vain, and that others speak of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..index.current import literal
from ..items import EVERY_TARGET
from .grouping import COUNTS

if TYPE_CHECKING:
    import pyarrow as pa

    from ..index.query import Reader

_KNOWN = """
    SELECT target FROM backlinks WHERE target IS NOT NULL
    UNION SELECT unnest(targets) AS target FROM crawls
    UNION SELECT target FROM claims
"""


def targets(reader: Reader, *, limit: int | None = None) -> pa.RecordBatchReader:
    """One row per target with its counts, most backlinks first. The reader is one of all targets."""
    names = ("backlinks", "referring_pages", "referring_domains", "target_pages", "follow", "last_read")
    numbers = ", ".join(f"{COUNTS[name]} AS {name}" for name in names)
    shown = ", ".join(name if name == "last_read" else f"coalesce({name}, 0) AS {name}" for name in names)
    counted = f"SELECT target AS name, {numbers} FROM current GROUP BY target"  # noqa: S608
    return reader.batches(
        f"SELECT target, {shown} FROM ({_KNOWN}) LEFT JOIN ({counted}) ON target = name"  # noqa: S608
        f" WHERE target <> {literal(EVERY_TARGET)}"
        " ORDER BY backlinks DESC, target" + ("" if limit is None else f" LIMIT {limit:d}")
    )


def is_known(reader: Reader, target: str) -> bool:
    """Whether links to the target were found or claimed, or it was looked for by name."""
    name = literal(target)
    return bool(
        reader.rows(f"SELECT 1 FROM crawls WHERE array_has(targets, {name}) LIMIT 1")  # noqa: S608
        or reader.rows(f"SELECT 1 FROM backlinks WHERE target = {name} LIMIT 1")  # noqa: S608
        or reader.rows(f"SELECT 1 FROM claims WHERE target = {name} LIMIT 1")  # noqa: S608
    )


def names(reader: Reader) -> list[str]:
    """The names of all targets, sorted."""
    rows = reader.rows(f"SELECT target FROM ({_KNOWN}) ORDER BY target")  # noqa: S608
    return [row["target"] for row in rows if row["target"] != EVERY_TARGET]
