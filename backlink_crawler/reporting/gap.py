"""Who links to rivals and not to a target: domains, sites or pages, by what they are worth and how reachable they look."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyarrow as pa

from ..classify.part import parse_part
from ..index.current import literal
from ..index.query import Reader
from ..items import EVERY_TARGET
from ..urls import domain_of
from . import targets
from .keeping import crawls_with
from .page_type import typed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..classify.target import Target
    from ..index.store import Index

KEYS = {"domains": "source_domain", "sites": "source_site", "pages": "source_key"}
"""What a gap lists, and the column that tells one from another."""
SORTS = {
    "value": "value DESC NULLS LAST, k DESC, reach DESC",
    "rivals": "k DESC, value DESC NULLS LAST, reach DESC",
}
"""What comes first: by the rating times the reach of the type of page, or by how many rivals are linked."""
MOST_ANCHORS = 5
MOST_CONTACTS = 10
_SHOWN = (
    "links_to", "k", "n", "rating", "follow", "pages", "page_type", "reach", "why", "source_url", "page_title", "anchors", "contacts",
    "linked", "checked", "last_seen",
)  # fmt: skip
COLUMNS: dict[str, tuple[str, ...]] = {
    "domains": ("source_domain", *_SHOWN),
    "sites": ("source_site", "source_domain", *_SHOWN),
    "pages": (
        "source_url",
        "source_domain",
        *(one for one in _SHOWN if one not in ("pages", "source_url")),
        "domain_rating",
        "domain_links",
    ),
}
"""The columns of each list.

``links_to`` names the ``k`` of ``n`` rivals that are linked. ``source_url`` is the page; of a domain or site the one that looks
most reachable, to which type and reason belong. ``linked`` says that it links to the target too, ``checked`` that its pages were
read for links to the target: where they were not, nobody knows. ``domain_links``: another page of the domain does.
"""


def gap(
    index: Index,
    target: Target,
    rivals: Sequence[Target],
    *,
    by: str = "domains",
    least: int = 1,
    limit: int | None = None,
) -> pa.RecordBatchReader:
    """The list that :meth:`Gap.rows` makes; a rival that nothing is known of adds nothing to it. Raises IndexFault."""
    return Gap(index, target, rivals).rows(by, least=least, limit=limit)


class Gap:
    """The current links to a target and to its rivals, side by side. Raises IndexFault.

    A rival is any target or domain that the index has links to, also one that was never asked for where every outbound link
    was kept. Sources of the target's own set, and of a rival's, are left out. The ratings are those that the index has;
    ``metrics.current`` makes them those of today.
    """

    def __init__(self, index: Index, target: Target, rivals: Sequence[Target]) -> None:
        self._reader = reader = Reader(index)
        self._target, self._rivals = target, tuple(rivals)
        wanted = (target, *self._rivals)
        us = literal(target.name)
        reader.lend("gap_urls", self._elsewhere(wanted))
        named = ", ".join(literal(one.name) for one in wanted)
        reader.keep("gap_every", _LINKS.format(us=us, named=named))
        reader.lend("gap_own", self._own(wanted))
        keeping = pa.array(crawls_with(reader, "contacts"), pa.string())
        reader.lend("gap_keeping", pa.table({"crawl_id": keeping}))
        reader.define(
            "gap_links", "SELECT * FROM gap_every ANTI JOIN gap_own USING (source_domain, source_site)"
        )
        reader.define("gap_naming", f"SELECT * FROM mentions WHERE target = {us}")  # noqa: S608 (quoted)
        reader.define("gap_visits", _VISITS.format(us=us))
        self._party = literal(_addresses_of(wanted))

    @property
    def unknown(self) -> list[str]:
        """The rivals that no current link is known of, by name."""
        known = {row["name"] for row in self._reader.rows("SELECT DISTINCT name FROM gap_every")}
        return [rival.name for rival in self._rivals if rival.name not in known]

    @property
    def is_target_known(self) -> bool:
        """Was the target ever looked for? Where it was not, nobody knows who does not link to it."""
        return any(targets.is_known(self._reader, name) for name in (self._target.name, EVERY_TARGET))

    @property
    def unchecked(self) -> int:
        """How many rows of the list that was made last were not read for links to the target."""
        return self._reader.count("gap_chosen WHERE NOT checked")

    def rows(
        self,
        by: str = "domains",
        *,
        least: int = 1,
        limit: int | None = None,
        sort: str = "value",
        every: bool = False,
    ) -> pa.RecordBatchReader:
        """The list ``by`` (one of :data:`KEYS`) of those that link to ``least`` rivals or more; with ``every`` also of those
        that link to the target as well. They come as :data:`SORTS` says. One list at a time.
        """
        key, reader = KEYS[by], self._reader
        reader.define("gap_keyed", f"SELECT *, {key} AS key FROM gap_links")  # noqa: S608 (names of our own)
        not_ours = "" if every else "AND NOT bool_or(ours)"
        reader.keep("gap_sources", _SOURCES.format(least=least, not_ours=not_ours))
        reader.keep("gap_pages", _PAGES.format(key=key))
        reader.keep("gap_read", _READ)
        reader.keep("gap_typed", typed(f"({_KNOWN})"))
        first = f"row_number() OVER (ORDER BY {SORTS[sort]}, pages DESC, key) AS nth"
        rows = _ROWS.format(n=len(self._rivals), rating=_RATINGS[by])
        cut = "" if limit is None else f" LIMIT {limit:d}"
        reader.keep("gap_chosen", f"SELECT *, {first} FROM ({rows}) ORDER BY nth{cut}")  # noqa: S608
        shared = "source_domain" if by == "domains" else "source_site"
        reader.keep("gap_contacts", _CONTACTS.format(shared=shared, party=self._party))
        told = _TOLD.format(shared=shared)
        return reader.batches(f"SELECT {', '.join(COLUMNS[by])} FROM ({told}) ORDER BY nth")  # noqa: S608

    def _elsewhere(self, wanted: Sequence[Target]) -> pa.Table:
        """(name, target_url) of what is linked in a wanted target and was kept under another name, or none of its own."""
        found: dict[str, list[str]] = {"name": [], "target_url": []}
        for one in wanted:
            parts = (one.part, *(parse_part(alias) for alias in one.aliases))
            domains = ", ".join(sorted({literal(domain_of(part.host)) for part in parts}))
            statement = f"SELECT DISTINCT target_url FROM current WHERE target_domain IN ({domains}) AND target <> {literal(one.name)}"  # noqa: S608
            for batch in self._reader.batches(statement):
                urls = [
                    url
                    for url in map(str, batch.column(0).to_pylist())
                    if any(part.covers(url) for part in parts) and not one.excludes(url)
                ]
                found["name"] += [one.name] * len(urls)
                found["target_url"] += urls
        return pa.table(found, schema=pa.schema(dict.fromkeys(found, pa.string())))

    def _own(self, wanted: Sequence[Target]) -> pa.Table:
        """(source_domain, source_site) of the sources that are somebody's own."""
        found: dict[str, list[str]] = {"source_domain": [], "source_site": []}
        for batch in self._reader.batches("SELECT DISTINCT source_domain, source_site FROM gap_every"):
            for domain, site in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                if any(one.owns(domain, site) for one in wanted):
                    found["source_domain"].append(domain)
                    found["source_site"].append(site)
        return pa.table(found, schema=pa.schema(dict.fromkeys(found, pa.string())))


