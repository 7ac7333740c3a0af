"""An index that an older version wrote: refused to who reads it, with the command to run, and upgraded for who writes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import CommitProperties, Transaction, write_deltalake

from backlink_crawler.errors import OlderIndexError
from backlink_crawler.history.fold import fold
from backlink_crawler.index import upgrade
from backlink_crawler.index.query import Reader
from backlink_crawler.index.schema import CRAWLS, LINKS, VISITS, to_table
from backlink_crawler.index.store import FORMAT, FORMAT_APP, Index
from tests.index_rows import link, stored, visit

PAGE = "http://www.a.example/1"


def write_format_1(place: Path) -> None:
    """The three tables of the first format, where visits did not know the key of the URL that was asked for."""
    rows = {
        "visits": to_table(
            [visit(PAGE, requested_url=PAGE + "?utm_source=x"), visit(PAGE, 5)], VISITS
        ).drop_columns(["requested_key", "led_elsewhere"]),
        "crawls": to_table(
            [{"crawl_id": "c1", "started_at": "2026-11-22T09:00:00Z", "targets": ["acme.example"]}], CRAWLS
        ),
        "links": to_table([link(PAGE), link(PAGE, "/", 5)], LINKS),
    }
    mark = CommitProperties(app_transactions=[Transaction(FORMAT_APP, 1)])
    for name, table in rows.items():
        write_deltalake(f"{place}/{name}", table, commit_properties=mark)


def test_it_is_not_read_as_it_is(tmp_path: Path) -> None:
    write_format_1(tmp_path)
    with pytest.raises(OlderIndexError, match="older version") as caught:
        Index.open(tmp_path)
    assert caught.value.hint == f"bring it up to date: backlinks upgrade --index {tmp_path}"


def test_it_is_upgraded_to_be_written(tmp_path: Path) -> None:
    write_format_1(tmp_path)
    before = stored(tmp_path, "links")
    index = Index.open(tmp_path, create=True)
    assert {table.transaction_version(FORMAT_APP) for table in index.tables.values()} == {FORMAT}
    assert {row["requested_key"] for row in stored(tmp_path, "visits")} == {"a.example/1"}
    assert stored(tmp_path, "links") == before
    index.append("job", 0, [visit(PAGE, 9)], [])
    fold(index)
    rows = Reader(index, "acme.example").rows("SELECT status, checks, first_seen FROM backlinks")
    assert [(row["status"], row["checks"], row["first_seen"].minute) for row in rows] == [("lost", 3, 0)]


NEW_IN_5 = ("marks", "ratings")


@pytest.mark.parametrize(
    ("form", "lacks"), [(2, ("claims", "handovers", *NEW_IN_5)), (3, ("handovers", *NEW_IN_5)), (4, NEW_IN_5)]
)
def test_an_older_one_gets_new_tables_and_keeps_its_history(
    tmp_path: Path, form: int, lacks: tuple[str, ...]
) -> None:
    index = Index.open(tmp_path, create=True)
    index.append("job", 0, [visit(PAGE)], [link(PAGE)])
    fold(index)
    history = stored(tmp_path, "backlinks"), stored(tmp_path, "events")
    for table in lacks:
        shutil.rmtree(tmp_path / table)
    for table in index.tables:
        if table not in lacks:
            mark = CommitProperties(app_transactions=[Transaction(FORMAT_APP, form)])
            write_deltalake(
                f"{tmp_path}/{table}",
                index.schema(table).empty_table(),
                mode="append",
                commit_properties=mark,
            )
    with pytest.raises(OlderIndexError):
        Index.open(tmp_path)
    upgraded = Index.open(tmp_path, create=True)
    assert {table.transaction_version(FORMAT_APP) for table in upgraded.tables.values()} == {FORMAT}
    assert [stored(tmp_path, table) for table in lacks] == [[] for _ in lacks]
    fold(upgraded)
    assert (stored(tmp_path, "backlinks"), stored(tmp_path, "events")) == history


def test_it_goes_on_where_it_was_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_format_1(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(upgrade, "write_deltalake", _stop_after(1))
        with pytest.raises(KeyboardInterrupt):
            Index.open(tmp_path, create=True)
    with pytest.raises(OlderIndexError):
        Index.open(tmp_path)
    index = Index.open(tmp_path, create=True)
    assert {table.transaction_version(FORMAT_APP) for table in index.tables.values()} == {FORMAT}
    assert len(stored(tmp_path, "visits")) == 2


def _stop_after(calls: int) -> object:
    done: list[pa.Table] = []

    def write(*arguments: object, **options: object) -> None:
        if len(done) == calls:
            raise KeyboardInterrupt
        done.append(arguments[1])
        write_deltalake(*arguments, **options)  # type: ignore[arg-type]

    return write
