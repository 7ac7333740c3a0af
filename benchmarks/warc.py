"""What reading WARC files costs: ours, against warcio with lxml, on the same file and in one run; memory; two processes.

    python benchmarks/warc.py [--pages 1000] [--rounds 3]

The file holds HTML pages that Debian packages bring below /usr/share/doc, one gzip member a record with its request, as
crawlers write them. All give of each page title, language, robots, canonical and the words of its text; of the links,
warcio with lxml gives text, alt, rel, place, context and markup of every one, ours of every one that leaves the site (or
leads to one target), with its classes, and judges the page besides: is it a wall, what is its main text, does it mention a
target. ``linking`` reads in full only the pages that link to the target. Each figure is the processor time of the whole
process, start and end included; ratios are of medians over rounds in which the contenders take turns.

The hostile file has a record of 600 MB, a bomb, pages that are too large and pages of a hundred thousand links.
"""

from __future__ import annotations

import argparse
import gzip
import random
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from measure import Failed, Usage, median, run

HERE = Path(__file__).parent
ONE, HOSTILE = "one.warc.gz", "hostile.warc.gz"
FILES = {"pages as they come": ("pages.warc.gz", 0, 1.0), "large pages": ("large.warc.gz", 60_000, 0.3)}
"""Set -> its file, the bytes that its pages have at least, and their number as a share of what was asked for."""
GOAL = 2.4
GOAL_PROCESSES = 1.7
GOAL_MB = 500
TARGET = "example.com"
CONTENDERS: dict[str, list[str]] = {
    "warcio with lxml": ["rivals/warcio_lxml.py"],
    "ours, every link that leaves": ["mine.py", "every"],
    "ours, one target": ["mine.py", TARGET],
    "ours, pages that link": ["mine.py", f"linking:{TARGET}"],
}


def member(kind: str, url: str, block: bytes) -> bytes:
    """A record, compressed by itself."""
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2026-10-12T08:30:00Z\r\n"
        f"Content-Type: application/http; msgtype={kind}\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    return gzip.compress(head.encode() + block + b"\r\n\r\n", 6)


def page(url: str, body: bytes) -> bytes:
    """The request and the response of a page."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    return member("request", url, b"GET / HTTP/1.1\r\n\r\n") + member("response", url, head + body)


def write_pages(path: Path, count: int, least: int = 0) -> None:
    """A file of so many pages of documentation, each of so many bytes at least."""
    found = [
        one
        for one in sorted(Path("/usr/share/doc").rglob("*.html"))
        if one.is_file() and not one.is_symlink() and one.stat().st_size >= least
    ]
    if len(found) < count:
        sys.exit(
            f"error: {len(found)} pages of {least} bytes and more below /usr/share/doc, {count} are needed\n"
            "hint: apt-get install postgresql-doc-15 apache2-doc debian-handbook python3-doc"
        )
    with path.open("wb") as file:
        for one in random.Random(1).sample(found, count):
            file.write(page(f"http://docs.example{one.as_posix().replace(' ', '%20')}", one.read_bytes()))


def write_hostile(path: Path) -> None:
    """The file that is to take much memory."""
    link = b'<li><a href="https://other%d.example/page">word</a>'
    many = b"<ul>" + b"".join(link % number for number in range(100_000))
    with path.open("wb") as file:
        file.write(page("http://a.example/1", many))
        file.write(page("http://a.example/2", many + b"x" * (15_000_000 - len(many))))
        file.write(page("http://a.example/3", b"<p>" + b"<i>" * 5_000_000))
        file.write(page("http://a.example/4", b"x" * 30_000_000))
        file.write(member("response", "http://a.example/5", b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"
                          + gzip.compress(gzip.compress(bytes(600_000_000), 1), 1)))  # fmt: skip
        file.write(member("response", "http://a.example/6", b"HTTP/1.1 200 OK\r\n\r\n" + bytes(600_000_000)))
        file.write(page("http://a.example/7", many))


def make(folder: Path, pages: int) -> None:
    """All files, made by a process of its own: what this one holds would count towards its children's memory."""
    made = subprocess.run([sys.executable, __file__, "--make", folder, "--pages", str(pages)], check=False)
    if made.returncode:
        sys.exit(made.returncode)


def write(folder: Path, pages: int) -> None:
    """All files."""
    write_hostile(folder / HOSTILE)
    write_pages(folder / ONE, 1)
    for name, least, share in FILES.values():
        write_pages(folder / name, round(pages * share), least)


def one_round(archive: Path, folder: Path, pages: int) -> dict[str, Usage]:
    """A turn of each."""
    spent = {}
    for name, (program, *arguments) in CONTENDERS.items():
        spent[name] = run([sys.executable, HERE / program, *arguments, archive], folder)
        said = (folder / "output.log").read_text().split()
        if int(said[0]) != pages:
            raise Failed(f"{name} read {said[0]} pages")
    return spent


def compare(kind: str, folder: Path, options: argparse.Namespace) -> None:
    """Measures the contenders on one set of pages, and prints."""
    file, _, share = FILES[kind]
    pages = round(options.pages * share)
    starts, rounds = [], []
    for _ in range(options.rounds):
        starts.append(one_round(folder / ONE, folder, 1))
        rounds.append(one_round(folder / file, folder, pages))
    print(f"{kind}: {pages}, {(folder / file).stat().st_size / 1e6:.0f} MB compressed")
    usual = 0.0
    for name in CONTENDERS:
        start, used = median(turn[name] for turn in starts), median(turn[name] for turn in rounds)
        seconds = used.cpu - start.cpu
        usual = usual or seconds
        print(f"  {name:<30} {pages / seconds:6.0f} pages/s  {used.peak_mb:4.0f} MB  x {usual / seconds:.2f}")


def seconds_of(processes: int, archive: Path) -> float:
    """How long so many processes take by the clock, each reading the file in full."""
    begin = time.perf_counter()
    command = [sys.executable, HERE / "mine.py", TARGET, archive]
    running = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(processes)]
    if any(process.wait() for process in running):
        raise Failed("a process of several failed")
    return time.perf_counter() - begin


def main() -> None:
    """Makes the files, measures, prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.make:
        write(options.make, options.pages)
        return
    with TemporaryDirectory() as place:
        folder = Path(place)
        make(folder, options.pages)
        for kind in FILES:
            compare(kind, folder, options)
        print(f"goal: {GOAL} times warcio with lxml")
        archive = folder / FILES["large pages"][0]
        times = [(seconds_of(1, archive), seconds_of(2, archive)) for _ in range(options.rounds)]
        singles, pairs = zip(*times, strict=True)
        print(f"two processes: {2 * min(singles) / min(pairs):.2f} times one (goal {GOAL_PROCESSES})")
        used = run([sys.executable, HERE / "mine.py", "every", folder / HOSTILE], folder)
        print(f"hostile file: {used.peak_mb:.0f} MB, {used.cpu:.0f} s (goal {GOAL_MB} MB)")


if __name__ == "__main__":
    main()
