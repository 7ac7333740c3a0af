"""What a crawl fetches depends neither on the order in which pages come nor on how many shards it is parted into."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from backlink_crawler.frontier.row import Page
from backlink_crawler.frontier.scope import Scope
from backlink_crawler.frontier.shard import Shard
from backlink_crawler.frontier.store import JobStore
from backlink_crawler.urls import host_of
from tests.random_web import RandomWeb

SEED = "http://site0.example/0"


def crawl(path: Path, world: dict[str, list[str]], scope: Scope, dice: st.DataObject, shard: Shard | None, handed: list[tuple[str, int, int]]) -> set[str]:  # fmt: skip
    """One round of one shard, a page at a time in any order; what it fetched."""
    store = JobStore(path)
    store.shard, store.nearest = shard, scope.is_bounded
    store.add_seeds([SEED])
    store.add_handed(handed)
    fetched: set[str] = set()
    while hosts := store.pending_hosts(1_000):
        rows = [row for _, name, _, _ in hosts for row in store.take(name, 1_000, ())]
        row = dice.draw(st.sampled_from(rows))
        assert shard is None or shard.owns(row.host)
        fetched.add(row.url)
        store.commit([Page(row, None, found=scope.admit(world[row.url], row.url, row.depth, row.hops))])
    assert store.totals()[0] == 0
    store.close()
    return fetched


def handed_over(path: Path) -> list[dict[str, object]]:
    """What waits in the outbox for other shards, taken out."""
    store = JobStore(path)
    handed: list[dict[str, object]] = []
    while (batch := store.outbox.seal(1_000)) is not None:
        handed += [one for facts in store.outbox.batch(batch) for one in json.loads(facts)["handed"]]
        store.outbox.drop(batch)
    store.close()
    return handed


@settings(max_examples=25)
@given(
    dice=st.data(),
    seed=st.integers(0, 10_000),
    hops=st.integers(0, 3),
    depth=st.integers(0, 4),
    count=st.integers(2, 4),
)
def test_any_order_and_any_number_of_shards(dice: st.DataObject, seed: int, hops: int, depth: int, count: int) -> None:  # fmt: skip
    world = {url: targets for url, (_, targets) in RandomWeb(5, 4, seed).world().items()}
    scope = Scope("site", depth, hops)
    with tempfile.TemporaryDirectory() as place:
        whole = crawl(Path(place, "whole"), world, scope, dice, None, [])
        union: set[str] = set()
        table: list[tuple[str, int, int]] = []
        shards = [Shard(number, count) for number in range(1, count + 1)]
        news = True
        while news:
            news = False
            for shard in shards:
                path = Path(place, f"shard-{shard.number}")
                mine = [entry for entry in table if shard.owns(host_of(entry[0]))]
                union |= crawl(path, world, scope, dice, shard, mine)
                handed = handed_over(path)
                table += [(str(one["url"]), int(str(one["depth"])), int(str(one["hops"]))) for one in handed]
                news = news or bool(handed)
        assert union == whole
        assert whole == reachable(world, scope)


def reachable(world: dict[str, list[str]], scope: Scope) -> set[str]:
    """The same by definition: every page's depth and hops are the least of all ways to it, each for itself."""
    near = {SEED: (0, 0)}
    changed = True
    while changed:
        changed = False
        for url, (depth, hops) in list(near.items()):
            for found, away, left in scope.admit(world[url], url, depth, hops):
                known = near.get(found, (away + 1, left + 1))
                nearer = (min(known[0], away), min(known[1], left))
                if nearer != known:
                    near[found], changed = nearer, True
    return set(near)
