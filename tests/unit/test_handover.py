"""URLs of other shards' domains: each is handed over once, reaches the index exactly once, and is taken up by its owner."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from backlink_crawler.errors import UsageError
from backlink_crawler.frontier.exchange import Exchange
from backlink_crawler.frontier.job import Job
from backlink_crawler.frontier.row import Page
from backlink_crawler.frontier.shard import Shard, bucket_of
from backlink_crawler.frontier.store import JobStore
from backlink_crawler.index.handovers import handed_by, handed_to, round_to_join
from backlink_crawler.index.query import Reader
from backlink_crawler.index.store import Index
from backlink_crawler.index.upkeep import compact
from backlink_crawler.options import BY_NAME
from backlink_crawler.reporting.export import by_target
from backlink_crawler.reporting.per_target import check_template
from backlink_crawler.urls import host_of
from tests.dying_index import Dies, feed
from tests.index_rows import link, visit

HOSTS = [f"{name}.example" for name in "abcdefghij"]
MINE = [host for host in HOSTS if Shard(1, 2).owns(host)]
OTHERS = [host for host in HOSTS if not Shard(1, 2).owns(host)]


def test_the_shard_of_a_domain_never_changes() -> None:
    """It is part of what is stored: another hash would hand URLs to nobody."""
    assert bucket_of("example.com") == 712282886289986355
    assert bucket_of("www.shop.example.co.uk") == bucket_of("example.co.uk")
    assert len({bucket_of(host) for host in HOSTS}) == len(HOSTS)


@pytest.mark.parametrize("count", [1, 2, 3, 16, 1000])
def test_every_domain_has_one_shard(count: int) -> None:
    for host in HOSTS:
        assert sum(Shard(number, count).owns(host) for number in range(1, count + 1)) == 1


@pytest.mark.parametrize(
    ("said", "means"),
    [("3/16", "3/16"), (" 03 / 16 ", "3/16"), ("1/1", "1/1"), ("", "")],
)
def test_the_option(said: str, means: str) -> None:
    assert BY_NAME["shard"].read(said, "argument") == means


@pytest.mark.parametrize("said", ["0/4", "5/4", "3", "a/b", "3/", "-1/4", "1/0", "3/16/2", "1.5/2", "９/９9"])
def test_no_shard(said: str) -> None:
    with pytest.raises(UsageError, match="shard"):
        BY_NAME["shard"].read(said, "argument")


def opened(path: Path, *, bounded: bool = False) -> JobStore:
    store = JobStore(path)
    store.shard, store.run = Shard(1, 2), "run"
    store.bounded_depth = store.bounded_hops = bounded
    store.put(crawl_id="crawl-1")
    return store


def handed(store: JobStore) -> list[tuple[str, int, int]]:
    rows = []
    while (batch := store.outbox.seal(100)) is not None:
        for facts in store.outbox.batch(batch):
            rows += [(row["url"], row["depth"], row["hops"]) for row in json.loads(facts)["handed"]]
        store.outbox.drop(batch)
    return rows


def test_handed_over_once_and_again_when_nearer(tmp_path: Path) -> None:
    store = opened(tmp_path / "job.sqlite", bounded=True)
    theirs, ours = f"http://{OTHERS[0]}/", f"http://{MINE[0]}/"
    assert store.add_seeds([ours, theirs]) == {MINE[0]: 1}
    assert handed(store) == [], "seeds of others are theirs to add"
    for depth, hops in ((3, 2), (3, 2), (4, 2), (3, 1), (2, 5)):
        assert store.commit([Page(None, None, found=[(theirs, depth, hops)])]) == {}
    assert handed(store) == [(theirs, 3, 2), (theirs, 3, 1), (theirs, 2, 5)]
    assert store.totals() == (1, 0), "what is handed over is not ours to fetch"
    store.close()


def test_a_page_found_nearer_is_fetched_again_and_no_page_else(tmp_path: Path) -> None:
    store = opened(tmp_path / "job.sqlite", bounded=True)
    url = f"http://{MINE[0]}/page"
    assert store.add_handed([(url, 3, 2)]) == {MINE[0]: 1}
    (row,) = store.take(MINE[0], 10, ())
    assert not row.again
    assert store.commit([Page(row, None)]) == {}
    assert store.add_handed([(url, 3, 2), (url, 4, 9)]) == {}
    assert store.add_handed([(url, 3, 1)]) == {MINE[0]: 1}
    (row,) = store.take(MINE[0], 10, ())
    assert (row.depth, row.hops, row.again) == (3, 1, True)
    assert store.add_handed([(url, 2, 1)]) == {}, "it waits already"
    assert store.commit([Page(row, None)]) == {MINE[0]: 1}, "it was fetched as farther than it is known to be"
    (row,) = store.take(MINE[0], 10, ())
    assert store.commit([Page(row, None)]) == {}
    assert store.totals() == (0, 3)
    store.close()


@pytest.mark.parametrize("after", [False, True])
def test_what_is_handed_over_reaches_the_index_once(tmp_path: Path, after: bool) -> None:
    index = Index.open(tmp_path / "index", create=True)
    path = tmp_path / "job.sqlite"
    store = opened(path)
    urls = [f"http://{host}/" for host in OTHERS]
    store.commit([Page(None, None, found=[(url, 1, 1)]) for url in urls])
    store.close()
    feed(path, Dies(index, after=after))
    feed(path, index)
    assert sorted(row["url"] for row in Reader(index).rows("SELECT url FROM handovers")) == sorted(urls)
    assert sorted(handed_to(index, "crawl", 1, 2, 2)) == sorted((url, 1, 1) for url in urls)
    assert list(handed_to(index, "crawl", 1, 1, 2)) == list(handed_to(index, "crawl", 2, 2, 2)) == []
    assert list(handed_to(index, "cra", 1, 2, 2, datetime(2000, 1, 1, tzinfo=UTC))) == []
    assert handed_by(index, ["run", "another"], 2) == {2}
    assert handed_by(index, ["another"], 2) == set()
    of_eight = {1 + bucket_of(host_of(url)) % 8 for url in urls}
    assert handed_by(index, ["run"], 8) == of_eight, "shards of another number find theirs, too"


def begun(index: Index, number: int, days_ago: int = 0, shard: str = "1/2") -> None:
    started = (datetime.now(UTC) - timedelta(days=days_ago)).isoformat()
    index.record_crawl(
        {
            "crawl_id": f"crawl-{number}",
            "started_at": started,
            "round": number,
            "run": f"run-{number}-{shard}",
            "shard": shard,
            "options": "{}",
        }
    )


def give(index: Index, number: int, url: str, batch: int, handed_at: str = "") -> None:
    """Another shard hands a URL over, in its round of this number."""
    moment = handed_at or datetime.now(UTC).isoformat()
    row = {
        "crawl_id": f"crawl-{number}",
        "bucket": bucket_of(host_of(url)),
        "url": url,
        "depth": 1,
        "hops": 1,
        "run": "x",
        "handed_at": moment,
    }
    index.append("other", batch, [], [], [row])


def test_rounds(tmp_path: Path) -> None:
    index = Index.open(tmp_path / "index", create=True)
    exchange = Exchange(index.uri, "crawl", Shard(2, 2))

    def job(**more: Any) -> Job:
        return Job.open(tmp_path, "job", exchange=exchange, run="r", **more)

    first = job()
    assert (first.crawl_id, first.resumed) == ("crawl-1", False)
    first.close()
    first = job()
    assert (first.resumed, first.reopened) == (True, False), "it did not end"
    first.finish()
    first.close()
    give(index, 1, f"http://{OTHERS[0]}/", 1)
    second = job()
    assert (second.crawl_id, second.reopened) == ("crawl-1", True), (
        "what was handed over belongs to the round"
    )
    second.finish()
    second.close()
    begun(index, 4)
    begun(index, 9)
    idle = job(new_round=False)
    assert (idle.crawl_id, idle.reopened) == ("crawl-1", True)
    idle.finish()
    idle.close()
    third = job()
    assert (third.crawl_id, third.resumed) == ("crawl-9", False), "it joins the round that others are in"
    third.close()


def test_the_round_to_join(tmp_path: Path) -> None:
    index = Index.open(tmp_path / "index", create=True)
    assert round_to_join(index, "crawl", 2) == 0
    begun(index, 4)
    assert (round_to_join(index, "crawl", 2), round_to_join(index, "craw", 2)) == (4, 0)
    assert round_to_join(index, "crawl", 3) == 5, "parted anew, it is a round of its own"
    begun(index, 5, shard="1/3")
    assert (round_to_join(index, "crawl", 3), round_to_join(index, "crawl", 2)) == (5, 6)


def test_a_shard_in_another_round_is_heard(tmp_path: Path) -> None:
    """A slow shard hands over in its round what the owner, a round ahead, takes up when it begins the next."""
    index = Index.open(tmp_path / "index", create=True)
    exchange = Exchange(index.uri, "crawl", Shard(2, 2))
    early, late = (f"http://{host}/" for host in OTHERS[:2])
    give(index, 1, early, 1, "2020-01-01T00:00:00Z")
    for number in (1, 2):
        job = Job.open(tmp_path, "job", exchange=exchange)
        assert job.number == number
        job.finish()
        job.close()
        if number == 1:
            give(index, 1, late, 2)
            job = Job.open(tmp_path, "job", exchange=exchange)
            assert job.store.take(host_of(late), 9, ()), "of its own round it is taken up in that round"
            job.finish()
            job.close()
    give(index, 1, late, 3)
    job = Job.open(tmp_path, "job", exchange=exchange)
    assert (job.number, job.reopened) == (3, False), "what is of another round does not open this one again"
    assert [url for url, _, _ in exchange.handed(3, job.since)] == [late], (
        "nor is it forgotten; what is older is"
    )
    job.close()


def test_a_job_is_of_one_index(tmp_path: Path) -> None:
    job = Job.open(tmp_path, "job", index="here")
    job.close()
    with pytest.raises(UsageError, match="has pages for the index here"):
        Job.open(tmp_path, "job", index="there")
    job = Job.open(tmp_path, "job", index="here")
    job.finish()
    job.close()
    Job.open(tmp_path, "job", index="there").close()


def test_old_handovers_are_forgotten(tmp_path: Path) -> None:
    index = Index.open(tmp_path / "index", create=True)
    for number, days_ago in ((1, 200), (2, 5)):
        begun(index, number, days_ago)
        row = {
            "crawl_id": f"crawl-{number}",
            "bucket": 1,
            "url": "http://a.example/",
            "depth": 1,
            "hops": 1,
            "run": "x",
        }
        index.append("other", number, [], [], [row])
    compact(index)
    assert [row["crawl_id"] for row in Reader(index).rows("SELECT crawl_id FROM handovers")] == ["crawl-2"]


def test_files_per_target_are_apart_for_each_shard(tmp_path: Path) -> None:
    index = Index.open(tmp_path / "index", create=True)
    pages = [f"http://{host}/" for host in HOSTS]
    index.append(
        "job", 1, [visit(page, crawl_id="c") for page in pages], [link(page, crawl_id="c") for page in pages]
    )
    shares = []
    for shard in (Shard(1, 2), Shard(2, 2)):
        files = by_target(Reader(index), "c", shard.owns)
        rows = {name: links.read_all().to_pylist() for name, links in files}  # each is read before the next
        assert list(rows) == ["acme.example"]
        shares.append({row["source_host"] for row in rows["acme.example"]})
    assert shares == [set(MINE), set(OTHERS)]
    check_template("feeds/%(target)s-%(shard)s.csv", is_shard=True)
    check_template("feeds/%(target)s-%(run)s.csv", is_shard=True)
    with pytest.raises(UsageError, match="shards would write the same files"):
        check_template("feeds/%(target)s.csv", is_shard=True)
