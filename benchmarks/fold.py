"""Folding 100,000 fresh facts into 5 million known backlinks, against deltalake's own merge of the same rows alone."""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from measure import Failed, run, verdict

GOAL = 5.0
GOAL_GB = 4.0

OURS = """
import json, sys, time
from backlink_crawler.afterwards import summarise_again
from backlink_crawler.history.fold import fold
from backlink_crawler.index.store import Index
index = Index.open(sys.argv[1])
started = time.perf_counter()
folded = fold(index)
seconds = time.perf_counter() - started
summarise_again(index, folded)
print(json.dumps({
    "seconds": seconds, "summary": time.perf_counter() - started - seconds, "pages": folded.pages,
    "events": folded.events.num_rows,
}))
"""
MERGE = """
import json, sys, time
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable
table, rows = DeltaTable(sys.argv[1] + "/backlinks"), pq.read_table(sys.argv[2])
started = time.perf_counter()
done = (
    table.merge(rows, "t.target = s.target AND t.source_key = s.source_key AND t.target_key = s.target_key",
        source_alias="s", target_alias="t")
    .when_matched_update_all().when_not_matched_insert_all().execute()
)
print(json.dumps({"seconds": time.perf_counter() - started, "rows": done["num_source_rows"]}))
"""
SAME = """
import sys
import duckdb
from backlink_crawler.index.query import Reader
from backlink_crawler.index.store import Index
import pyarrow.parquet as pq
reader = Reader(Index.open(sys.argv[1]))
pq.write_table(reader.table("SELECT * FROM backlinks WHERE last_checked >= '2026-10-01'"), sys.argv[2])
"""


def main() -> None:
    """Measure and print; exit code 1 when a contender failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--known", type=int, default=5_000_000, metavar="N", help="known backlinks (5000000)")
    parser.add_argument(
        "--fresh", type=int, default=100_000, metavar="N", help="fresh facts, a tenth of new pages (100000)"
    )
    said = parser.parse_args()
    with TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        place, rival = folder / "index", folder / "rival"
        _python(folder, MAKE, place, said.known, said.fresh)
        shutil.copytree(place, rival)
        try:
            ours = run([sys.executable, "-c", OURS, place], folder)
            told = json.loads((folder / "output.log").read_text().splitlines()[-1])
            _python(folder, SAME, place, folder / "rows.parquet")
            theirs = run([sys.executable, "-c", MERGE, rival, folder / "rows.parquet"], folder)
            merged = json.loads((folder / "output.log").read_text().splitlines()[-1])
        except Failed as failure:
            sys.exit(f"error: {failure}")
    print(
        f"ours     {told['seconds']:.1f} s, {ours.peak_mb:,.0f} MB: {told['pages']:,} pages, {told['events']:,} events"
    )
    print(f"merge    {merged['seconds']:.1f} s, {theirs.peak_mb:,.0f} MB: {merged['rows']:,} rows")
    print(f"fold / merge: {verdict(told['seconds'] / merged['seconds'], GOAL)}")
    both = told["seconds"] + told["summary"]
    print(f"fold with the summary / merge: {verdict(both / merged['seconds'], GOAL)}")
    print(f"peak memory of the fold in GB: {verdict(ours.peak_mb / 1000, GOAL_GB)}")


MAKE = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from history_tables import facts, make
place, known, fresh = Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
index = make(place, known)
low = known - fresh * 9 // 10
facts(index, low, low + fresh, fresh=True, crawl="second")
"""


def _python(folder: Path, code: str, *arguments: object) -> None:
    here = [str(Path(__file__).parent)] if code is MAKE else []
    subprocess.run([sys.executable, "-c", code, *here, *map(str, arguments)], cwd=folder, check=True)


if __name__ == "__main__":
    main()
