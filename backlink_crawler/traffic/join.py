"""Visits joined to backlinks: which links bring people, which pages that do are not known, and which links bring nobody.

A referer that names a page is joined by its key, through redirects that are known, as claims are (:mod:`backlink_crawler.claims.state`).
One that was cut to its origin (Referrer Policy, ``strict-origin-when-cross-origin``, the default of browsers) names a host: the
visits are those of all its links together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from ..claims import state
from ..index.schema import TIME
from ..items import ENDORSING_TYPES
from .visits import VISITS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from ..index.query import Reader

FINDINGS: dict[str, str] = {
    "link": "A backlink whose page brought visits. Of a page with several links to the target, to other pages than the visited"
    " one, the best stands for all.",
    "host": "A host with backlinks that brought visits, and whose referers are cut to the origin: which of its links did is not told.",
    "unknown_page": "A page that brought visits and is not known to link; the reason tells why it is not.",
    "unknown_host": "A host that brought visits, of which no page is known to link.",
    "refuted": "A page that is said to have brought visits, and had no link when it was last read, or is gone: a referer can be made"
    " up. `checked_at` is when.",
    "silent": "A live backlink that was there before the log ends, and neither its page nor its host brought a visit.",
}
"""What is found: word -> meaning, in this order."""
CLAIMED = "claimed"
"""Reason of an unknown page that somebody claimed already, and that waits for its visit."""

_TEXT, _NUMBER = pa.string(), pa.int64()
_COLUMNS: dict[str, pa.DataType] = {
    "finding": _TEXT, "source_url": _TEXT, "source_host": _TEXT, "source_domain": _TEXT, "target_url": _TEXT, "visits": _NUMBER,
    "failed": _NUMBER, "parts": _NUMBER, "programs": _NUMBER, "last_visit": TIME, "links": _NUMBER, "status": _TEXT, "reason": _TEXT,
    "checked_at": TIME, "rating": pa.float64(), "page_rating": pa.float64(),
}  # fmt: skip
SCHEMA = pa.schema(_COLUMNS)
"""The columns of the report. Of a host, ``source_url`` is its origin, and ``links`` its backlinks that are not lost. ``target_url``
is what was visited most, or what a silent link leads to, and ``rating`` that of the domain.
"""


class Traffic:
    """Visits on their way to being joined with the backlinks of the reader's target, which is of no use for claims after that."""

    def __init__(self, reader: Reader) -> None:
        if reader.target is None:
            raise ValueError("visits are of one target")
        self._reader = reader
        reader.lend("no_visits", VISITS.empty_table())
        reader.lend("no_findings", SCHEMA.empty_table())
        reader.keep("came", "FROM no_visits")

    def add(self, visits: pa.Table) -> None:
        """Take in visits, with the columns of :data:`.visits.VISITS`."""
        if visits.num_rows:
            self._reader.add("came", visits)

    def join(self, until: datetime | None) -> None:
        """Join all that was added; to be called once, before anything is asked.

        ``until`` is when the logs end, null where they do not tell who brings nobody: no link is silent then.
        """
        reader = self._reader
        reader.keep("came_pages", _PAGES)
        reader.keep("came_hosts", _HOSTS)
        reader.keep("claimed_before", "SELECT DISTINCT source_key FROM claims")
        reader.define("claims", _CLAIMS)
        state.define(reader)
        reader.keep("joined", _JOINED)
        reader.keep("host_links", _HOST_LINKS)
        ends = "NULL" if until is None else f"make_timestamptz({int(until.timestamp() * 1_000_000):d})"
        reader.define("quiet", _QUIET.format(until=ends))
        reader.keep("findings", " UNION ALL BY NAME ".join(_FINDINGS))

    def found(self, findings: Iterable[str] = FINDINGS, *, limit: int | None = None) -> pa.RecordBatchReader:
        """The rows of these findings, of each the first ``limit``, with the columns of :data:`SCHEMA`.

        Those with most visits come first, then those with the highest rating.
        """
        wanted = set(findings)
        places = " ".join(f"WHEN '{name}' THEN {at}" for at, name in enumerate(FINDINGS))
        names = ", ".join(f"'{name}'" for name in FINDINGS if name in wanted)
        nth = f"row_number() OVER (PARTITION BY finding ORDER BY {_ORDER}) AS nth"
        rows = (
            f"SELECT *, CASE finding {places} END AS place, {nth} FROM ({_RATED}) WHERE finding IN ({names})"  # noqa: S608
        )
        cut = "" if limit is None else f" WHERE nth <= {limit:d}"
        shown = ", ".join(SCHEMA.names)
        return self._reader.batches(f"SELECT {shown} FROM ({rows}){cut} ORDER BY place, nth").cast(SCHEMA)  # noqa: S608

    def counts(self) -> dict[str, tuple[int, int]]:
        """Of each finding the number of rows, and of visits."""
        rows = self._reader.rows(
            "SELECT finding, count(*) AS n, sum(visits)::BIGINT AS visits FROM findings GROUP BY finding"
        )
        found = {row["finding"]: (row["n"], row["visits"]) for row in rows}
        return {name: found.get(name, (0, 0)) for name in FINDINGS}

    def untold(self) -> int:
        """Live links whose visits cannot be told, since their ``rel`` has noreferrer; they are not among the silent ones."""
        return self._reader.count(f"(FROM quiet WHERE {_NO_REFERER})")


