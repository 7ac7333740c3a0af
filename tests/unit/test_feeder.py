"""The outbox reaches the index exactly once, wherever the process ends between the two."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from backlink_crawler.frontier.outbox import facts_of
from backlink_crawler.frontier.row import Page
from backlink_crawler.frontier.store import JobStore
from backlink_crawler.index.store import Index
from backlink_crawler.items import Link, Visit
from tests.dying_index import Dies, feed
from tests.index_rows import stored


def fill(path: Path, pages: int) -> None:
    """An outbox with this many pages of one link each."""
    store = JobStore(path)
    link = Link(target="acme.example", target_url="http://acme.example/")
    visits = [Visit(f"http://a.example/{n}", f"http://a.example/{n}", links=[link]) for n in range(pages)]
    store.commit([Page(None, facts_of(visit)) for visit in visits])
    store.close()


def waiting(path: Path) -> int:
    store = JobStore(path)
    count = store.outbox.waiting()
    store.close()
    return count


@pytest.mark.parametrize("after", [False, True])
def test_each_fact_is_stored_once(tmp_path: Path, after: bool) -> None:
    index = Index.open(tmp_path / "index", create=True)
    path = tmp_path / "job.sqlite"
    fill(path, 5)
    assert feed(path, Dies(index, after=after)).fault is not None
    assert waiting(path) == 5
    fill(path, 3)  # what the resumed run reads must not slip into the batch that has its number already
    assert feed(path, index).fault is None
    assert waiting(path) == 0
    assert len(stored(tmp_path / "index", "visits")) == 8
    assert len(stored(tmp_path / "index", "links")) == 8


def test_an_older_copy_of_the_file_loses_nothing(tmp_path: Path) -> None:
    """What is read after it was put back gets numbers that the index has not seen."""
    index = Index.open(tmp_path / "index", create=True)
    path, copy = tmp_path / "job.sqlite", tmp_path / "copy.sqlite"
    fill(path, 2)
    feed(path, index)
    shutil.copy(path, copy)
    fill(path, 3)
    feed(path, index)
    shutil.copy(copy, path)
    fill(path, 4)
    assert feed(path, index).fault is None
    assert len(stored(tmp_path / "index", "visits")) == 9
