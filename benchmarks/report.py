"""The whole report of a target with a million links, as a page, against DuckDB answering the same questions on one sorted Parquet
file a table; and the size of the page.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from measure import Failed, run, verdict

GOAL = 3.0
GOAL_BYTES = 2_000_000
ROUNDS = 3

MAKE = """
import sys
from pathlib import Path
import duckdb, pyarrow as pa
from deltalake import write_deltalake
sys.path.insert(0, sys.argv[1])
from history_tables import TARGET, make
from backlink_crawler.afterwards import summarise_again
from backlink_crawler.history.fold import Folded
from backlink_crawler.index.files import source_of
from backlink_crawler.index.schema import EVENTS
from backlink_crawler.index.store import ZSTD, Index
from backlink_crawler.metrics.current import bring_up_to_date
place, count = Path(sys.argv[2]), int(sys.argv[3])
make(place, count)
index = Index.open(place)
times = {"started_at": "2026-06-01T00:00:00Z", "finished_at": "2026-06-12T00:00:00Z"}
index.record_crawl({"crawl_id": "first", "targets": [TARGET], **times})
engine = duckdb.connect(config={"memory_limit": "2GB", "temp_directory": sys.argv[2] + ".tmp"})
engine.execute("SET enable_progress_bar = false")
engine.register("shape", EVENTS.empty_table())
columns = ", ".join(EVENTS.names)
rows = engine.sql(f'''
    WITH turns AS (
        SELECT *, 'seen' || hash(source_key) AS event_id, first_seen + to_days((hash(source_key) % 110)::INT) AS later
        FROM {source_of(index, "backlinks", None)}
    )
    SELECT {columns} FROM (
        SELECT * FROM shape
        UNION ALL BY NAME SELECT * EXCLUDE (reason), CASE WHEN position % 5 = 0 THEN 'link_added' ELSE 'baseline' END AS kind,
            CASE WHEN position % 5 = 0 THEN later ELSE first_seen END AS seen_at FROM turns
        UNION ALL BY NAME SELECT * REPLACE ('lost' || event_id AS event_id), 'lost' AS kind, later + INTERVAL 1 DAY AS seen_at
        FROM turns WHERE status = 'lost'
    ) ORDER BY target, seen_at
''').to_arrow_reader(50_000)
stream = pa.RecordBatchReader.from_batches(EVENTS, (batch.cast(EVENTS) for batch in rows))
write_deltalake(index.fresh("events"), stream, mode="append", writer_properties=ZSTD)
index = Index.open(place)
summarise_again(index, Folded(0, pa.table({}), {TARGET: "first"}))
bring_up_to_date(index)
index = Index.open(place)
orders = {"backlinks": "target, source_key", "events": "target, seen_at", "visits": "source_key", "ratings": "scope, name"}
for name, order in orders.items():
    rows = f"SELECT * FROM {source_of(index, name, None)} ORDER BY {order}"
    engine.execute(f"COPY ({rows}) TO '{sys.argv[4]}/{name}.parquet' (COMPRESSION zstd)")
"""

OURS = """
import json, sys, time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from backlink_crawler.classify.target import parse_target
from backlink_crawler.index.store import Index
from backlink_crawler.metrics.current import bring_up_to_date
from backlink_crawler.report import gather as module
from backlink_crawler.report.basis import Asked
from backlink_crawler.report.saving import save
from backlink_crawler.reporting.period import Period
now = datetime(2026, 10, 1, tzinfo=UTC)
asked = Asked(Period(now - timedelta(days=150), now))
parts = {}
def timed(make):
    def ask(basis):
        started = time.perf_counter()
        section = make(basis)
        parts[section.name] = min(parts.get(section.name, 1e9), time.perf_counter() - started)
        return section
    return ask
module.SECTIONS = tuple(make if make is module.rivals else timed(make) for make in module.SECTIONS)
target = parse_target(sys.argv[2])
walls, cpus = [], []
for _ in range(int(sys.argv[3])):
    wall, cpu = time.perf_counter(), time.process_time()
    index = Index.open(sys.argv[1])
    bring_up_to_date(index)
    size = save(module.gather(index, target, asked, now), Path("report.html"))
    walls.append(time.perf_counter() - wall)
    cpus.append(time.process_time() - cpu)
print(json.dumps({"wall": min(walls), "cpu": min(cpus), "bytes": size, "parts": parts}))
"""

RIVAL = """
import json, sys, time
import duckdb
folder, target, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
tables = ("backlinks", "events", "visits", "ratings")
views = {name: f"SELECT * FROM read_parquet('{folder}/{name}.parquet')" for name in tables}
for name in ("backlinks", "events"):
    views[name] += f" WHERE target = '{target}'"
