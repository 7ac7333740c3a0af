"""Claims are stored once, in one commit, whatever is staged how often."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from index_rows import stored

from backlink_crawler.errors import ConflictFault
from backlink_crawler.index.claims import Staging, Stored, identity
from backlink_crawler.index.schema import CLAIMS, to_table
from backlink_crawler.index.store import Index


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return Index.open(tmp_path / "index", create=True)


def claim(path: str, **values: Any) -> dict[str, Any]:
    known = {
        "target": "acme.example", "kind": "link", "source_url": f"https://blog.example{path}", "provenance": "import:gsc",
        "origin": "links.csv", "claimed_at": "2026-11-22T10:00:00Z", "why": "",
    }  # fmt: skip
    return {**known, **values}


def table(*claims: dict[str, Any]) -> pa.Table:
    return to_table(claims, CLAIMS)


def store(index: Index, *batches: pa.Table) -> tuple[Stored, list[tuple[int, str]]]:
    with Staging(index) as staging:
        for batch in batches:
            staging.add(batch)
        done = staging.store()
        repeats = [(row["line"], row["reason"]) for part in staging.repeats() for row in part.to_pylist()]
    return done, repeats


def test_what_is_staged_twice_is_stored_once_and_named(index: Index) -> None:
    first = table(claim("/a", line=2), claim("/b", line=3), claim("/a", line=4))
    second = table(claim("/a", line=5), claim("/c", line=6))
    assert store(index, first, second) == (Stored(3, 2, 0), [(4, "repeated"), (5, "repeated")])
    rows = stored(index.uri, "claims")
    assert [row["line"] for row in sorted(rows, key=lambda row: row["line"])] == [2, 3, 6]
    assert len({row["claim_id"] for row in rows}) == 3
    assert all(row["claim_id"] for row in rows)


def test_what_the_index_holds_is_known(index: Index) -> None:
    store(index, table(claim("/a", line=2)))
    again = table(claim("/a", line=2), claim("/a", line=3), claim("/b", line=4))
    assert store(index, again) == (Stored(1, 1, 1), [(2, "known"), (3, "repeated")])
    assert store(index, again) == (Stored(0, 1, 2), [(2, "known"), (3, "repeated"), (4, "known")])


@pytest.mark.parametrize(
    "other",
    [
        {"anchor": "Acme"}, {"follow": False}, {"last_seen": "2026-11-01T00:00:00Z"}, {"provenance": "import:bing"},
        {"target": "other.example"}, {"target_url": "https://acme.example/"}, {"kind": "hint"}, {"links": 3},
    ],
)  # fmt: skip
def test_whoever_says_something_else_makes_another_claim(index: Index, other: dict[str, Any]) -> None:
    assert store(index, table(claim("/a"), claim("/a", **other)))[0] == Stored(2, 0, 0)


def test_where_and_when_it_was_said_makes_no_other_claim(index: Index) -> None:
    later = claim("/a", origin="other.csv", line=9, claimed_at="2026-11-23T10:00:00Z")
    assert store(index, table(claim("/a"), later))[0] == Stored(1, 1, 0)


def test_nothing_staged_is_nothing_stored(index: Index) -> None:
    version = index.fresh("claims").version()
    assert store(index) == (Stored(0, 0, 0), [])
    assert store(index, table())[0] == Stored(0, 0, 0)
    assert index.fresh("claims").version() == version


def test_all_is_one_commit_and_an_end_in_the_middle_stores_nothing(index: Index) -> None:
    before = index.fresh("claims").version()
    with Staging(index) as staging:
        staging.add(table(claim("/a")))
    assert index.fresh("claims").version() == before
    store(index, *(table(claim(f"/{n}")) for n in range(50)))
    assert index.fresh("claims").version() == before + 1


def test_of_two_that_store_the_same_at_once_one_does(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    other, append = Index.open(index.uri), Staging._append

    def late(staging: Staging, claims: pa.RecordBatchReader) -> None:
        monkeypatch.undo()
        assert store(other, table(claim("/a"), claim("/c")))[0] == Stored(2, 0, 0)
        append(staging, claims)

    monkeypatch.setattr(Staging, "_append", late)
    assert store(index, table(claim("/a", line=2), claim("/b", line=3))) == (Stored(1, 0, 1), [(2, "known")])
    assert len(stored(index.uri, "claims")) == 3


def test_who_cannot_be_first_says_so(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    append, others = Staging._append, iter(range(100))

    def late(staging: Staging, claims: pa.RecordBatchReader) -> None:
        with monkeypatch.context() as patch, Staging(Index.open(index.uri)) as faster:
            patch.setattr(Staging, "_append", append)
            faster.add(table(claim(f"/{next(others)}")))
            faster.store()
        append(staging, claims)

    monkeypatch.setattr(Staging, "_append", late)
    with pytest.raises(ConflictFault):
        store(index, table(claim("/a")))


def test_a_forgotten_target_takes_its_claims_along(index: Index) -> None:
    store(index, table(claim("/a"), claim("/a", target="other.example")))
    index.forget("acme.example")
    assert [row["target"] for row in stored(index.uri, "claims")] == ["other.example"]


def test_what_was_forgotten_is_told_from_what_was_not_yet_asked_for(index: Index) -> None:
    store(index, table(claim("/a")))
    before = identity(index, "acme.example"), identity(index, "other.example")
    index.forget("acme.example")
    after = identity(index, "acme.example"), identity(index, "other.example")
    assert before[0] != after[0]
    assert before[1] == after[1]
