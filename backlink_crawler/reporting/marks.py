"""The marks of a target with what stands behind each: backlinks that are not lost, their pages, and what was lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..index.marks import COLUMNS, STANDING

if TYPE_CHECKING:
    import pyarrow as pa

    from ..index.query import Reader

_COUNTED = " UNION ALL ".join(
    f"SELECT '{kind}' AS kind, {column} AS name, count(*) FILTER (WHERE status <> 'lost') AS backlinks,"  # noqa: S608
    " count(DISTINCT source_key) FILTER (WHERE status <> 'lost') AS referring_pages,"
    " count(*) FILTER (WHERE follow AND status <> 'lost') AS follow, count(*) FILTER (WHERE status = 'lost') AS lost"
    f" FROM backlinks WHERE {column} IN (SELECT name FROM marked WHERE kind = '{kind}') GROUP BY {column}"
    for kind, column in COLUMNS.items()
)
_NUMBERS = ("backlinks", "referring_pages", "follow", "lost")
_MARKS = f"""
SELECT kind, name, tags, note, marked_at, {", ".join(f"coalesce({name}, 0) AS {name}" for name in _NUMBERS)}
FROM marked LEFT JOIN ({_COUNTED}) USING (kind, name)
WHERE ($tag = '' OR list_contains(tags, $tag)) AND ($kind = '' OR kind = $kind)
ORDER BY backlinks DESC, kind, name
"""  # noqa: S608


def marks(reader: Reader, *, tag: str = "", kind: str = "", limit: int | None = None) -> pa.RecordBatchReader:
    """The marks that stand, those of most backlinks first; the reader is one of a target. Raises IndexFault."""
    reader.define("marked", STANDING)
    cut = "" if limit is None else f" LIMIT {limit:d}"
    return reader.batches(_MARKS + cut, {"tag": tag, "kind": kind})


def count(reader: Reader) -> int:
    """How many marks stand."""
    return reader.count(f"({STANDING})")
