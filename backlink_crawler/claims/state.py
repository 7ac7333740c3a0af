"""What became of each claim: its page was seen to link (``seen``), was read and did not (``never_seen``), or neither yet
(``pending``), with where what we saw differs from what was said.

States are derived from the facts whenever they are asked for. Pages are compared by hashes of 64 bits of their keys, so that
joins hold little of each: among ten million pages two share one with a probability of 3 in a million.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..history.gather import TYING
from ..history.life import NOT_COMPARABLE
from ..history.rule import RULES
from ..index.current import literal
from ..items import CLAIM_KINDS, EVERY_TARGET, OUTCOMES
from ..states import LOSSES, STATUSES
from ..urls import domain_of
from .difference import claimed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..index.query import Reader

STATES = ("seen", "never_seen", "pending")
NOT_VISITED = "not_visited"
"""Reason of a pending claim: the page has not been visited for this target."""
SEEN_ELSEWHERE_SINCE = "seen_elsewhere_since"
"""Reason of a pending claim: the link was seen by who says so after we read the page without it."""
NAMES_NO_PAGE = "names_no_page"
"""Reason of a pending claim: it speaks of a site, and no page of it is known to link."""
NOT_ON_PAGE = "not_on_page"
"""Reason of a claim never seen: the page was read whole without the link. Others are the reasons of :data:`.rule.RULES`."""


def define(reader: Reader) -> None:
    """Give the reader, which must be one of a single target, the view ``claimed`` and the table ``claim_states``, once.

    ``claimed`` has the latest claim of each source, page, target page and anchor: all its columns, and

    - ``state``, one of :data:`STATES`, and ``reason``: of a pending claim the outcome of the last visit or one of the words
      above, of a claim never seen what proves it, of a backlink that does not live why;
    - ``status`` of the backlink, ``checked_at`` (our last visit to its page) and ``seen_at`` (when it was last seen);
    - ``seen_`` and each of :data:`.difference.SHOWN`, and ``differences``: list of text.

    ``claim_states`` is for counting: the same without what is long, with ``kind``, ``claimed_at``, the backlink's
    ``first_seen``, and keys that are hashes (``claim``, ``page``, ``domain``; ``seen_page``, which ``claimed`` has as well).
    """
    if reader.target is None:
        raise ValueError("states are of the claims of one target")
    if reader.count("duckdb_tables() WHERE table_name = 'claim_states'"):
        return
    looked = f"list_contains(targets_checked, {literal(reader.target)})"
    # what keeps all links knows targets by their domain alone
    if ":" not in reader.target and domain_of(reader.target) == reader.target:
        looked = f"({looked} OR list_contains(targets_checked, {literal(EVERY_TARGET)}))"
    reader.keep("claim_latest", _LATEST)
    reader.keep("claim_ways", _WAYS)
    reader.keep("claim_visits", _VISITS.format(looked=looked))
    reader.keep("claim_links", _LINKS)
    reader.keep("claim_matches", _MATCHES)
    reader.keep("claim_states", _STATES)
    for name in ("claim_latest", "claim_ways", "claim_visits", "claim_links", "claim_matches"):
        reader.keep(name, "SELECT NULL AS nothing WHERE FALSE")  # gives back its memory
    reader.define("claimed", claimed())


def _one_of(words: Iterable[str]) -> str:
    return ", ".join(map(literal, words))


_LATEST = """
SELECT hash(claim_id) AS claim, provenance, kind, hash(source_key) AS page, hash(target_key) AS linked,
    hash(source_domain) AS domain,
    hash(CASE WHEN source_host IN (source_domain, 'www.' || source_domain) THEN source_domain ELSE source_host END) AS place,
    link_type IS NOT DISTINCT FROM 'redirect' AS is_redirect, last_seen, claimed_at
