"""Links whose text is known spam."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..wording import counted
from .finding import ASKED_EXAMPLES, Finding, finding, quoted
from .spam import Vocabulary, vocabulary
from .table import SPAM_PAGES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..classify.target import Target
    from ..index.query import Reader

MOST_QUOTED = 3
"""So many texts of links are quoted."""
MOST_ANCHORS = 20
"""So many texts of the links of a site are looked at, the most used ones."""

_ANCHORS = f"""
WITH suspects AS (
    SELECT source_site AS name, anchor, count(*) AS links, count(*) FILTER (follow) AS followed,
        count(DISTINCT hash(source_key)) FILTER (follow) AS pages, min(source_url, {ASKED_EXAMPLES}) AS examples
    FROM occurrences WHERE regexp_matches(lower(anchor), $pattern) GROUP BY source_site, anchor
    QUALIFY row_number() OVER (PARTITION BY source_site ORDER BY followed DESC, links DESC, anchor) <= {MOST_ANCHORS}
)
SELECT * FROM suspects ORDER BY name, followed DESC, links DESC, anchor
"""  # noqa: S608


def spam_anchors(reader: Reader, target: Target) -> Iterator[Finding]:
    """Findings of ``spam_anchor``."""
    words = vocabulary(target)
    of_site: list[Mapping[str, Any]] = []
    for batch in reader.batches(_ANCHORS, {"pattern": words.pattern()}):
        for row in batch.to_pylist():
            if of_site and of_site[0]["name"] != row["name"]:
                yield from _of_site(of_site, words)
                of_site = []
            of_site.append(row)
    yield from _of_site(of_site, words)


def _of_site(rows: list[Mapping[str, Any]], words: Vocabulary) -> Iterator[Finding]:
    """What the suspected texts of one site come to: those that mean little else and are followed first."""
    told = [(row, said) for row in rows if (said := words.said(row["anchor"]))]
    if not told:
        return
    told.sort(key=lambda one: not (one[1].sure and one[0]["followed"]))
    pages = sum(row["pages"] for row, said in told if said.sure)
    sure = "low" if not pages else "high" if pages >= SPAM_PAGES else "medium"
    yield finding(
        "spam_anchor", rows[0]["name"], sum(row["links"] for row, _ in told), sure,
        [f"{quoted(row['anchor'])} is the text of {counted(row['links'], 'link')}, {row['followed']:,} of them followed:"
         f" {', '.join(said.sure or said.doubtful)}." for row, said in told[:MOST_QUOTED]],
        [url for row, _ in told for url in row["examples"]],
    )  # fmt: skip
