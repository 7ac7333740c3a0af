"""`backlinks import`, as a person runs it."""

from __future__ import annotations

import csv
import gzip
import json
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from backlink_crawler.classify.target import parse_target
from backlink_crawler.errors import UsageError
from backlink_crawler.imports import decoding, run
from backlink_crawler.imports.run import import_file
from backlink_crawler.index.claims import Staging
from backlink_crawler.index.store import Index
from tests.index_rows import stored
from tests.program import backlinks

TARGET = parse_target("acme.example")
AHREFS = "Referring page title,Referring page URL,Referring page HTTP code,Target URL,Anchor,Type,Nofollow,First seen\n"
GOOD = AHREFS + (
    'Post,https://blog.example/post,200,https://www.acme.example/,"Acme, again",text,false,2026-08-01 10:00:00\n'
    "Thread,https://forum.example/t/1,200,https://acme.example/shop,=cmd|calc,text,true,2026-08-02 10:00:00\n"
)
MIXED = GOOD + (
    'Post,https://blog.example/post,200,https://www.acme.example/,"Acme, again",text,false,2026-08-01 10:00:00\n'
    "Other,https://blog.example/other,200,https://rival.example/,Rival,text,false,2026-08-01 10:00:00\n"
    "Own,https://shop.acme.example/,200,https://acme.example/,Acme,text,false,2026-08-01 10:00:00\n"
    "None,,200,https://acme.example/,Acme,text,false,2026-08-01 10:00:00\n"
    "Bad,=HYPERLINK(1),200,https://acme.example/,Acme,text,false,2026-08-01 10:00:00\n"
    "torn,off\n"
    "\n"
)
REJECTED = {"other_target": 1, "own_page": 1, "no_source": 1, "no_url": 1, "broken_row": 1}


def imported(home: Path, *arguments: str) -> tuple[int, list[dict[str, Any]], str]:
    """(exit code, the rows of JSON on standard output, standard error)."""
    code, out, err = backlinks("import", *arguments, "--target", "acme.example", "--format", "json", cwd=home)
    return code, json.loads(out), err


def claims(home: Path) -> list[dict[str, Any]]:
    return sorted(stored(home / "data/index", "claims"), key=lambda claim: claim["line"])


def test_an_export_is_recognised_by_its_content_and_stored(tmp_path: Path) -> None:
    (tmp_path / "some.file").write_text(GOOD)
    code, out, err = backlinks("import", "some.file", "--target", "https://www.acme.example/", cwd=tmp_path)
    assert (code, err) == (0, "next: backlinks crawl acme.example\n")
    heading, row = out.splitlines()
    assert heading.split() == ["File", "Recognised", "as", "Rows", "New", "Known", "Repeated", "Rejected"]
    assert row.split() == ["some.file", "Ahrefs,", "backlinks", "2", "2", "0", "0", "–"]
    first, second = claims(tmp_path)
    assert (first["source_url"], first["target_url"], first["anchor"]) == (
        "https://blog.example/post", "https://www.acme.example/", "Acme, again",
    )  # fmt: skip
    assert (first["provenance"], first["origin"], first["line"], first["kind"]) == (
        "import:ahrefs",
        "some.file",
        2,
        "link",
    )
    assert (first["nofollow"], second["nofollow"], second["http_status"]) == (False, True, 200)
    assert len({first["claim_id"], second["claim_id"], ""}) == 3


def test_every_row_is_stored_or_counted_under_one_reason(tmp_path: Path) -> None:
    (tmp_path / "links.csv").write_text(MIXED)
    code, [told], _ = imported(tmp_path, "links.csv", "--rejects", "rejects.csv")
    assert code == 0
    assert told == {
        "file": "links.csv", "kind": "ahrefs", "recognised": "Ahrefs, backlinks", "rows": 8, "new": 2, "known": 0, "repeated": 1,
        "rejected": REJECTED,
    }  # fmt: skip
    assert told["new"] == len(claims(tmp_path))
    text = (tmp_path / "rejects.csv").read_text("utf-8-sig")
    rows = list(csv.DictReader(text.splitlines()))
    assert Counter(row["reason"] for row in rows) == {**REJECTED, "repeated": 1}
    assert {row["file"] for row in rows} == {"links.csv"}
    assert {row["reason"]: row["line"] for row in rows} == {
        "repeated": "4", "other_target": "5", "own_page": "6", "no_source": "7", "no_url": "8", "broken_row": "9",
    }  # fmt: skip
    assert '"\'=HYPERLINK(1)"' in text  # no formula


