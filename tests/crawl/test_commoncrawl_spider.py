"""The spider ``commoncrawl``: what it mines is what a crawl would have recorded, from a server as from files, whenever it is killed."""

from __future__ import annotations

import gzip
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from replay_server import Reply
from test_archive_crawl import CIRCUMSTANCES

from backlink_crawler.index.query import Reader
from backlink_crawler.index.store import Index
from backlink_crawler.items import LINK_FIELDS, VISIT_FIELDS
from backlink_crawler.localweb import truth
from backlink_crawler.localweb.server import LocalWeb
from tests.archive_files import PAGE, Answer, by_warcio
from tests.commoncrawl_server import CRAWL, CommonCrawl
from tests.crawl.conftest import QUICK, SECONDS, scrapy, started
from tests.program import ROOT, backlinks

TARGET = "target=example.com"


def rows(index: Path, statement: str) -> list[dict[str, Any]]:
    return Reader(Index.open(index)).rows(statement)


def facts(index: Path, table: str, fields: tuple[str, ...], where: str = "TRUE") -> list[str]:
    """The rows of a table but for the circumstances, as text, in order."""
    names = ", ".join(name for name in fields if name not in CIRCUMSTANCES)
    found = rows(index, f"SELECT {names} FROM {table} WHERE {where}")
    return sorted(json.dumps(row, default=str) for row in found)


