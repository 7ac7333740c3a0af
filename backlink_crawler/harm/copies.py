"""Linking pages whose text stood elsewhere before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..wording import counted
from .finding import MOST_EXAMPLES, Finding, finding
from .table import TEXT_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..classify.target import Target
    from ..index.query import Reader

_COPIES = f"""
WITH read AS (
    SELECT hash(text_digest) AS text, source_domain, hash(source_key) AS page, fetched_at, published_at, source_url
    FROM visits WHERE outcome = 'ok' AND text_words >= {TEXT_WORDS} AND text_digest IS NOT NULL
), shared AS (
    SELECT text FROM (SELECT text, hash(source_domain) AS domain FROM read) GROUP BY text HAVING min(domain) <> max(domain)
), copied AS (
    SELECT text, name, source_domain, page, url, links FROM harm_pages SEMI JOIN shared USING (text) WHERE text_words >= {TEXT_WORDS}
), texts AS (
    SELECT text, source_domain, page, min(fetched_at) AS read_at, min(published_at) AS published_at, min(source_url) AS url
    FROM read SEMI JOIN copied USING (text) GROUP BY text, source_domain, page
), sources AS (
    SELECT text, source_domain, min(published_at) AS published_at, arg_min(url, published_at) AS published_url,
        min(read_at) AS read_at, arg_min(url, read_at) AS read_url
    FROM texts GROUP BY text, source_domain
    QUALIFY row_number() OVER (PARTITION BY text ORDER BY min(published_at), source_domain) <= 2
        OR row_number() OVER (PARTITION BY text ORDER BY min(read_at), source_domain) <= 2
), pairs AS (
    SELECT copied.name, copied.page, copied.url, copied.links, texts.published_at > sources.published_at AS is_stated,
        CASE WHEN is_stated THEN published_url ELSE read_url END AS original,
        CASE WHEN is_stated THEN sources.published_at ELSE sources.read_at END AS original_at,
        CASE WHEN is_stated THEN texts.published_at ELSE texts.read_at END AS copied_at
    FROM copied JOIN texts ON texts.page = copied.page AND texts.text = copied.text
    JOIN sources ON sources.text = copied.text AND sources.source_domain <> copied.source_domain
    WHERE is_stated OR (is_stated IS NULL AND texts.read_at >= sources.read_at + INTERVAL 1 DAY)
), firsts AS (
    SELECT name, page, any_value(url) AS url, any_value(links) AS links,
        unnest(arg_min(struct_pack(is_stated := is_stated IS TRUE, original, original_at, copied_at),
            (is_stated IS NOT TRUE, original_at, original)))
    FROM pairs GROUP BY name, page
)
SELECT name, count(*) AS pages, sum(links) AS links, bool_or(is_stated) AS stated, min(url, {MOST_EXAMPLES}) AS examples,
    unnest(arg_min(struct_pack(url, original, original_at, copied_at), (NOT is_stated, url)))
FROM firsts GROUP BY name ORDER BY name
"""  # noqa: S608


def copied_pages(reader: Reader, _target: Target) -> Iterator[Finding]:
    """Findings of ``copied_page``; the older page may be the target's own."""
    for row in reader.rows(_COPIES):
        said = "published" if row["stated"] else "first read"
        yield finding(
            "copied_page", row["name"], row["links"], "medium" if row["stated"] else "low",
            [f"{counted(row['pages'], 'linking page')} {'has' if row['pages'] == 1 else 'have'} the text of older pages of other domains.",
             f"{row['url']} ({said} {row['copied_at']:%Y-%m-%d}) says what {row['original']} ({row['original_at']:%Y-%m-%d}) said."],
            row["examples"],
        )  # fmt: skip
