"""One crawl of the whole bundled web, as a user would run it, for all tests that look at its results."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest

from backlink_crawler.localweb import truth
from backlink_crawler.localweb.server import LocalWeb

SECONDS = 900
"""For whatever ends by itself: what is waited for longer hangs."""
QUICK = (
    "-s",
    "DOWNLOAD_DELAY=0",
    "-s",
    "AUTOTHROTTLE_ENABLED=False",
    "-s",
    "CONCURRENT_REQUESTS_PER_DOMAIN=4",
    "-s",
    "BACKLINKS_RETRY_DELAYS=0",
    "-s",
    "DOWNLOAD_TIMEOUT=300",
)


@attrs.frozen
class Run:
    """What one crawl left behind."""

    directory: Path
    code: int
    log: str
    links: list[dict[str, Any]]
    requests: list[tuple[str, str]]
    """(method, URL) of all that the web was asked for."""

    @property
    def summary(self) -> dict[str, Any]:
        return json.loads((self.directory / "summary.json").read_text())


def scrapy(*arguments: str, cwd: Path, proxy: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the scrapy tool as a user would."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BACKLINKS_")}
    environment |= {
        "SCRAPY_SETTINGS_MODULE": "backlink_crawler.settings",
        "http_proxy": proxy,
        "no_proxy": "127.0.0.1",
    }
    environment |= variables
    command = [sys.executable, "-m", "scrapy", *arguments]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=SECONDS)


@contextmanager
def started(command: Sequence[str], **how: Any) -> Iterator[subprocess.Popen[Any]]:
    """A process that does not outlive the block, whatever fails in it."""
    with subprocess.Popen(command, **how) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture(scope="session")
def web_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The bundled web, crawled once from its seeds."""
    directory = tmp_path_factory.mktemp("web_run")
    (directory / "backlinks.toml").write_text(truth.config(), encoding="utf-8")
    (directory / "seeds.txt").write_text("\n".join(truth.seeds()), encoding="utf-8")
    feeds = (
        "-O",
        "links.jsonl",
        "-O",
        "links.csv",
        "-O",
        "links.json",
        "-O",
        "links.parquet",
        "-O",
        "links.xml",
    )
    with LocalWeb() as web:
        done = scrapy(
            "crawl", "backlinks", "-a", f"target={','.join(truth.targets())}", "-a", "seeds=seeds.txt",
            "-a", "summary_json=summary.json", *feeds, *QUICK, cwd=directory, proxy=web.proxy_url,
        )  # fmt: skip
        requests = [(seen.method, seen.url) for seen in web.log]
    assert done.returncode == 0, done.stderr[-4000:]
    links = [json.loads(line) for line in (directory / "links.jsonl").read_text().splitlines()]
    return Run(directory, done.returncode, done.stderr, links, requests)