def _addresses_of(parties: Sequence[Target]) -> str:
    """A regular expression of addresses at the target and its rivals: on other people's pages they reach nobody there."""
    hosts = {host for one in parties for host in (one.part.host, *one.aliases, *one.own)}
    return f"^mailto:.*[@.](?:{'|'.join(map(re.escape, sorted(hosts)))})$"


_FACTS = """
    source_key, source_url, source_domain, source_site, page_title, follow IS TRUE AS follow, sponsored, ugc,
    placement = 'comment' AS in_comments, anchor, last_seen
"""
_LINKS = f"""
SELECT target AS name, target = {{us}} AS ours, {_FACTS} FROM current WHERE target IN ({{named}})
UNION ALL
SELECT gap_urls.name, gap_urls.name = {{us}} AS ours, {_FACTS} FROM current JOIN gap_urls USING (target_url)
WHERE current.target <> gap_urls.name
"""  # noqa: S608 (quoted by literal)
_VISITS = f"""
SELECT *, list_has_any(targets_checked, [{{us}}, {literal(EVERY_TARGET)}]) AS looked FROM visits
WHERE outcome IN ('ok', 'not_modified')
"""  # noqa: S608 (quoted by literal)
_SOURCES = """
SELECT key, bool_or(ours) AS linked, list_sort(list(DISTINCT name) FILTER (NOT ours)) AS links_to
FROM gap_keyed GROUP BY key HAVING count(DISTINCT name) FILTER (NOT ours) >= {least:d} {not_ours}
"""
_PAGES = """
SELECT key, source_key, source_domain, source_site, min(source_url) AS source_url, max(page_title) AS page_title,
    bool_or(follow) AS follow, bool_and(sponsored) AS sponsored, bool_and(ugc) AS ugc, bool_and(in_comments) AS in_comments,
    max(last_seen) AS last_seen, TRUE AS links
FROM gap_keyed SEMI JOIN gap_sources USING (key) WHERE NOT ours GROUP BY key, source_key, source_domain, source_site
UNION ALL BY NAME
SELECT {key} AS key, source_key, source_domain, source_site, min(source_url) AS source_url, max(page_title) AS page_title,
    FALSE AS links
FROM gap_naming SEMI JOIN gap_sources ON {key} = key ANTI JOIN gap_keyed ON gap_keyed.source_key = gap_naming.source_key
GROUP BY ALL
"""
"""The pages that link to rivals, and those of the same source that only name the target."""
_READ = """
SELECT source_key, bool_or(looked) AS checked, max(fetched_at) FILTER (outcome = 'ok') AS read_at,
    arg_max({'external_links': external_links, 'text_words': text_words, 'author': author, 'published_at': published_at},
        fetched_at) FILTER (outcome = 'ok') AS said
FROM gap_visits SEMI JOIN gap_pages USING (source_key) GROUP BY source_key
"""
_KNOWN = """
SELECT gap_pages.*, unnest(gap_read.said), coalesce(gap_read.checked, FALSE) AS checked,
    naming.source_key IS NOT NULL AS names_target, page_ratings.rating AS page_rating
FROM gap_pages LEFT JOIN gap_read USING (source_key)
LEFT JOIN (SELECT DISTINCT source_key, fetched_at AS read_at FROM gap_naming) AS naming
    ON naming.source_key = gap_pages.source_key AND naming.read_at = gap_read.read_at
LEFT JOIN ratings AS page_ratings ON page_ratings.scope = 'page' AND page_ratings.name = gap_pages.source_key
WHERE links OR naming.source_key IS NOT NULL
"""
_RATINGS = {
    "domains": "domain_ratings.rating",
    "sites": "CASE WHEN best.source_site = best.source_domain THEN domain_ratings.rating END",
    "pages": "page_rating",
}
"""What a row is rated by. A site on a hosting platform has no rating: that of the platform is not its own."""
_ROWS = """
SELECT gap_sources.*, len(links_to) AS k, {n:d} AS n, {rating} AS rating, domain_ratings.rating AS domain_rating,
    {rating} * best.kind.reach AS value, best.* EXCLUDE (key, follow, checked, last_seen), unnest(best.kind), counted.* EXCLUDE (key),
    best.source_domain IN (SELECT source_domain FROM gap_links WHERE ours) AS domain_links
FROM gap_sources
JOIN (
    SELECT * FROM gap_typed
    QUALIFY row_number() OVER (PARTITION BY key ORDER BY kind.reach DESC, page_rating DESC NULLS LAST, source_url) = 1
) AS best USING (key)
JOIN (
    SELECT key, count(*) FILTER (links) AS pages, bool_or(follow) AS follow, bool_and(checked) FILTER (links) AS checked,
        max(last_seen) AS last_seen
    FROM gap_typed GROUP BY key
) AS counted USING (key)
LEFT JOIN ratings AS domain_ratings ON domain_ratings.scope = 'domain' AND domain_ratings.name = best.source_domain
"""
_CONTACTS = """
SELECT {shared} AS shared, source_key,
    [one FOR one IN arg_max(contacts, fetched_at) IF NOT regexp_matches(one, {party}, 'i')] AS contacts
FROM visits SEMI JOIN gap_chosen USING ({shared})
WHERE len(contacts) > 0 OR (outcome = 'ok' AND len(targets_checked) > 0 AND crawl_id IN (SELECT crawl_id FROM gap_keeping))
GROUP BY {shared}, source_key
"""
"""Those of the last reading that looked for them: an address that was taken off a page is not shown."""
_TOLD = f"""
SELECT * REPLACE ((
    [one FOR one IN contacts IF starts_with(one, 'mailto:')] || [one FOR one IN contacts IF NOT starts_with(one, 'mailto:')]
)[:{MOST_CONTACTS}] AS contacts) FROM (
    SELECT gap_chosen.*, coalesce(anchors, []) AS anchors,
        coalesce(own.contacts, []) || [one FOR one IN coalesce(every.contacts, []) IF NOT list_contains(coalesce(own.contacts, []), one)]
        AS contacts
    FROM gap_chosen
    LEFT JOIN gap_contacts AS own USING (source_key)
    LEFT JOIN (
        SELECT shared, list(contact ORDER BY starts_with(contact, 'mailto:') DESC, ends_with(contact, shared) DESC, n DESC, contact)
            [:{MOST_CONTACTS}] AS contacts
        FROM (SELECT shared, contact, count(*) AS n FROM gap_contacts, unnest(contacts) AS each(contact) GROUP BY shared, contact)
        GROUP BY shared
    ) AS every ON every.shared = gap_chosen.{{shared}}
    LEFT JOIN (
        SELECT key, list(anchor ORDER BY n DESC, anchor)[:{MOST_ANCHORS}] AS anchors
        FROM (
            SELECT key, anchor, count(*) AS n FROM gap_keyed SEMI JOIN gap_chosen USING (key)
            WHERE NOT ours AND anchor <> '' GROUP BY key, anchor
        ) GROUP BY key
    ) USING (key)
)
"""  # noqa: S608 (numbers of our own)
"""The chosen rows with anchors and contacts: those of the page that is shown, then those of its domain or site; mail first."""