def test_the_same_file_again_stores_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(MIXED)
    (tmp_path / "b.csv").write_text(MIXED)
    imported(tmp_path, "a.csv")
    before = claims(tmp_path)
    code, [told], _ = imported(tmp_path, "b.csv", "--rejects", "rejects.csv")
    assert (code, told["new"], told["known"], told["repeated"], told["rejected"]) == (0, 0, 2, 1, REJECTED)
    assert told["rows"] == told["new"] + told["known"] + told["repeated"] + sum(told["rejected"].values())
    assert claims(tmp_path) == before
    rows = csv.DictReader((tmp_path / "rejects.csv").read_text("utf-8-sig").splitlines())
    reasons = [row["reason"] for row in rows]
    assert reasons.count("known") == 2


def test_words_for_what_was_rejected(tmp_path: Path) -> None:
    (tmp_path / "links.csv").write_text(MIXED)
    out = backlinks("import", "links.csv", "--target", "acme.example", cwd=tmp_path)[1]
    assert "1 of links to another target; 1 of the target's own pages" in out


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("nothing.csv", "Name,Colour\nspade,red\n", "nothing.csv: "),
        ("empty.csv", "", "empty.csv: "),
        (
            "pages.csv",
            "Target page,Incoming links,Linking sites\nhttps://acme.example/,3,2\n",
            "it names no linking page",
        ),
        ("missing.csv", None, "missing.csv: "),
    ],
)
def test_a_file_that_is_of_no_use_is_named_and_the_others_go_on(
    tmp_path: Path, name: str, text: str | None, said: str
) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    (tmp_path / "good.csv").write_text(GOOD)
    code, rows, err = imported(tmp_path, name, "good.csv")
    assert code == 2
    assert [row["file"] for row in rows] == ["good.csv"]
    assert err.startswith("error: ")
    assert said in err.splitlines()[0]
    assert name in err.splitlines()[0]
    assert err.endswith("next: backlinks crawl acme.example\n")
    assert len(claims(tmp_path)) == 2
    code, rows, err = imported(tmp_path, name)
    assert (code, rows) == (2, [])
    assert "next:" not in err


