"""Questions about one target of ten million backlinks, against DuckDB on the same rows in one sorted Parquet file; and what the
facts of other targets cost it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from measure import Failed, run, verdict

GOAL = 2.0
GOAL_OVERVIEW = 1.0
GOAL_OTHERS = 1.5
OTHERS = 99
ROUNDS = 3

FILTERS = {
    "first page": ("TRUE", "best"),
    "followed": ("follow IS TRUE", "best"),
    "ugc": ("ugc", "best"),
    "in the footer, newest": ("placement = 'footer'", "newest"),
    "exact anchors, by anchor": ("anchor_type = 'exact'", "anchor"),
    "by anchor": ("TRUE", "anchor"),
    "by linked page": ("TRUE", "target"),
    "by domain": ("TRUE", "domain"),
    "newest": ("TRUE", "newest"),
    "one domain": ("source_domain = $domain", "best"),
}
"""What is asked for -> (the rival's condition, the sort of both)."""
OURS_FILTERS = {
    "followed": {"rel": ["follow"]},
    "ugc": {"rel": ["ugc"]},
    "in the footer, newest": {"placement": "footer"},
    "exact anchors, by anchor": {"anchor_type": "exact"},
    "one domain": {"source_domain": "$domain"},
}

OURS = """
import json, sys, time
from backlink_crawler.index.query import Reader
from backlink_crawler.index.store import Index
from backlink_crawler.reporting.grouping import grouped
from backlink_crawler.reporting.links import Filter, links
from backlink_crawler.reporting.overview import overview
place, target, domain, asked, rounds = sys.argv[1], sys.argv[2], sys.argv[3], json.loads(sys.argv[4]), int(sys.argv[5])
def filter_of(said):
    said = {name: domain if value == "$domain" else value for name, value in said.items()}
    return Filter(**{name: frozenset(value) if isinstance(value, list) else value for name, value in said.items()})
work = {
    "overview": lambda reader: overview(reader, target),
    "referring domains": lambda reader: grouped(reader, "domains", limit=50).read_all().num_rows,
    "anchors": lambda reader: grouped(reader, "anchors", limit=50).read_all().num_rows,
}
for name, (said, sort) in asked.items():
    work[name] = lambda reader, said=said, sort=sort: links(reader, filter_of(said), sort=sort, limit=50).read_all().num_rows
took = {}
for name, ask in work.items():
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        answer = ask(Reader(Index.open(place), target))
        times.append(time.perf_counter() - started)
        if not answer:
            sys.exit(f"{name}: no rows")
    took[name] = min(times)
print(json.dumps(took))
"""

RIVAL = """
import json, sys, time
import duckdb
file, target, domain, asked, rounds = sys.argv[1], sys.argv[2], sys.argv[3], json.loads(sys.argv[4]), int(sys.argv[5])
orders = {
    "best": "counts DESC, follow DESC NULLS LAST, placement = 'content' DESC", "newest": "fetched_at DESC",
    "domain": "source_domain", "target": "target_url", "anchor": "lower(anchor), anchor",
}
rows = "FROM read_parquet($file) WHERE target = $target AND status <> 'lost'"
ties = "source_domain, source_key, target_key, position, href"
values = ["rel_type", "link_type", "placement", "anchor_type", "page_language"]
counts = ("count(*) AS backlinks, count(*) FILTER (WHERE follow) AS follow, count(*) FILTER (WHERE counts) AS counts,"
    " max(fetched_at) AS last_read")
domains = (f"SELECT source_domain, {counts}, count(DISTINCT source_key), count(DISTINCT target_key) {rows}"
    " GROUP BY source_domain ORDER BY backlinks DESC, source_domain LIMIT 50")
anchors = (f"SELECT anchor, max(anchor_type), {counts}, count(DISTINCT source_key), count(DISTINCT source_domain) AS d {rows}"
    " GROUP BY anchor ORDER BY d DESC, backlinks DESC, anchor LIMIT 50")
pages = (f"SELECT min(target_url), {counts}, count(DISTINCT source_key), count(DISTINCT source_domain) AS d {rows}"
    " GROUP BY target_key ORDER BY d DESC, backlinks DESC LIMIT 50")
totals = (f"SELECT count(*), sum(instances), count(DISTINCT source_key), count(DISTINCT source_domain), count(DISTINCT source_site),"
    f" count(DISTINCT target_key), count(*) FILTER (WHERE follow), count(*) FILTER (WHERE counts),"
    f" count(DISTINCT source_domain) FILTER (WHERE follow), count(*) FILTER (WHERE hidden) {rows}")
breakdowns = [f"SELECT {c}, count(*) AS n, count(DISTINCT source_domain) {rows} GROUP BY {c} ORDER BY n DESC" for c in values]
work = {"overview": [totals, *breakdowns, domains, anchors, pages], "referring domains": [domains], "anchors": [anchors]}
for name, (where, sort) in asked.items():
    work[name] = [f"SELECT * EXCLUDE (other_links) {rows} AND {where} ORDER BY {orders[sort]}, {ties} LIMIT 50"]
took = {}
for name, statements in work.items():
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        engine = duckdb.connect(config={"memory_limit": "1GB", "temp_directory": file + ".tmp"})
        engine.execute("SET enable_progress_bar = false")
        for statement in statements:
            said = {"file": file, "target": target} | ({"domain": domain} if "$domain" in statement else {})
            if not engine.sql(statement, params=said).to_arrow_table().num_rows:
                sys.exit(f"{name}: no rows")
        times.append(time.perf_counter() - started)
    took[name] = min(times)
print(json.dumps(took))
"""

MAKE = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from history_tables import TARGET, backlinks, facts, make
place, count, others, each, with_facts = Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]), sys.argv[6] == "facts"
index = make(place, count, with_facts=with_facts)
for nth in range(others):
    name = f"other{nth:03}.example"
    if with_facts:
        facts(index, 0, each, target=name)
    backlinks(index, each, name)
