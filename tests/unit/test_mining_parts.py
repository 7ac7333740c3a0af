"""Parts: what one archive comes to, made whole or not at all, and taken over by the index exactly once."""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import attrs
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import CommitProperties, Transaction, write_deltalake

from backlink_crawler.classify.target import Targets, parse_target
from backlink_crawler.errors import ArchiveFault, IndexFault, NoSeedError, UsageError
from backlink_crawler.index.parts import is_whole
from backlink_crawler.index.query import Reader
from backlink_crawler.index.schema import LINKS, VISITS
from backlink_crawler.index.store import Index
from backlink_crawler.items import LINK_FIELDS
from backlink_crawler.mining import part as parts
from backlink_crawler.mining import takeover, warc, wat
from backlink_crawler.mining.arrival import arrive
from backlink_crawler.mining.counts import Counts
from backlink_crawler.mining.crawl_row import rows_on
from backlink_crawler.mining.done import Done
from backlink_crawler.mining.part import Broken, Part, parts_on
from backlink_crawler.mining.paths import Archive, crawl_id, named, of_crawl, of_shard
from backlink_crawler.mining.plan import mine_plan
from backlink_crawler.mining.shelf import Bucket, Folder, shelf_at
from backlink_crawler.mining.takeover import take_over
from backlink_crawler.mining.unit import mine
from backlink_crawler.urls import url_key
from tests import wat_files
from tests.archive_files import Answer, by_warcio
from tests.object_store import moto_server

TARGETS = Targets([parse_target("example.com"), parse_target("acme.example")])


def page(nth: int, *urls: str) -> Answer:
    links = "".join(f'<p>See <a href="{url}">link {number}</a> here.' for number, url in enumerate(urls))
    return Answer(f"https://page{nth}.example/", f"<title>Page {nth}</title>{links}".encode())


def archive(path: Path, *answers: Answer) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(by_warcio(answers))
    return path


def linking(path: Path, count: int = 3) -> Path:
    """An archive of pages that link to two targets and elsewhere."""
    urls = ("https://example.com/a", "http://www.acme.example/", "https://other.example/")
    return archive(path, *(page(nth, *urls) for nth in range(count)), page(99, "https://other.example/"))


def mined(path: Path, into: Path | str, **more: Any) -> Part:
    return mine(str(path), TARGETS, into, crawl_id="c1", **{"kind": "warc", "file": path.name, **more})


def _within(path: Path) -> None:
    """Zeros in the middle of the values; the footer, which tells of them, is as it was."""
    content = bytearray(path.read_bytes())
    column = pq.read_metadata(path).row_group(0).column(0)
    begin = column.dictionary_page_offset or column.data_page_offset
    content[begin : begin + column.total_compressed_size] = bytes(column.total_compressed_size)
    path.write_bytes(content)


def _of_a_page(path: Path) -> None:
    """One byte of the head of a page, such that Arrow reads over it and the engine that stores the rows does not."""
    content, file = path.read_bytes(), pq.read_metadata(path).row_group(0)
    schema = pq.read_schema(path)
    pages = [file.column(nth).dictionary_page_offset for nth in range(file.num_columns)]
    for place in (page + nth for page in pages if page for nth in range(24)):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0x40]) + content[place + 1 :])
        with suppress(Exception):
            pq.read_table(path).validate(full=True)
            if not is_whole(schema, path):
                return
    raise AssertionError("no such byte")


DAMAGE: list[Any] = [
    (Path.unlink, "is not there"),
    (lambda path: path.write_bytes(b"PAR1 is how it begins"), "is damaged"),
    (lambda path: path.write_bytes(path.read_bytes()[:-40]), "is damaged"),
    (_within, "is damaged"),
    (_of_a_page, "is damaged"),
    (lambda path: pq.write_table(pq.read_table(path).slice(1), path), "has "),
    (lambda path: pq.write_table(_as_text(pq.read_table(path)), path), "has other columns"),
    (lambda path: pq.write_table(pq.read_table(path).drop_columns("crawl_id"), path), "has other columns"),
]