def test_columns_named_by_hand(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text(
        "Where, exactly;Whom;Note\nhttps://blog.example/a;https://acme.example/;x\n"
    )
    code, [told], err = imported(tmp_path, "own.csv", "--columns", "source_url=Where, exactly,target_url=2")
    assert (code, told["new"], told["kind"]) == (0, 1, "table"), err
    [claim] = claims(tmp_path)
    assert (claim["source_url"], claim["provenance"]) == ("https://blog.example/a", "import:table")


@pytest.mark.parametrize("said", ["Where", "source_url=", "=x"])
def test_columns_named_wrongly(tmp_path: Path, said: str) -> None:
    (tmp_path / "own.csv").write_text(GOOD)
    code, out, err = backlinks(
        "import", "own.csv", "--target", "acme.example", "--columns", said, cwd=tmp_path
    )
    assert (code, out) == (2, "")
    assert err.startswith("error: --columns")
    assert not (tmp_path / "data").exists()


def test_several_tables_of_an_archive_are_counted_apart(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("links.csv", GOOD)
        archive.writestr("again.csv", GOOD)
        archive.writestr("sites.csv", "Site,Linking pages,Target pages\nblog.example,3,2\n")
        archive.writestr("pages.csv", "Target page,Incoming links,Linking sites\nhttps://acme.example/,3,2\n")
        archive.writestr("picture.png", b"\x89PNG\r\n\x1a\n")
    code, rows, err = imported(tmp_path, "all.zip")
    assert code == 0
    counted = {row["file"]: (row["kind"], row["rows"], row["new"], row["repeated"]) for row in rows}
    assert counted == {
        "all.zip/links.csv": ("ahrefs", 2, 2, 0),
        "all.zip/again.csv": ("ahrefs", 2, 0, 2),
        "all.zip/sites.csv": ("gsc_sites", 1, 1, 0),
    }
    assert "all.zip/pages.csv was passed over: " in err
    assert "all.zip/picture.png was passed over: " in err
    site = next(claim for claim in claims(tmp_path) if claim["kind"] == "site")
    assert (site["source_url"], site["links"], site["provenance"]) == (
        "http://blog.example/",
        3,
        "import:gsc",
    )


def test_an_access_log_gives_the_pages_that_visitors_came_from(tmp_path: Path) -> None:
    lines = [
        '203.0.113.9 - - [10/Oct/2026:13:55:36 +0000] "GET /shop HTTP/1.1" 200 2326 "https://blog.example/post" "Mozilla/5.0"',
        '203.0.113.9 - - [10/Oct/2026:13:56:36 +0000] "GET /shop HTTP/1.1" 200 2326 "https://blog.example/post" "Mozilla/5.0"',
        '203.0.113.9 - - [10/Oct/2026:13:57:36 +0000] "GET / HTTP/1.1" 200 2326 "https://acme.example/shop" "Mozilla/5.0"',
    ]
    with gzip.open(tmp_path / "access.log.gz", "wt") as out:
        out.write("\n".join(lines * 10) + "\n")
    code, [told], err = imported(tmp_path, "access.log.gz")
    assert (code, told["kind"], told["rows"], told["new"]) == (0, "access_log", 1, 1), err
    [claim] = stored(tmp_path / "data/index", "claims")
    assert (claim["source_url"], claim["target_url"], claim["links"], claim["provenance"]) == (
        "https://blog.example/post", "https://acme.example/shop", 20, "import:access_log",
    )  # fmt: skip


def test_an_access_log_of_json(tmp_path: Path) -> None:
    hit = {
        "ts": "2026-10-10T13:55:36Z", "status": 200,
        "request": {"method": "GET", "host": "acme.example", "uri": "/shop", "headers": {"Referer": ["https://blog.example/post"]}},
    }  # fmt: skip
    (tmp_path / "log").write_text((json.dumps(hit) + "\n") * 3)
    code, [told], err = imported(tmp_path, "log")
    assert (code, told["kind"], told["new"]) == (0, "access_log", 1), err
    [claim] = stored(tmp_path / "data/index", "claims")
    assert (claim["source_url"], claim["links"]) == ("https://blog.example/post", 3)


def test_rows_that_no_file_can_take_are_told_before_anything_is_done(tmp_path: Path) -> None:
    (tmp_path / "links.csv").write_text(GOOD)
    code, out, err = backlinks(
        "import", "links.csv", "--target", "acme.example", "--rejects", "no/such/dir.csv", cwd=tmp_path
    )
    assert (code, out) == (2, "")
    assert err.startswith("error: cannot write no/such/dir.csv: ")


def test_rows_are_not_listed_over_a_file_to_import(tmp_path: Path) -> None:
    (tmp_path / "links.csv").write_text(MIXED)
    (tmp_path / "same.csv").symlink_to("links.csv")
    code, out, err = backlinks(
        "import", "links.csv", "--target", "acme.example", "--rejects", "same.csv", cwd=tmp_path
    )
    assert (code, out, err) == (
        2,
        "",
        "error: --rejects same.csv: is a file to import\nhint: name another file\n",
    )
    assert (tmp_path / "links.csv").read_text() == MIXED


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_rows_that_the_disk_has_no_room_for_are_told_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "links.csv").write_text(MIXED)
    code, out, err = backlinks(
        "import", "links.csv", "--target", "acme.example", "--rejects", "/dev/full", cwd=tmp_path
    )
    assert (code, out) == (2, "")
    assert err.splitlines()[0] == "error: cannot write /dev/full: No space left on device"


@pytest.mark.parametrize(
    ("telling", "expected"), [("08/13/2026", "2026-01-08"), ("13/08/2026", "2026-08-01"), ("", "2026-08-01")]
)
def test_day_and_month_have_one_order_in_all_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, telling: str, expected: str
) -> None:
    """Search Console sorts by date: thousands of rows may lie in the first twelve days of a month."""
    monkeypatch.setattr(run, "CHUNK", 100)
    monkeypatch.setattr(run, "LOOKED_AT", 10)
    monkeypatch.setattr(decoding, "BLOCK", 1000)
    lines = [f"https://blog.example/{n},01/08/2026" for n in range(500)]
    text = "\n".join(["Linking page,Last crawled", *lines, f"https://blog.example/last,{telling}"])
    (tmp_path / "links.csv").write_text(text)
    index = Index.open(tmp_path / "data/index", create=True)
    [taken] = import_file(tmp_path / "links.csv", index, TARGET).taken
    assert taken.new == 501
    told = Counter(str(claim["last_seen"])[:10] for claim in claims(tmp_path))
    assert told[expected] == 500


class TestAtOnceOrNotAtAll:
    def test_a_fault_in_the_middle_stores_nothing(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        index = Index.open(tmp_path / "data/index", create=True)
        (tmp_path / "links.csv").write_text(GOOD * 50)
        monkeypatch.setattr(run, "CHUNK", 10)
        monkeypatch.setattr(decoding, "BLOCK", 1000)
        added: list[int] = []
        add = Staging.add

        def torn(self: Staging, rows: Any) -> None:
            added.append(rows.num_rows)
            if len(added) == 3:
                raise UsageError("links.csv: is damaged")
            add(self, rows)

        monkeypatch.setattr(Staging, "add", torn)
        with pytest.raises(UsageError):
            import_file(tmp_path / "links.csv", index, TARGET)
        assert len(added) == 3
        assert claims(tmp_path) == []

    def test_rows_in_many_chunks_are_those_of_one(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "links.csv").write_text(MIXED)
        whole = import_file(tmp_path / "links.csv", Index.open(tmp_path / "whole", create=True), TARGET)
        monkeypatch.setattr(run, "CHUNK", 1)
        monkeypatch.setattr(decoding, "BLOCK", 100)
        parts = import_file(tmp_path / "links.csv", Index.open(tmp_path / "parts", create=True), TARGET)
        assert parts == whole
        assert whole.taken[0].left == {**REJECTED, "repeated": 1}