FROM claims
QUALIFY row_number() OVER (
    PARTITION BY provenance, kind, page, linked, hash(anchor) ORDER BY claimed_at DESC, last_seen DESC NULLS LAST, claim_id
) = 1
"""

_WAYS = f"""
WITH RECURSIVE asked AS (SELECT DISTINCT page FROM claim_latest WHERE kind <> 'site'),
ties AS (
    SELECT DISTINCT hash(requested_key) AS page, hash(source_key) AS led_to FROM visits
    WHERE requested_key <> source_key AND requested_key <> '' AND outcome IN ({_one_of(TYING)})
),
led AS (
    SELECT page, led_to FROM ties SEMI JOIN asked USING (page)
    UNION SELECT led.page, ties.led_to FROM led JOIN ties ON ties.page = led.led_to
)
SELECT page, page AS led_to FROM asked UNION ALL SELECT page, led_to FROM led WHERE page <> led_to
"""  # noqa: S608
"""The pages that each page of a claim redirects to, and itself."""

_VISITS = f"""
WITH wanted AS (SELECT DISTINCT led_to AS page FROM claim_ways),
answers AS (
    SELECT hash(source_key) AS page, hash(requested_key) AS asked, fetched_at, outcome, {{looked}} AS looked,
        complete AND outcome = 'ok' AND looked AS is_whole
    FROM visits
    WHERE fetched_at IS NOT NULL AND (looked OR targets_checked IS NULL OR len(targets_checked) = 0)
),
each AS (
    SELECT * EXCLUDE (asked) FROM answers SEMI JOIN wanted USING (page)
    UNION ALL SELECT asked AS page, * EXCLUDE (page, asked) FROM answers
    SEMI JOIN wanted ON answers.asked = wanted.page WHERE answers.asked <> answers.page
),
by_page AS (
    SELECT page, max(fetched_at) AS checked_at, max_by(outcome, (fetched_at, outcome)) AS outcome,
        max(fetched_at) FILTER (is_whole) AS read_at,
        max(fetched_at) FILTER (outcome = 'not_modified' AND looked) AS same_at,
        max(fetched_at) FILTER (outcome = 'ok') AS answered_at,
        max(fetched_at) FILTER (outcome = 'moved_offsite' AND looked) AS offsite_at,
        max(fetched_at) FILTER (outcome IN ({_one_of(RULES)})) AS gone_at,
        max_by(outcome, (fetched_at, outcome)) FILTER (outcome IN ({_one_of(RULES)})) AS gone
    FROM each GROUP BY page
)
SELECT claim_ways.page, max(checked_at) AS checked_at, max_by(outcome, (checked_at, outcome)) AS outcome,
    max(read_at) AS read_at, max(same_at) AS same_at, max(answered_at) AS answered_at, max(offsite_at) AS offsite_at,
    max(gone_at) AS gone_at, max_by(gone, (gone_at, gone)) AS gone
FROM claim_ways JOIN by_page ON by_page.page = led_to GROUP BY claim_ways.page
"""  # noqa: S608
"""What the visits to each page of a claim came to, of those that say something of the target. They are put together by page
before they are by claim: a home page may be where thousands of pages redirect to.
"""

_LINKS = """
SELECT hash(source_key) AS page, hash(target_key) AS linked, hash(source_domain) AS domain, hash(source_host) AS host,
    status, reason, first_seen, last_seen, last_checked,
    ((CASE status WHEN 'live' THEN 12 WHEN 'lost' THEN 0 ELSE 8 END + CASE WHEN counts THEN 2 ELSE 0 END
        + CASE WHEN follow THEN 1 ELSE 0 END)::UBIGINT << 58) | (hash(source_key, target_key) >> 6) AS rank
