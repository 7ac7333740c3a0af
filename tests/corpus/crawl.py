"""The reading under test: the real spider, started as a user starts it, and what it has stored."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs

from backlink_crawler.index.query import Reader
from backlink_crawler.index.store import Index
from tests.corpus.survey import Seen, collapse

AGENT = "backlink_crawler"
MINUTES = 30
ARGUMENTS = {
    "target": "@targets.txt",
    "seeds": "seeds.txt",
    "resolve": "no",  # a shortener leads nowhere on this machine
    "index": "index",
    "jobs": "jobs",
}
SETTINGS = {
    "DOWNLOAD_DELAY": 0,
    "AUTOTHROTTLE_ENABLED": False,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
    "DOWNLOAD_TIMEOUT": 600,
}
"""The server is our own: nobody is to be spared."""


@attrs.frozen
class Crawl:
    """What a crawl left: the rows of the index's visits and links, and those of its feed."""

    visits: list[dict[str, Any]]
    links: list[dict[str, Any]]
    feed: list[dict[str, Any]]

    @property
    def pages(self) -> list[dict[str, Any]]:
        """The visits that read a page."""
        return [visit for visit in self.visits if visit["outcome"] == "ok"]


def start(folder: Path, proxy: str, targets: tuple[str, ...], seeds: tuple[str, ...]) -> Callable[[], Crawl]:
    """Start ``scrapy crawl backlinks`` through a proxy; the function returned waits for its end and reads what it stored."""
    (folder / "seeds.txt").write_text("\n".join(seeds))
    (folder / "targets.txt").write_text("\n".join(targets))
    command = [sys.executable, "-m", *"scrapy crawl backlinks -o links.jsonl --logfile crawl.log".split()]
    command += [part for name, value in ARGUMENTS.items() for part in ("-a", f"{name}={value}")]
    command += [part for name, value in SETTINGS.items() for part in ("-s", f"{name}={value}")]
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    environment |= {"http_proxy": proxy, "SCRAPY_SETTINGS_MODULE": "backlink_crawler.settings"}
    process = subprocess.Popen(command, cwd=folder, env=environment)

    def end() -> Crawl:
        try:
            code = process.wait(MINUTES * 60)
        finally:
            process.kill()
        log = (folder / "crawl.log").read_text()
        assert code == 0, log[-4000:]
        assert "log_count/ERROR" not in log, log[-4000:]
        return _stored(folder)

    return end


def _stored(folder: Path) -> Crawl:
    reader = Reader(Index.open(folder / "index"))
    feed = (folder / "links.jsonl").read_text("utf-8").splitlines()
    return Crawl(
        reader.rows("SELECT * FROM visits"),
        reader.rows("SELECT * FROM links"),
        [json.loads(row) for row in feed],
    )


def seen(row: dict[str, Any]) -> Seen:
    """A stored link in the words of the survey."""
    return Seen(
        source=row["source_url"],
        kind=row["link_type"],
        url=row["target_url"],
        rel=tuple(row["rel"]),
        anchor=collapse(row["anchor"]),
        anchor_source=row["anchor_source"],
    )
