"""What the job's file keeps of URLs that are left out: each counted once, known to the next run, forgotten by a new round."""

from __future__ import annotations

from pathlib import Path

import pytest

from backlink_crawler.frontier.row import Page
from backlink_crawler.frontier.store import JobStore
from backlink_crawler.frontier.trap import Cut

CALENDAR = Cut("a.example", "a.example/cal/#", "calendar")


@pytest.fixture
def store(tmp_path: Path) -> JobStore:
    made = JobStore(tmp_path / "job.sqlite")
    made.add_seeds(["http://a.example/"])
    return made


def test_a_url_that_is_left_out_is_counted_once_and_never_fetched(store: JobStore) -> None:
    refused = [(f"http://a.example/cal/{number}", 1, 0, CALENDAR) for number in (1, 2, 2)]
    store.commit([Page(None, None, refused=refused)])
    store.commit([Page(None, None, refused=refused, found=[("http://a.example/cal/1", 1, 0)])])
    assert store.cuts() == [(CALENDAR, 2)]
    assert store.totals() == (1, 0)
    store.close()


def test_a_row_that_waited_is_left_out(store: JobStore) -> None:
    store.commit([Page(None, None, found=[("http://a.example/cal/1", 1, 0)])])
    row = store.take("a.example", 10, ())[1]
    store.commit([Page(row, None, cut=CALENDAR)])
    assert store.cuts() == [(CALENDAR, 1)]
    assert store.totals() == (1, 0)
    assert [left.url for left in store.take("a.example", 10, ())] == ["http://a.example/"]
    assert store.done_by_domain() == {}
    store.close()
    again = JobStore(store.path)
    assert again.cuts() == [(CALENDAR, 1)]
    again.clear()
    assert again.cuts() == []
    again.close()


def test_a_domain_has_a_bounded_number_of_hosts(store: JobStore) -> None:
    store.most_hosts = 3
    found = [(f"http://{name}.a.example/", 1, 0) for name in "bcdefb"] + [("http://other.example/", 1, 0)]
    added = store.commit([Page(None, None, found=found)])
    assert set(added) == {"b.a.example", "c.a.example", "other.example"}
    assert store.cuts() == [(Cut("a.example", "*.a.example", "hosts"), 3)]
    store.close()


def test_seeds_are_not_bounded(store: JobStore) -> None:
    store.most_hosts = 1
    assert len(store.add_seeds([f"http://{name}.a.example/" for name in "bcd"])) == 3
    store.close()
