from __future__ import annotations

import os
import shutil
import tempfile
import threading
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake

from backlink_crawler.errors import IndexFault, NewerIndexError, UsageError
from backlink_crawler.index.location import cause, locate, storage
from backlink_crawler.index.query import Reader
from backlink_crawler.index.schema import CRAWLS, LINKS, to_table
from backlink_crawler.index.store import FORMAT, FORMAT_APP, Index, exists
from backlink_crawler.index.upkeep import SMALL_FILES, compact, tidy, wants_compacting
from tests.index_rows import link, visit

PAGE = "http://a.example/1"
NOBODY = 65534


def sizes(index: Index) -> tuple[int, int]:
    fresh = Index.open(index.uri)
    return fresh.tables["visits"].count(), fresh.tables["links"].count()


def test_a_batch_is_stored_once(tmp_path: Path) -> None:
    index = Index.open(tmp_path / "index", create=True)
    assert index.applied("job") == -1
    for batch in (0, 0, 1, 0, 1):
        index.append("job", batch, [visit(PAGE)], [link(PAGE), link(PAGE, "/shop")])
    assert sizes(index) == (2, 4)
    assert index.applied("job") == 1
    index.append("other", 0, [visit(PAGE)], [link(PAGE)])
    assert sizes(index) == (3, 5)
    assert (index.applied("job"), index.applied("other")) == (1, 0)


def test_what_cannot_be_written_is_told_before_a_thread_panics(capfd: pytest.CaptureFixture[str]) -> None:
    """The table format's threads would print what became of them above our one line."""
    with tempfile.TemporaryDirectory() as folder:
        index = Index.open(folder, create=True)
        directories = [Path(folder), *(path for path in Path(folder).rglob("*") if path.is_dir())]
        user = os.geteuid()
        try:
            for one in directories:
                one.chmod(0o555)
            if user == 0:
                os.seteuid(NOBODY)  # to the superuser every directory is open
            with pytest.raises(IndexFault, match=r"cannot write the index .*: permission denied"):
                index.append("job", 0, [visit(PAGE)], [link(PAGE)])
            assert not Reader(index).rows("SELECT * FROM visits")
        finally:
            os.seteuid(user)
            for one in directories:
                one.chmod(0o755)
        assert capfd.readouterr().err == ""
        index.append("job", 0, [visit(PAGE)], [link(PAGE)])
        assert sizes(Index.open(folder)) == (1, 1)


def test_a_batch_that_was_cut_between_the_tables_is_completed(tmp_path: Path) -> None:
    index = Index.open(tmp_path, create=True)
    write_deltalake(
        index.tables["links"], to_table([link(PAGE)], LINKS), mode="append",
        commit_properties=CommitProperties(app_transactions=[Transaction("job", 0)]),
    )  # fmt: skip
    assert index.applied("job") == -1
    index.append("job", 0, [visit(PAGE)], [link(PAGE)])
    assert sizes(index) == (1, 1)
    assert index.applied("job") == 0


def test_batches_without_links_or_visits_count_as_stored(tmp_path: Path) -> None:
    index = Index.open(tmp_path, create=True)
    index.append("job", 0, [visit(PAGE)], [])
    index.append("job", 1, [], [])
    assert index.applied("job") == 1
    index.append("job", 2, [visit(PAGE)], [link(PAGE)])
    assert (index.applied("job"), sizes(index)) == (2, (2, 1))


