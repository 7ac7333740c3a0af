"""Makes an index of any size: facts and folded tables of backlinks as a crawl of many sites would have left them.

Run as a program it writes the index and the Parquet file that the rival reads; others import its statements.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
from deltalake import write_deltalake

from backlink_crawler.index.derived import FILE_SIZE, FOLD_APP
from backlink_crawler.index.schema import BACKLINKS, LINKS, SUMMARIES, VISITS
from backlink_crawler.index.store import ZSTD, Index

TARGET = "acme.example"
STEP = 250_000

ROWS = """
SELECT *,
    'https://www.' || source_domain || '/blog/' || (nth % 9973) || '/post-' || nth || '.html' AS source_url,
    source_domain || '/blog/' || (nth % 9973) || '/post-' || nth || '.html' AS source_key,
    'https://' || target || '/p/' || page AS target_url,
    target || '/p/' || page AS target_key
FROM (
    SELECT i AS nth, $target AS target,
        'site' || ((hash(i) % 1000003) * (hash(i + 7) % 1009) // 5000) || '.example' AS source_domain,
        (hash(i * 3 + 1) % 50000) * (hash(i + 11) % 97) // 97 AS page,
        hash(i * 5 + 2) AS dice
    FROM range($low, $high) AS numbers(i)
)
"""
"""Rows of a link each, from a number alone: some 200,000 referring domains and 50,000 pages, most links to few of them."""

LINK = """
SELECT target, source_url, 'www.' || source_domain AS source_host, source_domain, source_domain AS source_site,
    target_url, target AS target_host, target AS target_domain, target_url AS href,
    CASE WHEN dice % 10 = 0 THEN 'image' ELSE 'text' END AS link_type,
    CASE WHEN dice % 4 = 0 THEN ['nofollow'] ELSE [] END AS rel,
    dice % 4 = 0 AS nofollow, dice % 31 = 0 AS ugc, dice % 53 = 0 AS sponsored,
    dice % 4 <> 0 AS follow, CASE WHEN dice % 4 = 0 THEN ['rel: nofollow'] ELSE [] END AS follow_reason,
    CASE WHEN dice % 53 = 0 THEN 'sponsored' WHEN dice % 31 = 0 THEN 'ugc'
        WHEN dice % 4 = 0 THEN 'nofollow' ELSE 'dofollow' END AS rel_type,
    'anchor ' || (dice % 1000 * (dice // 1000 % 100)) AS anchor, 'text' AS anchor_source,
    ['exact', 'partial', 'branded', 'naked_url', 'other'][1 + (dice % 5)::INT] AS anchor_type,
    ['content', 'content', 'nav', 'footer', 'aside', 'comment'][1 + (dice % 6)::INT] AS placement,
    dice % 97 = 0 AS hidden,
    'some words that stand before link ' || nth || ' on its page about ' || (dice % 977) AS context_before,
    'and some that come after it, ' || (dice % 331) AS context_after,
    1 + (dice % 90)::BIGINT AS position, 'main > p:nth-child(' || (dice % 40) || ') > a' AS link_path,
    []::VARCHAR[] AS redirects, []::BIGINT[] AS redirect_statuses,
    '<a class="c' || (dice % 100000) || '" href="' || target_url || '">anchor ' || (dice % 1000) || '</a>' AS html,
    'html' AS evidence, 'A page about ' || (dice % 100000) AS page_title,
    ['en', 'de', 'fr', NULL][1 + (dice % 4)::INT] AS page_language, dice % 41 = 0 AS page_noindex, NULL AS page_canonical,
    $moment::TIMESTAMPTZ + to_seconds((nth % 1000000)::BIGINT) AS fetched_at, 1 AS rules_version, $crawl AS crawl_id, 'crawl' AS provenance,
    source_key, target_key, NULL AS canonical_key
FROM ({rows})
"""

VISIT = """
SELECT source_url, source_url AS requested_url, 'www.' || source_domain AS source_host, source_domain, source_domain AS source_site,
    $moment::TIMESTAMPTZ + to_seconds((nth % 1000000)::BIGINT) AS fetched_at,
    CASE WHEN $fresh AND dice % 100 < 2 THEN 'http_403' WHEN $fresh AND dice % 100 < 4 THEN 'http_410' ELSE 'ok' END AS outcome,
    200::BIGINT AS http_status, 'text/html' AS content_type, 'A page about ' || (dice % 100000) AS title,
    [target] AS targets_checked, 20::BIGINT AS internal_links, 5::BIGINT AS external_links, 300::BIGINT AS text_words,
    'sha1:' || dice AS body_digest, TRUE AS complete, 'raw' AS fetch_mode, '"' || nth || '"' AS etag,
    $crawl AS crawl_id, 'crawl' AS provenance, 1 AS rules_version, source_key, source_key AS requested_key
FROM ({rows})
"""

BACKLINK = """
SELECT * EXCLUDE (canonical_key),
    CASE WHEN position % 20 = 0 THEN 'unverified' WHEN position % 33 = 0 THEN 'lost' ELSE 'live' END AS status,
    CASE WHEN position % 20 = 0 THEN 'timeout' WHEN position % 33 = 0 THEN 'link_removed' END AS reason,
    fetched_at AS since, fetched_at AS first_seen, fetched_at AS last_seen, fetched_at AS last_checked, fetched_at AS read_at,
    TRUE AS is_on_page, follow AND NOT page_noindex AS counts, CASE WHEN page_noindex THEN 'noindex' END AS discount,
    1 AS instances, 1 AS checks, 0 AS changes, 'ok' AS outcome, 200 AS http_status, 'raw' AS fetch_mode, 300 AS text_words
FROM ({links})
"""
FIRST = "2026-06-01 00:00:00+00"
LATER = "2026-10-01 00:00:00+00"


def _engine() -> duckdb.DuckDBPyConnection:
    engine = duckdb.connect(
        config={"memory_limit": "2GB", "temp_directory": tempfile.gettempdir() + "/history_tables"}
    )
    engine.execute("SET enable_progress_bar = false")
    return engine


def batches(
    engine: duckdb.DuckDBPyConnection,
    statement: str,
    schema: pa.Schema,
    low: int,
    high: int,
    **values: object,
) -> Iterator[pa.RecordBatch]:
    """Rows numbered from ``low`` to ``high`` of a statement, in the columns of a table."""
    engine.register("shape", schema.empty_table())
    for start in range(low, high, STEP):
        rows = engine.sql(
            f"SELECT {', '.join(schema.names)} FROM (SELECT * FROM shape UNION ALL BY NAME {statement})",
            params={"target": TARGET, "low": start, "high": min(start + STEP, high), **values},
        ).to_arrow_table()
        yield from rows.cast(schema).to_batches()


def facts(
    index: Index, low: int, high: int, *, target: str = TARGET, fresh: bool = False, crawl: str = "first"
) -> None:
    """Append visits and links as a crawl does, without the detour over items."""
    engine = _engine()
    moment = LATER if fresh else FIRST
    common = {"target": target, "crawl": crawl, "moment": moment}
    shown = LINK.format(rows=ROWS)
    if fresh:  # what could not be read showed no links
        shown = LINK.format(rows=f"SELECT * FROM ({ROWS}) WHERE dice % 100 >= 4")
    for name, schema, statement, more in (
        ("links", LINKS, shown, {}),
        ("visits", VISITS, VISIT.format(rows=ROWS), {"fresh": fresh}),
    ):
        stream = batches(engine, statement, schema, low, high, **common, **more)
        write_deltalake(
            index.fresh(name),
            pa.RecordBatchReader.from_batches(schema, stream),
            mode="append",
            writer_properties=ZSTD,
        )


def backlinks(index: Index, count: int, target: str = TARGET) -> None:
    """The folded rows of the first ``count`` links, sorted, as a fold leaves them, and its mark."""
    from deltalake import CommitProperties, Transaction

    engine = _engine()
    engine.register("shape", BACKLINKS.empty_table())
    shown = BACKLINK.format(links=LINK.format(rows=ROWS))
    rows = engine.sql(
        f"SELECT {', '.join(BACKLINKS.names)} FROM (SELECT * FROM shape UNION ALL BY NAME {shown}) ORDER BY target, source_key, target_key",
        params={"target": target, "low": 0, "high": count, "crawl": "first", "moment": FIRST},
    ).to_arrow_reader(50_000)
    stream = pa.RecordBatchReader.from_batches(BACKLINKS, (batch.cast(BACKLINKS) for batch in rows))
    mark = CommitProperties(app_transactions=[Transaction(FOLD_APP, index.fresh("visits").version())])
    write_deltalake(
        index.fresh("backlinks"),
        stream,
        mode="append",
        writer_properties=ZSTD,
        target_file_size=FILE_SIZE,
        commit_properties=mark,
    )


def make(place: Path, count: int, target: str = TARGET, *, with_facts: bool = True) -> Index:
    """An index with ``count`` backlinks of the target, folded."""
    index = Index.open(place, create=True)
    if with_facts:
        facts(index, 0, count, target=target)
    backlinks(index, count, target)
    write_deltalake(index.fresh("summaries"), SUMMARIES.empty_table(), mode="append")
    return index


def main() -> None:
    """Write an index."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("place", type=Path)
    parser.add_argument("--backlinks", type=int, default=1_000_000, metavar="N")
    said = parser.parse_args()
    make(said.place, said.backlinks)


if __name__ == "__main__":
    main()
