"""What a crawl reads depends neither on the order in which pages come nor on how many shards it is parted into."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from backlink_crawler.frontier.row import Page, Row
from backlink_crawler.frontier.scope import Scope
from backlink_crawler.frontier.shard import Shard
from backlink_crawler.frontier.store import JobStore
from backlink_crawler.urls import host_of
from tests.random_web import Page as WebPage
from tests.random_web import RandomWeb

SEED = "http://site0.example/0"
World = dict[str, WebPage]


@attrs.define
class Crawl:
    """One shard of a crawl, or all of it: a page at a time, in any order, as the scheduler does it."""

    path: Path
    world: World
    scope: Scope
    dice: st.DataObject
    shard: Shard | None = None
    read: set[str] = attrs.field(factory=set)

    def run(self, handed: list[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
        """Take up what was handed over and work all off; what is handed over in turn."""
        store = JobStore(self.path)
        store.shard = self.shard
        store.bounded_depth, store.bounded_hops = bool(self.scope.depth), bool(self.scope.hops)
        store.add_seeds([SEED])
        store.add_handed(handed)
        while hosts := store.pending_hosts(1_000):
            rows = [row for _, name, _, _ in hosts for row in store.take(name, 1_000, ())]
            row = self.dice.draw(st.sampled_from(rows))
            assert self.shard is None or self.shard.owns(row.host)
            store.commit(self._visit(row))
        assert store.totals()[0] == 0
        given = _outbox(store)
        store.close()
        return given

    def _visit(self, row: Row) -> list[Page]:
        url, sent = row.url, [row.url]
        while self.world[url][0] == "moved":
            (away,) = self.world[url][1]
            if not self.scope.allows_redirect(url, away, row.depth, row.hops) or away in sent:
                return [Page(row, None)]
            if self.shard is not None and not self.shard.owns(host_of(away)):
                return [Page(None, None, found=[(away, row.depth, row.hops)]), Page(row, None)]
            sent.append(url := away)
        self.read.add(url)
        found = self.scope.admit(self.world[url][1], url, row.depth, row.hops)
        return [Page(row, None, url if url != row.url else "", found)]


def _outbox(store: JobStore) -> list[tuple[str, int, int]]:
    handed: list[tuple[str, int, int]] = []
    while (batch := store.outbox.seal(1_000)) is not None:
        rows = [one for facts in store.outbox.batch(batch) for one in json.loads(facts)["handed"]]
        handed += [(one["url"], one["depth"], one["hops"]) for one in rows]
        store.outbox.drop(batch)
    return handed


@settings(max_examples=30)
@given(
    dice=st.data(),
    seed=st.integers(0, 10_000),
    hops=st.integers(0, 3),
    depth=st.integers(0, 4),
    count=st.integers(2, 4),
)
def test_any_order_and_any_number_of_shards(
    dice: st.DataObject, seed: int, hops: int, depth: int, count: int
) -> None:
    world = RandomWeb(5, 4, seed).world()
    scope = Scope("site", depth, hops)
    with tempfile.TemporaryDirectory() as place:
        whole = Crawl(Path(place, "whole"), world, scope, dice)
        whole.run([])
        shards = [
            Crawl(Path(place, f"shard-{n}"), world, scope, dice, Shard(n, count)) for n in range(1, count + 1)
        ]
        table: list[tuple[str, int, int]] = []
        news = True
        while news:
            news = False
            for crawl in shards:
                mine = [entry for entry in table if crawl.shard and crawl.shard.owns(host_of(entry[0]))]
                handed = crawl.run(mine)
                table += handed
                news = news or bool(handed)
        assert whole.read == reachable(world, scope)
        assert set.union(*(crawl.read for crawl in shards)) == whole.read


def reachable(world: World, scope: Scope) -> set[str]:
    """The same by definition: every page's depth and hops are the least of all ways to it, each for itself."""
    near = {SEED: (0, 0)}
    changed = True
    while changed:
        changed = False
        for url, (depth, hops) in list(near.items()):
            kind, targets = world[url]
            if kind == "moved":
                allowed = scope.allows_redirect(url, targets[0], depth, hops)
                found = [(targets[0], depth, hops)] if allowed else []
            else:
                found = scope.admit(targets, url, depth, hops)
            for place, away, left in found:
                known = near.get(place, (away + 1, left + 1))
                nearer = (min(known[0], away), min(known[1], left))
                if nearer != known:
                    near[place], changed = nearer, True
    return {url for url in near if world[url][0] == "links"}