def test_several_writers_lose_nothing(tmp_path: Path) -> None:
    Index.open(tmp_path, create=True)

    def work(app: str) -> None:
        index = Index.open(tmp_path)
        for batch in range(5):
            index.append(app, batch, [visit(PAGE)], [link(PAGE)])

    threads = [threading.Thread(target=work, args=(f"job{number}",)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sizes(Index.open(tmp_path)) == (15, 15)


def test_numbers_outlive_compaction_checkpoint_and_reopening(tmp_path: Path) -> None:
    index = Index.open(tmp_path, create=True)
    for batch in range(4):
        index.append(
            "job",
            batch,
            [visit(f"{PAGE}/{batch}")],
            [link(f"{PAGE}/{batch}", target="b.example"), link(f"{PAGE}/{batch}")],
        )
    before = Reader(index).rows("SELECT * FROM links ORDER BY target, source_url")
    assert not wants_compacting(index)
    assert compact(index)["links"] == 1
    index.tables["visits"].create_checkpoint()
    again = Index.open(tmp_path)
    again.append("job", 3, [visit(PAGE)], [link(PAGE)])
    assert Reader(again).rows("SELECT * FROM links ORDER BY target, source_url") == before
    assert again.applied("job") == 3
    stored = Reader(again).rows("SELECT target FROM links")
    assert [row["target"] for row in stored] == sorted(row["target"] for row in stored)


def test_small_appends_are_merged_when_they_have_piled_up(tmp_path: Path) -> None:
    index = Index.open(tmp_path, create=True)
    for batch in range(SMALL_FILES + 1):
        index.append("job", batch, [visit(f"{PAGE}/{batch}")], [])
    assert wants_compacting(index) == ["visits"]
    tidy(index)
    assert (wants_compacting(index), len(index.tables["visits"].file_uris())) == ([], 1)
    assert Reader(index).count("visits") == SMALL_FILES + 1


def test_a_crawl_is_recorded_once(tmp_path: Path) -> None:
    index = Index.open(tmp_path, create=True)
    for crawl_id in ("c1", "c2", "c1"):
        index.record_crawl(
            {"crawl_id": crawl_id, "started_at": "2026-11-22T10:00:00Z", "targets": ["acme.example"]}
        )
    assert [row["crawl_id"] for row in Reader(index).rows("SELECT crawl_id FROM crawls ORDER BY 1")] == [
        "c1",
        "c2",
    ]


def test_forgetting_a_target_leaves_the_others(tmp_path: Path) -> None:
    index = Index.open(tmp_path, create=True)
    both = ["acme.example", "b.example"]
    index.append(
        "job", 0,
        [visit(PAGE), visit("http://c.example/", targets_checked=both)],
        [link(PAGE), link(PAGE, "/x"), link("http://c.example/", target="b.example"), link(PAGE, target="o'neill")],
    )  # fmt: skip
    assert index.forget("acme.example") == 2
    assert index.forget("o'neill") == 1
    assert [row["target"] for row in Reader(index).rows("SELECT target FROM links")] == ["b.example"]
    assert [row["source_url"] for row in Reader(index).rows("SELECT source_url FROM visits")] == [
        "http://c.example/"
    ]


def test_hostile_text_comes_back_as_it_was(tmp_path: Path) -> None:
    index = Index.open(tmp_path, create=True)
    texts = ["'; DROP TABLE links; --", "\x1b[31m", "\u202eevil", "=HYPERLINK()", "\x00", "日本語 🦊", "a\nb"]
    index.append(
        "job", 0, [visit(PAGE)], [link(PAGE, anchor=text, position=n) for n, text in enumerate(texts)]
    )
    assert [
        row["anchor"] for row in Reader(index).rows("SELECT anchor FROM links ORDER BY position")
    ] == texts


class TestWhatCannotBeOpened:
    def test_nothing_there(self, tmp_path: Path) -> None:
        with pytest.raises(IndexFault, match="there is no index at"):
            Index.open(tmp_path)
        assert not exists(str(tmp_path))
        assert list(tmp_path.iterdir()) == []

    def test_a_file_in_its_way(self, tmp_path: Path) -> None:
        (tmp_path / "index").write_text("mine")
        with pytest.raises(IndexFault, match="a file is in its way"):
            Index.open(tmp_path / "index", create=True)

    def test_made_by_a_newer_version(self, tmp_path: Path) -> None:
        index = Index.open(tmp_path, create=True)
        newer = CommitProperties(app_transactions=[Transaction(FORMAT_APP, FORMAT + 1)])
        write_deltalake(index.tables["crawls"], CRAWLS.empty_table(), mode="append", commit_properties=newer)
        with pytest.raises(NewerIndexError, match=f"format {FORMAT + 1}"):
            Index.open(tmp_path, create=True)

    def test_tables_of_another_program(self, tmp_path: Path) -> None:
        for name in ("visits", "crawls", "links"):
            write_deltalake(tmp_path / name, pa.table({"x": [1]}))
        with pytest.raises(IndexFault, match="tables of another program"):
            Index.open(tmp_path, create=True)

    def test_a_table_lost(self, tmp_path: Path) -> None:
        Index.open(tmp_path, create=True)
        shutil.rmtree(tmp_path / "visits")
        with pytest.raises(IndexFault, match="lacks its table visits"):
            Index.open(tmp_path, create=True)

    def test_a_first_try_that_was_cut_off(self, tmp_path: Path) -> None:
        Index.open(tmp_path, create=True)
        shutil.rmtree(tmp_path / "links")
        with pytest.raises(IndexFault, match="there is no index"):
            Index.open(tmp_path)
        assert Index.open(tmp_path, create=True).applied("job") == -1

    def test_a_log_that_is_damaged(self, tmp_path: Path) -> None:
        Index.open(tmp_path, create=True)
        (tmp_path / "links/_delta_log/00000000000000000000.json").write_text("{half a li")
        with pytest.raises(IndexFault, match="damaged or missing") as caught:
            Index.open(tmp_path)
        assert "\n" not in caught.value.reason

    def test_a_data_file_that_is_damaged(self, tmp_path: Path) -> None:
        index = Index.open(tmp_path, create=True)
        index.append("job", 0, [visit(PAGE)], [link(PAGE)])
        file = next((tmp_path / "links").glob("*.parquet"))
        file.write_bytes(file.read_bytes()[:500])
        with pytest.raises(IndexFault, match="damaged or missing"):
            Reader(Index.open(tmp_path)).rows("SELECT anchor FROM links")

    @pytest.mark.parametrize("address", ["gs://bucket/x", "s3://", "http://host/x", "s3:///"])
    def test_an_address_of_another_kind(self, address: str) -> None:
        with pytest.raises(UsageError, match="not the address of an index"):
            Index.open(address)

    def test_a_server_that_does_not_answer_is_not_waited_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, value in {
            "AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s",
        }.items():  # fmt: skip
            monkeypatch.setenv(name, value)
        with pytest.raises(IndexFault, match="does not answer"):
            Index.open("s3://bucket/index", create=True)


def test_the_address_is_absolute_or_on_s3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert locate("data/index/") == str(tmp_path / "data/index")
    assert locate("S3://bucket/a/b/") == "s3://bucket/a/b"
    assert locate("s3://bucket/é, b=c+d/.e..") == "s3://bucket/é, b=c+d/.e.."


@pytest.mark.parametrize(
    "prefix",
    ["/a", "a?b", "a#b", "a%41", "[a]", "a\\b", "a//b", "a/../b", "./a", "a\nb"],
)
def test_a_prefix_that_two_libraries_read_differently_is_refused(prefix: str) -> None:
    with pytest.raises(UsageError, match="not the address of an index"):
        locate(f"s3://bucket/{prefix}")


def test_an_address_without_a_bucket_is_none() -> None:
    with pytest.raises(UsageError, match="not the address of an index"):
        locate("s3:///prefix")


def test_keys_in_an_address_are_refused_and_not_shown() -> None:
    with pytest.raises(UsageError) as failure:
        locate("s3://AKIA:hush@bucket/prefix")
    assert "hush" not in str(failure.value)


def test_options_of_the_store() -> None:
    assert storage("/data", {}, {"AWS_ENDPOINT_URL": "http://x"}) == {}
    plain = storage(
        "s3://b/p", {"timeout": "9s"}, {"AWS_ENDPOINT_URL": "http://x", "AWS_ENDPOINT_URL_S3": "http://y"}
    )
    assert (plain["AWS_ENDPOINT_URL"], plain["AWS_ALLOW_HTTP"], plain["timeout"]) == (
        "http://y",
        "true",
        "9s",
    )
    assert "AWS_ALLOW_HTTP" not in storage("s3://b/p", {}, {"AWS_ENDPOINT_URL": "https://x"})


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("Generic S3 error: 404 <Error><Code>NoSuchBucket</Code>", "there is no such bucket"),
        ("PUT http://169.254.169.254/latest/api/token in 1s", "no AWS credentials were found"),
        ("response: 403 Forbidden <Code>AccessDenied</Code>", "access is denied"),
        ("Os { code: 28, kind: StorageFull, message: \"No space left on device\" }", "the disk is full"),
        ("\x1b[31msome\x1b[0m\n  ↳ thing\n   0: <unknown>\n   1: start_thread", "some thing"),
        ("x" * 1000, "x" * 299 + "…"),
    ],
)  # fmt: skip
def test_the_cause_is_said_in_a_few_words(said: str, words: str) -> None:
    assert cause(OSError(said)) == words


def test_other_programs_read_the_tables(tmp_path: Path) -> None:
    Index.open(tmp_path, create=True).append("job", 0, [visit(PAGE)], [link(PAGE)])
    table = DeltaTable(tmp_path / "links")
    assert table.protocol().min_reader_version == 1
    assert "acme.example" in str(table.get_add_actions(flatten=True))
