"""How the peak memory of our crawl grows with the crawl: a small local web against one ten times its size."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import web
from measure import Failed, Usage, verdict
from ours import crawl

GOAL = 1.3


def measure(pages: int, every: int) -> Usage:
    """One crawl of a web of so many pages."""
    with web.serving(pages, every) as address, TemporaryDirectory(prefix="benchmark-") as folder:
        return crawl(address, Path(folder), pages, every)


def main() -> None:
    """Measure and print; exit code 1 when a crawl did not store what it should have."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--pages",
        type=int,
        nargs=2,
        default=(2_000, 20_000),
        metavar="N",
        help="pages of both webs (2000 20000)",
    )
    parser.add_argument(
        "--every", type=int, default=4, metavar="K", help="every K-th page links to the target (4)"
    )
    said = parser.parse_args()
    try:
        small, large = (measure(pages, said.every) for pages in said.pages)
    except Failed as failure:
        sys.exit(f"error: {failure}")
    for pages, usage in zip(said.pages, (small, large), strict=True):
        speed = f"{1000 * usage.cpu / pages:.2f} CPU ms/page, {pages / usage.wall:.0f} pages/s"
        print(f"{pages:7} pages: peak {usage.peak_mb:5.0f} MB, {speed}")
    print(f"peak memory, {said.pages[1]} / {said.pages[0]} pages: {verdict(large.peak / small.peak, GOAL)}")


if __name__ == "__main__":
    main()