def test_what_is_mined_is_what_was_crawled(tmp_path: Path) -> None:
    (tmp_path / "backlinks.toml").write_text(truth.config(), encoding="utf-8")
    (tmp_path / "seeds.txt").write_text("\n".join(truth.seeds()), encoding="utf-8")
    target = f"target={','.join(truth.targets())}"
    with LocalWeb() as web:
        done = scrapy(
            "crawl", "backlinks", "-a", target, "-a", "seeds=seeds.txt", "-a", "warc=warc", "-a", "resolve=no", "-a", "index=lived",
            *QUICK, cwd=tmp_path, proxy=web.proxy_url,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    done = scrapy("crawl", "commoncrawl", "-a", target, "-a", "paths=warc", "-a", "index=mined", cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]
    # Of a chain of redirects each step is a page of its own there, and nobody can be asked where a shortener leads.
    where = "link_type <> 'redirect'"
    lived, mined = (facts(tmp_path / name, "links", LINK_FIELDS, where) for name in ("lived", "mined"))
    assert len(lived) > 400
    assert mined == lived
    linking = "outcome = 'ok' AND source_key IN (SELECT source_key FROM links) AND source_host <> 'linkbrief.example'"
    lived, mined = (facts(tmp_path / name, "visits", VISIT_FIELDS, linking) for name in ("lived", "mined"))
    assert len(lived) > 150
    assert mined == lived
    states = "SELECT target, target_key, source_key, status, counts, discount, instances FROM backlinks WHERE link_type <> 'redirect' ORDER BY ALL"
    assert rows(tmp_path / "mined", states) == rows(tmp_path / "lived", states)


@pytest.fixture
def published(tmp_path: Path) -> CommonCrawl:
    """A crawl of four archives, each with a page that links to the target and one that does not."""
    crawl = CommonCrawl(tmp_path / "published")
    for number in range(4):
        crawl.page(f"https://page{number}.example/", PAGE.decode(), number=number)
        crawl.page(f"https://silent{number}.example/", "<p>No link.", number=number)
    files = sorted({row.file for row in crawl.rows})
    crawl.write(
        f"crawl-data/{CRAWL}/warc.paths.gz", gzip.compress("".join(f"{file}\n" for file in files).encode())
    )
    return crawl


def test_from_a_server_that_breaks_off_and_asks_for_patience(tmp_path: Path, published: CommonCrawl) -> None:
    with published.server() as server:
        first, second = sorted({f"/{row.file}" for row in published.rows})[:2]
        server.on(first, Reply("slow down", 503, {"Retry-After": "0"}), published.answer)
        server.on(second, Reply("there is no such file", 404))
        arguments = [
            "-a", TARGET, "-a", f"crawl={CRAWL}", "-a", "kind=warc", "-a", f"mirror={server.url}", "-a", "summary_json=summary.json",
            "-a", "_job=1234", "-a", "processes=2",
        ]  # fmt: skip
        done = scrapy("crawl", "commoncrawl", *arguments, cwd=tmp_path)
        assert done.returncode == 1, done.stderr[-3000:]
        summary = json.loads((tmp_path / "summary.json").read_text())
        assert (summary["mined"], summary["missing"], summary["pages"], summary["run"]) == (3, 1, 3, "1234")
        assert "'backlinks/mine/mined': 3" in done.stderr
        assert "'backlinks/exit_code': 1" in done.stderr
        assert "not mined: " in done.stderr
        server.on(second, published.answer)
        asked = len(server.requests)
        done = scrapy("crawl", "commoncrawl", *arguments, cwd=tmp_path)
        assert done.returncode == 0, done.stderr[-3000:]
        assert [request.path for request in server.requests[asked:]] == [
            f"/crawl-data/{CRAWL}/warc.paths.gz",
            second,
        ]
    found = rows(
        tmp_path / "data/index", "SELECT source_url, warc_file, warc_offset FROM visits ORDER BY source_url"
    )
    expected = [
        (row.url, row.file, row.offset)
        for row in sorted(published.rows, key=lambda row: row.url)
        if "page" in row.url
    ]
    assert [tuple(row.values()) for row in found] == expected
    assert not list((tmp_path / "data/jobs").glob("*/*.parquet"))


def test_shards_meet_in_the_index(tmp_path: Path, published: CommonCrawl) -> None:
    program = [sys.executable, "-m", "scrapy", "crawl", "commoncrawl"]
    environment = {
        **os.environ,
        "SCRAPY_SETTINGS_MODULE": "backlink_crawler.settings",
        "PYTHONPATH": str(ROOT),
    }
    said = [TARGET, f"crawl={CRAWL}", "kind=warc", f"mirror={published.root}"]
    first, second = (
        started(
            [*program, *(word for one in (*said, f"shard={shard}/2") for word in ("-a", one))], cwd=tmp_path, env=environment,
            stderr=subprocess.DEVNULL,
        )
        for shard in (1, 2)
    )  # fmt: skip
    with first as one, second as other:
        assert [run.wait(SECONDS) for run in (one, other)] == [0, 0]
    found = rows(
        tmp_path / "data/index", "SELECT count(*) AS n, count(DISTINCT source_url) AS pages FROM visits"
    )
    assert found == [{"n": 4, "pages": 4}]
    told = rows(tmp_path / "data/index", "SELECT DISTINCT crawl_id FROM crawls")
    assert len(told) == 1


HASTY = "from backlink_crawler.mining import job; job.SECONDS_BETWEEN = 0.1; from backlink_crawler.cli import main; main()"
"""Parts are taken over one by one, so that there is much to be interrupted."""


def test_killed_at_any_moment_nothing_is_lost_or_twice(tmp_path: Path) -> None:
    count, chance = 12, random.Random(7)
    (tmp_path / "in").mkdir()
    for nth in range(count):
        answers = [Answer(f"https://page{nth}-{one}.example/", PAGE) for one in range(40)]
        (tmp_path / f"in/{nth:02}.warc.gz").write_bytes(by_warcio(answers))
    program = [sys.executable, "-c", HASTY]
    command = ["mine", "example.com", "--paths", "in", "--processes", "2"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("BACKLINKS_", "AWS_"))}
    for _ in range(6):
        with started(
            [*program, *command],
            cwd=tmp_path,
            env={**clean, "PYTHONPATH": str(ROOT)},
            stderr=subprocess.DEVNULL,
        ) as process:
            while not list((tmp_path / "data/jobs").glob("*/*")) and process.poll() is None:
                time.sleep(0.01)  # it has begun
            time.sleep(chance.uniform(0, 3))
    code, _, said = backlinks(*command, cwd=tmp_path)
    assert code == 0, said
    found = rows(
        tmp_path / "data/index", "SELECT count(*) AS n, count(DISTINCT source_url) AS pages FROM visits"
    )
    assert found == [{"n": 40 * count, "pages": 40 * count}]
    assert rows(tmp_path / "data/index", "SELECT count(*) AS n FROM links") == [{"n": 40 * count}]
    assert rows(tmp_path / "data/index", "SELECT count(*) AS n FROM backlinks") == [{"n": 40 * count}]
    [job] = (tmp_path / "data/jobs").iterdir()
    assert sorted(path.name for path in job.iterdir()) == ["done.jsonl", "heartbeat", "lock"]
