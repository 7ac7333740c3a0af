"""Sites that only redirect to the target, and who redirects to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..classify.shortener import is_shortener
from ..wording import counted
from .finding import ASKED_EXAMPLES, Finding, finding, named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..classify.target import Target
    from ..index.query import Reader

MOST_NAMES = 5
"""So many domains are named."""

_REDIRECTS = f"""
WITH redirecting AS (
    SELECT source_site AS name, any_value(source_domain) AS source_domain, list(DISTINCT source_host) AS hosts, count(*) AS links,
        count(DISTINCT hash(target_key)) AS pages, min(target_url) AS leads_to, min(source_url, {ASKED_EXAMPLES}) AS examples
    FROM current GROUP BY name HAVING bool_and(link_type = 'redirect')
), sent AS (
    SELECT DISTINCT source_domain AS sender, lower(regexp_extract(header, '(?i)^location:\\s*https?://([^/?#:@\\\\]+)', 1)) AS host
    FROM (SELECT source_domain, unnest(response_headers) AS header FROM visits WHERE outcome = 'moved_offsite')
), senders AS (
    SELECT name, count(*) AS senders, min(sender, {MOST_NAMES}) AS named FROM (
        SELECT DISTINCT name, sender FROM (SELECT name, source_domain, unnest(hosts) AS host FROM redirecting) JOIN sent USING (host)
        WHERE sender <> source_domain
    ) GROUP BY name
)
SELECT redirecting.*, coalesce(senders, 0) AS senders, named FROM redirecting LEFT JOIN senders USING (name) ORDER BY name
"""  # noqa: S608


def redirect_games(reader: Reader, target: Target) -> Iterator[Finding]:
    """Findings of ``redirect_game``."""
    for row in reader.rows(_REDIRECTS):
        if any(map(is_shortener, row["hosts"])) or target.owns(row["source_domain"], row["name"]):
            continue
        leads_to = row["leads_to"] if row["pages"] == 1 else counted(row["pages"], "page") + " of the target"
        evidence = [
            f"All it has for the target: {counted(row['links'], 'URL')} that redirect{'s' * (row['links'] == 1)} to {leads_to}."
        ]
        if row["senders"]:
            evidence.append(
                f"{counted(row['senders'], 'other domain')} redirect{'s' * (row['senders'] == 1)} to it in turn:"
                f" {named(row['named'], row['senders'])}."
            )
        sure = "medium" if row["senders"] else "low"
        yield finding("redirect_game", row["name"], row["links"], sure, evidence, row["examples"])