from backlink_crawler.afterwards import summarise_again
from backlink_crawler.history.fold import Folded
import pyarrow as pa
summarise_again(index, Folded(0, pa.table({}), {TARGET: "first"}))
"""
EXPORT = """
import sys
import duckdb
from backlink_crawler.index.files import source_of
from backlink_crawler.index.store import Index
engine = duckdb.connect(config={"memory_limit": "3GB", "temp_directory": sys.argv[2] + ".tmp"})
engine.execute("SET enable_progress_bar = false")
source = source_of(Index.open(sys.argv[1]), "backlinks", None)
engine.execute(f"COPY (SELECT * FROM {source} ORDER BY target, source_key, target_key) TO '{sys.argv[2]}' (COMPRESSION zstd)")
"""


def main() -> None:
    """Measure and print; exit code 1 when a contender failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--backlinks", type=int, default=10_000_000, metavar="N", help="of the target (10000000)"
    )
    parser.add_argument(
        "--others", type=int, default=1_000_000, metavar="N", help="facts of other targets, few (1000000)"
    )
    parser.add_argument(
        "--many", type=int, default=20_000_000, metavar="N", help="facts of other targets, many (20000000)"
    )
    parser.add_argument("--only", choices=("rival", "others"), help="one of the two questions")
    said = parser.parse_args()
    with TemporaryDirectory(prefix="benchmark-") as name:
        try:
            if said.only != "others":
                against_the_rival(Path(name), said.backlinks)
            if said.only != "rival":
                among_others(Path(name), said.backlinks // 50, said.others, said.many)
        except Failed as failure:
            sys.exit(f"error: {failure}")


def against_the_rival(folder: Path, count: int) -> None:
    """Each question as a ratio to the rival's time."""
    place, file = folder / "index", folder / "rows.parquet"
    _python(MAKE, Path(__file__).parent, place, count, OTHERS, 1_000, "no facts")
    _python(EXPORT, place, file)
    domain = "site1.example"
    ours = _asked(
        folder,
        OURS,
        place,
        domain,
        {name: (OURS_FILTERS.get(name, {}), sort) for name, (_, sort) in FILTERS.items()},
    )
    rival = _asked(folder, RIVAL, file, domain, FILTERS)
    print(f"{count:,} backlinks of one target among {OTHERS + 1}")
    for name, seconds in ours.items():
        goal = GOAL_OVERVIEW if name == "overview" else GOAL
        print(
            f"{name:26} {seconds * 1000:8.0f} ms  DuckDB {rival[name] * 1000:8.0f} ms"
            f"  {verdict(seconds / rival[name], goal)}"
        )


def among_others(folder: Path, count: int, few: int, many: int) -> None:
    """Each question with few and with many facts of other targets in the index."""
    took = []
    for nth, others in enumerate((few, many)):
        place = folder / f"among{nth}"
        _python(MAKE, Path(__file__).parent, place, count, OTHERS, others // OTHERS, "facts")
        asked = {name: (OURS_FILTERS.get(name, {}), sort) for name, (_, sort) in FILTERS.items()}
        took.append(_asked(folder, OURS, place, "site1.example", asked))
    print(f"{count:,} backlinks of one target, with {few:,} and with {many:,} facts of {OTHERS} others")
    for name in took[0]:
        print(
            f"{name:26} {took[0][name] * 1000:8.0f} ms  {took[1][name] * 1000:8.0f} ms"
            f"  {verdict(took[1][name] / took[0][name], GOAL_OTHERS)}"
        )


def _asked(folder: Path, code: str, place: Path, domain: str, asked: object) -> dict[str, float]:
    run([sys.executable, "-c", code, place, "acme.example", domain, json.dumps(asked), str(ROUNDS)], folder)
    took: dict[str, float] = json.loads((folder / "output.log").read_text().splitlines()[-1])
    return took


def _python(code: str, *arguments: object) -> None:
    subprocess.run([sys.executable, "-c", code, *map(str, arguments)], check=True)


if __name__ == "__main__":
    main()
