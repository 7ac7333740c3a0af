"""What a fold does to the tables when it is interrupted, overtaken, or has little to do."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from backlink_crawler import afterwards
from backlink_crawler.afterwards import bring_up_to_date, is_behind
from backlink_crawler.errors import ConflictFault, UsageError
from backlink_crawler.history import shape
from backlink_crawler.history.fold import fold, rebuild
from backlink_crawler.index import derived
from backlink_crawler.index.query import Reader
from backlink_crawler.index.schema import to_table
from backlink_crawler.index.store import Index
from backlink_crawler.index.upkeep import compact
from backlink_crawler.reporting.overview import overview
from tests.index_rows import link, visit

P, Q = "http://a.example/1", "http://b.example/2"


def crawl(index: Index, batch: int, *pages: str, minute: int = 0, path: str = "/") -> None:
    """A batch of whole readings, each with one link."""
    index.append(
        "job", batch, [visit(page, minute) for page in pages], [link(page, path, minute) for page in pages]
    )


def events(index: Index) -> list[tuple[str, str]]:
    rows = Reader(Index.open(index.uri)).rows(
        "SELECT kind, source_key FROM events ORDER BY seen_at, source_key, kind"
    )
    return [(row["kind"], row["source_key"]) for row in rows]


def known(index: Index) -> list[str]:
    rows = Reader(Index.open(index.uri)).rows(
        "SELECT source_key || ' ' || target_key AS key FROM backlinks ORDER BY key"
    )
    return [row["key"] for row in rows]


def files(index: Index) -> set[str]:
    return set(Index.open(index.uri).tables["backlinks"].file_uris())


def test_interrupted_between_its_two_commits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = Index.open(tmp_path, create=True)
    crawl(index, 0, P)
    fold(index)
    crawl(index, 1, P, Q, minute=5)
    with monkeypatch.context() as patch:
        patch.setattr(derived, "replace_backlinks", _raise(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            fold(index)
    assert known(index) == ["a.example/1 acme.example/"]
    crawl(index, 2, Q, minute=9, path="/new")
    fold(Index.open(index.uri))
    assert known(index) == ["a.example/1 acme.example/", "b.example/2 acme.example/new"]
    before = events(index)
    assert before == [
        ("page_found", "a.example/1"),
        ("page_found", "b.example/2"),
        ("changed", "b.example/2"),
    ]
    rebuild(index)
    assert events(index) == before


@pytest.mark.parametrize("written", ["append_events", "replace_backlinks"])
def test_overtaken_by_another_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    index = Index.open(tmp_path, create=True)
    crawl(index, 0, P)
    fold(index)
    crawl(index, 1, Q, minute=5)
    write, rivals = getattr(derived, written), [Index.open(index.uri)]

    def overtaken(*arguments: Any) -> None:
        if rivals:
            fold(rivals.pop())
        write(*arguments)

    monkeypatch.setattr(derived, written, overtaken)
    fold(index)
    assert not rivals
    assert known(index) == ["a.example/1 acme.example/", "b.example/2 acme.example/"]
    assert events(index) == [("page_found", "a.example/1"), ("page_found", "b.example/2")]


def test_overtaken_again_and_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = Index.open(tmp_path, create=True)
    crawl(index, 0, P)
    monkeypatch.setattr(derived, "replace_backlinks", _raise(ConflictFault("others write to it")))
    with pytest.raises(ConflictFault):
        fold(index)


def test_links_whose_visit_is_not_stored_yet_wait(tmp_path: Path) -> None:
    index = Index.open(tmp_path, create=True)
    crawl(index, 0, P)
    index.append("other job", 0, [], [link(Q)])
    fold(index)
    assert known(index) == ["a.example/1 acme.example/"]
    index.append("other job", 1, [visit(Q)], [])
    fold(index)
    assert known(index) == ["a.example/1 acme.example/", "b.example/2 acme.example/"]


def test_only_the_files_of_touched_pages_are_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(derived, "FILE_SIZE", 1)
    index = Index.open(tmp_path, create=True)
    pages = [f"http://site{nth:05}.example/" for nth in range(30_000)]
    index.append("job", 0, [visit(page) for page in pages], [link(page) for page in pages])
    index.append("job", 1, [visit(Q, targets_checked=["other.example"])], [link(Q, target="other.example")])
    fold(index)
    before = files(index)
    assert len(before) > 3
    crawl(index, 2, pages[17_000], minute=5)
    fold(index)
    assert len(before - files(index)) == 1
    reader = Reader(Index.open(index.uri))
    assert reader.count("backlinks") == 30_001
    (row,) = reader.rows("SELECT checks, last_seen FROM backlinks WHERE source_key = 'site17000.example/'")
    assert (row["checks"], row["last_seen"].minute) == (2, 5)


def test_what_was_appended_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The log of the visits was cleaned since the last fold: everything is folded anew."""
    index = Index.open(tmp_path, create=True)
    crawl(index, 0, P)
    fold(index)
    crawl(index, 1, Q, minute=5)
    monkeypatch.setattr(derived, "fresh_visits", lambda *_: None)
    fold(index)
    assert known(index) == ["a.example/1 acme.example/", "b.example/2 acme.example/"]
    assert events(index) == [("page_found", "a.example/1"), ("page_found", "b.example/2")]


