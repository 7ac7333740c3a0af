"""Our crawl of the local web, run as a user runs it, and checked."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import web
from measure import Failed, Usage, run, tool

CONCURRENCY = 16
COMMON = ["-s", "LOG_LEVEL=INFO", "-s", f"CONCURRENT_REQUESTS={CONCURRENCY}", "-s", f"CONCURRENT_REQUESTS_PER_DOMAIN={CONCURRENCY}", "-s", "DOWNLOAD_DELAY=0"]
"""What every Scrapy process here is run with."""
PROJECT = {"SCRAPY_SETTINGS_MODULE": "backlink_crawler.settings"}


def crawl(address: str, folder: Path, pages: int, every: int, *more: str) -> Usage:
    """Crawl the web from its front page to the stored links; raises Failed unless just the right facts are stored."""
    command = [tool("scrapy"), "crawl", "backlinks", *COMMON, "-s", "AUTOTHROTTLE_ENABLED=False", *more]
    arguments = {"target": web.TARGET, "seeds": f"{address}/", "max_pages_per_domain": 0}
    usage = run([*command, *(part for name, value in arguments.items() for part in ("-a", f"{name}={value}"))], folder, PROJECT)
    check(folder / "data" / "index", pages, every)
    return usage


def check(index: Path, pages: int, every: int) -> None:
    """Raise Failed unless the index holds every page once, and every link to the target."""
    counted = subprocess.run([sys.executable, Path(__file__).with_name("stored.py"), index], check=True, capture_output=True, text=True)
    found = json.loads(counted.stdout)
    truth = {"pages": pages, "links": sum(web.links_to_target(number, every) for number in range(pages)), "twice": 0}
    if found != truth:
        raise Failed(f"our crawl stored {found}, but the web has {truth}")