views["standing"] = "SELECT * FROM backlinks WHERE status <> 'lost'"
views["rated"] = "SELECT name AS source_domain, rating FROM ratings WHERE scope = 'domain'"
counts = ("count(*) AS n, count(DISTINCT source_key), count(DISTINCT source_domain) AS d, count(*) FILTER (follow),"
    " count(*) FILTER (counts)")
statements = [
    "SELECT count(*), sum(instances), count(DISTINCT source_key), count(DISTINCT source_domain), count(DISTINCT source_site),"
    " count(DISTINCT target_key), count(*) FILTER (follow), count(*) FILTER (counts) FROM standing",
    *(f"SELECT {c}, count(*) AS n, count(DISTINCT source_domain) FROM standing GROUP BY {c} ORDER BY n DESC"
      for c in ("rel_type", "link_type", "placement", "page_language", "status", "provenance")),
    *(f"SELECT {c}, {counts} FROM standing GROUP BY {c} ORDER BY d DESC, n DESC LIMIT 25" for c in ("anchor", "target_key")),
    "SELECT outcome, count(*), count(*) FILTER (complete) FROM (SELECT arg_max(outcome, fetched_at) AS outcome,"
    " arg_max(complete, fetched_at) AS complete FROM visits GROUP BY source_key) GROUP BY outcome",
]
for days in (28, 90, 150):
    since = f"seen_at >= TIMESTAMPTZ '2026-10-01' - INTERVAL {days} DAY"
    statements += [
        f"WITH turns AS (SELECT source_domain, arg_min(kind, seen_at) AS first, arg_max(kind, seen_at) AS last FROM events"
        f" WHERE {since} GROUP BY source_domain, source_key, target_key), net AS (SELECT source_domain,"
        " count(*) FILTER (last <> 'lost') AS won, count(*) FILTER (last = 'lost') AS lost FROM turns GROUP BY 1)"
        " SELECT sum(won), sum(lost), count(*) FILTER (n > 0 AND n - won + lost <= 0), count(*) FILTER (n = 0 AND lost > 0)"
        " FROM net LEFT JOIN (SELECT source_domain, count(*) AS n FROM standing GROUP BY 1) USING (source_domain)",
        f"SELECT date_trunc('week', seen_at), kind, reason, count(*) FROM events WHERE {since} GROUP BY ALL",
        "SELECT date_trunc('week', begun), date_trunc('week', gone), count(*) FROM (SELECT min(first_seen) AS begun,"
        " CASE WHEN bool_and(status = 'lost') THEN max(since) END AS gone FROM backlinks GROUP BY source_domain) GROUP BY ALL",
    ]
best = "counts DESC, rating DESC NULLS LAST, follow DESC NULLS LAST, placement = 'content' DESC, source_domain"
statements += [
    f"SELECT source_url, rating, anchor, target_url FROM standing LEFT JOIN rated USING (source_domain)"
    f" QUALIFY row_number() OVER (PARTITION BY source_domain ORDER BY {best}) = 1 ORDER BY {best} LIMIT 25",
    "SELECT source_url, rating, anchor, target_url, reason, since, last_checked, http_status FROM backlinks LEFT JOIN rated"
    " USING (source_domain) WHERE status = 'lost' ORDER BY counts DESC, rating DESC NULLS LAST, since DESC LIMIT 25",
    "SELECT anchor_type, count(DISTINCT source_domain), count(*), count(*) FILTER (follow) FROM standing GROUP BY ALL",
    "SELECT anchor_type IN ('branded', 'naked_url', 'compound'), count(DISTINCT source_domain) FROM standing GROUP BY ALL",
    "SELECT lower(page_language), count(DISTINCT source_domain) FROM standing GROUP BY ALL",
    "SELECT date_trunc('month', first_seen), anchor_type, count(DISTINCT source_domain) FROM standing GROUP BY ALL",
    "SELECT word, count(DISTINCT source_domain) AS d FROM (SELECT source_domain,"
    " unnest(string_split(lower(anchor), ' ')) AS word FROM standing) GROUP BY word ORDER BY d DESC LIMIT 100",
    "WITH pages AS (SELECT target_key, count(*) AS n, count(DISTINCT source_domain) AS d, count(DISTINCT"
    " source_domain) FILTER (counts) AS c"
    " FROM standing GROUP BY 1 ORDER BY c DESC, d DESC LIMIT 1000) SELECT * FROM pages LEFT JOIN (SELECT requested_key AS target_key,"
    " arg_max(outcome, fetched_at) FROM visits GROUP BY 1) USING (target_key)",
]
last = ("SELECT source_key, arg_max(text_digest, fetched_at) AS text, arg_max(remote_ip, fetched_at) AS ip,"
    " arg_max(template_digest, fetched_at) AS template, arg_max(external_links, fetched_at) AS out,"
    " arg_max(text_words, fetched_at) AS words,"
    " arg_max(source_site, fetched_at) AS site, arg_max(tracking_ids, fetched_at) AS accounts"
    " FROM visits SEMI JOIN standing USING (source_key) GROUP BY 1")