def test_merged_files_are_not_taken_for_new_facts(tmp_path: Path) -> None:
    index = Index.open(tmp_path, create=True)
    for batch in range(3):
        crawl(index, batch, P, minute=batch)
    fold(index)
    compact(index)
    assert fold(Index.open(index.uri)).pages == 0


def both(index: Index) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    reader = Reader(Index.open(index.uri))
    return reader.rows("SELECT * FROM backlinks ORDER BY ALL"), reader.rows(
        "SELECT * FROM events ORDER BY event_id"
    )


def test_an_interrupted_fold_and_a_visit_that_comes_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the first fold told of a page that goes on is told anew, not twice."""
    index = Index.open(tmp_path, create=True)
    crawl(index, 0, P)
    fold(index)
    index.append("job", 1, [visit(P, 40)], [])
    with monkeypatch.context() as patch:
        patch.setattr(derived, "replace_backlinks", _raise(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            fold(index)
    index.append("job", 2, [visit(P, 20)], [])
    fold(index)
    folded = both(index)
    assert [kind for kind, _ in events(index)] == ["page_found", "lost"]
    rebuild(index)
    assert both(index) == folded


def test_a_late_visit_to_a_page_that_has_moved(tmp_path: Path) -> None:
    index = Index.open(tmp_path, create=True)
    crawl(index, 0, P)
    index.append("job", 1, [visit(Q, 40, requested_url=P, redirects=[Q])], [link(Q, "/", 40)])
    fold(index)
    index.append("job", 2, [visit(P, 20, outcome="http_410", targets_checked=[])], [])
    fold(index)
    folded = both(index)
    assert [kind for kind, _ in events(index)] == ["page_found", "lost", "moved", "restored"]
    rebuild(index)
    assert both(index) == folded


def test_host_domain_and_site_are_those_of_the_page_that_is_shown(tmp_path: Path) -> None:
    """A link that is known to have moved, by what says nothing new of it, and one that its new page has lost."""
    new, path = "http://anna.github.io/2", {"link_path": "p > a"}
    index = Index.open(tmp_path, create=True)
    index.append("job", 0, [visit(P)], [link(P, **path)])
    fold(index)
    wat = {"fetch_mode": "archive", "complete": False}
    moved = visit(new, 20, requested_url=P, redirects=[new], **wat)
    index.append("job", 1, [moved], [link(new, "/", 20, evidence="wat", source_domain="github.io", **path)])

    def places(table: str) -> list[tuple[str, ...]]:
        names = ("source_url", "source_host", "source_domain", "source_site")
        rows = Reader(Index.open(index.uri)).rows(f"SELECT * FROM {table} ORDER BY ALL")
        return [tuple(row[name] for name in names if name in row) for row in rows]

    def agree() -> None:
        assert places("backlinks") == [(new, "anna.github.io", "github.io", "anna.github.io")]
        at_new = (new, "github.io", "anna.github.io")
        assert set(places("events")) == {(P, "a.example", "a.example"), at_new}

    fold(index)
    agree()
    assert [row["evidence"] for row in both(index)[0]] == ["html"]
    index.append("job", 2, [visit(new, 30)], [])
    fold(index)
    agree()
    assert [kind for kind, _ in events(index)] == ["page_found", "moved", "lost"]
    folded = both(index)
    rebuild(index)
    assert both(index) == folded
    agree()


def test_rows_of_an_older_program_are_mended_when_their_page_is_folded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = Index.open(tmp_path, create=True)
    crawl(index, 0, Q)
    with monkeypatch.context() as patch:
        patch.setattr(shape, "host_of", lambda _: "a.example")
        fold(index)
    assert {row["source_domain"] for row in both(index)[0]} == {"a.example"}
    index.append("job", 1, [visit(Q, 5, outcome="not_modified", targets_checked=[])], [])
    fold(index)
    assert {row["source_domain"] for row in both(index)[0]} == {"b.example"}


def test_links_of_a_page_that_was_read_whole_before_and_cut_then(tmp_path: Path) -> None:
    index = Index.open(tmp_path, create=True)
    index.append("job", 0, [visit(P)], [])
    index.append("job", 1, [visit(P, 5, outcome="truncated", complete=False)], [link(P, "/", 5)])
    fold(index)
    index.append("job", 2, [visit(P, 9)], [link(P, "/", 9), link(P, "/z", 9, anchor="Z", link_path="li")])
    fold(index)
    assert [kind for kind, _ in events(index)] == ["link_added", "link_added"]


def test_a_visit_without_a_time_is_left_alone(tmp_path: Path) -> None:
    index = Index.open(tmp_path, create=True)
    crawl(index, 0, P)
    index.append("job", 1, [visit(P, fetched_at=None)], [])
    for again in (fold, rebuild):
        again(index)
        assert [row["status"] for row in both(index)[0]] == ["live"]


@pytest.mark.parametrize(
    "name", ["target=zzz", "env=prod", "source_key=3", "a b", "é", "it's", 'a"b', "100%", "#1", "a*b?"]
)
def test_an_index_may_lie_anywhere(tmp_path: Path, name: str) -> None:
    index = Index.open(tmp_path / name, create=True)
    crawl(index, 0, P)
    fold(index)
    crawl(index, 1, P, minute=5)
    fold(Index.open(tmp_path / name))
    assert [(row["target"], row["checks"]) for row in both(index)[0]] == [("acme.example", 2)]


@pytest.mark.parametrize("name", ["a[1]", "a%20b", "a\\b", "a\nb"])
def test_but_where_the_table_format_cannot_name_it(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="an index cannot lie where"):
        Index.open(tmp_path / name, create=True)


def test_a_process_that_dies_before_the_summaries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = Index.open(tmp_path, create=True)
    crawl(index, 0, P)
    bring_up_to_date(index)
    crawl(index, 1, Q, minute=5)
    with monkeypatch.context() as patch:
        patch.setattr(afterwards, "replace_summaries", _raise(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            bring_up_to_date(index)
    assert is_behind(index)
    bring_up_to_date(index)
    assert not is_behind(index)
    assert overview(Reader(Index.open(index.uri), "acme.example"), "acme.example")["backlinks"] == 2


def test_summaries_that_another_process_keeps_in_the_same_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = Index.open(tmp_path, create=True)
    crawl(index, 0, P)
    write, rivals = derived.replace_summaries, [Index.open(index.uri)]

    def overtaken(mine: Index, rows: Any) -> None:
        if rivals:
            rivals.pop()
            raise ConflictFault("others write to it")
        write(mine, rows)

    monkeypatch.setattr(afterwards, "replace_summaries", overtaken)
    bring_up_to_date(index)
    assert not rivals
    assert not is_behind(index)


def test_a_first_crawl_that_is_known_later(tmp_path: Path) -> None:
    """Facts of an earlier crawl come after those of a later one: what was its baseline is not any more."""
    index = Index.open(tmp_path, create=True)
    told = {"crawl_id": "c1", "started_at": "2026-11-22T09:00:00Z", "targets": ["acme.example"]}
    index.record_crawl(told)
    crawl(index, 0, P, minute=30)
    folded = fold(index)
    assert (events(index), folded.first_crawls) == ([("baseline", "a.example/1")], {"acme.example": "c1"})
    rows = [{"target": "acme.example", "first_crawl": "c1"}]
    derived.replace_summaries(index, to_table(rows, index.schema("summaries")))
    index.record_crawl({**told, "crawl_id": "c0", "started_at": "2026-11-22T08:00:00Z"})
    index.append("earlier", 0, [visit(Q, crawl_id="c0")], [link(Q, crawl_id="c0")])
    fold(index, confirm_after=timedelta(hours=1))
    assert events(index) == [("baseline", "b.example/2"), ("page_found", "a.example/1")]


def _raise(error: BaseException) -> Any:
    def raising(*_: Any) -> None:
        raise error

    return raising
