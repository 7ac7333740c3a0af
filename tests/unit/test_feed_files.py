"""What addresses and endings of feeds say, and the files in which feeds are gathered."""

from __future__ import annotations

import gzip
import io
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlink_crawler.errors import UsageError
from backlink_crawler.extensions.feeds import LINKS_PER_FILE, check_words, complete
from backlink_crawler.index.query import Reader
from backlink_crawler.index.store import Index
from backlink_crawler.reporting.address import LONGEST_NAME, Place, file_name, shown
from backlink_crawler.reporting.export import in_parts
from backlink_crawler.reporting.file_kind import FileKind, kind_of, media_type
from backlink_crawler.reporting.per_target import PATIENCE, Apart, check_template, write_files
from backlink_crawler.reporting.spool import BUFFER, Spool, keep, lost, settle, spool
from backlink_crawler.reporting.upload import file_path
from backlink_crawler.reporting.writing import WRITERS, save
from backlink_crawler.wiring import EXPORTERS
from tests.index_rows import link, visit


@pytest.mark.parametrize(
    ("name", "kind", "media"),
    [
        ("a/b.jsonl", FileKind("jsonl"), "application/x-ndjson"),
        ("b.jl", FileKind("jsonl"), "application/x-ndjson"),
        ("b.ndjson", FileKind("jsonl"), "application/x-ndjson"),
        ("B.JSON", FileKind("json"), "application/json"),
        ("x.y.csv", FileKind("csv"), "text/csv; charset=utf-8"),
        ("s3://b/2026-11-22T10-00-00+00-00.csv.gz", FileKind("csv", gzip=True), "application/gzip"),
        ("b.jsonl.GZ", FileKind("jsonl", gzip=True), "application/gzip"),
        ("b.parquet", FileKind("parquet"), "application/vnd.apache.parquet"),
    ],
)
def test_an_ending_says_format_and_media_type(name: str, kind: FileKind, media: str) -> None:
    assert kind_of(name, WRITERS) == kind
    assert media_type(name, kind.format) == media


@pytest.mark.parametrize("name", ["b", "b.gz", "b.doc", "b.doc.gz", "b.parquet.gz", "jsonl", ".gz", ""])
def test_an_ending_that_says_nothing(name: str) -> None:
    with pytest.raises(UsageError):
        kind_of(name, WRITERS)


def test_media_types_of_other_feeds() -> None:
    assert media_type("x", "marshal") == "application/octet-stream"
    assert media_type("x.csv", "csv", "latin-1") == "text/csv; charset=latin-1"
    assert media_type("x.json.bz2", "json") == "application/x-bzip2"


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("s3://bucket/a/b.csv", Place("bucket", "a/b.csv")),
        ("S3://bucket/a?b#c %20", Place("bucket", "a?b#c %20")),
    ],
)
def test_places(address: str, place: Place) -> None:
    assert Place.of(address) == place


@pytest.mark.parametrize(
    "address",
    ["s3://", "s3://b", "s3://bucket", "s3://bucket/", "s3://bucket/x/", "s3://bu cket/x", "s3:///x", f"s3://bucket/{'x' * 1025}"],
)  # fmt: skip
def test_no_places(address: str) -> None:
    with pytest.raises(UsageError):
        Place.of(address)


def test_keys_in_an_address_are_refused_and_not_shown() -> None:
    with pytest.raises(UsageError) as caught:
        Place.of("s3://AKIA:geheim@bucket/x.csv")
    assert "geheim" not in str(caught.value)


def test_names_are_safe_and_never_the_same() -> None:
    assert file_name("acme.example") == "acme.example"
    odd = [
        "",
        ".",
        "..",
        "../x",
        "a/b",
        "a_b",
        "a__b",
        "A.example",
        "a.example ",
        "prefix:a.example/b",
        "x" * 500,
        "é",
        "é\udc80",
    ]
    names = [file_name(text) for text in odd]
    assert len(set(names)) == len(odd)
    for name in names:
        assert name.isascii()
        assert "/" not in name
        assert name[0] != "."
        assert len(name) <= LONGEST_NAME