by_site = "SELECT source_site, count(*) FROM standing WHERE {} GROUP BY 1"
statements += [
    f"CREATE OR REPLACE TABLE linking AS {last}",
    *(f"SELECT {c}, count(DISTINCT site) AS n FROM linking WHERE {c} IS NOT NULL GROUP BY 1 HAVING n > 1"
      for c in ("text", "ip", "template")),
    "SELECT account, count(DISTINCT site) AS n FROM (SELECT site, unnest(accounts) AS account FROM linking) GROUP BY 1 HAVING n > 1",
    "SELECT site, count(*) FROM linking WHERE out >= 50 AND words < 4 * out GROUP BY 1",
    "SELECT source_site, anchor, count(DISTINCT source_key) AS n FROM standing WHERE anchor_type = 'exact' GROUP BY ALL"
    " HAVING n > 9",
    by_site.format("hidden AND follow"),
    by_site.format("regexp_matches(lower(anchor), '(casino|poker|viagra|cialis|loans?|porn|replica|essay)')"),
    by_site.format("regexp_matches(lower(context_before || context_after), '(casino|poker|viagra|cialis|porn)')"),
    "SELECT source_site, bool_and(link_type = 'redirect') AS all_redirect FROM standing GROUP BY 1 HAVING all_redirect",
    "SELECT date_trunc('week', seen_at), count(DISTINCT source_domain) FROM events WHERE kind = 'link_added' GROUP BY 1",
]
walls, cpus = [], []
for _ in range(rounds):
    wall, cpu = time.perf_counter(), time.process_time()
    engine = duckdb.connect(config={"memory_limit": "1GB", "temp_directory": folder + ".tmp"})
    engine.execute("SET enable_progress_bar = false")
    for name, statement in views.items():
        engine.execute(f"CREATE VIEW {name} AS {statement}")
    for statement in statements:
        if statement.startswith("CREATE"):
            engine.execute(statement)
        else:
            engine.sql(statement).to_arrow_table()
    walls.append(time.perf_counter() - wall)
    cpus.append(time.process_time() - cpu)
print(json.dumps({"wall": min(walls), "cpu": min(cpus)}))
"""


def main() -> None:
    """Measure and print; exit code 1 when a contender failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--backlinks", type=int, default=1_000_000, metavar="N", help="of the target (1000000)"
    )
    parser.add_argument("--keep", type=Path, metavar="DIR", help="where the tables lie, or are to be left")
    parser.add_argument(
        "--rounds", type=int, default=ROUNDS, metavar="N", help=f"the best of so many ({ROUNDS})"
    )
    said = parser.parse_args()
    with TemporaryDirectory(prefix="benchmark-") as name:
        try:
            measure(Path(name), said.keep or Path(name) / "tables", said.backlinks, said.rounds)
        except Failed as failure:
            sys.exit(f"error: {failure}")


def measure(folder: Path, tables: Path, count: int, rounds: int) -> None:
    """Print the ratio, where the time goes, and the size of the page."""
    place = tables / "index"
    if not place.exists():
        tables.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [sys.executable, "-c", MAKE, Path(__file__).parent, place, str(count), tables], check=True
        )
    ours, rival = asked(folder, OURS, place, rounds), asked(folder, RIVAL, tables, rounds)
    print(f"the report of {count:,} backlinks")
    for clock in ("wall", "cpu"):
        ratio = verdict(ours[clock] / rival[clock], GOAL)
        print(f"{clock:26} {ours[clock]:8.2f} s   DuckDB {rival[clock]:8.2f} s   {ratio}")
    for name, seconds in ours["parts"].items():
        print(f"  {name:24} {seconds:8.2f} s")
    print(
        f"{'bytes':26} {ours['bytes']:8,}     goal {GOAL_BYTES:,}: {'met' if ours['bytes'] < GOAL_BYTES else 'MISSED'}"
    )


def asked(folder: Path, code: str, place: Path, rounds: int) -> dict[str, Any]:
    """What one contender says of itself, in a process of its own."""
    run([sys.executable, "-c", code, place, "acme.example", str(rounds)], folder)
    return dict(json.loads((folder / "output.log").read_text().splitlines()[-1]))


if __name__ == "__main__":
    main()
