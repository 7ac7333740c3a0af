"""The links of a target folded into groups: what one template repeats on the pages of a site is one link, told many times.

A group is one site, template, part of the page, target page and anchor. The template is the digest that the last reading of
the page has, and where there is none the path of the link with its numbers folded. Every number is of links that are not lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..classify.target import parse_target
from ..history.rule import RULES
from ..index.current import literal
from ..items import EVERY_TARGET

if TYPE_CHECKING:
    import pyarrow as pa

    from ..index.query import Reader

SITEWIDE: dict[str, float] = {"least_pages_read": 10, "least_share": 0.5}
"""The rule: a link is sitewide when of at least ``least_pages_read`` pages read of its site at least ``least_share`` have it,
in whatever template; of fewer pages it cannot be told."""

COLUMNS = (
    "source_domain", "source_site", "template", "template_is", "placement", "target_url", "anchor", "pages", "links", "follow",
    "pages_read", "share", "sitewide", "near_duplicates", "first_seen", "last_seen", "example",
)  # fmt: skip
"""
``template_is``: ``digest`` or ``path``, which the template was told by; ``follow``: how many of the links are followed;
``pages_read``: pages of the site that were read for the target; ``share``: the part of them that has the link in any template;
``sitewide``: by :data:`SITEWIDE`, null where too few were read; ``near_duplicates``: pages of the group whose main text, or the
text around whose link, stands on another page of the group; ``example``: the page that has had the link longest.
"""

_READ = ("ok", "not_modified", "truncated")
"""Outcomes of a visit that found the page there, …"""
_GONE = (*RULES, "moved_offsite")
"""… or gone. All others say nothing of it."""
_PAGES = f"""
SELECT source_key, min(source_site) AS source_site,
       arg_max(outcome IN {_READ}, fetched_at) FILTER (WHERE outcome IN {(*_READ, *_GONE)})
       AND bool_or(fetch_mode <> 'archive' AND list_has_any(targets_checked, {{checked}})) AS is_counted,
       arg_max(template_digest, fetched_at) FILTER (WHERE outcome = 'ok') AS template_digest,
       arg_max(text_digest, fetched_at) FILTER (WHERE outcome = 'ok' AND text_words > 0) AS text_digest
FROM visits WHERE source_site IN (SELECT source_site FROM current) GROUP BY source_key
"""  # noqa: S608
"""Pages as they were last read. Of an archive those pages are kept that link: they do not tell how many others do not."""
_NAMED = """
SELECT source_domain, source_site, source_url, target_url, target_key, anchor, coalesce(placement, 'unknown') AS placement,
       coalesce(template_digest, regexp_replace(link_path, '[0-9]+', 'N', 'g'), '') AS template,
       CASE WHEN template_digest IS NULL THEN 'path' ELSE 'digest' END AS template_is,
       hash(source_site, template, template_is, placement, target_key, anchor) AS number,
       hash(source_site, target_key, anchor) AS spread, hash(source_key) AS page, follow, first_seen, last_seen, is_counted,
       CASE WHEN text_digest <> '' THEN hash(text_digest) END AS text,
       CASE WHEN context_before <> '' OR context_after <> '' THEN hash(context_before, context_after) END AS context
FROM occurrences LEFT JOIN (SELECT * EXCLUDE (source_site) FROM seen_pages) USING (source_key)
"""
_NUMBERED = """
SELECT number, any_value(spread) AS spread, page, count(*) AS links, count(*) FILTER (WHERE follow) AS follow,
       min(first_seen) AS first_seen, max(last_seen) AS last_seen, coalesce(any_value(is_counted), FALSE) AS is_counted,
       min(text) AS text, min(context) AS context