def _as_text(table: pa.Table) -> pa.Table:
    """The same names, and another type in the place of a time."""
    nth = table.schema.get_field_index("fetched_at")
    return table.set_column(nth, "fetched_at", table["fetched_at"].cast(pa.string()))


def rows(index: Index, table: str) -> list[dict[str, Any]]:
    index.fresh(table)
    return Reader(index).rows(f"SELECT * FROM {table}")


class TestMine:
    def test_holds_what_the_reading_gives(self, tmp_path: Path) -> None:
        file = linking(tmp_path / "a.warc.gz")
        part = mined(file, tmp_path / "parts")
        read = list(
            warc.visits(
                io.BytesIO(file.read_bytes()),
                TARGETS,
                Counts(),
                crawl_id="c1",
                name=file.name,
                linking_only=True,
            )
        )
        visits, links = (pq.read_table(tmp_path / "parts" / str(name)) for name in part.files)
        assert (visits.schema.equals(VISITS), links.schema.equals(LINKS)) == (True, True)
        assert (part.visits, part.links) == (visits.num_rows, links.num_rows) == (3, 6)
        expected = [{name: getattr(link, name) for name in LINK_FIELDS} for one in read for link in one.links]
        given = [{name: row[name] for name in LINK_FIELDS} for row in links.to_pylist()]
        for row in given:
            row["fetched_at"] = row["fetched_at"].isoformat().replace("+00:00", "Z")
        key = str
        assert sorted(given, key=key) == sorted(expected, key=key)
        assert links.column("target").to_pylist() == sorted(links.column("target").to_pylist())
        assert links.column("target_key").to_pylist() == [
            url_key(row["target_url"]) for row in links.to_pylist()
        ]
        assert visits.column("source_key").to_pylist() == [
            url_key(row["source_url"]) for row in visits.to_pylist()
        ]
        assert set(visits.column("warc_file").to_pylist()) == {"a.warc.gz"}
        assert part.counts.records == 1 + 2 * 4
        assert list(parts_on(Folder(tmp_path / "parts"))) == [part]

    def test_all_pages_where_they_are_wanted(self, tmp_path: Path) -> None:
        part = mined(linking(tmp_path / "a.warc.gz"), tmp_path / "parts", kind="warc_all")
        assert (part.visits, part.links) == (4, 6)

    def test_many_rows_in_groups(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(parts, "ROWS", 4)
        part = mined(linking(tmp_path / "a.warc.gz", 9), tmp_path / "parts")
        file = pq.ParquetFile(tmp_path / "parts" / str(part.files[1]))
        assert (file.metadata.num_rows, file.metadata.num_row_groups) == (18, 5)
        for group in range(5):
            names = file.read_row_group(group).column("target").to_pylist()
            assert names == sorted(names)

    def test_of_wat(self, tmp_path: Path) -> None:
        said = wat_files.response(
            "https://page.example/", [wat_files.link("https://example.com/x", "Example")]
        )
        file = tmp_path / "a.warc.wat.gz"
        file.write_bytes(wat_files.wat(wat_files.capture(said)))
        part = mined(file, tmp_path / "parts", kind="wat")
        [visit] = pq.read_table(tmp_path / "parts" / str(part.files[0])).to_pylist()
        [link] = pq.read_table(tmp_path / "parts" / str(part.files[1])).to_pylist()
        assert (visit["complete"], visit["fetch_mode"], link["evidence"]) == (False, "archive", "wat")
        assert (visit["warc_file"], visit["warc_offset"]) == (wat_files.WARC, 949)
        assert (
            list(wat.visits(io.BytesIO(file.read_bytes()), TARGETS, Counts(), crawl_id="c1", name="")) != []
        )

    def test_without_hits_only_counts(self, tmp_path: Path) -> None:
        part = mined(archive(tmp_path / "a.warc.gz", page(1, "https://other.example/")), tmp_path / "parts")
        assert part.files == (None, None)
        assert [path.name for path in (tmp_path / "parts").iterdir()] == [f"{part.name}.json"]
        assert part.counts.records == 3

    def test_a_part_that_is_there_is_not_made_again(self, tmp_path: Path) -> None:
        file = linking(tmp_path / "a.warc.gz")
        part = mined(file, tmp_path / "parts")
        file.unlink()
        assert mined(file, tmp_path / "parts") == part

    def test_an_unfinished_part_is_made_again(self, tmp_path: Path) -> None:
        file = linking(tmp_path / "a.warc.gz")
        part = mined(file, tmp_path / "parts")
        for damage in (b"", b"{", b"[]", b'{"form": 1}', b'{"form": 2, "file": "a"}'):
            (tmp_path / "parts" / f"{part.name}.json").write_bytes(damage)
            assert list(parts_on(Folder(tmp_path / "parts"))) == []
            assert mined(file, tmp_path / "parts") == part

    @pytest.mark.parametrize(
        "content", [b"", b"no archive at all", gzip.compress(b"nor is this"), b"\x1f\x8b\x08 broken"]
    )
    def test_of_no_archive_there_is_no_part(self, tmp_path: Path, content: bytes) -> None:
        file = tmp_path / "a.warc.gz"
        file.write_bytes(content)
        with pytest.raises(ArchiveFault, match=r"no record of a\.warc\.gz can be read"):
            mined(file, tmp_path / "parts")
        assert list((tmp_path / "parts").iterdir()) == []

    def test_a_missing_archive(self, tmp_path: Path) -> None:
        with pytest.raises(ArchiveFault) as fault:
            mined(tmp_path / "a.warc.gz", tmp_path / "parts")
        assert isinstance(fault.value.__cause__, FileNotFoundError)

    def test_a_shelf_that_cannot_be_written_is_not_the_archives_fault(self, tmp_path: Path) -> None:
        (tmp_path / "parts").write_text("a file is in the way")
        with pytest.raises(IndexFault, match="cannot be kept") as fault:
            mined(linking(tmp_path / "a.warc.gz"), tmp_path / "parts")
        assert not isinstance(fault.value, ArchiveFault)

    def test_tells_how_much_it_reads(self, tmp_path: Path) -> None:
        file, read = linking(tmp_path / "a.warc.gz"), []
        mined(file, tmp_path / "parts", on_read=read.append)
        assert sum(read) == file.stat().st_size


class TestTakeOver:
    def test_each_part_once_many_in_one_commit(self, tmp_path: Path) -> None:
        index, shelf = Index.open(tmp_path / "index", create=True), Folder(tmp_path / "parts")
        made = [mined(linking(tmp_path / f"{nth}.warc.gz", nth + 1), shelf.path) for nth in range(3)]
        before = index.fresh("visits").version()
        assert take_over(index, shelf, made[:2]) == {made[0].app, made[1].app}
        assert index.fresh("visits").version() == before + 1
        assert take_over(index, shelf, made) == {made[2].app}
        assert take_over(index, shelf, made) == frozenset()
        assert (len(rows(index, "visits")), len(rows(index, "links"))) == (6, 12)
        assert index.fresh("visits").version() == before + 2

    def test_killed_between_links_and_visits(self, tmp_path: Path) -> None:
        index, shelf = Index.open(tmp_path / "index", create=True), Folder(tmp_path / "parts")
        made = [mined(linking(tmp_path / f"{nth}.warc.gz"), shelf.path) for nth in range(2)]
        first = pq.read_table(shelf.path / str(made[0].files[1]))
        mark = CommitProperties(app_transactions=[Transaction(made[0].app, 1)])
        write_deltalake(index.fresh("links"), first, mode="append", commit_properties=mark)
        assert take_over(index, shelf, made) == {one.app for one in made}
        assert (len(rows(index, "visits")), len(rows(index, "links"))) == (6, 12)

    def test_two_at_once(self, tmp_path: Path) -> None:
        Index.open(tmp_path / "index", create=True)
        shelf = Folder(tmp_path / "parts")
        made = [mined(linking(tmp_path / f"{nth}.warc.gz"), shelf.path) for nth in range(6)]

        def run(nth: int) -> frozenset[str]:
            index = Index.open(tmp_path / "index")
            return frozenset().union(*(take_over(index, shelf, [one]) for one in made[:: 1 - 2 * (nth % 2)]))

        with ThreadPoolExecutor(4) as threads:
            new = list(threads.map(run, range(4)))
        assert sorted(app for apps in new for app in apps) == sorted(one.app for one in made)
        index = Index.open(tmp_path / "index")
        assert (len(rows(index, "visits")), len(rows(index, "links"))) == (18, 36)

    def test_in_order_of_their_targets(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(takeover, "MOST_ROWS", 13)
        index, shelf = Index.open(tmp_path / "index", create=True), Folder(tmp_path / "parts")
        made = [mined(linking(tmp_path / f"{nth}.warc.gz"), shelf.path) for nth in range(3)]
        before = index.fresh("links").version()
        take_over(index, shelf, made)
        assert index.fresh("links").version() == before + 2
        for uri in index.fresh("links").file_uris():
            names = pq.read_table(uri.removeprefix("file://")).column("target").to_pylist()
            assert names == sorted(names)

    @pytest.mark.parametrize(("damage", "reason"), DAMAGE)
    @pytest.mark.parametrize("table", [0, 1], ids=["visits", "links"])
    def test_a_broken_part_costs_no_other(
        self, tmp_path: Path, table: int, damage: Callable[[Path], object], reason: str
    ) -> None:
        index, shelf = Index.open(tmp_path / "index", create=True), Folder(tmp_path / "parts")
        made = [mined(linking(tmp_path / f"{nth}.warc.gz"), shelf.path) for nth in range(3)]
        damage(shelf.path / str(made[1].files[table]))
        broken: list[Broken] = []
        assert take_over(index, shelf, made, broken.append) == {made[0].app, made[2].app}
        assert [one.part for one in broken] == [made[1]]
        name = made[1].name
        assert broken[0].reason.startswith(f"1.warc.gz: {made[1].files[table]} {reason}")
        assert broken[0].reason.endswith(f"its part is set aside as {name}.*.broken")
        assert list(parts_on(shelf)) == [made[0], made[2]]
        assert (shelf.path / f"{name}.json.broken").exists()
        assert mined(tmp_path / "1.warc.gz", shelf.path) == made[1]
        assert take_over(index, shelf, made) == {made[1].app}
        assert (len(rows(index, "visits")), len(rows(index, "links"))) == (9, 18)

    def test_a_fault_of_the_index_is_no_fault_of_a_part(self, tmp_path: Path) -> None:
        index, shelf = Index.open(tmp_path / "index", create=True), Folder(tmp_path / "parts")
        part = mined(linking(tmp_path / "a.warc.gz"), shelf.path)
        shutil.rmtree(tmp_path / "index")
        broken: list[Broken] = []
        with pytest.raises(IndexFault, match="cannot write the index"):
            take_over(index, shelf, [part], broken.append)
        assert (broken, list(parts_on(shelf))) == ([], [part])

    def test_dropped_is_gone(self, tmp_path: Path) -> None:
        shelf = Folder(tmp_path / "parts")
        parts.drop(shelf, mined(linking(tmp_path / "a.warc.gz"), shelf.path))
        assert list(shelf.path.iterdir()) == []


def test_shelf_and_index_on_s3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with moto_server() as store:
        for name, value in store.environment.items():
            monkeypatch.setenv(name, value)
        place = f"s3://{store.bucket}/some/parts"
        shelf = shelf_at(place)
        assert isinstance(shelf, Bucket)
        file = linking(tmp_path / "a.warc.gz")
        made = [mined(file, place), mined(file, place, file="b.warc.gz")]
        file.unlink()
        assert mined(file, place) == made[0]
        assert sorted(parts_on(shelf), key=lambda one: one.file) == made
        index = Index.open(f"s3://{store.bucket}/index", create=True)
        assert take_over(index, shelf, made) == {one.app for one in made}
        assert take_over(index, shelf, made) == frozenset()
        assert (len(rows(index, "visits")), len(rows(index, "links"))) == (6, 12)
        parts.set_aside(shelf, made[0])
        assert list(parts_on(shelf)) == made[1:]
        assert len([name for name in shelf.names("") if name.endswith(".broken")]) == 3
        shelf.remove(str(made[1].files[1]))
        broken: list[Broken] = []
        other = Index.open(f"s3://{store.bucket}/other", create=True)
        assert take_over(other, shelf, made[1:], broken.append) == frozenset()
        assert "links.parquet is not there" in broken[0].reason
        made = [mined(linking(file), place), mined(file, place, file="b.warc.gz")]
        for one in made:
            parts.drop(shelf, one)
        assert [name for name in shelf.names("") if not name.endswith(".broken")] == []
        with pytest.raises(IndexFault, match="there is no such bucket"):
            mined(linking(tmp_path / "a.warc.gz"), "s3://nowhere/parts")


def test_done_asks_the_index_once(tmp_path: Path) -> None:
    index, shelf = Index.open(tmp_path / "index", create=True), Folder(tmp_path / "job")
    made = [mined(linking(tmp_path / f"{nth}.warc.gz"), shelf.path) for nth in range(2)]
    apps = [one.app for one in made]
    assert Done(index, shelf.path).of(apps) == frozenset()
    take_over(index, shelf, made[:1])
    assert Done(index, shelf.path).of(apps) == {apps[0]}
    noted = (shelf.path / "done.jsonl").read_text()
    assert json.loads(noted)["apps"] == apps[:1]
    assert Done(index, shelf.path).of(apps) == {apps[0]}
    assert (shelf.path / "done.jsonl").read_text() == noted
    other = Index.open(tmp_path / "other", create=True)
    assert Done(other, shelf.path).of(apps) == frozenset()
    (shelf.path / "done.jsonl").write_text("no JSON\n")
    assert Done(index, shelf.path).of(apps) == {apps[0]}


class TestPaths:
    CRAWL = "CC-MAIN-2026-43"
    LISTED = tuple(
        f"crawl-data/CC-MAIN-2026-43/segments/1/wat/CC-MAIN-{nth:05}.warc.wat.gz" for nth in range(40)
    )

    def mirror(self, tmp_path: Path) -> str:
        place = tmp_path / "crawl-data" / self.CRAWL
        place.mkdir(parents=True)
        (place / "wat.paths.gz").write_bytes(gzip.compress("\n".join(self.LISTED).encode()))
        return str(tmp_path)

    def test_of_a_crawl(self, tmp_path: Path) -> None:
        mirror = self.mirror(tmp_path)
        found = of_crawl(self.CRAWL, "wat", mirror)
        assert found == [Archive(f"{tmp_path}/{path}", path, "wat") for path in self.LISTED]
        for crawl, kind in (("CC-MAIN-1999-01", "wat"), (self.CRAWL, "warc")):
            with pytest.raises(UsageError, match=rf"{crawl}/{kind}\.paths\.gz cannot be read: No such file"):
                of_crawl(crawl, kind, mirror)
        for name in ("../../etc", "", "a/b", "CC MAIN"):
            with pytest.raises(UsageError, match="no name of a crawl"):
                of_crawl(name, "wat", mirror)

    def test_a_broken_list(self, tmp_path: Path) -> None:
        mirror = self.mirror(tmp_path)
        path = tmp_path / "crawl-data" / self.CRAWL / "wat.paths.gz"
        path.write_bytes(path.read_bytes()[:-20])
        with pytest.raises(NoSeedError, match=r"the list .*wat\.paths\.gz: it is cut off"):
            of_crawl(self.CRAWL, "wat", mirror)

    def test_named(self, tmp_path: Path) -> None:
        for name in ("b.warc.gz", "sub/a.warc.wat.gz", "c.wet.gz", "notes.txt", "d.warc"):
            (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "in" / name).write_text("")
        (tmp_path / "list").write_text(
            f"{self.LISTED[0]}\n\n{tmp_path}/in/d.warc\nhttps://w.example/x.warc.gz?key=secret\n"
        )

        def kinds(*places: str, kind: str = "") -> dict[str, str]:
            found = named(places, kind, "s3://commoncrawl/")
            return {one.location.removeprefix(f"{tmp_path}/"): one.kind for one in found}

        everything = {"in/b.warc.gz": "warc", "in/d.warc": "warc", "in/sub/a.warc.wat.gz": "wat"}
        assert kinds(f"{tmp_path}/in") == everything
        assert kinds(f"{tmp_path}/in/*.warc*") == {"in/b.warc.gz": "warc", "in/d.warc": "warc"}
        assert kinds(f"{tmp_path}/in/b.warc.gz", f"{tmp_path}/in/*.gz") == {"in/b.warc.gz": "warc"}
        assert kinds(f"{tmp_path}/list") == {
            f"s3://commoncrawl/{self.LISTED[0]}": "wat", "in/d.warc": "warc", "https://w.example/x.warc.gz?key=secret": "warc",
        }  # fmt: skip
        assert kinds("https://user:pw@w.example/y.warc.gz") == {"https://user:pw@w.example/y.warc.gz": "warc"}
        with pytest.raises(UsageError, match="does not tell"):
            kinds(f"{tmp_path}/in/c.wet.gz", kind="wat")
        with pytest.raises(UsageError, match="no archive is named like"):
            kinds(f"{tmp_path}/in/*.zip")
        (tmp_path / "empty").mkdir()
        with pytest.raises(UsageError, match="holds no archive"):
            kinds(f"{tmp_path}/empty")
        with pytest.raises(UsageError, match="no such file"):
            kinds(f"{tmp_path}/nowhere.warc.gz")

    def test_files_as_urls(self, tmp_path: Path) -> None:
        """RFC 8089: with or without a host, in any case, with what a URL must escape."""
        (tmp_path / "in put").mkdir()
        path = tmp_path / "in put/a.warc.gz"
        path.write_text("")
        (tmp_path / "list").write_text(f"file://{tmp_path}/in%20put/a.warc.gz\nfile:{path}\nb.warc.gz\n")
        url = f"file://{tmp_path}/in%20put"
        for place in (f"{url}/a.warc.gz", url, f"FILE://localhost{tmp_path}/in%20put/*.gz", f"file:{path}"):
            assert named([place], "", "") == [Archive(str(path), str(path), "warc")]
        assert named([f"file://{tmp_path}/list"], "", f"file://{tmp_path}") == [
            Archive(str(path), str(path), "warc"), Archive(f"{tmp_path}/b.warc.gz", "b.warc.gz", "warc"),
        ]  # fmt: skip
        mirror = self.mirror(tmp_path)
        assert of_crawl(self.CRAWL, "wat", f"file://{mirror}") == of_crawl(self.CRAWL, "wat", mirror)
        with pytest.raises(UsageError, match=r"paths=file://elsewhere/a\.warc\.gz: there is no such file"):
            named(["file://elsewhere/a.warc.gz"], "", "")
        (tmp_path / "list").write_text("file://elsewhere/a.warc.gz\nftp://w.example/a.warc.gz\n")
        for one, reason in zip(
            named([f"{tmp_path}/list"], "", ""), ("of another machine", "by ftp"), strict=True
        ):
            with pytest.raises(ArchiveFault, match=reason):
                mine(one.location, TARGETS, tmp_path / "parts", kind="warc", crawl_id="c1")

    def test_a_file_that_links_lead_to_is_one(self, tmp_path: Path) -> None:
        (tmp_path / "in").mkdir()
        path = tmp_path / "in/b.warc.gz"
        path.write_text("")
        (tmp_path / "in/a.warc.gz").symlink_to(path)
        (tmp_path / "other").symlink_to(tmp_path / "in")
        (tmp_path / "list").write_text("in/b.warc.gz\nother/b.warc.gz\n")
        for places in (
            [f"{tmp_path}/in"],
            [f"{tmp_path}/other", f"{tmp_path}/in"],
            [f"{tmp_path}/in", f"{tmp_path}/list"],
        ):
            assert [one.file for one in named(places, "", str(tmp_path))] == [str(path)]
        assert [one.file for one in named([f"{tmp_path}/list"], "", str(tmp_path))] == ["in/b.warc.gz"]

    def test_lists_as_people_write_them(self, tmp_path: Path) -> None:
        said = (
            f"\ufeffa.warc.gz\r\n\r\n# the second half\r\n  b.warc.gz \r\na.warc.gz\r\n{tmp_path}/c.warc.gz"
        )
        (tmp_path / "list").write_bytes(gzip.compress(said.encode()))
        found = named([f"{tmp_path}/list"], "", "m")
        assert [one.file for one in found] == ["a.warc.gz", "b.warc.gz", f"{tmp_path}/c.warc.gz"]
        mirror = self.mirror(tmp_path)
        listed = tmp_path / "crawl-data" / self.CRAWL / "wat.paths.gz"
        listed.write_bytes(gzip.compress("\n".join([*self.LISTED, *self.LISTED]).encode()))
        assert len(of_crawl(self.CRAWL, "wat", mirror)) == len(self.LISTED)
        listed.write_bytes(gzip.compress(b"\n# nothing\n"))
        with pytest.raises(UsageError, match="names no archive"):
            of_crawl(self.CRAWL, "wat", mirror)

    def test_a_file_has_one_name(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "in").mkdir()
        (tmp_path / "a.warc.gz").write_bytes(by_warcio([Answer()]))
        monkeypatch.chdir(tmp_path / "in")
        places = ["../a.warc.gz", f"{tmp_path}/in/../a.warc.gz", f"{tmp_path}//a.warc.gz", f"{tmp_path}/*.gz"]
        assert [one.file for one in named(places, "", "")] == [f"{tmp_path}/a.warc.gz"]

    def test_a_name_that_is_no_text(self, tmp_path: Path) -> None:
        (tmp_path / os.fsdecode(b"caf\xe9.warc.gz")).write_bytes(by_warcio([Answer()]))
        [one] = named([str(tmp_path)], "", "")
        assert one.file == f"{tmp_path}/caf\\xe9.warc.gz"
        part = mine(one.location, TARGETS, tmp_path / "out", kind="warc", crawl_id="c", file=one.file)
        assert (part.links, of_shard([one], "1/1")) == (1, [one])

    def test_keys_in_addresses_are_in_no_fact(self, tmp_path: Path) -> None:
        [one, other] = named(
            ["https://me:secret@w.example/a.warc.gz?token=secret", "HTTPS://W.example/b.wat.gz"], "", ""
        )
        assert (one.location, one.file) == (
            "https://me:secret@w.example/a.warc.gz?token=secret",
            "https://w.example/a.warc.gz",
        )
        assert other.kind == "wat"

    def test_shards_part_the_list(self, tmp_path: Path) -> None:
        found = of_crawl(self.CRAWL, "wat", self.mirror(tmp_path))
        shards = [of_shard(found, f"{number}/3") for number in (1, 2, 3)]
        assert sorted(one.file for shard in shards for one in shard) == sorted(self.LISTED)
        assert all(len(shard) > 5 for shard in shards)
        assert of_shard(found[:7], "2/3") == [one for one in shards[1] if one in found[:7]]
        assert of_shard(found, "") == found


class TestPlan:
    @pytest.fixture(autouse=True)
    def here(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        linking(tmp_path / "a.warc.gz")

    @pytest.mark.parametrize(
        ("said", "words"),
        [
            ({}, "nothing to mine"),
            ({"crawl": "CC-MAIN-2026-43", "paths": "a.warc.gz"}, "either a crawl or paths"),
            ({"paths": "nowhere.warc.gz"}, "there is no such file"),
            ({"crawl": "CC-MAIN-1999-01", "mirror": "."}, "No such file"),
            ({"paths": "a.warc.gz", "kind": "wet"}, "needs one of"),
            ({"paths": "a.warc.gz", "target": "exa mple"}, "target"),
            ({"paths": "a.warc.gz", "max_pages": "3"}, "unknown argument max_pages"),
        ],
    )
    def test_what_cannot_be(self, said: dict[str, str], words: str) -> None:
        with pytest.raises(UsageError, match=words):
            mine_plan(said)
        assert not Path("data").exists()

    def test_the_same_command_is_the_same_job(self) -> None:
        said = {"target": "example.com", "paths": "a.warc.gz"}
        plan = mine_plan(said)
        assert (plan.crawl_id, plan.name) == ((again := mine_plan(said)).crawl_id, again.name)
        assert plan.provenance == "archive"
        other, shard = mine_plan({**said, "paths": "*.gz"}), mine_plan({**said, "shard": "1/2"})
        assert {other.crawl_id, shard.crawl_id} == {plan.crawl_id}
        assert len({plan.name, other.name, shard.name}) == 3

    def test_what_was_forgotten_is_mined_anew(self) -> None:
        said = {"target": "example.com", "paths": "a.warc.gz"}
        plan = mine_plan(said)
        plan.index.forget("example.com")
        assert mine_plan(said).crawl_id != plan.crawl_id
        plan.index.forget("acme.example")
        assert mine_plan(said).crawl_id == mine_plan(said).crawl_id

    def test_keeps_no_key(self) -> None:
        plan = mine_plan(
            {
                "paths": "a.warc.gz, https://me:secret@w.example/b.warc.gz?key=secret",
                "mirror": "https://x:secret@m.example/",
            }
        )
        assert "secret" not in plan.told
        assert json.loads(plan.told)["paths"] == ["a.warc.gz", "https://w.example/b.warc.gz"]


def test_the_name_of_a_crawl_tells_what_was_looked_for() -> None:
    one, other = parse_target("example.com"), parse_target("acme.example")
    name = crawl_id("CC-MAIN-2026-43", Targets([one, other]))
    assert name.startswith("mine-CC-MAIN-2026-43-")
    assert name == crawl_id("CC-MAIN-2026-43", Targets([other, one]))
    others = {
        crawl_id("", Targets([one, other])),
        crawl_id("CC-MAIN-2026-43", Targets([one])),
        crawl_id("CC-MAIN-2026-43", Targets([one, attrs.evolve(other, brand=("Acme",))])),
        crawl_id("CC-MAIN-2026-43", Targets([one, other]), keep_all=True),
        crawl_id("CC-MAIN-2026-43", Targets([one, other]), forgotten=1),
    }
    assert len({name, *others}) == 6


def test_a_part_says_all_of_itself() -> None:
    counts = Counts(records=3, damaged=1, places=[(12, "it is cut off")])
    part = Part("crawl-data/x/CC-MAIN-1.warc.wat.gz", "wat", "c1", "commoncrawl", 1, 2, counts)
    assert Part.of(part.text()) == part
    assert part.name.startswith("CC-MAIN-1.warc.wat.gz-")
    assert part.name != attrs.evolve(part, crawl_id="c2").name
    for hostile in ("../../x.warc.gz", "a/..", ".hidden.warc.gz", "ü\n/\x1b[31m.warc", "x" * 500):
        name = attrs.evolve(part, file=hostile).name
        assert not {"/", "\n", "\x1b"} & set(name)
        assert not name.startswith(".")
        assert len(name) < 130


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("visits", "1"), ("visits", -1), ("links", None), ("links", []), ("file", 3), ("crawl_id", None), ("form", 2),
        ("counts", None), ("counts", {"bytes": "x", "places": []}), ("counts", {"places": [1]}), ("more", 1),
        ("counts", {"places": [[float("inf"), "x"]]}),
    ],
)  # fmt: skip
def test_what_tells_of_no_part_costs_no_other(tmp_path: Path, name: str, value: Any) -> None:
    shelf, index = Folder(tmp_path / "out"), Index.open(str(tmp_path / "index"), create=True)
    for nth in range(2):
        (tmp_path / f"{nth}.warc.gz").write_bytes(by_warcio([Answer(f"https://page{nth}.example/")]))
        made = mined(tmp_path / f"{nth}.warc.gz", shelf.path)
    path = shelf.path / f"{made.name}.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), name: value}))
    (shelf.path / "deep.json").write_text("[" * 100_000)
    for row in ({"targets": [1]}, {"exit_code": 10**30}, {"targets": None}):
        (shelf.path / "r.crawl.json").write_text(json.dumps({"crawl_id": "c1", "run": "r", **row}))
        assert not list(rows_on(shelf))
    arrived = arrive(index, str(shelf.path))
    assert (arrived.parts, arrived.new, arrived.links) == (1, 1, 1)
    run, part = arrived.broken
    assert run == "r.crawl.json: that tells of no run"
    assert part.startswith(f"{made.name}.json: that tells of ")
