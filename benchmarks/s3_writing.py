"""What it costs the crawler's own process to write index and feed to S3, against a directory.

The same crawl of the same local web, in turns: into a local index and a local feed of JSON lines in gzip, and into both on
S3, which is moto's server in a process of its own, without TLS. Each figure is the processor time of the crawler's whole
process (user and system, all threads, start and end included) divided by the pages. What it stored is counted each time.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import web
from measure import Failed, Usage, median, run, tool, verdict
from ours import PROJECT, SETTINGS, flags

GOAL = 1.15
"""Most that a page may cost with S3, as a multiple of what it costs without."""
BUCKET = "backlinks"
PATIENCE = 30.0
"""Seconds until the server must answer."""


@contextmanager
def serving() -> Iterator[dict[str, str]]:
    """moto's server with one bucket; yields the environment that leads AWS tools there."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [str(tool("moto_server")), "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _wait(port)
            environment = {
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret",
                "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true",
            }  # fmt: skip
            _python(_MAKE_BUCKET, environment)
            yield environment
        finally:
            server.terminate()


def _wait(port: int) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise Failed("moto's server does not answer")


_MAKE_BUCKET = f"import boto3; boto3.client('s3').create_bucket(Bucket={BUCKET!r})"
_COUNT_FEED = f"""
import boto3, gzip, sys
store = boto3.client('s3')
keys = [one['Key'] for one in store.list_objects_v2(Bucket={BUCKET!r}, Prefix=sys.argv[1])['Contents']]
bodies = [store.get_object(Bucket={BUCKET!r}, Key=key)['Body'].read() for key in keys]
print(sum(gzip.decompress(body).count(b'\\n') for body in bodies))
"""


def _python(program: str, environment: Mapping[str, str], *arguments: str) -> str:
    """What a program prints; this process itself stays small."""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        check=True, capture_output=True, text=True, env={**os.environ, **environment},
    )  # fmt: skip
    return done.stdout


class Turn:
    """One crawl of the web with ``pages`` pages, of which every ``every``-th links to the target."""

    def __init__(self, address: str, pages: int, every: int, s3: Mapping[str, str]) -> None:
        self.address, self.pages, self.every, self.s3 = address, pages, every, s3

    def directory(self, folder: Path, batch: int) -> Usage:
        """Index and feed in a directory."""
        spent = self._crawl(folder, "data/index", "feed/%(batch_id)05d.jsonl.gz", batch, {})
        self._check(str(folder / "data/index"), {})
        return spent

    def store(self, folder: Path, batch: int) -> Usage:
        """Index and feed on S3."""
        home = f"s3://{BUCKET}/{folder.name}"
        spent = self._crawl(
            folder, f"{home}/index", f"{home}/feed/%(batch_id)05d.jsonl.gz", batch, dict(self.s3)
        )
        self._check(f"{home}/index", self.s3)
        links = int(_python(_COUNT_FEED, self.s3, f"{folder.name}/feed/"))
        if links != web.truth(self.pages, self.every):
            raise Failed(f"the feed on S3 has {links} links")
        return spent

    def _crawl(self, folder: Path, index: str, feed: str, batch: int, environment: dict[str, str]) -> Usage:
        arguments = {
            "target": web.TARGET, "seeds": f"{self.address}/", "max_pages_per_domain": 0, "allow_private": "yes", "index": index,
        }  # fmt: skip
        settings = {**SETTINGS, "AUTOTHROTTLE_ENABLED": False, "FEED_EXPORT_BATCH_ITEM_COUNT": batch}
        command = [
            tool("scrapy"),
            "crawl",
            "backlinks",
            *flags("-s", settings),
            *flags("-a", arguments),
            "-O",
            feed,
        ]
        return run(command, folder, {**PROJECT, **environment})

    def _check(self, index: str, environment: Mapping[str, str]) -> None:
        stored = _python(f"import runpy, sys; sys.argv[1:] = [{index!r}]; {_RUN_STORED}", environment)
        found, truth = json.loads(stored), {"pages": self.pages, "links": web.truth(self.pages, self.every), "twice": 0}  # fmt: skip
        if found != truth:
            raise Failed(f"{index} holds {found}, but the web has {truth}")


_RUN_STORED = f"runpy.run_path({str(Path(__file__).with_name('stored.py'))!r}, run_name='__main__')"


def measure(pages: int, every: int, rounds: int, batch: int) -> dict[str, Usage]:
    """The median of what each way costs."""
    spent: dict[str, list[Usage]] = {"directory": [], "S3": []}
    with web.serving(pages, every) as address, serving() as environment:
        turn = Turn(address, pages, every, environment)
        for number in range(rounds):
            for name, crawl in (("directory", turn.directory), ("S3", turn.store)):
                with TemporaryDirectory(prefix="benchmark-") as folder:
                    usage = crawl(Path(folder), batch)
                spent[name].append(usage)
                print(f"round {number + 1}: {name} {1000 * usage.cpu / pages:.2f} ms/page", file=sys.stderr)
    return {name: median(usages) for name, usages in spent.items()}


def main() -> None:
    """Measure and print; exit code 1 when a crawl did not store what it should have."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=5_000, metavar="N", help="pages of the web (5000)")
    parser.add_argument(
        "--every", type=int, default=4, metavar="K", help="every K-th page links to the target (4)"
    )
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="turns of each (3)")
    parser.add_argument("--batch", type=int, default=1_000, metavar="N", help="links of an object (1000)")
    said = parser.parse_args()
    try:
        spent = measure(said.pages, said.every, said.rounds, said.batch)
    except Failed as failure:
        sys.exit(f"error: {failure}")
    for name, usage in spent.items():
        figures = f"{1000 * usage.cpu / said.pages:6.2f} ms CPU/page {said.pages / usage.wall:6.0f} pages/s {usage.peak_mb:6.0f} MB"
        print(f"{name:9} {figures}")
    print(f"CPU per page, S3 / directory: {verdict(spent['S3'].cpu / spent['directory'].cpu, GOAL)}")


if __name__ == "__main__":
    main()
