"""What hanging hosts cost the others: the time until the last good page, with 1 % of hosts that never answer and without.

Our settings as they come (64 requests at a time, 20 seconds for a page and 10 for a robots.txt, three tries), but for the
delay between two requests to one host, so that the number of requests at a time is what limits the crawl.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import hosts
from measure import Failed, Usage, run, tool, verdict
from ours import PROJECT, flags

GOAL = 1.1
SETTINGS = {"LOG_LEVEL": "INFO", "DOWNLOAD_DELAY": 0, "AUTOTHROTTLE_ENABLED": False}


def crawl(good: int, pages: int, latency: float, hanging: int) -> tuple[float, Usage]:
    """Seconds until the last of the good pages, and what the whole crawl cost; Failed if one is missing."""
    answering: list[str] = []
    silent: list[str] = []
    number = 0
    while len(answering) < good:
        (silent if hosts.hangs(number, hanging) else answering).append(hosts.host(number))
        number += 1
    with TemporaryDirectory(prefix="benchmark-") as name, hosts.serving(pages, hanging, latency) as proxy:
        folder = Path(name)
        # The silent ones first: where they do most harm.
        (folder / "seeds.txt").write_text(
            "".join(f"http://{host}/\n" for host in silent + answering), "ascii"
        )
        arguments = flags("-a", {"target": hosts.TARGET, "seeds": "seeds.txt"})
        command = [tool("scrapy"), "crawl", "backlinks", *flags("-s", SETTINGS), *arguments]
        usage = run(command, folder, {**PROJECT, "http_proxy": proxy})
        sent, seconds = hosts.progress(proxy)
    if sent != good * pages:
        raise Failed(f"{sent} good pages were fetched of {good * pages}")
    return seconds, usage


def main() -> None:
    """Measure and print; exit code 1 when a good page was not fetched."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hosts", type=int, default=800, metavar="N", help="hosts that answer (800)")
    parser.add_argument("--pages", type=int, default=10, metavar="N", help="pages of each (10)")
    parser.add_argument(
        "--latency", type=float, default=0.5, metavar="S", help="seconds to each answer (0.5)"
    )
    said = parser.parse_args()
    try:
        without, _ = crawl(said.hosts, said.pages, said.latency, 0)
        within, usage = crawl(said.hosts, said.pages, said.latency, 1)
    except Failed as failure:
        sys.exit(f"error: {failure}")
    print(f"last good page of {said.hosts * said.pages}: {without:.1f} s, with hanging hosts {within:.1f} s")
    print(f"the crawl with them ended after {usage.wall:.1f} s")
    print(f"with / without: {verdict(within / without, GOAL)}")


if __name__ == "__main__":
    main()
