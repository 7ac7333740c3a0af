"""The links within a target's own sites: which pages they lead to, with which anchors, and which pages nothing links to.

They are rows of the table ``links`` without a target, kept by crawls with the option ``internal_links``. Each page is shown as
such a crawl read it last, its hyperlinks to other pages alone; a link to a page that redirects is one to where that leads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pyarrow as pa

from ..history.rule import RULES
from ..items import ENDORSING_TYPES
from ..urls import domain_of
from .keeping import crawls_with

if TYPE_CHECKING:
    from ..classify.target import Target
    from ..index.query import Reader

_IN = {
    "pages_in": "count(DISTINCT source_key)",
    "links_in": "count(*)",
    "follow_in": "count(*) FILTER (WHERE follow)",
    "content_in": "count(*) FILTER (WHERE placement = 'content')",
    "redirected_in": "count(*) FILTER (WHERE is_redirected)",
    "anchors": "count(DISTINCT anchor)",
    "top_anchor": "mode(anchor ORDER BY anchor) FILTER (WHERE anchor <> '')",
}
"""``pages_in``: pages that link to it; ``links_in``: their links, how many of them are followed, stand in the content, or lead
through a redirect."""
PAGES = ("url", *_IN, "pages_out", "is_read", "outcome", "http_status", "noindex", "title", "is_orphan")
ANCHORS = ("anchor", "target_pages", "pages", "links", "follow", "example")
LINKS = (
    "source_url", "target_url", "anchor", "anchor_type", "link_type", "rel_type", "follow", "placement", "is_redirected",
    "fetched_at",
)  # fmt: skip

_TYPES = ", ".join(f"'{kind}'" for kind in sorted(ENDORSING_TYPES))
_VISITS = """
SELECT source_key, requested_key, source_url, title, noindex, outcome, http_status, targets_checked, fetched_at, crawl_id
FROM visits SEMI JOIN own_sites USING (source_domain, source_site) SEMI JOIN keeping USING (crawl_id)
"""
_GONE = tuple(RULES)
_READ = f"""
SELECT * FROM (
    SELECT * FROM own_visits WHERE outcome IN {_GONE} OR (outcome IN ('ok', 'truncated') AND len(targets_checked) > 0)
    QUALIFY row_number() OVER (PARTITION BY source_key ORDER BY fetched_at DESC, crawl_id DESC) = 1
) AS told ANTI JOIN own_answers ON key = told.source_key AND landing <> key
WHERE told.outcome NOT IN {_GONE}
"""  # noqa: S608
"""The pages that are there, neither gone nor moved. One that was met again by another way is stored without what it said the
first time."""
_LAST = """
SELECT requested_key AS key, arg_max(source_key, fetched_at) AS landing, arg_max(outcome, fetched_at) AS outcome,
       arg_max(http_status, fetched_at) AS http_status
FROM own_visits GROUP BY requested_key
"""
_WITHIN = f"""
SELECT links.source_key, links.source_url, links.target_url, coalesce(landing, target_key) AS page, anchor, anchor_type, link_type,
       rel_type, follow, placement, links.fetched_at, coalesce(landing <> target_key, FALSE) AS is_redirected
FROM links JOIN own_pages USING (source_key, fetched_at, crawl_id) LEFT JOIN own_answers ON key = target_key
WHERE target IS NULL AND kept_for = $name AND link_type IN ({_TYPES}) AND coalesce(landing, target_key) <> links.source_key
"""  # noqa: S608
_PAGES = f"""
WITH led AS (SELECT page, min(target_url) AS url, {", ".join(f"{sql} AS {name}" for name, sql in _IN.items())} FROM within GROUP BY page),
leads AS (SELECT source_key AS page, count(DISTINCT page) AS pages_out FROM within GROUP BY source_key),
known AS (SELECT source_key AS page, source_url, title, noindex, outcome, http_status FROM own_pages)
SELECT coalesce(source_url, url) AS url, {", ".join(f"coalesce({name}, 0) AS {name}" for name in _IN if name != "top_anchor")},
       top_anchor, coalesce(pages_out, 0) AS pages_out, source_url IS NOT NULL AS is_read,
       coalesce(own_answers.outcome, known.outcome) AS outcome, coalesce(own_answers.http_status, known.http_status) AS http_status,
       noindex, title, source_url IS NOT NULL AND pages_in IS NULL AS is_orphan
