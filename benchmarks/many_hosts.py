"""Ten thousand hosts with one page each, our settings as they come: robots.txt, a delay for each host, AutoThrottle.

What limits such a crawl should be the number of requests at a time: a host is busy for two answers and the delay between
them. The share of that limit that is reached is printed.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import hosts
from measure import Failed, run, tool
from ours import PROJECT, flags

REQUESTS, DELAY = 64, 1.0
"""Requests at a time and seconds between two to one host, by default."""


def main() -> None:
    """Measure and print; exit code 1 when a page was not fetched."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hosts", type=int, default=10_000, metavar="N", help="how many hosts (10000)")
    parser.add_argument(
        "--latency", type=float, default=0.1, metavar="S", help="seconds to each answer (0.1)"
    )
    said = parser.parse_args()
    with TemporaryDirectory(prefix="benchmark-") as name, hosts.serving(1, 0, said.latency) as proxy:
        folder = Path(name)
        (folder / "seeds.txt").write_text(
            "".join(f"http://{hosts.host(n)}/\n" for n in range(said.hosts)), "ascii"
        )
        arguments = flags("-a", {"target": hosts.TARGET, "seeds": "seeds.txt"}) + flags(
            "-s", {"LOG_LEVEL": "INFO"}
        )
        try:
            command = [tool("scrapy"), "crawl", "backlinks", *arguments]
            usage = run(command, folder, {**PROJECT, "http_proxy": proxy})
        except Failed as failure:
            sys.exit(f"error: {failure}")
        sent, seconds = hosts.progress(proxy)
    if sent != said.hosts:
        sys.exit(f"error: {sent} pages were fetched of {said.hosts}")
    limit = said.hosts * (DELAY + 2 * said.latency) / REQUESTS
    print(
        f"{said.hosts} hosts in {seconds:.1f} s: {said.hosts / seconds:.0f} hosts/s, peak {usage.peak_mb:.0f} MB"
    )
    print(
        f"CPU {1000 * usage.cpu / said.hosts:.2f} ms for each host, {100 * usage.cpu / usage.wall:.0f} % of one core"
    )
    print(f"{REQUESTS} requests at a time allow {limit:.1f} s: {100 * limit / seconds:.0f} % of that speed")


if __name__ == "__main__":
    main()
