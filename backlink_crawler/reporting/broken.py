"""The pages of a target that have backlinks and do not answer well: what is wrong with each, what is lost by it, what to do.

A linked page is asked for in the form that most links use, or, where they go through a shortener or an alias, as what they
end in. What is known of it is its last visit.
"""

from __future__ import annotations

import itertools
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import attrs
import pyarrow as pa

from ..history.answer import ANSWERS, FAULTS, is_dumped_home, last_visits, without_user
from ..index.schema import TIME, folded
from ..urls import url_key
from .successor import Page, Successors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from ..classify.target import Target
    from ..index.query import Reader

REDIRECT_FAULTS = ("redirect_to_error", "redirect_to_home", "redirect_offsite")
"""What is wrong with a page that redirects: to a fault, to the home page, or to a site that is not the target's own."""
PROBLEMS = (*FAULTS, *REDIRECT_FAULTS)
TO_REPAIR = frozenset({"http_5xx", "dns_error", "connection_error", "timeout", "tls_error"})
"""Problems of a server that is to be mended; the page need not be redirected."""
REDIRECT = "redirect"
"""Not broken: another page of the target's own answers in its place."""
UNREAD = "unread"
"""Its last visit could not tell."""

BEST_PAGES = 3
"""So many of the best referring pages are named, of different domains."""
MOST_ANCHORS = 20
"""So many anchors of the links to a page are compared with other pages."""
MOST_LIVING = 100_000
"""So many living pages of the site are looked through, those read last."""
ABOUT_A_PAGE = frozenset({"exact", "partial", "compound", "other"})
"""Classes of anchors that say what is linked; the others name the site, or nothing."""

_TEXT, _NUMBER, _TEXTS = pa.string(), pa.int64(), pa.list_(pa.string())
_COLUMNS: dict[str, pa.DataType] = {
    "target_url": _TEXT, "problem": _TEXT, "outcome": _TEXT, "http_status": _NUMBER, "redirects": _TEXTS,
    "redirect_statuses": pa.list_(_NUMBER), "final_url": _TEXT, "checked_at": TIME, "domain_ratings": pa.float64(),
    "referring_domains": _NUMBER, "counting_domains": _NUMBER, "backlinks": _NUMBER, "follow": _NUMBER, "counts": _NUMBER,
    "best_pages": _TEXTS, "suggestion": _TEXT, "suggestion_score": pa.float64(), "suggestion_reasons": _TEXTS,
}  # fmt: skip
SCHEMA = pa.schema(_COLUMNS)
"""The columns of the report. ``counting_domains`` have links that count, and ``domain_ratings`` is the sum of their ratings (null
without ratings): what is lost. Numbers are of links that stand.
"""


@attrs.frozen
class Report:
    """The rows, those where most is lost first, and how far they can be trusted."""

    rows: pa.Table
    linked: int
    """Pages of the target that have backlinks."""
    looked_at: int
    """Those of them, with most at stake, that the report is about."""
    unchecked: int
    """Those of these that were never visited."""
    unread: Mapping[str, int]
    """Those whose last visit could not tell, by its outcome."""


