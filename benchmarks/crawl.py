"""What crawling a local web costs: ours, a plain CrawlSpider, Scrapy with no parsing, and aiohttp with no parsing.

All fetch the same pages of about 36 KB with 60 links from one local server, 16 requests at a time, with no delay.
Ours starts at the front page, follows links and stores the links to one target in its index. Ours obeys robots.txt,
as it always does; the others keep Scrapy's default, which does not ask for it. Each figure is the processor time of the
whole process (user and system, start and end included) divided by the pages; ratios are of medians over rounds in
which the contenders take turns.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import web
from measure import Failed, Usage, median, run, tool, verdict
from ours import CONCURRENCY, SETTINGS, crawl, flags

RIVALS = Path(__file__).parent / "rivals"
GOALS = (("plain", 0.30), ("scrapy", 2.0))
"""Most that ours may cost, as a multiple of each."""


class Round:
    """One turn of each contender, each in a folder of its own."""

    def __init__(self, address: str, pages: int, every: int, folder: Path) -> None:
        self.address, self.pages, self.every, self.folder = address, pages, every, folder
        self.urls = folder / "urls.txt"
        self.urls.write_text("".join(f"{address}{web.path(number)}\n" for number in range(pages)), "ascii")

    def ours(self, folder: Path) -> Usage:
        """Follow links, judge those to the target, store them with their proof."""
        return crawl(self.address, folder, self.pages, self.every)

    def plain(self, folder: Path, *more: str) -> Usage:
        """Follow links with CrawlSpider and LinkExtractor, write one JSON line per link."""
        # Scrapy does not filter its first request, so that the front page is fetched and its links are written twice.
        arguments = ["-a", f"start={self.address}/", "-O", "links.jsonl", *more]
        spent = self._scrapy(self.pages + 1, folder, "crawlspider.py", *arguments)
        with (folder / "links.jsonl").open("rb") as lines:
            hits = len({line for line in lines if f"www.{web.TARGET}".encode() in line})
        self._expect(hits == web.truth(self.pages, self.every), f"CrawlSpider found {hits} links")
        return spent

    def plain_hits(self, folder: Path) -> Usage:
        """The same, but only the links to the target are written."""
        return self.plain(folder, "-a", f"only={web.TARGET}")

    def scrapy(self, folder: Path) -> Usage:
        """Download a list of pages at Scrapy's defaults, read nothing, store nothing."""
        return self._scrapy(self.pages, folder, "scrapy_download.py", "-a", f"urls={self.urls}")

    def aiohttp(self, folder: Path) -> Usage:
        """Download a list of pages with aiohttp, read nothing, store nothing."""
        spent = run([sys.executable, RIVALS / "aiohttp_download.py", self.urls, str(CONCURRENCY)], folder)
        said = (folder / "output.log").read_text()
        self._expect(said == f"{self.pages}\n", "aiohttp did not fetch every page")
        return spent

    def _scrapy(self, fetches: int, folder: Path, spider: str, *more: str) -> Usage:
        spent = run([tool("scrapy"), "runspider", RIVALS / spider, *flags("-s", SETTINGS), *more], folder)
        said = (folder / "output.log").read_text()
        counted = f"'downloader/response_status_count/200': {fetches},"
        self._expect(counted in said, f"{spider} did not fetch every page once")
        return spent

    def _expect(self, true: bool, otherwise: str) -> None:
        if not true:
            raise Failed(otherwise)


CONTENDERS: dict[str, Callable[[Round, Path], Usage]] = {
    "ours": Round.ours,
    "scrapy": Round.scrapy,
    "aiohttp": Round.aiohttp,
    "plain": Round.plain,
    "plain_hits": Round.plain_hits,
}


def measure(pages: int, every: int, rounds: int, names: list[str]) -> dict[str, Usage]:
    """The median of what each contender spent."""
    spent: dict[str, list[Usage]] = {name: [] for name in names}
    with web.serving(pages, every) as address:
        for number in range(rounds):
            for name in names:
                with TemporaryDirectory(prefix="benchmark-") as folder:
                    turn = Round(address, pages, every, Path(folder))
                    usage = CONTENDERS[name](turn, turn.folder)
                spent[name].append(usage)
                print(f"round {number + 1}: {name} {1000 * usage.cpu / pages:.2f} ms/page", file=sys.stderr)
    return {name: median(usages) for name, usages in spent.items()}


def report(spent: dict[str, Usage], pages: int) -> None:
    """Print one row for each contender, then the ratios."""
    base = spent.get("scrapy")
    print(f"{'':11} {'CPU ms/page':>11} {'x scrapy':>9} {'pages/s':>8} {'peak MB':>8}  what it does")
    for name, usage in spent.items():
        times = f"{usage.cpu / base.cpu:9.2f}" if base else f"{'':9}"
        figures = f"{1000 * usage.cpu / pages:11.2f} {times} {pages / usage.wall:8.0f} {usage.peak_mb:8.0f}"
        print(f"{name:11} {figures}  {CONTENDERS[name].__doc__}")
    for name, goal in GOALS:
        if "ours" in spent and name in spent:
            print(f"CPU per page, ours / {name}: {verdict(spent['ours'].cpu / spent[name].cpu, goal)}")


def main() -> None:
    """Measure and print; exit code 1 when a contender did not do its work."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=5_000, metavar="N", help="pages of the web (5000)")
    parser.add_argument(
        "--every", type=int, default=4, metavar="K", help="every K-th page links to the target (4)"
    )
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="turns of each contender (3)")
    known = " ".join(CONTENDERS)
    parser.add_argument(
        "--only",
        nargs="+",
        default=list(CONTENDERS),
        choices=CONTENDERS,
        metavar="NAME",
        help=f"some of: {known}",
    )
    said = parser.parse_args()
    try:
        report(measure(said.pages, said.every, said.rounds, said.only), said.pages)
    except Failed as failure:
        sys.exit(f"error: {failure}")


if __name__ == "__main__":
    main()
