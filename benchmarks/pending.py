"""A crawl with a million pending URLs: its memory, and how long the frontier takes to give the next page and to commit."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import hosts
from measure import Failed, run, tool, verdict
from ours import PROJECT, flags

GOAL_MB = 350
SETTINGS = {
    "LOG_LEVEL": "INFO",
    "DOWNLOAD_DELAY": 0,
    "AUTOTHROTTLE_ENABLED": False,
    "EXTENSIONS": '{"watch.Watch": 0}',
    "WATCH_FILE": "watch.json",
}
SHOWN = {
    "next_request": "give the next page",
    "record": "take a page back",
    "commit": "commit (in its thread)",
    "alone": "event loop held up",
}


def main() -> None:
    """Measure and print; exit code 1 when the pages were not fetched."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--urls", type=int, default=1_000_000, metavar="N", help="pending URLs (1000000)")
    parser.add_argument("--hosts", type=int, default=5_000, metavar="N", help="on so many hosts (5000)")
    parser.add_argument("--fetch", type=int, default=5_000, metavar="N", help="pages to fetch (5000)")
    said = parser.parse_args()
    with TemporaryDirectory(prefix="benchmark-") as name, hosts.serving() as proxy:
        folder = Path(name)
        with (folder / "seeds.txt").open("w", encoding="ascii") as seeds:
            seeds.writelines(
                f"http://{hosts.host(n % said.hosts)}/{n // said.hosts}\n" for n in range(said.urls)
            )
        arguments = flags("-a", {"target": hosts.TARGET, "seeds": "seeds.txt", "max_pages": said.fetch})
        command = [tool("scrapy"), "crawl", "backlinks", *flags("-s", SETTINGS), *arguments]
        path = {"PYTHONPATH": str(Path(__file__).parent)}
        try:
            usage = run(command, folder, {**PROJECT, **path, "http_proxy": proxy})
        except Failed as failure:
            sys.exit(f"error: {failure}")
        sent, seconds = hosts.progress(proxy)
        figures = json.loads((folder / "watch.json").read_text())
    if sent != said.fetch:
        sys.exit(f"error: {sent} pages were fetched of {said.fetch}")
    print(
        f"{said.urls} URLs pending: added in {usage.wall - seconds:.1f} s (with start and end), then {sent / seconds:.0f} pages/s"
    )
    for key, what in SHOWN.items():
        times = figures[key]
        print(f"{what:23} p50 {times['p50']:8.3f} ms, p99 {times['p99']:8.3f} ms, max {times['max']:7.1f} ms")
    print(
        f"peak memory: {usage.peak_mb:.0f} MB, of {GOAL_MB} MB allowed: {verdict(usage.peak_mb / GOAL_MB, 1.0)}"
    )


if __name__ == "__main__":
    main()
