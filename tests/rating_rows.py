"""Ratings put into an index as they are said, in place of those that its links would give."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
from deltalake import write_deltalake

from backlink_crawler.index.schema import RATINGS, Rating, to_table
from backlink_crawler.index.store import Index


def rate(index: Index, ratings: Mapping[tuple[str, str], float | None]) -> None:
    """Keep ratings by scope and name."""
    rows: pa.Table = to_table(
        [Rating(scope, name, rating) for (scope, name), rating in sorted(ratings.items())], RATINGS
    )
    write_deltalake(index.tables["ratings"], rows, mode="overwrite")
