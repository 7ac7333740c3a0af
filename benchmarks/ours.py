"""Our crawl of the local web, run as a user runs it, and checked."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import web
from measure import Failed, Usage, run, tool

CONCURRENCY = 16
SETTINGS = {
    "LOG_LEVEL": "INFO",
    "CONCURRENT_REQUESTS": CONCURRENCY,
    "CONCURRENT_REQUESTS_PER_DOMAIN": CONCURRENCY,
    "DOWNLOAD_DELAY": 0,
}
"""What every Scrapy process here is run with."""
PROJECT = {"SCRAPY_SETTINGS_MODULE": "backlink_crawler.settings"}


def flags(flag: str, values: Mapping[str, object]) -> list[str]:
    """``-s NAME=VALUE`` for each."""
    return [part for name, value in values.items() for part in (flag, f"{name}={value}")]


def crawl(address: str, folder: Path, pages: int, every: int, *more: str) -> Usage:
    """Crawl the web from its front page to the stored links; raises Failed unless just the right facts are stored."""
    settings = flags("-s", {**SETTINGS, "AUTOTHROTTLE_ENABLED": False})
    arguments = flags(
        "-a",
        {"target": web.TARGET, "seeds": f"{address}/", "max_pages_per_domain": 0, "allow_private": "yes"},
    )
    usage = run([tool("scrapy"), "crawl", "backlinks", *settings, *arguments, *more], folder, PROJECT)
    check(folder / "data" / "index", pages, every)
    return usage


def check(index: Path, pages: int, every: int) -> None:
    """Raise Failed unless the index holds every page once, and every link to the target."""
    counter: list[str | Path] = [sys.executable, Path(__file__).with_name("stored.py"), index]
    found = json.loads(subprocess.run(counter, check=True, capture_output=True, text=True).stdout)
    truth = {"pages": pages, "links": web.truth(pages, every), "twice": 0}
    if found != truth:
        raise Failed(f"our crawl stored {found}, but the web has {truth}")