FROM named_links GROUP BY number, page
"""
"""Groups by hashes of 64 bits, as pages are counted elsewhere: what they are called is looked up for those that are shown."""
_FOLDED = """
WITH counted AS (
    SELECT number, any_value(spread) AS spread, count(*) AS pages, sum(links)::BIGINT AS links, sum(follow)::BIGINT AS follow,
           min(first_seen) AS first_seen, max(last_seen) AS last_seen
    FROM folded_pages GROUP BY number HAVING count(*) >= $least
), chosen AS MATERIALIZED (SELECT * FROM counted {cut}),
alike AS (
    SELECT number, count(*) FILTER (WHERE (text IS NOT NULL AND texts > 1) OR (context IS NOT NULL AND contexts > 1)) AS near_duplicates
    FROM (
        SELECT number, text, context, count(*) OVER (PARTITION BY number, text) AS texts,
               count(*) OVER (PARTITION BY number, context) AS contexts
        FROM folded_pages SEMI JOIN chosen USING (number)
    ) GROUP BY number
), spreads AS (
    SELECT spread, count(DISTINCT page) FILTER (WHERE is_counted) AS linking
    FROM folded_pages SEMI JOIN chosen USING (spread) GROUP BY spread
), names AS (
    SELECT number, any_value(source_domain) AS source_domain, any_value(source_site) AS source_site,
           any_value(template) AS template, any_value(template_is) AS template_is, any_value(placement) AS placement,
           any_value(target_key) AS target_key, min(target_url) AS target_url, any_value(anchor) AS anchor,
           arg_min(source_url, (first_seen, source_url)) AS example
    FROM named_links SEMI JOIN chosen USING (number) GROUP BY number
), sites AS (SELECT source_site, count(*) FILTER (WHERE is_counted) AS pages_read FROM seen_pages GROUP BY source_site)
SELECT chosen.*, names.*, near_duplicates, coalesce(pages_read, 0) AS pages_read,
       CASE WHEN pages_read > 0 THEN round(linking / pages_read, 4) END AS share,
       CASE WHEN pages_read >= $least_pages_read THEN linking >= pages_read * $least_share END AS sitewide
FROM chosen JOIN names USING (number) JOIN alike USING (number) JOIN spreads USING (spread) LEFT JOIN sites USING (source_site)
"""
_FIRST = "pages DESC, links DESC"
_TOTALS = """
SELECT coalesce(sum(links), 0)::BIGINT AS links, count(*) AS groups, count(*) FILTER (WHERE pages = 1) AS alone
FROM (SELECT sum(links) AS links, count(*) AS pages FROM folded_pages GROUP BY number)
"""


class Folds:
    """The groups of one target's links; the reader is one of that target. Raises IndexFault."""

    def __init__(self, reader: Reader) -> None:
        assert reader.target is not None
        target = parse_target(reader.target)
        is_domain = target.name == target.domain  # as all links are kept under that know no target
        checked = [target.name, EVERY_TARGET] if is_domain else [target.name]
        listed = ", ".join(map(literal, checked))
        reader.keep("seen_pages", _PAGES.format(checked=f"[{listed}]"))
        reader.define("named_links", _NAMED)
        reader.keep("folded_pages", _NUMBERED)
        self._reader = reader

    def rows(self, *, least: int = 1, limit: int | None = None) -> pa.RecordBatchReader:
        """The groups with at least ``least`` pages, those of most pages first: :data:`COLUMNS`."""
        cut = "" if limit is None else f"ORDER BY {_FIRST}, number LIMIT {limit:d}"
        rows = _FOLDED.format(cut=cut)
        return self._reader.batches(
            f"SELECT {', '.join(COLUMNS)} FROM ({rows})"  # noqa: S608
            f" ORDER BY {_FIRST}, source_site, target_key, anchor, placement, template",
            {"least": least, **SITEWIDE},
        )

    def totals(self) -> dict[str, int]:
        """How far the links fold: ``links``, ``groups``, and ``alone``, the groups of one page."""
        return self._reader.rows(_TOTALS)[0]


def folds(reader: Reader, *, least: int = 1, limit: int | None = None) -> pa.RecordBatchReader:
    """:meth:`Folds.rows` of a reader of one target."""
    return Folds(reader).rows(least=least, limit=limit)
