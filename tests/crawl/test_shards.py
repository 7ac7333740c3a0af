"""A crawl parted among shards reads what one crawl reads, and each domain is asked by one shard alone."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import attrs
import pytest

from backlink_crawler.frontier.shard import Shard
from backlink_crawler.index.query import Reader
from backlink_crawler.index.store import Index
from backlink_crawler.items import LINK_FIELDS
from backlink_crawler.localweb.server import LocalWeb
from backlink_crawler.urls import domain_of, host_of
from tests.crawl.conftest import QUICK, scrapy
from tests.random_web import RandomWeb

OF_THE_RUN = frozenset({"fetched_at", "crawl_id"})
TARGET = {"target": "acme.example", "max_copies": "0"}
CRAWLS = {
    "hops": {"seeds": "site0.example/0", "hops": "2"},
    "a budget for each domain": {
        "seeds": ",".join(f"site{n}.example/0" for n in range(8)),
        "max_pages_per_domain": "4",
    },
}


@attrs.frozen
class Machines:
    """A crawl in parts, each with a directory of its own, as if on a machine of its own; the index is what they share."""

    directory: Path
    web: LocalWeb
    arguments: dict[str, str]

    @property
    def index(self) -> Index:
        return Index.open(self.directory / "index")

    def run(self, shard: str = "", spider: str = "backlinks", **more: str) -> dict[str, Any]:
        """One run of one shard; its summary."""
        place = self.directory / f"machine-{shard.partition('/')[0]}"
        place.mkdir(parents=True, exist_ok=True)
        said = {
            **self.arguments,
            "index": str(self.directory / "index"),
            "summary_json": "summary.json",
            "shard": shard,
            **more,
        }
        given = [word for name, value in said.items() for word in ("-a", f"{name}={value}")]
        done = scrapy(
            "crawl", spider, *given, "-s", f"USER_AGENT=shard {shard}", *QUICK,
            "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=1",  # a budget is spent in one order
            cwd=place, proxy=self.web.proxy_url,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3_000:]
        return dict(json.loads((place / "summary.json").read_text()))

    def all(self, count: int, **more: str) -> list[dict[str, Any]]:
        """All shards at once."""
        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(lambda n: self.run(f"{n}/{count}", **more), range(1, count + 1)))

    def to_the_end(self, count: int) -> int:
        """All shards, until none hands anything over; how many rounds that took."""
        self.all(count)
        rounds = 1
        while sum(run["pages"] for run in self.all(count, new_round="no")):
            rounds += 1
            assert rounds < 10, "the shards hand over for ever"
        return rounds

    def pages(self) -> set[str]:
        return {row["source_url"] for row in self.rows("SELECT source_url FROM visits WHERE outcome = 'ok'")}

    def links(self) -> set[tuple[str, ...]]:
        """All links with every field but those that name the run."""
        fields = [name for name in LINK_FIELDS if name not in OF_THE_RUN]
        return {tuple(map(str, row.values())) for row in self.rows(f"SELECT {', '.join(fields)} FROM links")}

    def rows(self, statement: str) -> list[dict[str, Any]]:
        return Reader(self.index).rows(statement)


@pytest.mark.parametrize("said", CRAWLS.values(), ids=CRAWLS)
def test_the_union_of_the_shards_is_the_crawl(tmp_path: Path, said: dict[str, str]) -> None:
    with LocalWeb(handlers=RandomWeb(12, 6, seed=7).handlers()) as web:
        whole = Machines(tmp_path / "whole", web, TARGET | said)
        whole.run()
        asked = len(web.log)
        parts = Machines(tmp_path / "parts", web, TARGET | said)
        parts.to_the_end(2)
        by_domain: dict[str, set[str]] = {}
        for seen in list(web.log)[asked:]:
            by_domain.setdefault(domain_of(host_of(seen.url)), set()).add(seen.user_agent)
    assert {len(shards) for shards in by_domain.values()} == {1}, "a domain was asked by two shards"
    assert {name for names in by_domain.values() for name in names} == {"shard 1/2", "shard 2/2"}
    assert parts.pages() == whole.pages()
    assert parts.links() == whole.links()
    assert len(whole.pages()) > 20
    visited = Counter(
        domain_of(host_of(row["requested_url"])) for row in parts.rows("SELECT requested_url FROM visits")
    )
    assert max(visited.values()) == int(said.get("max_pages_per_domain", visited["acme.example"]))
    crawls = parts.rows("SELECT * FROM crawls")
    assert len({row["crawl_id"] for row in crawls}) == 1, "the shards of a crawl are one crawl"
    assert {row["kind"] for row in parts.rows("SELECT kind FROM events")} == {"baseline"}


def test_a_shard_goes_on_and_begins_anew(tmp_path: Path) -> None:
    """A shard alone hands over; what it is handed takes up its last round; a machine that is lost is made up for."""
    with LocalWeb(handlers=RandomWeb(12, 6, seed=7).handlers()) as web:
        parts = Machines(tmp_path, web, TARGET | CRAWLS["hops"])
        owner, other = ("1/2", "2/2") if Shard(1, 2).owns("site0.example") else ("2/2", "1/2")
        first = parts.run(owner)
        assert first["pages"] > 0
        assert first["handed_over"] > 0
        idle = parts.run(owner, new_round="no")
        assert (idle["pages"], idle["resumed"], idle["crawl_id"]) == (0, True, first["crawl_id"])
        taken = parts.run(other)
        assert taken["pages"] > 0
        more = parts.run(owner)
        assert (more["crawl_id"], more["resumed"]) == (first["crawl_id"], True), (
            "what was handed over is taken up first"
        )
        while parts.run(other, new_round="no")["pages"] or parts.run(owner, new_round="no")["pages"]:
            pass
        read = parts.pages()
        shutil.rmtree(tmp_path / f"machine-{other[0]}")
        again = parts.run(other)
        assert again["crawl_id"] == first["crawl_id"], "a new machine joins the round that the others are in"
        assert parts.pages() == read
        second = parts.run(owner)
        assert second["crawl_id"] != first["crawl_id"], "nothing was left to do: a new round"


def test_shards_recheck_the_pages_of_their_domains(tmp_path: Path) -> None:
    with LocalWeb(handlers=RandomWeb(12, 6, seed=7).handlers()) as web:
        machines = Machines(tmp_path, web, TARGET)
        machines.run(**CRAWLS["hops"])
        linking = {row["source_url"] for row in machines.rows("SELECT source_url FROM links")}
        del machines.arguments["max_copies"]
        asked = len(web.log)
        for shard in ("1/2", "2/2"):
            machines.run(shard, spider="recheck", older_than="0")
        seen = {
            (one.url, one.user_agent) for one in list(web.log)[asked:] if not one.url.endswith("robots.txt")
        }
    assert {url for url, _ in seen} >= linking
    assert len({url for url, _ in seen}) == len(seen), "no page is checked by two shards"
    assert {name for _, name in seen} == {"shard 1/2", "shard 2/2"}