FROM backlinks
"""
"""Every backlink that was ever seen; of several the one with the highest rank stands for all, in any order of rows."""

_MATCHES = """
WITH exact AS (
    SELECT claim, max_by(claim_links.rowid, rank) AS best FROM claim_latest JOIN claim_ways USING (page)
    JOIN claim_links ON claim_links.page = led_to AND claim_links.linked = claim_latest.linked
    WHERE kind <> 'site' GROUP BY claim
),
by_page AS (SELECT page, max_by(rowid, rank) AS best, max(rank) AS rank FROM claim_links GROUP BY page),
of_page AS (
    SELECT claim_ways.page, max_by(best, rank) AS best FROM claim_ways JOIN by_page ON by_page.page = led_to
    GROUP BY claim_ways.page
),
of_place AS (
    SELECT place, max_by(best, rank) AS best FROM (
        SELECT domain AS place, rowid AS best, rank FROM claim_links
        UNION ALL SELECT host, rowid, rank FROM claim_links WHERE host <> domain
    ) SEMI JOIN (SELECT place FROM claim_latest WHERE kind = 'site') USING (place) GROUP BY place
)
SELECT claim, coalesce(exact.best, of_page.best) AS best FROM claim_latest
LEFT JOIN exact USING (claim) LEFT JOIN of_page USING (page)
WHERE kind <> 'site' AND coalesce(exact.best, of_page.best) IS NOT NULL
UNION ALL SELECT claim, best FROM claim_latest JOIN of_place USING (place) WHERE kind = 'site'
"""
"""The backlink of each claim that was seen: one to the page it names, else any of its page to the target."""

_REASONS = dict.fromkeys(
    (*OUTCOMES, *LOSSES, NOT_COMPARABLE, NOT_VISITED, SEEN_ELSEWHERE_SINCE, NAMES_NO_PAGE, NOT_ON_PAGE)
)
_LOSSES = " ".join(f"WHEN {literal(word)} THEN {literal(loss.reason)}" for word, loss in RULES.items())
_STATES = f"""
WITH gathered AS (
    SELECT claim_latest.*, claim_links.page AS seen_page, claim_links.linked AS seen_linked, status, reason, first_seen,
        claim_links.last_seen AS seen_at, coalesce(checked_at, last_checked) AS checked_at, outcome, gone, read_at,
        CASE WHEN answered_at IS NULL OR gone_at > answered_at THEN gone_at END AS gone_at,
        greatest(
            read_at, CASE WHEN read_at IS NOT NULL THEN same_at END, CASE WHEN is_redirect THEN offsite_at END
        ) AS without_at
    FROM claim_latest LEFT JOIN claim_matches USING (claim) LEFT JOIN claim_links ON claim_links.rowid = best
    LEFT JOIN claim_visits ON claim_visits.page = claim_latest.page AND kind <> 'site'
),
judged AS (
    SELECT *, greatest(without_at, gone_at) AS absent_at,
        CASE WHEN seen_page IS NOT NULL THEN 'seen'
            WHEN kind <> 'site' AND absent_at >= coalesce(last_seen, absent_at) THEN 'never_seen'
            ELSE 'pending' END AS state
    FROM gathered
)
SELECT claim, provenance, kind::ENUM ({_one_of(CLAIM_KINDS)}) AS kind, page, domain, state::ENUM ({_one_of(STATES)}) AS state,
    status::ENUM ({_one_of(STATUSES)}) AS status, checked_at, seen_at, first_seen, claimed_at, seen_page, seen_linked,
    CASE WHEN state = 'seen' THEN reason
        WHEN state = 'never_seen' AND without_at IS NOT DISTINCT FROM absent_at THEN '{NOT_ON_PAGE}'
        WHEN state = 'never_seen' THEN CASE gone {_LOSSES} END
        WHEN kind = 'site' THEN '{NAMES_NO_PAGE}'
        WHEN checked_at IS NULL THEN '{NOT_VISITED}'
        WHEN absent_at IS NOT NULL AND checked_at < last_seen THEN '{SEEN_ELSEWHERE_SINCE}'
        WHEN outcome IN ('ok', 'not_modified') THEN '{NOT_COMPARABLE}'
        ELSE outcome END::ENUM ({_one_of(_REASONS)}) AS reason
FROM judged
"""  # noqa: S608
"""A page that answered after it seemed to be gone is not gone (compare :mod:`backlink_crawler.history.life`). Words are
held as their numbers.
"""
