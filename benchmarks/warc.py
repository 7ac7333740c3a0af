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
PAGES, HOSTILE = "pages.warc.gz", "hostile.warc.gz"
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


def write_pages(path: Path, most: int) -> int:
    """The file of documentation; returns how many bytes of HTML it holds."""
    found = [
        one
        for one in sorted(Path("/usr/share/doc").rglob("*.html"))
        if one.is_file() and not one.is_symlink()
    ]
    if len(found) < most:
        sys.exit(
            f"error: {len(found)} pages below /usr/share/doc (hint: install postgresql-doc-15 and apache2-doc)"
        )
    size = 0
    with path.open("wb") as file:
        for one in random.Random(1).sample(found, most):
            body = one.read_bytes()
            size += len(body)
            file.write(page(f"http://docs.example{one.as_posix().replace(' ', '%20')}", body))
    return size


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


def make(folder: Path, pages: int) -> int:
    """Both files, made by a process of its own: what this one holds would count towards its children's memory."""
    made = subprocess.run(
        [sys.executable, __file__, "--make", folder, "--pages", str(pages)],
        check=True,
        stdout=subprocess.PIPE,
    )
    return int(made.stdout)


def one_round(archive: Path, folder: Path, pages: int) -> dict[str, Usage]:
    """A turn of each."""
    spent = {}
    for name, (program, *arguments) in CONTENDERS.items():
        spent[name] = run([sys.executable, HERE / program, *arguments, archive], folder)
        said = (folder / "output.log").read_text().split()
        if int(said[0]) != pages:
            raise Failed(f"{name} read {said[0]} pages")
    return spent


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
        write_hostile(options.make / HOSTILE)
        print(write_pages(options.make / PAGES, options.pages))
        return
    with TemporaryDirectory() as place:
        folder = Path(place)
        archive = folder / PAGES
        size = make(folder, options.pages)
        rounds = [one_round(archive, folder, options.pages) for _ in range(options.rounds)]
        spent = {name: median(turn[name] for turn in rounds) for name in CONTENDERS}
        usual = spent["warcio with lxml"]
        print(
            f"{options.pages} pages, {size / 1e6:.0f} MB of HTML, {archive.stat().st_size / 1e6:.0f} MB compressed"
        )
        for name, used in spent.items():
            rate = options.pages / used.cpu
            print(f"{name:<30} {rate:7.0f} pages/s  {used.peak_mb:5.0f} MB  x {usual.cpu / used.cpu:.2f}")
        print(f"goal: {GOAL} times warcio with lxml")
        times = [(seconds_of(1, archive), seconds_of(2, archive)) for _ in range(options.rounds)]
        singles, pairs = zip(*times, strict=True)
        print(f"two processes: {2 * min(singles) / min(pairs):.2f} times one (goal {GOAL_PROCESSES})")
        used = run([sys.executable, HERE / "mine.py", "every", folder / HOSTILE], folder)
        print(f"hostile file: {used.peak_mb:.0f} MB, {used.cpu:.0f} s (goal {GOAL_MB} MB)")


if __name__ == "__main__":
    main()
