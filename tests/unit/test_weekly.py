"""One line for each target, over a small folded index in which every kind of thing happens."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from backlink_crawler.afterwards import bring_up_to_date
from backlink_crawler.classify.target import parse_target
from backlink_crawler.index.query import Reader
from backlink_crawler.index.store import Index
from backlink_crawler.placements.agreement import Placement
from backlink_crawler.placements.status import Status
from backlink_crawler.placements.verdict import ENDED, FAIL, PASS, Verdict
from backlink_crawler.report.weekly import EVENTS, SCHEMA, STATES, Alerts, markdown, sums, weekly
from backlink_crawler.reporting.changes import count
from backlink_crawler.reporting.period import Period
from backlink_crawler.reporting.trend import trend
from backlink_crawler.states import EVENTS as KINDS
from tests.index_rows import NOFOLLOW, link, visit

A, B = "acme.example", "prefix:rival.example/shop"
LATER = Period(datetime(2026, 11, 22, 10, 20, tzinfo=UTC), datetime(2026, 11, 29, tzinfo=UTC))
"""The time after the first crawl, which ends at 10:20."""
BEFORE = Period(datetime(2026, 11, 16, tzinfo=UTC), LATER.until)
SHOP = {
    "target": B,
    "target_url": "https://rival.example/shop/",
    "target_domain": "rival.example",
    "target_host": "rival.example",
}

# site -> at 10:10, 10:30, 10:40 the links of its page
READINGS: dict[str, list[list[dict[str, Any]]]] = {
    "stays": [[{}], [{}], [{}]],
    "lost": [[{}], [], []],
    "added": [[], [{}], [{}]],
    "back": [[{}], [], [{}]],
    "briefly": [[], [{}], []],
    "nofollow": [[{}], [NOFOLLOW], [NOFOLLOW]],
    "both": [[{}, SHOP], [{}], [{}, SHOP]],
    "rivals": [[SHOP], [SHOP], [{}]],
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    index = Index.open(tmp_path_factory.mktemp("weekly") / "index", create=True)
    for crawl, minute in enumerate((10, 30, 40)):
        of = {"crawl_id": f"c{crawl}", "targets_checked": [A, B]}
        index.record_crawl(
            {
                "crawl_id": f"c{crawl}",
                "targets": [A, B, "quiet.example"],
                "started_at": f"2026-11-22T10:{minute}:00Z",
            }
        )
        visits, links = [], []
        for site, readings in READINGS.items():
            page = f"http://{site}.example/"
            discounted = {"noindex": True} if (site, crawl) == ("stays", 2) else {}
            visits.append(visit(page, minute, **of, **discounted))
            links += [
                link(page, minute=minute, crawl_id=f"c{crawl}", page_noindex=bool(discounted), **values)
                for values in readings[crawl]
            ]
        index.append("job", crawl, visits, links)
        bring_up_to_date(index, confirm_after=timedelta(0))
    return Index.open(index.uri)


def rows(index: Index, period: Period, *names: str, **said: Any) -> dict[str, dict[str, Any]]:
    table = weekly(Reader(index), [parse_target(name) for name in names], period, **said)
    assert table.schema == SCHEMA
    assert table.column("target").to_pylist() == list(names)
    return {row["target"]: row for row in table.to_pylist()}


def test_every_kind_of_event_is_in_one_column() -> None:
    listed = [kind for kinds in EVENTS.values() for kind in kinds]
    assert sorted([*listed, "baseline"]) == sorted(KINDS)


def test_what_a_time_brought(index: Index) -> None:
    found = rows(index, LATER, A, B, "nobody.example")
    acme = found[A]
    assert {name: acme[name] for name in EVENTS} == {
        "new": 3, "lost": 3, "discounted": 1, "changed": 1, "restored": 1,
    }  # fmt: skip
    for name, target in ((A, parse_target(A)), (B, parse_target(B))):
        row = found[target.name]
        reader = Reader(index, name)
        assert row["new"] + row["restored"] == count(reader, "new", LATER)
        assert row["lost"] == count(reader, "lost", LATER)
        assert row["discounted"] + row["changed"] == count(reader, "changed", LATER)
        told = trend(reader, LATER, "week")["referring_domains"]
        assert (row["domains_won"], row["domains_lost"]) == (told["won"], told["lost"])
        assert row["backlinks"] == row["referring_domains"] == reader.count("current")
        assert (row["state"], row["last_read"]) == ("visited", datetime(2026, 11, 22, 10, 40, tzinfo=UTC))
    assert (acme["domains_won"], acme["domains_lost"]) == (2, 1)
    nobody = found["nobody.example"]
    assert nobody["state"] == "never_crawled"
    assert {value for name, value in nobody.items() if name not in ("target", "state")} == {None}


def test_what_can_be_said_at_all(index: Index) -> None:
    first = rows(index, BEFORE, A, "nobody.example")
    assert [row["state"] for row in first.values()] == ["first_crawl", "never_crawled"]
    assert (first[A]["new"], first[A]["referring_domains"]) == (3, 6)
    assert first[A]["domains_won"] is None
    late = Period(datetime(2026, 11, 23, tzinfo=UTC), LATER.until)
    quiet = rows(index, late, A)[A]
    assert (quiet["state"], quiet["new"], quiet["domains_won"]) == ("not_visited", 0, 0)
    assert quiet["referring_domains"] > 0
    assert {"visited", "not_visited", "first_crawl", "never_crawled"} == STATES.keys()


def test_an_empty_index(tmp_path: Path) -> None:
    empty = Index.open(tmp_path / "index", create=True)
    assert rows(empty, LATER, A)[A]["state"] == "never_crawled"


def test_targets_of_an_index_of_all_links(tmp_path: Path) -> None:
    index = Index.open(tmp_path / "index", create=True)
    index.record_crawl({"crawl_id": "c1", "targets": ["*"], "started_at": "2026-11-22T10:00:00Z"})
    index.append(
        "job", 0, [visit("http://blog.example/", targets_checked=["*"])], [link("http://blog.example/")]
    )
    bring_up_to_date(index)
    found = rows(Index.open(index.uri), LATER, A, "unlinked.example")
    assert [row["state"] for row in found.values()] == ["not_visited", "not_visited"]
    assert found["unlinked.example"]["referring_domains"] == 0


def test_who_was_told(index: Index) -> None:
    ids = [
        row["event_id"] for row in Reader(index, A).rows("SELECT event_id FROM events WHERE kind = 'lost'")
    ]
    found = rows(index, LATER, A, B, "nobody.example", alerts=Alerts({*ids, "gone"}, {A: 2}))
    assert [(row["alerts"], row["alerts_waiting"]) for row in found.values()] == [(3, 2), (0, 0), (None, 0)]


def agreed(url: str, price: str, word: str) -> Status:
    placement = Placement(1, "http://blog.example/", url, A, price=price, agreed_on=date(2026, 1, 1))
    return Status(placement, Verdict(word), (), None, None)


def test_what_was_agreed_on(index: Index) -> None:
    statuses = [
        agreed("https://acme.example/", "120 EUR", PASS), agreed("https://www.acme.example/a", "80 EUR", FAIL),
        agreed("https://acme.example/b", "$50", FAIL), agreed("https://acme.example/c", "free", FAIL),
        agreed("https://acme.example/d", "9,999 EUR", ENDED), agreed("https://rival.example/", "1 EUR", FAIL),
    ]  # fmt: skip
    found = rows(index, LATER, A, B, placements=statuses)
    names = ("placements", "spend", "failing", "failing_spend")
    assert [tuple(row[name] for name in names) for row in found.values()] == [
        (4, "200 EUR, 50 USD", 3, "80 EUR, 50 USD"),
        (0, None, 0, None),
    ]


def test_sums_and_markdown(index: Index) -> None:
    table = weekly(Reader(index), [parse_target(A), parse_target("nobody.example")], LATER)
    assert sums(table) == {"new": 3, "lost": 3, "discounted": 1, "changed": 1, "restored": 1}
    hostile = table.set_column(1, "state", [["a|b\n<img src=x>[c](javascript:d)`\u202e", None]])
    assert markdown(hostile, {"target": "Target", "state": "State", "lost": "Lost", "last_read": "Read"}) == (
        "| Target | State | Lost | Read |\n| --- | --- | ---: | --- |\n"
        "| acme.example | a\\|b \\<img src=x\\>\\[c\\](javascript:d)\\`\\\\u202e | 3 | 2026-11-22 |\n"
        "| nobody.example | – | – | – |\n"
    )
