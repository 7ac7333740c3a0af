"""What is current once history is folded, and what is one backlink: each row is a small history of one page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlink_crawler.history.fold import fold
from backlink_crawler.index.current import literal
from backlink_crawler.index.query import Reader
from backlink_crawler.index.store import Index
from tests.index_rows import NOFOLLOW, link, visit

P = "http://a.example/p"
S = "https://www.a.example/p"  # the same page by its key


def read(
    tmp_path: Path, visits: list[dict[str, Any]], links: list[dict[str, Any]], statement: str
) -> list[dict[str, Any]]:
    index = Index.open(tmp_path / "index", create=True)
    index.append("job", 0, visits, links)
    fold(index)
    return Reader(index, "acme.example").rows(statement)


HISTORIES: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]], set[tuple[str, int]]]] = {
    "one reading": ([visit(P)], [link(P, "/a")], {("/a", 0)}),
    "a later reading replaces it": ([visit(P), visit(P, 5)], [link(P, "/a"), link(P, "/b", 5)], {("/b", 5)}),
    "a later reading without links": ([visit(P), visit(P, 5)], [link(P, "/a")], set()),
    "the page under another address": ([visit(P), visit(S, 5)], [link(P, "/a"), link(S, "/b", 5)], {("/b", 5)}),
    "blocked later": ([visit(P), visit(P, 5, outcome="http_403", complete=False)], [link(P, "/a")], {("/a", 0)}),
    "gone for the moment": ([visit(P), visit(P, 5, outcome="timeout")], [link(P, "/a")], {("/a", 0)}),
    "not modified": ([visit(P), visit(P, 5, outcome="not_modified")], [link(P, "/a")], {("/a", 0)}),
    "cut later: what it shows is added": (
        [visit(P), visit(P, 5, outcome="truncated", complete=False)],
        [link(P, "/a"), link(P, "/b", 5)],
        {("/a", 0), ("/b", 5)},
    ),
    "ok but not complete": ([visit(P), visit(P, 5, complete=False)], [link(P, "/a")], {("/a", 0)}),
    "only ever cut": ([visit(P, outcome="truncated", complete=False)], [link(P, "/a")], {("/a", 0)}),
    "looked for another target later": (
        [visit(P), visit(P, 5, targets_checked=["other.example"])], [link(P, "/a")], {("/a", 0)},
    ),
    "looked for every target later": ([visit(P), visit(P, 5, targets_checked=["*"])], [link(P, "/a")], set()),
    "stored out of order": ([visit(P, 5), visit(P)], [link(P, "/b", 5), link(P, "/a")], {("/b", 5)}),
    "its visit is not stored yet: a batch counts whole": ([], [link(P, "/a")], set()),
    "a link to another target": ([visit(P)], [link(P, "/a", target="other.example")], set()),
}  # fmt: skip


@pytest.mark.parametrize("history", HISTORIES)
def test_current_links(tmp_path: Path, history: str) -> None:
    visits, links, expected = HISTORIES[history]
    rows = read(tmp_path, visits, links, "SELECT target_url, fetched_at FROM occurrences")
    assert {
        (row["target_url"].removeprefix("https://acme.example"), row["fetched_at"].minute) for row in rows
    } == expected


@pytest.mark.parametrize(
    ("links", "shown"),
    [
        ([link(P, anchor="first", position=1), link(P, anchor="second", position=2)], "first"),
        ([link(P, anchor="a", position=1, **NOFOLLOW), link(P, anchor="followed", position=2)], "followed"),
        (
            [link(P, anchor="a", position=1, placement="nav"), link(P, anchor="in text", position=2)],
            "in text",
        ),
    ],
)
def test_a_backlink_shows_its_best_link(tmp_path: Path, links: list[dict[str, Any]], shown: str) -> None:
    rows = read(tmp_path, [visit(P)], links, "SELECT anchor, instances FROM backlinks")
    assert rows == [{"anchor": shown, "instances": 2}]


def test_links_of_lost_backlinks_are_no_occurrences_but_appearances(tmp_path: Path) -> None:
    facts = (
        [visit(P), visit(P, 5)],
        [link(P, "/a", position=1), link(P, "/a", position=2), link(P, "/b"), link(P, "/b", 5)],
    )
    statement = "SELECT (SELECT count(*) FROM occurrences) AS now, (SELECT count(*) FROM appearances) AS ever"
    assert read(tmp_path, *facts, statement) == [{"now": 1, "ever": 3}]


def test_one_backlink_per_source_and_target_key(tmp_path: Path) -> None:
    links = [link(P, "/a"), link(P, "/a?utm_source=x"), link(P, "/b"), link("http://a.example/q", "/a")]
    rows = read(
        tmp_path, [visit(P), visit("http://a.example/q")], links, "SELECT instances FROM backlinks ORDER BY 1"
    )
    assert [row["instances"] for row in rows] == [1, 1, 2]


@pytest.mark.parametrize(
    ("values", "counts"),
    [
        ({}, True),
        (NOFOLLOW, False),
        ({"follow": None, "link_type": "iframe"}, False),
        ({"page_noindex": True}, False),
        ({"page_canonical": P}, True),
        ({"page_canonical": S + "?utm_source=x"}, True),
        ({"page_canonical": "http://a.example/other"}, False),
    ],
)
def test_what_counts(tmp_path: Path, values: dict[str, Any], counts: bool) -> None:
    rows = read(tmp_path, [visit(P)], [link(P, **values)], "SELECT counts FROM backlinks")
    assert rows == [{"counts": counts}]


def test_the_target_of_a_reader_is_text(tmp_path: Path) -> None:
    index = Index.open(tmp_path, create=True)
    index.append("job", 0, [visit(P)], [link(P)])
    assert Reader(index, "x' OR '1' = '1").rows("SELECT * FROM occurrences") == []


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    return Reader(Index.open(tmp_path_factory.mktemp("index"), create=True))


@given(st.text() | st.text(alphabet="'\"\\;-/*$?:{}%\x00\n\x1b ab"))
def test_a_literal_is_the_text_and_nothing_else(reader: Reader, text: str) -> None:
    assert reader.rows(f"SELECT {literal(text)} AS text") == [{"text": text}]
