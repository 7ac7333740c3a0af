"""The option internal_links on a real crawl of the local web: what it brings, and that nothing else changes by it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import attrs
import pytest

from backlink_crawler.localweb.server import LocalWeb
from tests.crawl.conftest import QUICK, scrapy
from tests.index_rows import stored
from tests.program import backlinks

TARGETS = "greenfingers.example,acme.example,prefix:spadeforum.example/t"
SEEDS = "greenfingers.example,spadeforum.example,hedgerow.example,signpost.example"
TIMES = frozenset(
    "fetched_at crawl_id run started_at finished_at elapsed_ms since first_seen absent_before last_seen last_checked read_at"
    " gone_since seen_at after before event_id job options host first_read last_read first_crawl as_of".split()
)
"""What differs between two runs of the same crawl."""


@attrs.frozen
class Run:
    directory: Path
    rows: dict[str, list[str]]
    feeds: dict[str, list[str]]
    summary: dict[str, Any]

    @property
    def index(self) -> str:
        return str(self.directory / "data/index")


def timeless(value: Any) -> Any:
    """A value without what differs between two runs, whatever order it came in."""
    if isinstance(value, dict):
        return {name: timeless(one) for name, one in sorted(value.items()) if name not in TIMES}
    return [timeless(one) for one in value] if isinstance(value, list) else value


def told(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(timeless(row), default=str) for row in rows)


def run(directory: Path, asked: str) -> Run:
    with LocalWeb() as web:
        done = scrapy(
            "crawl", "backlinks", "-a", f"target={TARGETS}", "-a", f"seeds={SEEDS}", "-a", f"internal_links={asked}",
            "-a", "summary_json=summary.json", "-a", "per_target=feeds/%(target)s.jsonl", "-O", "links.jsonl", "-O", "links.csv",
            "-O", "links.parquet", *QUICK, "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=1", cwd=directory, proxy=web.proxy_url,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    assert "] ERROR" not in done.stderr
    tables = {
        name: stored(directory / "data/index", name) for name in ("backlinks", "events", "visits", "links")
    }
    summaries = [
        {**row, "data": json.loads(row["data"])} for row in stored(directory / "data/index", "summaries")
    ]
    tables["links"] = [row for row in tables["links"] if row["target"] is not None]
    feeds = {
        path.name: told([json.loads(line) for line in path.read_text().splitlines()])
        for path in (directory / "links.jsonl", *(directory / "feeds").iterdir())
    }
    feeds["lines of links.csv"] = [str(len((directory / "links.csv").read_text().splitlines()))]
    rows = {name: told(table) for name, table in {**tables, "summaries": summaries}.items()}
    return Run(directory, rows, feeds, json.loads((directory / "summary.json").read_text()))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Run]:
    """The same crawl without the option and with it."""
    without, having = (run(tmp_path_factory.mktemp(f"internal_{asked}"), asked) for asked in ("no", "yes"))
    return without, having


@pytest.mark.parametrize("table", ["backlinks", "events", "summaries", "visits", "links"])
def test_the_same_facts_and_history(runs: tuple[Run, Run], table: str) -> None:
    without, having = runs
    assert without.rows[table]
    assert having.rows[table] == without.rows[table]


def test_the_same_feeds_and_counts(runs: tuple[Run, Run]) -> None:
    without, having = runs
    assert without.feeds["links.jsonl"]
    assert having.feeds == without.feeds
    counted = ("pages", "outcomes", "links", "targets", "rel_types", "not_fetched")
    assert {name: having.summary[name] for name in counted} == {
        name: without.summary[name] for name in counted
    }


def test_without_it_there_are_none(runs: tuple[Run, Run]) -> None:
    code, out, err = backlinks("internal", "greenfingers.example", "--index", runs[0].index)
    assert (code, out) == (0, "")
    assert "No page of the own sites of greenfingers.example has been read with its internal links." in err
    assert "--internal-links yes" in err


def test_pages_of_the_own_site_by_their_links(runs: tuple[Run, Run]) -> None:
    """The layout of the blog links to its home page, page 2, about and links from every page; posts stand on lists of them."""
    code, out, _ = backlinks(
        "internal", "greenfingers.example", "--index", runs[1].index, "--format", "jsonl"
    )
    assert code == 0
    pages = {
        row["url"].removeprefix("http://greenfingers.example"): row
        for row in map(json.loads, out.splitlines())
    }
    others = sum(row["is_read"] for row in pages.values()) - 1
    assert others >= 8
    assert {path: pages[path]["pages_in"] for path in ("/", "/page/2", "/about", "/links")} == dict.fromkeys(
        ("/", "/page/2", "/about", "/links"), others
    )
    assert pages["/"]["links_in"] == 2 * others
    assert (pages["/page/3"]["pages_in"], pages["/page/3"]["top_anchor"], pages["/page/3"]["content_in"]) == (
        1,
        "more on page 3",
        1,
    )
    assert not any(row["is_orphan"] for row in pages.values())


def test_what_a_site_links_to(runs: tuple[Run, Run]) -> None:
    code, out, err = backlinks("outgoing", "spadeforum.example", "--index", runs[1].index)
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()[1:]] == ["acme.example"]
    assert "Only links to acme.example" in err


def test_it_reclassifies_to_the_same_and_is_forgotten(runs: tuple[Run, Run]) -> None:
    having = runs[1]
    kept = sum(row["target"] is None for row in stored(having.index, "links"))
    assert kept > 40
    code, _, err = backlinks("reclassify", "--index", having.index, cwd=having.directory)
    assert code == 0, err
    assert sum(row["target"] is None for row in stored(having.index, "links")) == kept
    assert told(stored(having.index, "backlinks")) == having.rows["backlinks"]
    code, _, err = backlinks("forget", "greenfingers.example", "--yes", "--index", having.index)
    assert code == 0, err
    assert not any(
        "greenfingers.example" in (row["target"], row["kept_for"]) for row in stored(having.index, "links")
    )
