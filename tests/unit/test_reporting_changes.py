"""Events as lists and sums, over small folded indexes; each case is what a few pages did."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from backlink_crawler.history.fold import fold
from backlink_crawler.index.query import Reader
from backlink_crawler.index.ratings import replace_ratings
from backlink_crawler.index.schema import RATINGS
from backlink_crawler.index.store import Index
from backlink_crawler.reporting import changes as reporting
from backlink_crawler.reporting.changes import FEEDS, Filter, changes
from backlink_crawler.reporting.period import Period
from backlink_crawler.reporting.trend import trend
from backlink_crawler.states import EVENTS
from tests.index_rows import NOFOLLOW, UGC, link, visit

DAY = Period(datetime(2026, 11, 22, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC))
LATER = Period(datetime(2026, 11, 22, 10, 20, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC))
"""The time after the first crawl of each case, which ends at 10:20."""
TARGET = "acme.example"


def page(letter: str) -> str:
    return f"http://{letter}.example/"


def read(index: Index, batch: int, minute: int, pages: dict[str, list[dict[str, Any]]]) -> None:
    """All pages read in one run, with the links that each has."""
    run = {"crawl_id": f"c{batch}", "targets": [TARGET], "started_at": f"2026-11-22T10:{minute:02}:00Z"}
    index.record_crawl(run)
    links = [
        link(page(letter), **{"minute": minute, "crawl_id": run["crawl_id"], **values})
        for letter, each in pages.items()
        for values in each
    ]
    index.append(
        "job", batch, [visit(page(letter), minute, crawl_id=run["crawl_id"]) for letter in pages], links
    )


def folded(folder: Path, *readings: dict[str, list[dict[str, Any]]]) -> Index:
    """An index with readings at 10:10, 10:30, 10:40, …, folded one by one."""
    index = Index.open(folder / "index", create=True)
    for number, pages in enumerate(readings):
        read(index, number, (10, 30, 40, 50)[number], pages)
        fold(index)
        for name in index.tables:
            index.fresh(name)
    return index


def history(folder: Path, *readings: dict[str, list[dict[str, Any]]]) -> Reader:
    """A reader of the same."""
    return Reader(folded(folder, *readings), TARGET)


def told(reader: Reader, name: str, where: Filter = reporting.ALL, **said: Any) -> list[str]:
    rows = changes(reader, name, LATER, where, **said).read_all().to_pylist()
    return [
        f"{row['source_domain'][0]} {row['kind']} {row['field'] or row['reason'] or ''}".strip()
        for row in rows
    ]


def test_every_kind_of_event_is_in_one_list() -> None:
    listed = [kind for feed in FEEDS.values() for kind in feed.kinds]
    assert sorted([*listed, "baseline"]) == sorted(EVENTS)


def test_each_event_has_a_rating_and_of_changes_as_loud_the_best_rated_comes_first(tmp_path: Path) -> None:
    index = folded(
        tmp_path,
        {letter: [{}] for letter in "abcdef"},
        {"a": [NOFOLLOW], "b": [NOFOLLOW], "c": [{"anchor": "other words"}], "d": [NOFOLLOW], "e": [], "f": []},
    )  # fmt: skip
    rated = {"b": 5.0, "c": 80.0, "d": 40.0, "e": None, "f": 30.0}
    rows = [
        {"scope": "domain", "name": f"{letter}.example", "rating": rating} for letter, rating in rated.items()
    ]
    replace_ratings(index, pa.Table.from_pylist(rows, schema=RATINGS).to_reader(), 1, 1)
    index.fresh("ratings")
    reader = Reader(index, TARGET)
    for name, expected in {
        "changed": [("d", 40.0), ("b", 5.0), ("a", None), ("c", 80.0)], "lost": [("e", None), ("f", 30.0)],
    }.items():  # fmt: skip
        found = changes(reader, name, LATER).read_all().to_pylist()
        assert [(row["source_domain"][0], row["rating"]) for row in found] == expected
        assert changes(reader, name, LATER, limit=2).read_all().to_pylist() == found[:2]
        assert changes(reader, name, LATER, one_per_domain=True).read_all().to_pylist() == found


def test_changes_the_loudest_first(tmp_path: Path) -> None:
    plain: dict[str, Any] = {}
    reader = history(
        tmp_path,
        {"a": [plain], "b": [plain], "c": [NOFOLLOW], "d": [plain], "e": [plain], "f": [plain], "g": [NOFOLLOW]},
        {
            "a": [{"placement": "footer"}], "b": [NOFOLLOW], "c": [plain], "d": [{"anchor": "other words", "link_path": "p"}],
            "e": [{"page_noindex": True}], "f": [plain], "g": [UGC],
        },
    )  # fmt: skip
    assert told(reader, "changed") == [
        "b changed rel", "e discounted noindex", "c changed rel", "g changed rel", "d changed anchor", "a changed placement",
    ]  # fmt: skip
    assert told(reader, "changed", limit=1) == ["b changed rel"]
    assert told(reader, "changed", Filter(follow=True)) == [
        "b changed rel", "e discounted noindex", "c changed rel", "d changed anchor", "a changed placement",
    ]  # fmt: skip
    assert told(reader, "lost") == []
    assert told(reader, "lost", Filter(also=frozenset({"discounted"}))) == ["e discounted noindex"]
    assert reporting.count(reader, "changed", LATER) == 6


def test_one_of_each_domain(tmp_path: Path) -> None:
    reader = history(
        tmp_path, {"a": [], "b": []}, {"a": [{"path": "/x"}, {"path": "/y"}], "b": [{"path": "/x"}]}
    )
    assert len(told(reader, "new")) == 3
    assert sorted(told(reader, "new", one_per_domain=True)) == ["a link_added", "b link_added"]
    assert reporting.count(reader, "new", LATER, one_per_domain=True) == 2


ZERO = {
    "won": 0, "baseline": 0, "link_added": 0, "page_found": 0, "restored": 0, "lost": 0, "came_and_went": 0, "went_and_came": 0,
}  # fmt: skip
LINK: dict[str, Any] = {}
PERIODS: dict[str, tuple[tuple[dict[str, list[dict[str, Any]]], ...], dict[str, int], tuple[int, int]]] = {
    "nothing happens": (({"a": [LINK]}, {"a": [LINK]}), {}, (0, 0)),
    "a link is added to a page known": (({"a": []}, {"a": [LINK]}), {"won": 1, "link_added": 1}, (1, 0)),
    "a page is found": (({"a": [LINK]}, {"b": [LINK]}), {"won": 1, "page_found": 1}, (1, 0)),
    "a second link of a domain": (({"a": [LINK]}, {"a": [LINK, {"path": "/x"}]}), {"won": 1, "link_added": 1}, (0, 0)),
    "a domain goes": (({"a": [LINK]}, {"a": []}), {"lost": 1}, (0, 1)),
    "one link of a domain goes": (({"a": [LINK, {"path": "/x", "anchor": "x"}]}, {"a": [LINK]}), {"lost": 1}, (0, 0)),
    "it comes and goes": (({"a": []}, {"a": [LINK]}, {"a": []}), {"came_and_went": 1}, (0, 0)),
    "it goes and comes back": (({"a": [LINK]}, {"a": []}, {"a": [LINK]}), {"went_and_came": 1}, (0, 0)),
    "it comes back": (({"a": [LINK]}, {"a": []}, {"a": [LINK]}, {"a": []}), {"lost": 1}, (0, 1)),
}  # fmt: skip


@pytest.mark.parametrize("case", PERIODS)
def test_sums_are_net(tmp_path: Path, case: str) -> None:
    readings, net, (won, lost) = PERIODS[case]
    view = trend(history(tmp_path, *readings), LATER, "day")
    assert view["backlinks"] == {**ZERO, **net}
    assert view["referring_domains"] == {"won": won, "lost": lost}


def test_buckets_are_not_net_and_tell_growth_from_what_was_added(tmp_path: Path) -> None:
    reader = history(tmp_path, {"a": [LINK], "b": []}, {"b": [LINK], "c": [LINK]}, {"b": [], "c": [LINK]})
    view = trend(reader, DAY, "month")
    assert view["buckets"] == [
        {
            "start": "2026-11-01", "link_added": 1, "page_found": 1, "baseline": 1, "restored": 0, "lost": 1,
            "referring_domains": 2, "domains_added": 1, "domains_lost": 1,
        }
    ]  # fmt: skip
    assert view["lost_by_reason"] == {"link_removed": 1}


def test_buckets_know_the_domains_of_before(tmp_path: Path) -> None:
    reader = history(tmp_path, {"a": [LINK]})
    after = Period(datetime(2026, 11, 24, tzinfo=UTC), datetime(2026, 11, 26, tzinfo=UTC))
    assert [bucket["referring_domains"] for bucket in trend(reader, after, "day")["buckets"]] == [1, 1]
