"""The pages of a target that have backlinks, with what each is worth and what its last visit found.

A page is what a link names: the old page, not what an alias or a shortener leads to in the end. So the backlinks are those that
stand, and those that are lost because the alias leads to the target no more. Where a link goes through a shortener, its page is the
first of its chain that lies on a site of the target's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from ..history.answer import last_visits, without_user
from ..history.rule import BROKEN
from ..index.schema import folded
from .map import is_own

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..classify.target import Target
    from ..index.query import Reader


def define(reader: Reader, target: Target, limit: int | None = None) -> int:
    """Give the reader the table ``linked_pages``, and ``landings``: the first ``limit`` of them with their last visits.

    Returns the number of linked pages. They are ranked by what is at stake: the ratings of the domains whose links count, then
    the number of these, of all referring domains, and of backlinks.
    """
    reader.define("standing", _STANDING)
    passed = reader.table("SELECT DISTINCT target_url, redirects FROM standing WHERE len(redirects) > 0")
    pages = pa.array(
        [
            next(
                (url for url in (row["target_url"], *row["redirects"]) if is_own(url, target)),
                row["target_url"],
            )
            for row in passed.to_pylist()
        ],
        pa.string(),
    )
    lent = passed.append_column("page_url", pages).append_column("end_key", folded(pages))
    reader.lend("passed_through", lent)
    reader.define("linked", _LINKED)
    reader.keep("linked_pages", _PAGES)
    reader.keep(
        "landing_pages", "FROM linked_pages ORDER BY rank" + ("" if limit is None else f" LIMIT {limit:d}")
    )
    reader.keep("last_visits", last_visits("landing_pages"))
    reader.keep("read_before", _READ_BEFORE)
    reader.define("landings", _LANDINGS)
    return reader.count("linked_pages")


def landings(reader: Reader) -> Iterator[dict[str, Any]]:
    """The rows of ``landings``, those with most at stake first."""
    for batch in reader.batches("FROM landings ORDER BY rank"):
        yield from batch.to_pylist()


def url_to_visit(page: dict[str, Any]) -> str:
    """How a linked page is asked for: as most links name it."""
    return without_user(page["page_url"])


_STANDING = f"SELECT * FROM backlinks WHERE status <> 'lost' OR reason = '{BROKEN.reason}'"  # noqa: S608

_LINKED = """
SELECT coalesce(end_key, target_key) AS page_key, coalesce(page_url, standing.target_url) AS url, source_key, source_domain,
    follow, counts
FROM standing LEFT JOIN passed_through
    ON passed_through.target_url = standing.target_url AND passed_through.redirects = standing.redirects
"""

_PAGES = """
WITH numbers AS (
    SELECT page_key, count(*) AS backlinks, count(DISTINCT source_domain) AS referring_domains,
        count(*) FILTER (WHERE follow) AS follow, count(*) FILTER (WHERE counts) AS counts,
        count(DISTINCT source_domain) FILTER (WHERE counts) AS counting_domains
    FROM linked GROUP BY page_key
), forms AS (
    SELECT page_key, arg_max(url, (links, url)) AS page_url
    FROM (SELECT page_key, url, count(*) AS links FROM linked GROUP BY ALL) GROUP BY page_key
), of_domains AS (
    SELECT page_key, round(sum(rating), 1) AS domain_ratings
    FROM (SELECT DISTINCT page_key, source_domain FROM linked WHERE counts)
    JOIN ratings ON scope = 'domain' AND name = source_domain GROUP BY page_key
), of_pages AS (
    SELECT page_key, round(sum(rating), 1) AS page_ratings
    FROM (SELECT DISTINCT page_key, source_key FROM linked WHERE counts)
    JOIN ratings ON scope = 'page' AND name = source_key GROUP BY page_key
)
SELECT *, row_number() OVER (
    ORDER BY domain_ratings DESC NULLS LAST, counting_domains DESC, referring_domains DESC, backlinks DESC, page_key) AS rank
FROM numbers JOIN forms USING (page_key) LEFT JOIN of_domains USING (page_key) LEFT JOIN of_pages USING (page_key)
"""

_READ_BEFORE = """
SELECT source_key AS final_key, max_by(canonical_url, fetched_at) AS canonical_before, max_by(noindex, fetched_at) AS noindex_before
FROM visits SEMI JOIN (SELECT final_key FROM last_visits WHERE outcome = 'not_modified') AS same ON source_key = same.final_key
WHERE outcome = 'ok' GROUP BY source_key
"""
"""What a page said of itself that has not changed since."""

_LANDINGS = """
SELECT * EXCLUDE (canonical_before, noindex_before) REPLACE (
    coalesce(canonical_url, canonical_before) AS canonical_url,
    coalesce(noindex, FALSE) OR coalesce(noindex_before, FALSE) AS noindex
)
FROM landing_pages LEFT JOIN last_visits USING (page_key) LEFT JOIN read_before USING (final_key)
"""
