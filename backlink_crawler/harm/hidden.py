"""Links that a reader does not see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..wording import counted
from .finding import ASKED_EXAMPLES, Finding, finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..classify.target import Target
    from ..index.query import Reader

CONCEALED = (
    r"(?i)^<[^>]*\sstyle\s*=\s*[\"']?[^\"'>]*(?:(?:text-indent|left|right|top|bottom|margin-left|margin-top)\s*:\s*-\d{3}"
    r"|font-size\s*:\s*0(?:[a-z%;\s\"']|$)|(?:max-)?(?:width|height)\s*:\s*[01](?:px)?\s*[;\"'])"
)
"""A start tag that moves its element off the page or leaves it no size. What is only not displayed, scripts show again."""

_HIDDEN = f"""
SELECT source_site AS name, count(*) AS links, count(DISTINCT hash(source_key)) AS pages,
    count(*) FILTER (regexp_matches(html, $concealed)) AS concealed, min(source_url, {ASKED_EXAMPLES}) AS examples
FROM occurrences WHERE hidden AND follow GROUP BY name ORDER BY name
"""  # noqa: S608


def hidden_links(reader: Reader, _target: Target) -> Iterator[Finding]:
    """Findings of ``hidden_link``."""
    for row in reader.rows(_HIDDEN, {"concealed": CONCEALED}):
        concealed = row["concealed"]
        evidence = [
            f"{counted(row['links'], 'followed link')} on {counted(row['pages'], 'page')} cannot be seen by a reader."
        ]
        if concealed:
            evidence.append(
                f"The markup of {counted(concealed, 'link')} moves it off the page or leaves it no size."
            )
        yield finding(
            "hidden_link",
            row["name"],
            row["links"],
            "medium" if concealed else "low",
            evidence,
            row["examples"],
        )