_NUMBERS = ", ".join(f"sum({name})::BIGINT AS {name}" for name in ("visits", "failed", "parts", "programs"))
_HOST = "CASE WHEN source_host = 'www.' || source_domain THEN source_domain ELSE source_host END"
"""A host; www and the bare domain are one."""
_ORDER = (
    "visits DESC, rating DESC NULLS LAST, page_rating DESC NULLS LAST, links DESC, source_url, target_url"
)
_NO_REFERER = "list_contains(rel, 'noreferrer')"
_CLICKED = ", ".join(f"'{name}'" for name in sorted(ENDORSING_TYPES))

_PAGES = f"""
SELECT row_number() OVER () AS id, * FROM (
    SELECT source_key, target_key, arg_max(source_url, (visits, source_url)) AS source_url, any_value(source_host) AS source_host,
        any_value(source_domain) AS source_domain, arg_max(target_url, (visits, target_url)) AS target_url, {_NUMBERS},
        max(last_visit) AS last_visit
    FROM came WHERE NOT is_origin GROUP BY source_key, target_key
)
"""  # noqa: S608
_HOSTS = f"""
SELECT {_HOST} AS source_host, any_value(source_domain) AS source_domain, arg_max(source_url, (visits, source_url)) AS source_url,
    arg_max(target_url, (visits, target_url)) AS target_url, {_NUMBERS}, max(last_visit) AS last_visit
FROM came WHERE is_origin GROUP BY 1 HAVING sum(visits) > 0
"""  # noqa: S608
_CLAIMS = """
FROM empty_claims UNION ALL BY NAME
SELECT id::VARCHAR AS claim_id, 'link' AS kind, '' AS provenance, source_key, target_key, source_domain, source_host FROM came_pages
"""
"""Each page is held against what is known as if it were claimed."""
_JOINED = f"""
SELECT came_pages.* EXCLUDE (id), visits + parts > 0 AS is_human, state::VARCHAR AS state, status::VARCHAR AS status, checked_at, seen_page,
    seen_linked,
    CASE WHEN reason = '{state.NOT_VISITED}' AND claimed_before.source_key IS NOT NULL THEN '{CLAIMED}' ELSE reason::VARCHAR END AS reason
FROM came_pages JOIN claim_states ON claim = hash(id::VARCHAR)
LEFT JOIN claimed_before ON claimed_before.source_key = came_pages.source_key
"""  # noqa: S608
_HOST_LINKS = f"""
SELECT {_HOST} AS source_host, count(*) FILTER (WHERE status <> 'lost') AS links, max(last_checked) AS checked_at,
    CASE max(CASE status WHEN 'live' THEN 2 WHEN 'unverified' THEN 1 ELSE 0 END) WHEN 2 THEN 'live' WHEN 1 THEN 'unverified' ELSE 'lost' END
        AS status
FROM backlinks GROUP BY 1
"""  # noqa: S608
_QUIET = f"""
SELECT * FROM (SELECT *, {_HOST} AS host, hash(source_key) AS page FROM backlinks)
ANTI JOIN (SELECT seen_page AS page FROM joined WHERE visits > 0 AND seen_page IS NOT NULL) USING (page)
ANTI JOIN (SELECT source_host AS host FROM came_hosts) USING (host)
WHERE status = 'live' AND link_type IN ({_CLICKED}) AND first_seen <= {{until}}
"""  # noqa: S608
_FINDINGS = (
    "FROM no_findings",
    f"""
    SELECT 'link' AS finding, any_value(backlinks.source_url) AS source_url, backlinks.source_key, 1 AS links,
        any_value(backlinks.source_host) AS source_host, any_value(backlinks.source_domain) AS source_domain,
        any_value(backlinks.target_url) AS target_url, {_NUMBERS}, max(last_visit) AS last_visit,
        any_value(backlinks.status) AS status, any_value(backlinks.reason) AS reason, any_value(backlinks.last_checked) AS checked_at
    FROM joined JOIN backlinks ON hash(backlinks.source_key) = seen_page AND hash(backlinks.target_key) = seen_linked
    WHERE state = 'seen' GROUP BY backlinks.source_key, backlinks.target_key HAVING sum(visits) > 0
    """,  # noqa: S608
    "SELECT 'host' AS finding, * FROM came_hosts JOIN host_links USING (source_host)",
    "SELECT 'unknown_host' AS finding, *, 0 AS links FROM came_hosts ANTI JOIN host_links USING (source_host)",
    *(
        f"SELECT '{finding}' AS finding, * EXCLUDE (is_human, state, seen_page, seen_linked, target_key) FROM joined"  # noqa: S608
        f" WHERE state = '{word}' AND is_human"
        for finding, word in (("unknown_page", "pending"), ("refuted", "never_seen"))
    ),
    f"""
    SELECT 'silent' AS finding, source_url, source_key, source_host, source_domain, target_url, status, last_checked AS checked_at,
        1 AS links, 0 AS visits, 0 AS failed, 0 AS parts, 0 AS programs
    FROM quiet WHERE NOT {_NO_REFERER}
    """,  # noqa: S608
)
_RATED = """
SELECT findings.* EXCLUDE (rating, page_rating), of_domain.rating AS rating, of_page.rating AS page_rating
FROM findings
LEFT JOIN (FROM ratings WHERE scope = 'domain') AS of_domain ON of_domain.name = findings.source_domain
LEFT JOIN (FROM ratings WHERE scope = 'page') AS of_page ON of_page.name = findings.source_key
"""
