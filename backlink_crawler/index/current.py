"""What stands now: the rule that makes current links and backlinks of the facts, in one place, as SQL views.

A link is *current* when no later whole reading of its page looked for its target: that reading would hold
it. A reading is whole when its visit's outcome is ``ok`` and its body was complete. So a page that could
not be read lately, or only in part, keeps what was seen on it.

A *backlink* is one per source key and target key. It shows the attributes of its best link of the latest
reading (a followed one before others, one in the content before others, then the first), the number of its
links (``instances``), and whether it ``counts``: it is followed, from a page that may be indexed and is its
own canonical.
"""

from __future__ import annotations

from ..items import EVERY_TARGET


def literal(text: str) -> str:
    """Text as an SQL literal. DataFusion knows no escape but the doubled quote, and binds no parameters."""
    return "'" + text.replace("'", "''") + "'"


def views(target: str | None = None) -> dict[str, str]:
    """The views ``occurrences`` and ``backlinks``, of one target or of all: name -> SELECT statement."""
    of_target = f"target = {literal(target)}" if target is not None else "target IS NOT NULL"
    occurrences = _OCCURRENCES.format(of_target=of_target, every=literal(EVERY_TARGET))
    return {"occurrences": occurrences, "backlinks": _BACKLINKS}


_OCCURRENCES = """
WITH known AS (SELECT * FROM links WHERE {of_target}),
pages AS (SELECT DISTINCT target, source_key FROM known),
whole AS (
    SELECT pages.target, pages.source_key, max(visits.fetched_at) AS read_at
    FROM pages JOIN visits ON visits.source_key = pages.source_key
    WHERE visits.outcome = 'ok' AND visits.complete
      AND (array_has(visits.targets_checked, pages.target)
           OR array_has(visits.targets_checked, {every}))
    GROUP BY pages.target, pages.source_key
)
SELECT known.*,
       known.follow IS TRUE AND known.page_noindex IS NOT TRUE
       AND coalesce(known.canonical_key = known.source_key, TRUE) AS counts
FROM known LEFT JOIN whole ON whole.source_key = known.source_key AND whole.target = known.target
WHERE whole.read_at IS NULL OR known.fetched_at >= whole.read_at
"""

_BACKLINKS = """
SELECT * FROM (
    SELECT *,
           count(*) OVER (PARTITION BY target, source_key, target_key) AS instances,
           row_number() OVER (
               PARTITION BY target, source_key, target_key
               ORDER BY fetched_at DESC, follow DESC NULLS LAST, placement = 'content' DESC, position, href
           ) AS nth
    FROM occurrences
) WHERE nth = 1
"""
