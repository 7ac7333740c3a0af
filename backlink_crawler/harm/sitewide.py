"""Keywords as the text of links on all of a site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..wording import counted
from .finding import ASKED_EXAMPLES, Finding, finding, quoted
from .table import FRAME, KEYWORD_ANCHORS, SITEWIDE_MANY, SITEWIDE_PAGES, SITEWIDE_SHARE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..classify.target import Target
    from ..index.query import Reader

_SITEWIDE = f"""
WITH links AS (
    SELECT source_site AS name, hash(lower(anchor)) AS words, anchor_type, hash(source_key) AS page FROM occurrences
    WHERE follow AND anchor_type IN {KEYWORD_ANCHORS}
), sites AS (
    SELECT name, words, anchor_type, count(DISTINCT page) AS pages FROM links
    SEMI JOIN (SELECT name FROM links GROUP BY name HAVING count(*) >= {SITEWIDE_PAGES}) USING (name)
    GROUP BY name, words, anchor_type HAVING pages >= {SITEWIDE_PAGES}
), said AS (
    SELECT name, words, sites.anchor_type, any_value(pages) AS pages, min(anchor) AS anchor,
        count(DISTINCT (hash(source_key), hash(target_key))) AS links,
        count(DISTINCT hash(source_key)) FILTER (placement IN {FRAME}) AS framed, min(source_url, {ASKED_EXAMPLES}) AS examples
    FROM sites JOIN occurrences AS one
        ON one.source_site = sites.name AND hash(lower(one.anchor)) = sites.words AND one.anchor_type = sites.anchor_type
    WHERE follow GROUP BY name, words, sites.anchor_type
), read AS (
    SELECT source_site AS name, count(DISTINCT hash(source_key)) AS read
    FROM visits SEMI JOIN sites ON sites.name = source_site
    WHERE outcome = 'ok' AND list_has_any(targets_checked, [$target, '*']) GROUP BY source_site
)
SELECT * FROM said JOIN read USING (name) WHERE pages >= {SITEWIDE_SHARE} * read
ORDER BY name, anchor_type, pages DESC, anchor
"""  # noqa: S608
"""Few sites have many such links: texts are looked at for those alone."""


def sitewide(reader: Reader, _target: Target) -> Iterator[Finding]:
    """Findings of ``sitewide_exact_anchor``, one for the most used text of a site."""
    last = None
    for row in reader.rows(_SITEWIDE, {"target": reader.target}):
        if row["name"] == last:
            continue
        last = row["name"]
        in_frame = 2 * row["framed"] >= row["pages"]
        sure = "low"
        if row["anchor_type"] == "exact" and in_frame:
            sure = "high" if row["pages"] >= SITEWIDE_MANY else "medium"
        where = "mostly in the frame of the page" if in_frame else "mostly in the text"
        yield finding(
            "sitewide_exact_anchor", last, row["links"], sure,
            [f"{quoted(row['anchor'])} ({row['anchor_type']}) is the text of followed links on {row['pages']:,} of"
             f" {counted(row['read'], 'page')} read, {where}."],
            row["examples"],
        )  # fmt: skip
