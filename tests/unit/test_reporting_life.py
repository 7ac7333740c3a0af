"""The life of one backlink, however it is named and wherever its page went."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from backlink_crawler.history.fold import fold
from backlink_crawler.index.store import Index
from backlink_crawler.reporting.life import lives, visits_of
from tests.index_rows import link, visit

OLD, NEW, SILENT = "http://a.example/old", "https://www.a.example/new", "http://silent.example/"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    """A page is read twice, moves, and links to another page of the target then."""
    index = Index.open(tmp_path_factory.mktemp("index"), create=True)
    for number in (1, 2, 3, 4):
        run = {
            "crawl_id": f"c{number}",
            "targets": ["acme.example"],
            "started_at": f"2026-11-22T10:{number}0:00Z",
        }
        index.record_crawl(run)
    moved = {"requested_url": OLD, "redirects": [NEW], "redirect_statuses": [301], "crawl_id": "c3"}
    tag = {"anchor": "Acme", "link_path": "p > a"}
    visits: list[dict[str, Any]] = [
        visit(OLD, 10), visit(SILENT, 11), visit(OLD, 20, crawl_id="c2"), visit(NEW, 30, **moved), visit(NEW, 40, crawl_id="c4"),
    ]  # fmt: skip
    links = [
        link(OLD, "/a", 10, html="<a>1", **tag),
        link(OLD, "/a", 20, html="<a>1", crawl_id="c2", **tag),
        link(NEW, "/a", 30, html="<a>1", crawl_id="c3", **tag),
        link(NEW, "/b", 40, html="<a>2", crawl_id="c4", **tag),
    ]
    index.append("job", 0, visits, links)
    fold(index)
    for name in index.tables:
        index.fresh(name)
    return index


@pytest.mark.parametrize(
    ("named", "to"),
    [
        (OLD, ""),
        (NEW, ""),
        ("a.example/old", ""),
        ("http://www.a.example/old?utm_source=x#top", "https://acme.example/a"),
        (NEW, "acme.example/b"),
        (NEW, "https://acme.example/a"),
    ],
)
def test_a_life_goes_by_every_name_it_had(index: Index, named: str, to: str) -> None:
    (life,) = lives(index, named, to)
    assert [event["kind"] for event in life["events"]] == ["baseline", "moved", "changed"]
    assert [visit["verdict"] for visit in life["visits"]] == ["seen"] * 4
    assert life["visits"][2]["redirects"] == [NEW]
    assert (life["backlink"]["source_url"], life["backlink"]["target_url"]) == (NEW, "https://acme.example/b")


def test_each_event_names_it(index: Index) -> None:
    (life,) = lives(index, OLD)
    for event in life["events"]:
        assert lives(index, event["event_id"]) == [life]


def test_versions_of_the_tag(index: Index) -> None:
    (life,) = lives(index, OLD)
    assert [(tag["html"], tag["readings"], tag["first"].minute, tag["last"].minute) for tag in life["tags"]] == [
        ("<a>1", 3, 10, 30), ("<a>2", 1, 40, 40),
    ]  # fmt: skip


def test_what_it_does_not_know(index: Index) -> None:
    assert lives(index, OLD, "https://acme.example/other") == []
    assert lives(index, SILENT) == []
    assert lives(index, "ffffffffffff") == []
    assert [row["outcome"] for row in visits_of(index, SILENT)] == ["ok"]


SAID: dict[str, tuple[dict[str, Any], str]] = {
    "absent": ({}, "absent"),
    "not modified": ({"outcome": "not_modified"}, "unchanged"),
    "blocked": ({"outcome": "http_403", "complete": False, "targets_checked": []}, "cannot_tell"),
    "cut": ({"outcome": "truncated", "complete": False}, "cannot_tell"),
    "looked for others": ({"targets_checked": ["other.example"]}, "cannot_tell"),
    "looked for every target": ({"targets_checked": ["*"]}, "absent"),
}


@pytest.mark.parametrize("case", SAID)
def test_what_a_visit_says(tmp_path: Path, case: str) -> None:
    values, verdict = SAID[case]
    index = Index.open(tmp_path / "index", create=True)
    index.append("job", 0, [visit(OLD), visit(OLD, 5, **values)], [link(OLD)])
    fold(index)
    for name in index.tables:
        index.fresh(name)
    (life,) = lives(index, OLD)
    assert [visit["verdict"] for visit in life["visits"]] == ["seen", verdict]
