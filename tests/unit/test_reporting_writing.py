from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlink_crawler.errors import UsageError
from backlink_crawler.printable import printable
from backlink_crawler.reporting.writing import BOM, WRITERS, format_of, save

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = pa.schema(
    [
        ("text", pa.string()),
        ("words", pa.list_(pa.string())),
        ("yes", pa.bool_()),
        ("number", pa.int64()),
        ("time", pa.timestamp("us", tz="UTC")),
    ]
)
TIME = datetime(2026, 11, 22, 10, tzinfo=UTC)
VALUES = [
    {"text": '=1+1; "q", 日本', "words": ["a", "b"], "yes": True, "number": -1, "time": TIME},
    {"text": None, "words": [], "yes": None, "number": None, "time": None},
]


def rows(*batches: list[dict[str, object]]) -> pa.RecordBatchReader:
    return pa.RecordBatchReader.from_batches(
        SCHEMA, [pa.RecordBatch.from_pylist(part, SCHEMA) for part in batches]
    )


def written(kind: str, *batches: list[dict[str, object]]) -> bytes:
    out = io.BytesIO()
    assert WRITERS[kind](rows(*batches), out) == sum(map(len, batches))
    return out.getvalue()


JSON = [{**VALUES[0], "time": "2026-11-22T10:00:00Z"}, VALUES[1]]


@pytest.mark.parametrize("parts", [[VALUES], [VALUES[:1], [], VALUES[1:]]])
def test_json(parts: list[list[dict[str, object]]]) -> None:
    assert json.loads(written("json", *parts)) == JSON
    assert [json.loads(line) for line in written("jsonl", *parts).decode().split("\n")[:-1]] == JSON
    assert "日本".encode() in written("jsonl", *parts)


@pytest.mark.parametrize(
    ("kind", "nothing"),
    [("json", b"[]\n"), ("jsonl", b""), ("csv", b'"text","words","yes","number","time"\r\n')],
)
def test_no_rows(kind: str, nothing: bytes) -> None:
    assert written(kind) == nothing


def test_csv() -> None:
    text = written("csv", VALUES).decode()
    assert list(csv.reader(io.StringIO(text, newline=""))) == [
        ["text", "words", "yes", "number", "time"],
        ['\'=1+1; "q", 日本', "a,b", "true", "-1", "2026-11-22T10:00:00Z"],
        ["", "", "", "", ""],
    ]
    assert text.split("\r\n")[1].startswith('"')


def test_parquet() -> None:
    table = pq.read_table(io.BytesIO(written("parquet", VALUES)))
    assert table.schema.equals(SCHEMA)
    assert table.to_pylist() == VALUES


@pytest.mark.parametrize("name", ["x.jsonl", "x.jl", "x.json", "x.csv", "x.CSV", "x.parquet"])
def test_files_are_written_whole(tmp_path: Path, name: str) -> None:
    assert save(rows(VALUES), tmp_path / name) == 2
    content = (tmp_path / name).read_bytes()
    kind = format_of(tmp_path / name)
    assert content.removeprefix(BOM) == written(kind, VALUES) or kind == "parquet"
    assert content.startswith(BOM) == (kind == "csv")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_failure_leaves_the_old_file(tmp_path: Path) -> None:
    def failing() -> object:
        yield pa.RecordBatch.from_pylist(VALUES, SCHEMA)
        raise ValueError("no more")

    (tmp_path / "x.jsonl").write_text("old")
    with pytest.raises(ValueError, match="no more"):
        save(pa.RecordBatchReader.from_batches(SCHEMA, failing()), tmp_path / "x.jsonl")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("x.jsonl", "old")]


def test_what_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the ending names no format"):
        save(rows(VALUES), tmp_path / "x.doc")
    with pytest.raises(UsageError, match="cannot write"):
        save(rows(VALUES), tmp_path / "none" / "x.csv")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain – 日本 é", "plain – 日本 é"),
        ("\x1b[31mred\x1b]0;title\x07", r"\x1b[31mred\x1b]0;title\x07"),
        ("a\u202eb\u2066c\u200f", r"a\u202eb\u2066c\u200f"),
        ("a\nb\tc\u00a0d\u2028e", "a b c d e"),
        ("\x9b31m", r"\x9b31m"),
        ("می\u200cخواهم 👩\u200d💻", "می\u200cخواهم 👩\u200d💻"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\U000e0041"),
    ],
)
def test_printable(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text())
def test_nothing_that_commands_a_terminal_is_left(text: str) -> None:
    assert all(character.isprintable() or character in "\u200c\u200d" for character in printable(text))
