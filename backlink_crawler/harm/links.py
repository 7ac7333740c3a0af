"""What several signals ask of the index: the linking pages as they were last read. One row of a page, narrow columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .table import KEYWORD_ANCHORS

if TYPE_CHECKING:
    from ..index.query import Reader


def lay_out(reader: Reader) -> None:
    """Hold ``harm_linking`` (page, site and domain of each page with a current link) and ``harm_pages`` (as they were last read).

    A visit that brought no page, as ``not_modified``, or that read a WAT file, says nothing of how a page is made.
    """
    reader.keep("harm_linking", _LINKING)
    reader.keep("harm_pages", _PAGES)


def clear(reader: Reader) -> None:
    """Give back the memory of what was laid out."""
    for name in ("harm_linking", "harm_pages", "harm_members", "harm_groups", "harm_beginnings"):
        reader.keep(name, "SELECT NULL AS nothing WHERE FALSE")


_LINKING = f"""
SELECT hash(source_key) AS page, any_value(source_site) AS name, any_value(source_domain) AS source_domain,
    min(source_url) AS url, count(*) AS links, bool_or(follow IS TRUE) AS follows,
    bool_or(follow IS TRUE AND anchor_type IN {KEYWORD_ANCHORS}) AS with_keyword
FROM current GROUP BY page
"""  # noqa: S608

_PAGES = """
WITH read AS (
    SELECT hash(source_key) AS page, fetched_at, external_links, text_words, hash(text_digest) AS text,
        CASE WHEN template_digest IS NOT NULL THEN hash(template_digest) END AS template, tracking_ids, remote_ip
    FROM visits WHERE outcome = 'ok' AND text_digest IS NOT NULL
), last AS (
    SELECT page, unnest(arg_max(struct_pack(external_links, text_words, text, template, tracking_ids, remote_ip), fetched_at))
    FROM read SEMI JOIN harm_linking USING (page) GROUP BY page
)
SELECT * FROM harm_linking JOIN last USING (page)
"""
"""Digests are compared by their hashes of 64 bits, in less memory: among ten million two share one with a probability of 3 in a
million.
"""
