"""How long the event loop of our crawl waits for the frontier and the index.

What the frontier does in the loop is clocked, and a timer that should fire every 5 ms tells how late it came, whatever
held it up: Scrapy, the reading of pages, other programs. It is told apart whether a thread was at work beside the loop
meanwhile, with a commit to the job's file or an append to the index, which shares the interpreter with it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import web
from measure import Failed, verdict
from ours import crawl, flags

GOAL_MS = 50.0
IN_THE_LOOP = {
    "next_request": "give the next page",
    "record": "take a page back",
    "on_commit": "after a commit",
}
SHOWN = {
    **IN_THE_LOOP,
    "commit": "commit, in its thread",
    "feed": "append, in its thread",
    "alone": "loop held up, alone",
    "beside": "loop held up, beside",
}


def main() -> None:
    """Measure and print; exit code 1 when the crawl did not store what it should have."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=5_000, metavar="N", help="pages of the web (5000)")
    parser.add_argument(
        "--every", type=int, default=4, metavar="K", help="every K-th page links to the target (4)"
    )
    said = parser.parse_args()
    with web.serving(said.pages, said.every) as address, TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        os.environ["PYTHONPATH"] = str(Path(__file__).parent)  # where the crawl finds the extension
        watching = flags("-s", {"EXTENSIONS": '{"watch.Watch": 0}', "WATCH_FILE": "watch.json"})
        try:
            crawl(address, folder, said.pages, said.every, *watching)
        except Failed as failure:
            sys.exit(f"error: {failure}")
        figures = json.loads((folder / "watch.json").read_text())
    for key, what in SHOWN.items():
        times = figures[key]
        shown = ", ".join(f"{name} {times[name]:8.3f} ms" for name in ("p50", "p99", "max"))
        print(f"{what:22} {times['count']:6} times: {shown}")
    worst = max(figures[key]["p99"] for key in IN_THE_LOOP)
    print(f"p99 of the frontier in the loop / {GOAL_MS:.0f} ms: {verdict(worst / GOAL_MS, 1.0)}")
    print(
        f"p99 of the loop beside the threads / {GOAL_MS:.0f} ms: {verdict(figures['beside']['p99'] / GOAL_MS, 1.0)}"
    )


if __name__ == "__main__":
    main()