def test_an_address_is_shown_without_its_password() -> None:
    assert shown("ftp://me:hu@sh@a.example/b@c.csv") == "ftp://a.example/b@c.csv"
    assert shown("s3://bucket/%(target)s/a@b.csv") == "s3://bucket/%(target)s/a@b.csv"
    assert shown("me@home/links.csv") == "me@home/links.csv"


@given(st.lists(st.text(st.sampled_from("aB._-/: é"), max_size=6), unique=True, max_size=20))
def test_two_targets_never_share_a_file(targets: list[str]) -> None:
    assert len(set(map(file_name, targets))) == len(targets)


@pytest.mark.parametrize(
    "key", ["../../etc/passwd", "a/../b", "/x", "a//b", "./x", "x" * 300, "a\0b", "a/b.jsonl.gz"]
)
def test_a_kept_file_stays_below_its_folder(tmp_path: Path, key: str) -> None:
    path = (tmp_path / file_path(Place("bucket", key))).resolve()
    assert tmp_path / "bucket" in path.parents
    assert path.relative_to(tmp_path / "bucket") == Path(key) or len(path.parts) == len(tmp_path.parts) + 2


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("all.jsonl", "%(target)s"),
        ("%(targt)s.jsonl", "known are target, crawl_id"),
        ("%(target)s%.jsonl", "%%"),
        ("%(target)s.doc", "names no format"),
        ("%(target)s", "names no format"),
        ("s3://bucket/%(target)s.parquet.gz", "compressed in itself"),
        ("s3://%(target)s.jsonl", "s3://BUCKET/KEY"),
        (
            "ftp://me:hush@a.example/%(target)s.csv",
            "ftp://a.example/%(target)s.csv: is neither a path nor on S3",
        ),
        ("file:///srv/%(target)s.csv", "is neither a path nor on S3"),
        (f"s3://bucket/{'k' * 900}/%(target)s.csv", "a key has at most 1024 bytes"),  # of the longest target
        ("%(target)s-%(batch_id)s-%(crawl_id)05d.csv", "%(crawl_id)s"),
    ],
)
def test_per_target_that_cannot_be(template: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_template(template)
    assert said in str(caught.value)


def test_a_feed_is_completed_by_its_address() -> None:
    def completed(uri: str, **said: Any) -> dict[str, Any]:
        return complete(uri, said, EXPORTERS, LINKS_PER_FILE)

    gz = completed("s3://b/%(batch_id)05d.jsonl.gz", format="gz")
    assert (gz["format"], gz["batch_item_count"]) == ("jsonl", LINKS_PER_FILE)
    assert gz["postprocessing"] == ["scrapy.extensions.postprocessing.GzipPlugin"]
    assert completed("x.xml") == {"format": "xml", "batch_item_count": 0}
    assert completed("x.parquet")["overwrite"] is True
    assert completed("x.parquet", overwrite=False)["overwrite"] is False
    assert completed("x-%(batch_time)s.csv")["batch_item_count"] == LINKS_PER_FILE
    assert completed("x-%(batch_id)d.csv", batch_item_count=7)["batch_item_count"] == 7
    own = completed("x.gz", format="csv", postprocessing=["own.Plugin"])
    assert own == {"format": "csv", "postprocessing": ["own.Plugin"], "batch_item_count": 0}
    for uri, said in (("x.gz", {}), ("x.doc", {}), ("x.csv", {"batch_item_count": 5})):
        with pytest.raises(UsageError):
            completed(uri, **said)


def test_words_of_an_address_are_checked() -> None:
    check_words("a%20b/%(target)s-%(batch_id)05d-%(time)s.csv", ["target", "run"])
    for uri in ("%(nobody)s.csv", "%(target)d.csv", "%(batch_id)05d-%(run)d.csv"):
        with pytest.raises(UsageError):
            check_words(uri, ["target", "run"])


def test_a_spool_leaves_nothing(tmp_path: Path) -> None:
    with spool(tmp_path / "new") as file:
        file.write(b"x" * 3 * BUFFER)
        settle(file)
        assert list((tmp_path / "new").iterdir()) == []
    assert list((tmp_path / "new").iterdir()) == []


@pytest.mark.parametrize("linking", [True, False])
def test_a_spool_is_kept_in_place_of_an_old_file(
    tmp_path: Path, linking: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not linking:
        monkeypatch.setattr(os, "link", lambda *_, **__: (_ for _ in ()).throw(OSError("no links here")))
    path = tmp_path / "bucket" / "a.csv"
    for content in (b"old", b"new" * BUFFER):
        with spool(tmp_path) as file:
            file.write(content)
            keep(file, path)
        assert path.read_bytes() == content
    assert [found.name for found in path.parent.iterdir()] == ["a.csv"]
    (tmp_path / "other").touch()
    assert path.stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_full_disk_is_one_error_at_the_end() -> None:
    with io.BufferedWriter(Spool("/dev/full", "wb"), BUFFER) as file:
        for _ in range(50):
            file.write(b"x" * BUFFER)
        with pytest.raises(OSError, match="No space left"):
            settle(file)
    with io.BufferedRandom(lost(PermissionError(13, "Permission denied"))) as file:
        file.write(b"x")
        with pytest.raises(PermissionError):
            settle(file)


@given(st.lists(st.integers(0, 7), max_size=6), st.integers(1, 5))
def test_parts_of_a_stream(sizes: list[int], most: int) -> None:
    numbers = iter(range(1_000))
    schema = pa.schema([("n", pa.int64())])
    batches = [
        pa.RecordBatch.from_arrays(
            [pa.array([next(numbers) for _ in range(size)], pa.int64())], schema=schema
        )
        for size in sizes
    ]
    whole = [n for batch in batches for n in batch.column(0).to_pylist()]
    parts = [
        part.read_all().column("n").to_pylist()
        for part in in_parts(pa.RecordBatchReader.from_batches(schema, iter(batches)), most)
    ]
    parts = [part for part in parts if part]
    assert [n for part in parts for n in part] == whole
    assert [len(part) for part in parts[:-1]] == [most] * (len(parts) - 1)
    skipped = list(in_parts(pa.RecordBatchReader.from_batches(schema, iter(batches)), most))
    assert len(skipped) <= len(whole) + len(sizes)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    """Links to 20 targets, 1 to 20 of each."""
    index = Index.open(tmp_path_factory.mktemp("index"), create=True)
    page = "http://blog.example/"
    links = [
        link(page, f"/{number}", target=f"t{many}.example", position=number)
        for many in range(1, 21)
        for number in range(many)
    ]
    others = [link(page, target="t1.example", crawl_id="c2"), link(page, target=None)]
    index.append("job", 0, [visit(page)], [*links, *others])
    return index


@pytest.mark.parametrize("ending", ["jsonl", "csv.gz", "parquet"])
def test_files_of_each_target(index: Index, tmp_path: Path, ending: str) -> None:
    template = str(tmp_path / f"%(target)s/%(crawl_id)s-%(batch_id)05d.{ending}")
    done = write_files(Reader(index), "c1", Apart(template, {"crawl_id": "c1"}, 7))
    assert (done.files, done.links, done.failed) == (20 + 13 + 6, 210, 0)
    found = Counter(path.parent.name for path in tmp_path.rglob("*.*") if path.is_file())
    assert found == {f"t{many}.example": (many + 6) // 7 for many in range(1, 21)}
    if ending == "jsonl":
        lines = [len(path.read_text().splitlines()) for path in sorted((tmp_path / "t20.example").iterdir())]
        assert lines == [7, 7, 6]


def test_where_nothing_can_be_written_one_soon_stops(index: Index, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    done = write_files(Reader(index), "c1", Apart(f"{tmp_path}/file/%(target)s.csv", {}, 7))
    assert (done.files, done.failed) == (0, PATIENCE)
    assert "File exists" in done.first


def test_a_local_file_is_compressed(tmp_path: Path) -> None:
    schema = pa.schema([("text", pa.string())])
    rows = pa.RecordBatchReader.from_batches(schema, [pa.RecordBatch.from_pylist([{"text": "日本"}], schema)])
    assert save(rows, tmp_path / "x.csv.gz") == 1
    data = (tmp_path / "x.csv.gz").read_bytes()
    assert gzip.decompress(data).decode("utf-8-sig") == '"text"\r\n"日本"\r\n'
    assert data[3] == 0, "the header names no file (RFC 1952, FLG)"
