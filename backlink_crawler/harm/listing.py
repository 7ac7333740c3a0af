"""Pages that are hardly more than links to others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..wording import counted
from .finding import MOST_EXAMPLES, Finding, finding
from .table import LIST_LINKS, LIST_MANY, LIST_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..classify.target import Target
    from ..index.query import Reader

_LISTS = f"""
WITH pages AS (
    SELECT *, external_links >= {LIST_LINKS} AND text_words < {LIST_WORDS} * external_links AS is_list FROM harm_pages
)
SELECT name, count(*) AS pages, count(*) FILTER (is_list) AS lists,
    count(*) FILTER (is_list AND external_links >= {LIST_MANY}) AS long_lists, sum(links) FILTER (is_list) AS links,
    arg_max(external_links, (external_links, url)) FILTER (is_list) AS most_links,
    arg_max(text_words, (external_links, url)) FILTER (is_list) AS its_words, min(url, {MOST_EXAMPLES}) FILTER (is_list) AS examples
FROM pages GROUP BY name HAVING lists > 0 ORDER BY name
"""  # noqa: S608


def mostly_links(reader: Reader, _target: Target) -> Iterator[Finding]:
    """Findings of ``mostly_links``."""
    for row in reader.rows(_LISTS):
        yield finding(
            "mostly_links", row["name"], row["links"], "medium" if 2 * row["long_lists"] >= row["pages"] else "low",
            [f"{row['lists']:,} of {counted(row['pages'], 'linking page')} {'is' if row['lists'] == 1 else 'are'} mostly links; the"
             f" longest has {row['most_links']:,} links to other domains and {counted(row['its_words'], 'word')} of text."],
            row["examples"],
        )  # fmt: skip
