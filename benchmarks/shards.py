"""What two shards cost that one crawl does not: two processes, one on each core, one index.

Eight sites of equal size are crawled through one server on loopback (the pages of web.py), first by one process on one
core, then by two shards at once, each on a core of its own with four of the sites. Processor time is that of the crawling
processes, start and end included; what the start and end of one cost is measured by itself. The server is not pinned,
so that it takes its time from a core that crawls: its own processor time is told.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

import web
from measure import Failed, Usage, median, run, tool, verdict
from ours import PROJECT, SETTINGS, flags

from backlink_crawler.frontier.shard import Shard

SITES = 8
EVERY = 4
GOAL = 1.1
"""CPU per page of two shards, as a multiple of that of one crawl."""


def sites() -> list[str]:
    """As many for each of two shards."""
    names = [f"benchmark-{number}.example" for number in range(100)]
    return [name for shard in (1, 2) for name in list(filter(Shard(shard, 2).owns, names))[: SITES // 2]]


class _Proxy(web._Connection):
    """The same pages on whatever host is asked for, each made once: the server shares a core with a crawler."""

    made: ClassVar[dict[str, bytes]] = {}

    def _answer(self, wanted: str) -> bytes:
        path = "/" + wanted.partition("://")[2].partition("/")[2]
        if path not in self.made:
            self.made[path] = super()._answer(path)
        return self.made[path]


async def _serve(pages: int) -> None:
    known = web.Web(pages, EVERY)
    server = await asyncio.get_running_loop().create_server(
        lambda: _Proxy(known), "127.0.0.1", 0, backlog=1024
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def serving(pages: int) -> Iterator[tuple[str, int]]:
    """A process that serves all sites, as the address of the proxy and its process id."""
    command = [sys.executable, __file__, "--serve", str(pages)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield f"http://127.0.0.1:{int(server.stdout.readline())}", server.pid
        finally:
            server.terminate()


def spent_by(process: int) -> float:
    """Seconds of processor time that a process has spent: proc_pid_stat(5), fields 14 and 15."""
    fields = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def crawl(proxy: str, index: Path, folder: Path, core: int, **said: object) -> Usage:
    """One process on one core, in a folder of its own."""
    folder.mkdir(parents=True)
    seeds = ",".join(f"http://{site}/" for site in sites())
    arguments = {
        "target": web.TARGET,
        "seeds": seeds,
        "max_pages_per_domain": 0,
        "index": index,
        "new_round": "no",
        **said,
    }
    settings = flags("-s", {**SETTINGS, "AUTOTHROTTLE_ENABLED": False})
    command: list[str | Path] = [
        "taskset",
        "-c",
        str(core),
        tool("scrapy"),
        "crawl",
        "backlinks",
        *settings,
        *flags("-a", arguments),
    ]
    return run(command, folder, {**PROJECT, "http_proxy": proxy})


def check(index: Path, pages: int) -> None:
    """Raise Failed unless the index holds every page of every site once, and every link to the target."""
    counter: list[str | Path] = [sys.executable, Path(__file__).with_name("stored.py"), index]
    found = json.loads(subprocess.run(counter, check=True, capture_output=True, text=True).stdout)
    truth = {"pages": SITES * pages, "links": SITES * web.truth(pages, EVERY), "twice": 0}
    if found != truth:
        raise Failed(f"our crawl stored {found}, but the sites have {truth}")


def one(proxy: str, folder: Path, pages: int) -> Usage:
    """All sites by one process."""
    usage = crawl(proxy, folder / "index", folder / "one", 0)
    check(folder / "index", pages)
    return usage


def two(proxy: str, folder: Path, pages: int) -> Usage:
    """Four sites by each of two shards at once: their processor time in all, and the time until both had ended."""
    with ThreadPoolExecutor(2) as pool:
        shards = list(
            pool.map(lambda n: crawl(proxy, folder / "index", folder / str(n), n - 1, shard=f"{n}/2"), (1, 2))
        )
    check(folder / "index", pages)
    return Usage(sum(s.cpu for s in shards), max(s.wall for s in shards), max(s.peak for s in shards))


def start(proxy: str, folder: Path, _pages: int) -> Usage:
    """One page by one process: what its start and end cost."""
    return crawl(proxy, folder / "index", folder / "start", 0, max_pages=1)


CONTENDERS = {"start": start, "one": one, "two": two}


def main() -> None:
    """Measure and print; exit code 1 when a page was not stored, or twice."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--pages", type=int, default=1_250, metavar="N", help="pages of each of the eight sites (1250)"
    )
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="turns of each contender (3)")
    parser.add_argument("--serve", type=int, default=0, help=argparse.SUPPRESS)
    said = parser.parse_args()
    if said.serve:
        with suppress(KeyboardInterrupt):
            asyncio.run(_serve(said.serve))
        return
    try:
        measure(said.pages, said.rounds)
    except Failed as failure:
        sys.exit(f"error: {failure}")


def measure(pages: int, rounds: int) -> None:
    """Print what each contender cost, and the ratios."""
    spent: dict[str, list[Usage]] = {name: [] for name in CONTENDERS}
    served: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    with serving(pages) as (proxy, server):
        for _ in range(rounds):
            for name, contender in CONTENDERS.items():
                before = spent_by(server)
                with TemporaryDirectory(prefix="benchmark-") as folder:
                    spent[name].append(contender(proxy, Path(folder), pages))
                served[name].append(spent_by(server) - before)
                print(
                    f"{name}: {spent[name][-1].cpu:.1f} s CPU, {spent[name][-1].wall:.1f} s", file=sys.stderr
                )
    usage = {name: median(usages) for name, usages in spent.items()}
    read = SITES * pages
    for name in ("one", "two"):
        figures = f"{1000 * usage[name].cpu / read:.2f} ms CPU a page, {usage[name].wall:.1f} s, {read / usage[name].wall:.0f} pages/s"
        print(f"{name}: {figures}; the server {min(served[name]):.1f} s CPU")
    print(f"start and end of a process: {usage['start'].cpu:.1f} s CPU")
    print(f"CPU per page, two / one: {verdict(usage['two'].cpu / usage['one'].cpu, GOAL)}")
    net = {
        name: usage[name].cpu - processes * usage["start"].cpu for name, processes in (("one", 1), ("two", 2))
    }
    print(f"the same without start and end: {net['two'] / net['one']:.2f}")
    print(f"time, two / one: {usage['two'].wall / usage['one'].wall:.2f} (0.50 is all there is to win)")


if __name__ == "__main__":
    main()
