"""What people say of sources, as the index keeps it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backlink_crawler.classify.source import Source
from backlink_crawler.errors import UsageError
from backlink_crawler.history.fold import fold
from backlink_crawler.index import marks as marking
from backlink_crawler.index.marks import LONGEST_NOTE, Change, mark, marks_of
from backlink_crawler.index.query import Reader
from backlink_crawler.index.store import Index
from backlink_crawler.index.upkeep import compact
from backlink_crawler.reporting import marks as reporting
from tests.index_rows import NOFOLLOW, link, visit

TARGET = "acme.example"
SPAM, PAGE = Source("domain", "spam.example"), Source("page", "spam.example/a")


def said(index: Index, target: str = TARGET, tag: str = "") -> dict[str, tuple[list[str], str]]:
    reader = Reader(Index.open(index.uri))
    return {one.name: (one.tags, one.note) for one in marks_of(reader, target, tag)}


def test_what_was_said_last_stands(tmp_path: Path) -> None:
    index = Index.open(tmp_path / "index", create=True)
    assert mark(index, TARGET, [SPAM, PAGE, SPAM], Change.read(["Disavow"], note="a\n paid \x1b link")) == 2
    assert mark(index, TARGET, [SPAM], Change.read(["disavow"])) == 0, "it says nothing new"
    assert mark(index, "other.example", [SPAM], Change.read(["fine"])) == 1
    assert mark(index, TARGET, [SPAM], Change.read(["pbn"], ["disavow"])) == 1
    assert said(index) == {
        "spam.example": (["pbn"], "a paid link"),
        "spam.example/a": (["disavow"], "a paid link"),
    }
    assert list(said(index, tag="disavow")) == ["spam.example/a"]
    assert mark(index, TARGET, [PAGE], Change.read(clear=True, tags=["ask"])) == 1
    assert said(index)["spam.example/a"] == (["ask"], "")
    compact(index)
    assert mark(index, TARGET, [SPAM, PAGE], Change.read(clear=True)) == 2
    assert said(index) == {}
    assert said(index, "other.example") == {"spam.example": (["fine"], "")}
    index.forget("other.example")
    assert said(index, "other.example") == {}


def test_a_clock_that_is_behind_does_not_lose_what_is_said(tmp_path: Path) -> None:
    index = Index.open(tmp_path / "index", create=True)
    now = datetime(2026, 11, 23, tzinfo=UTC)
    mark(index, TARGET, [SPAM], Change.read(["first"]), now)
    mark(index, TARGET, [SPAM], Change.read(["second"]), now - timedelta(days=1))
    assert said(index) == {"spam.example": (["first", "second"], "")}


def test_two_at_a_time_are_both_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = Index.open(tmp_path / "index", create=True)
    other = Index.open(index.uri)
    was = marking._append
    late = [lambda: mark(other, TARGET, [SPAM], Change.read(["theirs"]))]

    def append(index: Index, rows: list[marking.Mark], number: int) -> bool:
        if late:
            late.pop()()
        return was(index, rows, number)

    monkeypatch.setattr(marking, "_append", append)
    assert mark(index, TARGET, [SPAM], Change.read(["ours"])) == 1
    assert said(index) == {"spam.example": (["ours", "theirs"], "")}


def test_what_says_nothing_is_refused() -> None:
    for wrong in (
        {},
        {"tags": ["two words"]},
        {"tags": [""]},
        {"untag": ["x" * 51]},
        {"note": "x" * (LONGEST_NOTE + 1)},
    ):
        with pytest.raises(UsageError):
            Change.read(**wrong)  # type: ignore[arg-type]


def test_a_list_has_what_stands_behind_each_mark(tmp_path: Path) -> None:
    index = Index.open(tmp_path / "index", create=True)
    index.record_crawl({"crawl_id": "c1", "targets": [TARGET]})
    pages = ["http://spam.example/a", "http://spam.example/b"]
    links = [*map(link, pages), link(pages[0], "/shop", **NOFOLLOW)]
    index.append("job", 0, [visit(page) for page in pages], links)
    fold(index)
    mark(index, TARGET, [SPAM, PAGE, Source("host", "gone.example")], Change.read(["disavow"]))
    rows = reporting.marks(Reader(Index.open(index.uri), TARGET)).read_all().to_pylist()
    numbers = ("name", "backlinks", "referring_pages", "follow", "lost")
    assert [tuple(row[name] for name in numbers) for row in rows] == [
        ("spam.example", 3, 2, 2, 0),
        ("spam.example/a", 2, 1, 1, 0),
        ("gone.example", 0, 0, 0, 0),
    ]
    only = reporting.marks(
        Reader(Index.open(index.uri), TARGET), tag="disavow", kind="page", limit=1
    ).read_all()
    assert only.column("name").to_pylist() == ["spam.example/a"]