FROM led FULL JOIN known USING (page) LEFT JOIN leads USING (page) LEFT JOIN own_answers ON own_answers.key = page
"""  # noqa: S608
_ANCHORS = """
SELECT anchor, count(DISTINCT page) AS target_pages, count(DISTINCT source_key) AS pages, count(*) AS links,
       count(*) FILTER (WHERE follow) AS follow, min(target_url) AS example
FROM within GROUP BY anchor
"""

LISTS: dict[str, tuple[tuple[str, ...], str, str]] = {
    "pages": (PAGES, _PAGES, "pages_in DESC, links_in DESC, url"),
    "orphans": (PAGES, f"SELECT * FROM ({_PAGES}) WHERE is_orphan", "url"),  # noqa: S608
    "anchors": (ANCHORS, _ANCHORS, "pages DESC, links DESC, anchor"),
    "links": (LINKS, "SELECT * FROM within", "source_url, target_url, anchor, link_type"),
}
"""What can be listed: columns, rows and order. Orphans are pages that were read, and that no page read links to."""


@attrs.frozen
class Extent:
    """How much is known: pages of the own sites that were read with their internal links, links between them, linked pages
    that were not read, and orphans: pages read to which no page read links."""

    pages: int
    links: int
    unread: int
    orphans: int


class InternalLinks:
    """The internal links of one target; the reader is one of all targets. Raises IndexFault."""

    def __init__(self, reader: Reader, target: Target) -> None:
        self._reader = reader
        _lend(reader, "keeping", {"crawl_id": crawls_with(reader, "internal_links")})
        own = [
            row
            for row in _sites(reader, target)
            if target.owns(row["source_domain"] or "", row["source_site"] or "")
        ]
        _lend(
            reader,
            "own_sites",
            {name: [row[name] for row in own] for name in ("source_domain", "source_site")},
        )
        reader.keep("own_visits", _VISITS)
        reader.keep("own_answers", _LAST)
        reader.keep("own_pages", _READ)
        _lend(reader, "asked", {"name": [target.name]})
        reader.keep("within", _WITHIN.replace("$name", "(SELECT name FROM asked)"))

    def rows(self, by: str = "pages", *, limit: int | None = None) -> pa.RecordBatchReader:
        """One of :data:`LISTS`."""
        columns, rows, order = LISTS[by]
        cut = "" if limit is None else f" LIMIT {limit:d}"
        return self._reader.batches(f"SELECT {', '.join(columns)} FROM ({rows}) ORDER BY {order}{cut}")  # noqa: S608

    def extent(self) -> Extent:
        """How much is known."""
        (row,) = self._reader.rows(
            "SELECT count(*) FILTER (WHERE is_read) AS pages, coalesce(sum(links_in), 0)::BIGINT AS links,"  # noqa: S608
            f" count(*) FILTER (WHERE NOT is_read) AS unread, count(*) FILTER (WHERE is_orphan) AS orphans FROM ({_PAGES})"
        )
        return Extent(**row)


def _sites(reader: Reader, target: Target) -> list[dict[str, Any]]:
    """The sites of visited pages on the registrable domains that have to do with the target."""
    hosts = (target.part.host, *target.aliases, *target.own)
    _lend(reader, "own_domains", {"source_domain": sorted({domain_of(host) for host in hosts})})
    return reader.rows(
        "SELECT DISTINCT source_domain, source_site FROM visits SEMI JOIN own_domains USING (source_domain)"
    )


def _lend(reader: Reader, name: str, columns: dict[str, list[Any]]) -> None:
    reader.lend(name, pa.table({column: pa.array(values, pa.string()) for column, values in columns.items()}))