class LinkedPages:
    """The pages of the reader's target that links lead to; the first ``limit`` of them, those with most at stake first: by the ratings of
    the domains whose links count, then by the number of these. The ratings are those that the index has.
    """

    def __init__(self, reader: Reader, limit: int | None = None) -> None:
        self.reader = reader
        passed = reader.table(
            "SELECT DISTINCT redirects[-1] AS url FROM current WHERE len(redirects) > 0"
        ).column("url")
        urls = passed.combine_chunks()
        reader.lend("passed_through", pa.table({"end_url": urls, "end_key": folded(urls)}))
        reader.define("linked", _LINKED)
        reader.keep("linked_pages", _PAGES)
        reader.keep(
            "pages", "FROM linked_pages ORDER BY rank" + ("" if limit is None else f" LIMIT {limit:d}")
        )
        reader.keep("last_visits", last_visits("pages"))
        self.pages = reader.rows(_PAGES_AND_VISITS)
        self.total = int(reader.rows("SELECT count(*) AS n FROM linked_pages")[0]["n"])

    def due(self, found_well_after: datetime | None) -> Iterator[str]:
        """The URLs to visit, those with most at stake first: all but those of pages that a visit after this time found well."""
        for page in self.pages:
            is_well = page["outcome"] in ANSWERS and not page["redirects"]
            if not (is_well and found_well_after is not None and page["checked_at"] >= found_well_after):
                yield without_user(page["target_url"])

    def report(self, target: Target, *, redirects: bool = False) -> Report:
        """What is wrong with these pages; with ``redirects`` also those that redirect well."""
        unread: dict[str, int] = {}
        shown: list[dict[str, Any]] = []
        for page in self.pages:
            page["problem"] = problem_of(page, target) if page["outcome"] else None
            if page["problem"] == UNREAD:
                unread[page["outcome"]] = unread.get(page["outcome"], 0) + 1
            elif page["problem"] in PROBLEMS or (redirects and page["problem"] == REDIRECT):
                shown.append(page)
        self._complete(shown, target)
        return Report(
            pa.Table.from_pylist(shown, schema=SCHEMA),
            self.total,
            len(self.pages),
            sum(page["outcome"] is None for page in self.pages),
            unread,
        )

    def _complete(self, shown: Sequence[dict[str, Any]], target: Target) -> None:
        """Add what only the pages shown need: the best referring pages, and a suggestion."""
        keys = [page["page_key"] for page in shown]
        self.reader.lend("shown", pa.table({"page_key": pa.array(keys, pa.string())}))
        best = {row["page_key"]: row["best_pages"] for row in self.reader.rows(_BEST_PAGES)}
        before = {row["page_key"]: row for row in self.reader.rows(_BEFORE)}
        anchors = _grouped(self.reader.rows(_ANCHORS.format(most=MOST_ANCHORS)))
        broken = [page for page in shown if page["problem"] in PROBLEMS and page["problem"] not in TO_REPAIR]
        successors = Successors(self._living(target) if broken else ())
        for page in shown:
            page["best_pages"] = best.get(page["page_key"], [])
        for page in broken:
            key = page["page_key"]
            was = _as_it_was(page["target_url"], before.get(key, {}), anchors.get(key, []))
            found = successors.best(was)
            if found is not None:
                page["suggestion"], page["suggestion_score"] = found.url, found.score
                page["suggestion_reasons"] = list(found.why)

    def _living(self, target: Target) -> Iterator[Page]:
        """The target's own pages that were read well when they were last looked at, and are what they should be."""
        for row in self.reader.rows(_LIVING.format(most=MOST_LIVING), {"domain": target.domain}):
            canonical = row["canonical_url"]
            is_own = target.owns(row["source_domain"], row["source_site"]) and not target.excludes(
                row["source_url"]
            )
            if is_own and not (canonical and url_key(canonical) != row["key"]):
                yield Page(row["source_url"], row["title"] or "", row["language"] or "")


def problem_of(page: Mapping[str, Any], target: Target) -> str | None:
    """One of :data:`PROBLEMS`, :data:`REDIRECT` or :data:`UNREAD` for what a visit to a linked page found; None when all is well.

    ``page`` has page_key, outcome, redirects, final_url and final_key, final_domain, final_site of the visit.
    """
    outcome, redirects = page["outcome"], page["redirects"]
    if outcome == "moved_offsite":
        return "redirect_offsite"
    if outcome in FAULTS:
        return "redirect_to_error" if redirects and outcome != "redirect_loop" else outcome
    if outcome not in ANSWERS:
        return UNREAD
    if not redirects or page["final_key"] == page["page_key"]:
        return None
    if not target.owns(page["final_domain"], page["final_site"]):
        return "redirect_offsite"
    return "redirect_to_home" if is_dumped_home(page["page_key"], page["final_key"]) else REDIRECT


def _as_it_was(url: str, before: Mapping[str, Any], links: Iterable[Mapping[str, Any]]) -> Page:
    anchors = {link["anchor"]: link["sites"] for link in links if link["anchor_type"] in ABOUT_A_PAGE}
    return Page(url, before.get("title") or "", before.get("language") or "", anchors)


