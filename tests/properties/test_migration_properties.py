"""What holds for every map of a migration."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from backlink_crawler.classify.target import parse_target
from backlink_crawler.errors import UsageError
from backlink_crawler.migration.map import FAULTS, GONE, Map, build, read_map
from backlink_crawler.migration.table import Pair
from backlink_crawler.urls import url_key

TARGET = parse_target("acme.example", aliases=["old.example"])
HOME = "https://acme.example"
NAMES = st.sampled_from([f"/{letter}" for letter in "abcdefgh"])
ROWS = st.lists(st.tuples(NAMES, NAMES | st.just("410")), max_size=16)
TEXTS = st.text(max_size=12) | st.sampled_from(
    ["/a", "http://acme.example/", "//", "https://", "acme.example/x", "http://[", "?q", "#f"]
)


def mapped(rows: list[tuple[str, str]]) -> Map:
    return build([Pair(line, old, new) for line, (old, new) in enumerate(rows, 1)], TARGET)


def end_of(path: str, rows: list[tuple[str, str]]) -> str | None:
    """Where a path leads by its plain definition: '' gone, None nowhere for certain."""
    seen: set[str] = set()
    while True:
        news = {new for old, new in rows if old == path}
        if not news or news == {path}:
            return f"{HOME}{path}"
        if len(news) > 1 or path in seen:
            return None
        seen.add(path)
        [path] = news
        if path in GONE:
            return ""


@given(ROWS)
def test_every_old_page_leads_where_the_rows_do(rows: list[tuple[str, str]]) -> None:
    found = mapped(rows)
    assert {key.removeprefix("acme.example"): entry.new_url for key, entry in found.entries.items()} == {
        old: end_of(old, rows) for old, _ in rows
    }


@given(ROWS)
def test_no_destination_is_an_old_page_that_moves(rows: list[tuple[str, str]]) -> None:
    found = mapped(rows)
    for entry in found.entries.values():
        after = found.entries.get(url_key(entry.new_url)) if entry.new_url else None
        assert after is None or after.new_url == entry.new_url


@given(ROWS)
def test_what_is_unclear_is_told_with_its_line(rows: list[tuple[str, str]]) -> None:
    found = mapped(rows)
    lines = {fault.line for fault in found.faults}
    for old in {old for old, _ in rows if end_of(old, rows) is None}:
        assert lines & {line for line, (name, _) in enumerate(rows, 1) if name == old}
    assert [fault.line for fault in found.faults] == sorted(fault.line for fault in found.faults)
    assert {fault.kind for fault in found.faults} <= set(FAULTS)


@given(
    st.permutations(
        list(enumerate([("/a", "/b"), ("/b", "/c"), ("/c", "410"), ("/x", "/y"), ("/y", "/x"), ("/z", "/x")]))
    )
)
def test_the_order_of_rows_changes_nothing(rows: list[tuple[int, tuple[str, str]]]) -> None:
    found = build([Pair(number, *row) for number, row in rows], TARGET)
    assert {key: entry.new_url for key, entry in found.entries.items()} == {
        **dict.fromkeys((f"acme.example/{one}" for one in "abc"), ""),
        **dict.fromkeys((f"acme.example/{one}" for one in "xyz"), None),
    }
    assert [(fault.line, fault.kind) for fault in found.faults] == [
        (0, "chain"), (1, "chain"), (3, "loop"), (4, "loop"), (5, "unclear"),
    ]  # fmt: skip


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=6))
def test_whatever_cells_hold_is_an_entry_or_a_fault(rows: list[tuple[str, str]]) -> None:
    found = mapped(rows)
    told = {fault.line for fault in found.faults} | {entry.line for entry in found.entries.values()}
    assert told == set(range(1, len(rows) + 1))
    for key, entry in found.entries.items():
        assert key.startswith(("acme.example", "old.example"))
        assert (
            entry.new_url is None or entry.new_url == "" or entry.new_url.startswith(("http://", "https://"))
        )


@given(st.text() | st.binary().map(lambda data: data.decode("latin-1")))
def test_whatever_a_file_holds_is_a_map_or_one_line(content: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "map.csv")
        path.write_text(content, encoding="utf-8", errors="replace")
        try:
            found: Map | UsageError = read_map(path, TARGET)
        except UsageError as error:
            found = error
    if isinstance(found, Map):
        assert found.entries
    else:
        assert all((found.reason, found.hint)), found


@given(st.integers(2, 3000))
def test_long_chains_take_no_time(length: int) -> None:
    found = mapped([(f"/{number}", f"/{number + 1}") for number in range(length)])
    assert {entry.new_url for entry in found.entries.values()} == {f"{HOME}/{length}"}
