"""The best link of each of the best referring domains, and the lost links that were worth most.

Each is found from a few narrow columns first, and read whole only then: of a million links in a thirtieth of the time that a
window over whole rows takes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..index.query import Reader
    from ..reporting.period import Period

_MERIT = """
2 * CASE WHEN counts THEN 0 WHEN follow THEN 1 WHEN follow IS NULL THEN 3 ELSE 2 END
+ (placement IS DISTINCT FROM 'content')::INT
"""
"""Lower is better: a link that counts, is followed, is not, or can be no vote; in the text of its page first."""
_RATED = "SELECT name AS source_domain, rating FROM ratings WHERE scope = 'domain'"

_BEST_DOMAINS = f"""
SELECT *, row_number() OVER (ORDER BY merit // 2, rating DESC NULLS LAST, merit, source_domain) AS nth
FROM (SELECT source_domain, min({_MERIT}) AS merit FROM current GROUP BY source_domain) LEFT JOIN rated USING (source_domain)
ORDER BY nth LIMIT {{top:d}}
"""  # noqa: S608
_BEST_KEYS = f"""
SELECT nth, rating, min(struct_pack(source_key, target_key)) AS keys
FROM current JOIN best_domains USING (source_domain) WHERE {_MERIT} = merit GROUP BY nth, rating
"""  # noqa: S608
_BEST = """
SELECT source_url, rating, anchor, target_url, rel_type, placement, first_seen, last_seen, status
FROM current JOIN best_keys ON source_key = keys.source_key AND target_key = keys.target_key ORDER BY nth
"""

_LOST = "status = 'lost' AND since >= $since AND since < $until"
_LOST_FIRST = f"""
SELECT source_key, target_key, rating, row_number() OVER (
    ORDER BY counts DESC, rating DESC NULLS LAST, follow DESC NULLS LAST, since DESC, source_key, target_key) AS nth
FROM backlinks LEFT JOIN rated USING (source_domain) WHERE {_LOST} ORDER BY nth LIMIT {{top:d}}
"""  # noqa: S608
_LOST_ROWS = """
SELECT source_url, rating, reason, anchor, target_url, follow, first_seen, last_seen, since, last_checked, outcome, http_status
FROM backlinks JOIN lost_first USING (source_key, target_key) ORDER BY nth
"""


def best_links(reader: Reader, top: int) -> list[dict[str, Any]]:
    """The best current link of each of the first domains: those with a link that counts first, by rating. Raises IndexFault."""
    reader.keep("rated", _RATED)
    reader.keep("best_domains", _BEST_DOMAINS.format(top=top))
    reader.keep("best_keys", _BEST_KEYS)
    return reader.rows(_BEST)


def lost_links(reader: Reader, period: Period, top: int) -> tuple[list[dict[str, Any]], int]:
    """Links that were seen to be lost in a time and are lost still, those that counted first, by rating; and how many there are.

    Each has the visit that showed it (``since``), and how the last one ended.
    """
    reader.keep("rated", _RATED)
    reader.lend("lost_first", reader.table(_LOST_FIRST.format(top=top), period.values))
    total = reader.rows(f"SELECT count(*) AS n FROM backlinks WHERE {_LOST}", period.values)[0]["n"]  # noqa: S608
    return reader.rows(_LOST_ROWS), int(total)