def _grouped(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    return {key: list(each) for key, each in itertools.groupby(rows, key=itemgetter("page_key"))}


_LINKED = """
SELECT coalesce(end_key, target_key) AS page_key, coalesce(end_url, target_url) AS url, source_url, source_domain, source_site,
       anchor, anchor_type, follow, counts, placement
FROM current LEFT JOIN passed_through ON end_url = redirects[-1]
"""

_PAGES = """
WITH numbers AS (
    SELECT page_key, count(*) AS backlinks, count(DISTINCT source_domain) AS referring_domains,
           count(DISTINCT source_domain) FILTER (WHERE counts) AS counting_domains,
           count(*) FILTER (WHERE follow) AS follow, count(*) FILTER (WHERE counts) AS counts
    FROM linked GROUP BY page_key
), forms AS (
    SELECT page_key, arg_max(url, (links, url)) AS target_url
    FROM (SELECT page_key, url, count(*) AS links FROM linked GROUP BY ALL) GROUP BY page_key
), of_domains AS (
    SELECT page_key, round(sum(rating), 1) AS domain_ratings
    FROM (SELECT DISTINCT page_key, source_domain FROM linked WHERE counts)
    JOIN ratings ON scope = 'domain' AND name = source_domain GROUP BY page_key
)
SELECT *, row_number() OVER (
    ORDER BY domain_ratings DESC NULLS LAST, counting_domains DESC, referring_domains DESC, backlinks DESC, page_key) AS rank
FROM numbers JOIN forms USING (page_key) LEFT JOIN of_domains USING (page_key)
"""

_PAGES_AND_VISITS = "SELECT * FROM pages LEFT JOIN last_visits USING (page_key) ORDER BY rank"

_BEST_PAGES = f"""
SELECT page_key, list(source_url ORDER BY nth) AS best_pages
FROM (
    SELECT page_key, source_url, row_number() OVER (
               PARTITION BY page_key
               ORDER BY counts DESC, follow DESC NULLS LAST, rating DESC NULLS LAST, source_domain, source_url) AS nth
    FROM (
        SELECT page_key, source_url, source_domain, counts, follow FROM linked SEMI JOIN shown USING (page_key)
        QUALIFY row_number() OVER (
            PARTITION BY page_key, source_domain
            ORDER BY counts DESC, follow DESC NULLS LAST, placement = 'content' DESC, source_url) = 1
    ) LEFT JOIN (SELECT name, rating FROM ratings WHERE scope = 'domain') ON name = source_domain
    QUALIFY nth <= {BEST_PAGES}
)
GROUP BY page_key
"""  # noqa: S608

_BEFORE = """
SELECT source_key AS page_key, arg_max(title, fetched_at) AS title, arg_max(language, fetched_at) AS language
FROM visits SEMI JOIN shown ON source_key = page_key WHERE outcome = 'ok' GROUP BY source_key
"""

_ANCHORS = """
SELECT page_key, anchor, anchor_type, count(DISTINCT source_site) AS sites FROM linked SEMI JOIN shown USING (page_key)
GROUP BY page_key, anchor, anchor_type
QUALIFY row_number() OVER (PARTITION BY page_key ORDER BY sites DESC, anchor, anchor_type) <= {most:d}
ORDER BY page_key, sites DESC, anchor, anchor_type
"""

_LIVING = """
WITH told AS (
    SELECT source_key AS key, * FROM visits WHERE source_domain = $domain
    UNION ALL SELECT requested_key, * FROM visits WHERE source_domain = $domain AND requested_key <> source_key
), last AS (
    SELECT * FROM told QUALIFY row_number() OVER (PARTITION BY key ORDER BY fetched_at DESC, key = source_key DESC) = 1
)
SELECT key, source_url, source_domain, source_site, title, language, canonical_url
FROM last WHERE key = source_key AND outcome = 'ok' AND NOT noindex ORDER BY fetched_at DESC, key LIMIT {most:d}
"""
