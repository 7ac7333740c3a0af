"""What each source knew of the links to a target, how far sources overlap, and how many domains link in all.

A source is who makes claims, by provenance, or our own crawl: of the pages that it found by itself, since nobody claims
them or did so only after the crawl had seen the link.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import attrs

from ..claims.provenance import CRAWL, capturer, why_left_out
from ..claims.state import define
from .capture import estimate, overlaps
from .cells import share
from .claims import COUNTED, NUMBERS

if TYPE_CHECKING:
    from collections.abc import Collection

    from ..index.query import Reader

_CRAWL_PAGES = """
SELECT hash(source_key) AS page, hash(source_domain) AS domain, min(first_seen) AS first_seen,
    bool_or(status = 'live') AS live
FROM backlinks GROUP BY ALL
"""
_KNOWN_PAGES = f"""
WITH said AS (SELECT seen_page AS page, min(claimed_at) AS claimed_at FROM claim_states WHERE kind <> 'site' GROUP BY seen_page)
SELECT DISTINCT provenance AS source, seen_page AS page FROM claim_states WHERE kind <> 'site' AND state = 'seen'
UNION ALL SELECT '{CRAWL}', page FROM crawl_pages LEFT JOIN said USING (page)
WHERE claimed_at IS NULL OR first_seen < claimed_at
"""  # noqa: S608
"""Who knew of which linking page; of one that moved, where it is now."""
_KNOWN_DOMAINS = """
SELECT DISTINCT source, domain FROM (
    SELECT source, page FROM known_pages
    UNION ALL SELECT provenance, seen_page FROM claim_states WHERE kind = 'site' AND state = 'seen'
) JOIN crawl_pages USING (page)
"""
"""Who knew of which linking domain."""
_CAPTURES = f"""
SELECT source, domain FROM known_domains WHERE source <> '{CRAWL}'
UNION SELECT '{CRAWL}', domain FROM crawl_pages WHERE first_seen < (SELECT min(claimed_at) FROM claim_states)
"""  # noqa: S608
"""The same, of the crawl only what it found before anything was claimed. Later it is led by claims: what it would have found
without them is not known.
"""
_PATTERNS = """
SELECT sources, count(*) AS domains FROM (
    SELECT list_sort(list(source)) AS sources FROM {table} GROUP BY domain
) GROUP BY sources
"""

_OF_LINKS = f"""
SELECT source, claimed AS claimed_pages, visited, seen AS seen_pages, live, never_seen, pending FROM (
    SELECT provenance AS source, {NUMBERS} FROM ({COUNTED.format(group="provenance, page", where="kind = 'link'")})
    GROUP BY provenance
)
"""  # noqa: S608
_OF_HINTS = f"""
SELECT source, claimed AS hints, seen AS hints_seen FROM (
    SELECT provenance AS source, {NUMBERS} FROM ({COUNTED.format(group="provenance, page", where="kind = 'hint'")})
    GROUP BY provenance
)
"""  # noqa: S608
_OF_DOMAINS = """
SELECT provenance AS source, count(DISTINCT domain) FILTER (kind <> 'hint') AS claimed_domains,
    count(DISTINCT domain) FILTER (state = 'seen') AS seen_domains
FROM claim_states GROUP BY provenance
"""
_OF_CRAWL = f"""
SELECT source, count(*) AS visited, count(*) AS seen_pages, count(*) FILTER (live) AS live, count(DISTINCT domain) AS seen_domains
FROM known_pages JOIN crawl_pages USING (page) WHERE source = '{CRAWL}' GROUP BY source
"""  # noqa: S608
_ONLY_PAGES = """
SELECT source, count(*) AS only_pages FROM (
    SELECT page, any_value(source) AS source FROM known_pages GROUP BY page HAVING count(*) = 1
) GROUP BY source
"""
_ONLY_DOMAINS = _ONLY_PAGES.replace("page", "domain")


@attrs.frozen
class Row:
    """What one source knew; pages and domains in numbers.

    ``claimed_pages`` to ``pending`` count claims of links; hints, of a search that found the target, are counted apart. A
    domain is seen when any claim of it is, also a hint or one of a site. Of the crawl only what was seen is known.
    """

    source: str
    claimed_pages: int = 0
    claimed_domains: int = 0
    visited: int = 0
    seen_pages: int = 0
    seen_domains: int = 0
    live: int = 0
    alive_share: float | None = None
    """Live ones of the pages visited."""
    never_seen: int = 0
    pending: int = 0
    only_pages: int = 0
    """Linking pages that no other source knew."""
    only_domains: int = 0
    """Linking domains that no other source knew."""
    hints: int = 0
    hints_seen: int = 0


def compare(reader: Reader) -> dict[str, Any]:
    """The comparison for the reader's target, JSON-native: ``sources`` (rows as :class:`Row`), ``overlaps`` (linking domains
    that each two sources both knew), ``estimate`` (as :class:`.capture.Estimate`, of linking domains, with ``lower_bound``,
    the sources that took part ``of``, and why the others are ``left_out``).
    """
    define(reader)
    reader.keep("crawl_pages", _CRAWL_PAGES)
    reader.keep("known_pages", _KNOWN_PAGES)
    reader.keep("known_domains", _KNOWN_DOMAINS)
    rows = _rows(reader)
    return {
        "sources": [attrs.asdict(row) for row in rows],
        "overlaps": overlaps(_patterns(reader, "known_domains")),
        "estimate": _estimate(reader, {row.source for row in rows}),
    }


def _rows(reader: Reader) -> list[Row]:
    """Sources by how many domains they were seen to know, then pages."""
    rows: dict[str, dict[str, Any]] = {}
    for statement in (_OF_LINKS, _OF_HINTS, _OF_DOMAINS, _OF_CRAWL, _ONLY_PAGES, _ONLY_DOMAINS):
        for found in reader.rows(statement):
            rows.setdefault(found["source"], {}).update(found)
    known = [
        Row(**row, alive_share=share(row.get("live", 0), row.get("visited", 0))) for row in rows.values()
    ]
    return sorted(known, key=lambda row: (-row.seen_domains, -row.seen_pages, row.source))


def _patterns(reader: Reader, table: str) -> dict[frozenset[str], int]:
    """How many domains exactly these sources know."""
    return {frozenset(row["sources"]): row["domains"] for row in reader.rows(_PATTERNS.format(table=table))}


def _estimate(reader: Reader, sources: Collection[str]) -> dict[str, Any]:
    captures: Counter[frozenset[str]] = Counter()
    for known_to, domains in _patterns(reader, f"({_CAPTURES})").items():
        captures[frozenset(capturer(source) for source in known_to if why_left_out(source) is None)] += (
            domains
        )
    taking_part = frozenset().union(*captures)
    left_out = {source: why for source in sources if (why := why_left_out(source)) is not None}
    if CRAWL in sources and CRAWL not in taking_part:
        left_out[CRAWL] = "was led by claims from the start"
    answer = attrs.asdict(estimate(captures))
    return {**answer, "lower_bound": True, "of": sorted(taking_part), "left_out": left_out}
