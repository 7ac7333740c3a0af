"""The ranks that Common Crawl publishes of domains, as far as they lie beside the jobs: to be shown next to ours, never mixed in.

Discovery keeps them in ``JOBS/commoncrawl/RELEASE/TARGET.parquet``, for the domains that link to a target by a release's graph.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from pathlib import Path

    from ..index.query import Reader

FOLDER = "commoncrawl"
"""Of the directory of the jobs."""
_TYPES: dict[str, pa.DataType] = {
    "domain": pa.string(),
    "harmonic_position": pa.int64(),
    "pagerank_position": pa.int64(),
}
SCHEMA = pa.schema(_TYPES)


def lend_published(reader: Reader, jobs: Path) -> str | None:
    """Let statements read the ranks of the latest release that has some, as ``published``; returns its name.

    A file that cannot be read counts as one that is not there.
    """
    files = _latest(jobs / FOLDER)
    tables = [SCHEMA.empty_table(), *(table for file in files if (table := _read(file)) is not None)]
    reader.lend("published_ranks", pa.concat_tables(tables))
    reader.define(
        "published",
        "SELECT domain, min(harmonic_position) AS harmonic_position, min(pagerank_position) AS pagerank_position"
        " FROM published_ranks GROUP BY domain",
    )
    return files[0].parent.name if len(tables) > 1 else None


def _latest(folder: Path) -> list[Path]:
    """The files of the release whose files were written last."""
    try:
        files = sorted(folder.glob("*/*.parquet"))
        newest = max(files, key=lambda file: file.stat().st_mtime, default=None)
    except OSError:
        return []
    return [] if newest is None else [file for file in files if file.parent == newest.parent]


def _read(file: Path) -> pa.Table | None:
    try:
        return pq.read_table(file, columns=SCHEMA.names, use_threads=False).cast(SCHEMA)
    except (OSError, pa.ArrowException, ValueError):
        return None
