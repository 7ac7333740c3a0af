"""Two processes crawl for one target into one index at the same time: nothing is lost, no event is told twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from backlink_crawler.history.fold import rebuild
from backlink_crawler.index.query import Reader
from backlink_crawler.index.store import Index
from backlink_crawler.localweb.server import LocalWeb
from tests.crawl.conftest import QUICK, scrapy

SEEDS = ("greenfingers.example", "harbour-news.example", "spadeforum.example")


def facts(index: Index) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    reader = Reader(index)
    return (
        reader.rows("SELECT * FROM backlinks ORDER BY target, source_key, target_key"),
        reader.rows("SELECT * FROM events ORDER BY event_id"),
    )


@pytest.mark.parametrize(
    "seeds", [(SEEDS[0], SEEDS[1]), (",".join(SEEDS), ",".join(SEEDS))], ids=["two halves", "the same"]
)
def test_at_once(tmp_path: Path, seeds: tuple[str, str]) -> None:
    with LocalWeb() as web, ThreadPoolExecutor() as pool:

        def crawl(nth: int) -> tuple[int, str]:
            said = ("-a", "target=acme.example", "-a", f"seeds={seeds[nth]}", "-a", f"job=j{nth}")
            done = scrapy("crawl", "backlinks", *said, *QUICK, cwd=tmp_path, proxy=web.proxy_url)
            return done.returncode, done.stderr[-2_000:]

        for code, log in pool.map(crawl, range(2)):
            assert code == 0, log
    index = Index.open(tmp_path / "data" / "index")
    folded = facts(index)
    assert {row["source_domain"] for row in folded[0]} >= {one.split(",")[0] for one in seeds}
    assert len({row["event_id"] for row in folded[1]}) == len(folded[1])
    rebuild(index)
    assert facts(Index.open(index.uri)) == folded
