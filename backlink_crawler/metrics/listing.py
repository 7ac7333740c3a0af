"""The ratings as a list: of all domains or pages of the index, or of those that link to a target."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

    from ..index.query import Reader

SCOPES = {"domains": "domain", "pages": "page"}
"""What a list is of, and the ``scope`` of its ratings."""
_LINKING = {"domains": "source_domain", "pages": "source_key"}
_ORDER = "rating DESC NULLS LAST, pagerank DESC NULLS LAST, common_crawl_harmonic NULLS LAST, name"


def rated(reader: Reader, by: str = "domains", *, limit: int | None = None) -> pa.RecordBatchReader:
    """The list ``by`` (a key of :data:`SCOPES`), the best first: of a reader with a target, those that link to it by current links.

    ``published`` must have been lent to the reader; the positions in it are null for pages.
    """
    cut = "" if limit is None else f" LIMIT {limit:d}"
    return reader.batches(
        "SELECT name, rating, pagerank, harmonic, trust, coalesce(in_domains, 0) AS in_domains,"  # noqa: S608
        " coalesce(out_domains, 0) AS out_domains, harmonic_position AS common_crawl_harmonic,"
        f" pagerank_position AS common_crawl_pagerank FROM ({_listed(reader, by)}) AS listed"
        f" LEFT JOIN published ON published.domain = listed.name ORDER BY {_ORDER}{cut}"
    )


def is_any_rated(reader: Reader, by: str = "domains") -> bool:
    """Whether any of the list has a rating."""
    return bool(reader.rows(f"SELECT 1 FROM ({_listed(reader, by)}) WHERE rating IS NOT NULL LIMIT 1"))  # noqa: S608


def _listed(reader: Reader, by: str) -> str:
    if reader.target is None:
        return f"SELECT * FROM ratings WHERE scope = '{SCOPES[by]}'"  # noqa: S608
    return (
        f"SELECT linking.name, ratings.* EXCLUDE (name) FROM (SELECT DISTINCT {_LINKING[by]} AS name FROM current) AS linking"  # noqa: S608
        f" LEFT JOIN ratings ON ratings.name = linking.name AND scope = '{SCOPES[by]}'"
    )
