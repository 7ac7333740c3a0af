"""Mining a WAT file for links: ours against ``igzip -dc``, which only decompresses it, and against the usual way.

The usual way is that of Common Crawl's own example, cc-pyspark's wat_extract_links.py: warcio, json, urljoin of every link. The file
is made in the shape of Common Crawl's (tests/wat_files.py). All take turns; figures are seconds of processor time on one core,
medians over the rounds, each in a process of its own. What starting it costs is taken off by the same run over a file of one page:
a real file is some 190 MB. The usual way is measured on a part of the file, as it takes so long.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from measure import Failed, run

ROOT = Path(__file__).parent.parent
FILES = 100_000
FILE_BYTES = 190e6
"""Of a full crawl: some 19 TB in 100,000 files."""
TARGET = "target-of-the-benchmark.example"

OURS = """
import sys
from backlink_crawler.classify.target import Targets, parse_target
from backlink_crawler.mining.counts import Counts
from backlink_crawler.mining.wat import visits
targets, counts = Targets(map(parse_target, sys.argv[2:])), Counts()
with open(sys.argv[1], "rb") as stream:
    links = sum(len(visit.links) for visit in visits(stream, targets, counts, crawl_id="benchmark", name="benchmark.wat.gz"))
print(links, counts.responses, counts.damaged)
"""
USUAL = """
import json, sys
from urllib.parse import urljoin, urlsplit
from warcio.archiveiterator import ArchiveIterator
target, links, pages = sys.argv[2], 0, 0
with open(sys.argv[1], "rb") as stream:
    for record in ArchiveIterator(stream):
        if record.rec_type != "metadata" or record.content_type != "application/json":
            continue
        said = json.loads(record.content_stream().read())["Envelope"]
        if said["WARC-Header-Metadata"]["WARC-Type"] != "response":
            continue
        pages += 1
        url = base = said["WARC-Header-Metadata"]["WARC-Target-URI"]
        html = said["Payload-Metadata"]["HTTP-Response-Metadata"].get("HTML-Metadata", {})
        head = html.get("Head", {})
        if "Base" in head:
            base = urljoin(url, head["Base"])
        for link in head.get("Link", []) + html.get("Links", []):
            if "url" in link:
                try:
                    host = urlsplit(urljoin(base, link["url"])).hostname or ""
                except ValueError:
                    continue
                links += host == target or host.endswith("." + target)
print(links, pages, 0)
"""


def write(path: Path, megabytes: float, share: float) -> int:
    """Write a file of this size at least, with a link to the target in so many of its pages; returns their number."""
    sys.path.insert(0, str(ROOT / "tests"))
    from wat_files import packed, random_captures, warcinfo

    hits = {f"https://www.{TARGET}/page": share}
    pages = 0
    with path.open("wb") as out:
        out.write(packed(warcinfo()))
        for members, _ in random_captures(7, 1_000_000, hits):
            out.write(members)
            pages += 1
            if out.tell() >= megabytes * 1e6:
                break
    return pages


class Way:
    """A program, its arguments after the file, and the seconds that it took of each file."""

    def __init__(self, name: str, code: str, *arguments: str) -> None:
        self.name = name
        self._command = [sys.executable, "-c", code]
        self._arguments = arguments
        self.links = -1

    def spend(self, file: Path, folder: Path, pages: int) -> float:
        """Seconds for a file; raises Failed when the program did not see all of its pages."""
        spent = run([*self._command, file, *self._arguments], folder, {"PYTHONPATH": str(ROOT)})
        self.links, seen, damaged = map(int, (folder / "output.log").read_text().split())
        if (seen, damaged) != (pages, 0):
            raise Failed(f"{self.name}: {seen} of {pages} pages, {damaged} damaged")
        return spent.cpu


class Igzip(Way):
    """The decompression alone."""

    def __init__(self) -> None:
        super().__init__("igzip -dc", "")

    def spend(self, file: Path, folder: Path, pages: int) -> float:
        """Seconds for a file."""
        return run(["igzip", "-dc", file], folder).cpu


def many(count: int) -> Iterator[str]:
    """Targets like real ones, of which the file has no links."""
    import random

    chance = random.Random(11)
    for number in range(count):
        name = "".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(4, 14)))
        yield f"{name}{number % 7 or ''}.{('com', 'org', 'net', 'de', 'co.uk', 'io', 'fr')[number % 7]}"


def measure(folder: Path, megabytes: float, share: float, rounds: int, part: float) -> None:
    """Measure all and print."""
    full, some, one = folder / "full.wat.gz", folder / "part.wat.gz", folder / "one.wat.gz"
    pages = {full: write(full, megabytes, share), some: write(some, part, share), one: write(one, 0, share)}
    ways = {
        "igzip": (Igzip(), full),
        "one": (Way("one target", OURS, TARGET), full),
        "thousand": (Way("1,000 targets", OURS, TARGET, *many(999)), full),
        "every": (Way("every link to another site", OURS), some),
        "usual": (Way("the usual way", USUAL, TARGET), some),
    }
    speed: dict[str, float] = {}
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, (way, file) in ways.items():
            spent[name].append(-way.spend(one, folder, 1) + way.spend(file, folder, pages[file]))
    print(
        f"{pages[full]:,} pages, {full.stat().st_size / 1e6:.0f} MB; {ways['one'][0].links} links to the target"
    )
    for name, (way, file) in ways.items():
        seconds = sorted(spent[name])[rounds // 2]
        speed[name] = (file.stat().st_size - one.stat().st_size) / 1e6 / seconds
        hours = FILES * FILE_BYTES / 1e6 / speed[name] / 3600
        print(
            f"  {way.name:28} {speed[name]:7.1f} MB/s of processor time {hours:7,.0f} core-hours for {FILES:,} files"
        )
    for said, ratio, goal in (
        ("one target / igzip -dc", speed["one"] / speed["igzip"], 0.75),
        ("one target / the usual way", speed["one"] / speed["usual"], 30),
        ("every link / the usual way", speed["every"] / speed["usual"], 6),
    ):
        print(f"  {said}: {ratio:.2f} (goal at least {goal}: {'met' if ratio >= goal else 'MISSED'})")
    cost = speed["one"] / speed["thousand"]
    print(
        f"  cost of 1,000 targets / of one: {cost:.2f} (goal at most 1.5: {'met' if cost <= 1.5 else 'MISSED'})"
    )


def main() -> None:
    """Measure and print; exit code 1 when one did not do its work."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", type=float, default=60, metavar="MB", help="of the file, compressed (60)")
    parser.add_argument("--part", type=float, default=6, metavar="MB", help="for what is slow (6)")
    parser.add_argument(
        "--hits", type=float, default=0.001, metavar="SHARE", help="of pages that link (0.001)"
    )
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="turns of each (3)")
    said = parser.parse_args()
    if shutil.which("igzip") is None:
        sys.exit("error: igzip is not installed\nhint: apt-get install isal")
    try:
        with TemporaryDirectory(prefix="benchmark-") as name:
            measure(Path(name), said.size, said.hits, said.rounds, said.part)
    except Failed as failure:
        sys.exit(f"error: {failure}")


if __name__ == "__main__":
    main()
