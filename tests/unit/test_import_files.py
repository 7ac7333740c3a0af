"""Files of every form to rows: told by content, read whatever is broken in them, refused in one line."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time
from pathlib import Path

import pytest
import xlsxwriter

from backlink_crawler.errors import UsageError
from backlink_crawler.imports import document, records, workbook
from backlink_crawler.imports.decoding import BLOCK, LONGEST_LINE
from backlink_crawler.imports.table import Table, tables

NOBODY = 65534
HEADER = "Referring page URL\tAnchor\tFirst seen\n"
LOG = '203.0.113.9 - - [10/Oct/2026:13:55:36 -0700] "GET /a HTTP/1.1" 200 7 "https://r.test/" "M (KHTML, like)"\n'
DATAFORSEO = {
    "version": "0.1",
    "status_code": 20000,
    "tasks": [
        {
            "data": {"target": "example.com"},
            "result": [
                {
                    "target": "example.com",
                    "items": [
                        {"url_from": "https://a.test/", "url_to": "https://example.com/", "dofollow": True,
                         "attributes": ["ugc", "é"], "rank": 3.0, "anchor": None},
                    ],
                },
                {"items": [{"url_from": "https://b.test/", "url_to": "https://example.com/", "alt": "x"}]},
            ],
        }
    ],
}  # fmt: skip


def table(tmp_path: Path, data: bytes, name: str = "links.txt") -> Table:
    path = tmp_path / name
    path.write_bytes(data)
    (one,) = tables(path)
    return one


def rows(found: Table) -> list[tuple[int, list[str]]]:
    return [row for chunk in found.chunks() for row in chunk]


def refused(tmp_path: Path, data: bytes) -> str:
    with pytest.raises(UsageError) as raised:
        rows(table(tmp_path, data))
    assert raised.value.hint
    assert "\n" not in raised.value.reason
    return raised.value.reason.removeprefix("links.txt: ")


@pytest.mark.parametrize(
    ("data", "delimiter", "expected"),
    [
        (b"a,b\n1,2\n", ",", [(1, ["a", "b"]), (2, ["1", "2"])]),
        (b"a;b\r\n1;2,5", ";", [(1, ["a", "b"]), (2, ["1", "2,5"])]),
        (b"a|b\n1|2\n", "|", [(1, ["a", "b"]), (2, ["1", "2"])]),
        (b"a\tb\r1\t2\r", "\t", [(1, ["a", "b"]), (2, ["1", "2"])]),
        # blank lines are no rows, but count
        (b"\r\na,b\r\n\r\n1,2\r\n", ",", [(2, ["a", "b"]), (4, ["1", "2"])]),
        # other delimiters in cells, also in every one
        (b"a\tb\nx, y\tz, z\nx, y\tz, z\n", "\t", [(1, ["a", "b"]), (2, ["x, y", "z, z"]), (3, ["x, y", "z, z"])]),
        (b"url;price\nx;1,5\ny;2,5\n", ";", [(1, ["url", "price"]), (2, ["x", "1,5"]), (3, ["y", "2,5"])]),
        # what Excel writes above the header, and no row
        (b"sep=;\r\na;b,c\r\n1;2\r\n", ";", [(2, ["a", "b,c"]), (3, ["1", "2"])]),
        (b'sep=|\n"a"|b\n', "|", [(2, ["a", "b"])]),
        # RFC 4180, 2.6: line breaks within quotes are kept as they are
        (b'a,b\r\n1,"x\r\ny"\r\n3,4\r\n', ",", [(1, ["a", "b"]), (2, ["1", "x\r\ny"]), (4, ["3", "4"])]),
        # RFC 4180, 2.7
        (b'a,b\n"x ""y""",2\n', ",", [(1, ["a", "b"]), (2, ['x "y"', "2"])]),
        # rows with other numbers of cells are left to be mended
        (b"a,b,c\n1,2\n1,2,3,4\n1,2,3\n", ",",
         [(1, ["a", "b", "c"]), (2, ["1", "2"]), (3, ["1", "2", "3", "4"]), (4, ["1", "2", "3"])]),
        # titles above the header
        (b"Backlinks of example.com\n\nURL,Anchor\nx,y\nz,w\n", ",",
         [(1, ["Backlinks of example.com"]), (3, ["URL", "Anchor"]), (4, ["x", "y"]), (5, ["z", "w"])]),
        # rows of URLs without a header
        (b"https://a.test/x,https://b.test/\n", ",", [(1, ["https://a.test/x", "https://b.test/"])]),
        (b"https://a.test/,2026-08-01\n", ",", [(1, ["https://a.test/", "2026-08-01"])]),
        (b'"Linking page"\n"https://a.test/,1"\n', ",", [(1, ["Linking page"]), (2, ["https://a.test/,1"])]),
    ],
)  # fmt: skip
def test_delimited_text(tmp_path: Path, data: bytes, delimiter: str, expected: object) -> None:
    found = table(tmp_path, data)
    assert (found.name, found.form, found.delimiter) == ("links.txt", "delimited", delimiter)
    assert rows(found) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        # a quote that nothing ends: its line by itself
        (b'a,b,c\n1,"x,3\n4,5,6\n', [(2, ["1", '"x', "3"]), (3, ["4", "5", "6"])]),
        # two of them pair up to a record with the right number of cells
        (
            b'a,b,c\n1,"x,3\n4,"y,6\n7,8,9\n',
            [(2, ["1", '"x', "3"]), (3, ["4", '"y', "6"]), (4, ["7", "8", "9"])],
        ),
        # cells that are quoted for themselves keep no quotes
        (b'a,b,c\n"1","x,3\n"4","5","6"\n', [(2, ["1", '"x', "3"]), (3, ["4", "5", "6"])]),
        # the last line
        (b'a,b,c\n1,2,3\n4,5,"6', [(2, ["1", "2", "3"]), (3, ["4", "5", '"6'])]),
        # a stray quote inside a cell is none
        (b'a,b,c\n1,5" disk,3\n4,5,6\n', [(2, ["1", '5" disk', "3"]), (3, ["4", "5", "6"])]),
    ],
)
def test_stray_quotes_cost_one_row(tmp_path: Path, data: bytes, expected: object) -> None:
    assert rows(table(tmp_path, data))[1:] == expected


def test_an_unterminated_quote_swallows_nothing_of_a_long_file(tmp_path: Path) -> None:
    lines = [f"{n},x,y" for n in range(60_000)]
    lines[30_000] = '30000,"x,y'
    found = rows(table(tmp_path, ("a,b,c\n" + "\n".join(lines)).encode()))
    assert len(found) == 60_001
    assert found[30_001] == (30_002, ["30000", '"x', "y"])
    assert found[-1] == (60_001, ["59999", "x", "y"])


def test_records_of_many_lines_are_read_whole_across_blocks(tmp_path: Path) -> None:
    cell = "\n".join("word" for _ in range(60))
    text = "a,b\n" + "".join(f'{n},"{cell}"\n' for n in range(3 * BLOCK // 300))
    found = rows(table(tmp_path, text.encode()))
    assert {tuple(cells[1:]) for _, cells in found[1:]} == {(cell,)}
    assert found[-1][0] == 2 + 60 * (len(found) - 2)


def test_lines_that_open_quotes_again_and_again_take_no_longer_than_they_are_many(tmp_path: Path) -> None:
    found = rows(table(tmp_path, b"a,b,c\n" + b'x",y","z\n' * 20_000))
    assert len(found) == 20_001
    assert found[-1] == (20_001, ['x"', 'y"', '"z'])


def test_cells_beyond_the_limit_of_the_csv_module(tmp_path: Path) -> None:
    limit = csv.field_size_limit(1000)
    try:
        assert rows(table(tmp_path, b'a,b\n"' + b"x," * 200_000 + b'",2\n'))[1] == (2, ["x," * 200_000, "2"])
    finally:
        csv.field_size_limit(limit)


def test_a_line_without_end_comes_in_parts_and_lines_keep_their_numbers(tmp_path: Path) -> None:
    for quote in (b"", b'"'):
        found = rows(table(tmp_path, b"a,b\n1,2\n" + quote + b"x" * (3 * LONGEST_LINE) + b",y\n3,4\n"))
        assert {number for number, _ in found} == {1, 2, 3, 4}
        assert found[-1] == (4, ["3", "4"])


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"# asked, twice\ndomain:spam.test\n\n https://a.test/ \n",
         [(1, "# asked, twice"), (2, "domain:spam.test"), (4, "https://a.test/")]),
        (b"https://a.test/news,12,a.html\nhttps://a.test/news,13,b.html\n",
         [(1, "https://a.test/news,12,a.html"), (2, "https://a.test/news,13,b.html")]),
        (b"https://a.test/?a;b|c,d", [(1, "https://a.test/?a;b|c,d")]),
        (LOG.encode() * 2, [(1, LOG.strip()), (2, LOG.strip())]),
        (b"a.test\r\nb.test\r\n", [(1, "a.test"), (2, "b.test")]),
    ],
)  # fmt: skip
def test_plain_lines(tmp_path: Path, data: bytes, expected: list[tuple[int, str]]) -> None:
    found = table(tmp_path, data)
    assert (found.form, found.delimiter) == ("lines", "")
    assert rows(found) == [(number, [text]) for number, text in expected]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("https://a.test/\tschön 中 🎉\t2026\n", "utf-8"),
        ("https://a.test/\tschön 中 🎉\t2026\n", "utf-8-sig"),
        ("https://a.test/\tschön 中 🎉\t2026\n", "utf-16"),
        ("https://a.test/\tschön 中 🎉\t2026\n", "utf-16-le"),
        ("https://a.test/\tschön 中 🎉\t2026\n", "utf-16-be"),
        ("https://a.test/\tÜber uns – schöne Bücher\t2026\n", "windows-1252"),
        ("https://a.test/\tПривет, это просто ссылка\t2026\n", "windows-1251"),
        ("https://a.test/\tこんにちは世界、リンク\t2026\n", "shift_jis"),
        ("https://a.test/\t这是一个链接的文字\t2026\n", "gb18030"),
    ],
)
def test_encodings(tmp_path: Path, text: str, encoding: str) -> None:
    # what tells the encoding may stand far from the beginning
    data = (HEADER + "https://b.test/\tplain\t2025\n" * 8000 + text * 3).encode(encoding)
    found = rows(table(tmp_path, data))
    assert found[0][1] == HEADER.strip().split("\t")
    assert [cells for _, cells in found[-3:]] == [text.strip().split("\t")] * 3


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("schöne Bü".encode() + b"\xc3", "schöne Bü\ufffd"),  # cut in the middle of a character: still UTF-8
        (b"a\0b", "ab"),
        ("\ufeffa".encode(), "a"),
    ],
)
def test_what_is_no_text_ends_no_import(tmp_path: Path, cell: bytes, expected: str) -> None:
    assert rows(table(tmp_path, b"a,b\n" + cell + b",x\ny,z\n"))[1:] == [
        (2, [expected, "x"]),
        (3, ["y", "z"]),
    ]


def test_json_lines_are_rows_under_their_keys(tmp_path: Path) -> None:
    data = b'{"a": 1, "b": null}\n\n{"c": true, "a": 1.5}\nbroken, line\n[1]\n{"a": {"x": [1]}}'
    found = table(tmp_path, data)
    assert found.form == "records"
    assert rows(found) == [
        (0, ["a", "b", "c"]), (1, ["1", "", ""]), (3, ["1.5", "", "true"]), (4, ["broken, line"]), (5, ["[1]"]),
        (6, ['{"x": [1]}', "", ""]),
    ]  # fmt: skip


@pytest.mark.parametrize("indent", [None, 2])
def test_an_answer_of_dataforseo(tmp_path: Path, indent: int | None) -> None:
    found = table(tmp_path, json.dumps(DATAFORSEO, indent=indent).encode())
    assert found.form == "records"
    assert rows(found) == [
        (0, ["url_from", "url_to", "dofollow", "attributes", "rank", "anchor", "alt"]),
        (1, ["https://a.test/", "https://example.com/", "true", '["ugc", "é"]', "3", "", ""]),
        (2, ["https://b.test/", "https://example.com/", "", "", "", "", "x"]),
    ]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ('[{"a": "x"}, {"b": "y"}]', [["a", "b"], ["x", ""], ["", "y"]]),
        ('[\n{"a": "x"},\n{"a": "y"}\n]', [["a"], ["x"], ["y"]]),
        ('{"meta": {"of": [{"z": 1}]}, "data": [{"a": 1}, {"a": 2}]}', [["a"], ["1"], ["2"]]),
        ('[{"a": [{"n": 1}, {"n": 2}]}]', [["n"], ["1"], ["2"]]),
        ('{"a": "\\ud800\\u0000x"}', [["a"], ["x"]]),
    ],
)
def test_documents_of_json(tmp_path: Path, document: str, expected: list[list[str]]) -> None:
    assert [cells for _, cells in rows(table(tmp_path, document.encode()))] == expected


def test_a_document_of_json_has_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "MOST_BYTES", 1 << 20)
    data = b'[{"a": "' + b"x" * (2 << 20) + b'"}]'
    assert refused(tmp_path, data) == "is a JSON document of more than 1 MB"
    assert len(rows(table(tmp_path, b'{"a": "b"}\n' * 200_000))) == 200_001


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b" \r\n\t\n", "is empty"),
        (gzip.compress(b""), "is empty"),
        (b"%PDF-1.7\n%\xe2\xe3", "is a PDF"),
        (b"\x89PNG\r\n\x1a\n\0\0", "is an image"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "is an image"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "is an old Excel workbook (.xls)"),
        (b"7z\xbc\xaf\x27\x1c\0", "is a 7z archive"),
        (b"\n<!-- x -->\n<!DOCTYPE html>\n<title>Sign in</title>", "is an HTML page and no export"),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<html xmlns="http://www.w3.org/1999/xhtml">', "is an HTML page and no export"),
        (b'<?xml version="1.0"?>\n<urlset>', "is XML"),
        (bytes(range(256)) * 9, "is no text"),
        (b'{"a": [1,', "is damaged JSON: Expecting value: line 1 column 10 (char 9)"),
        (b'["https://a.test/"]', "is JSON without a list of objects"),
        (b"[]", "is JSON without a list of objects"),
        (b'[{"a":' + b"[" * 100_000, "is JSON nested too deep"),
        (gzip.compress(b"a,b\n1,2\n" * 99)[:-9], "is cut off"),
        (gzip.compress(gzip.compress(b"a,b\n")), "is an archive inside an archive"),
        (b"PK\x03\x04 and no more", "is a damaged archive: File is not a zip file"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_in_a_line(tmp_path: Path, data: bytes, reason: str) -> None:
    assert refused(tmp_path, data) == reason


@pytest.mark.parametrize(
    ("name", "reason"),
    [("", "is a folder"), ("none.csv", "there is no such file"), ("a\0b", "there is no such file")],
)
def test_what_is_no_file(tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        next(tables(tmp_path / name))


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="is no file"):
        next(tables(tmp_path / "pipe"))


def test_a_file_without_permission() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        path = Path(folder, "links.csv")
        path.write_bytes(b"a,b\n")
        path.chmod(0)
        with as_nobody(), pytest.raises(UsageError, match="Permission denied"):
            next(tables(path))


@contextmanager
def as_nobody() -> Iterator[None]:
    """To the superuser every file is open."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(user)


def test_gzip_with_several_members_under_any_name(tmp_path: Path) -> None:
    found = table(tmp_path, gzip.compress(b"a,b\n1,2\n") + gzip.compress(b"3,4\n"), "export.csv")
    assert rows(found) == [(1, ["a", "b"]), (2, ["1", "2"]), (3, ["3", "4"])]


def book(sheets: dict[str, list[list[object]]]) -> bytes:
    data = io.BytesIO()
    with xlsxwriter.Workbook(
        data, {"default_date_format": "yyyy-mm-dd hh:mm", "strings_to_urls": False}
    ) as made:
        for name, lines in sheets.items():
            sheet = made.add_worksheet(name)
            for number, cells in enumerate(lines):
                sheet.write_row(number, 0, cells)
    return data.getvalue()


def test_workbooks(tmp_path: Path) -> None:
    lines: list[list[object]] = [
        ["URL", "Anchor", "Seen"],
        [],
        ["https://a.test/", "x\ny", datetime(2026, 1, 2, 3, 4, 5)],  # noqa: DTZ001 (a workbook knows no zones)
        [200, 12.5, datetime(2026, 1, 2)],  # noqa: DTZ001
        [True, 1e20, time(3, 4)],
    ]
    path = tmp_path / "book.bin"
    for pack in (bytes, gzip.compress):
        path.write_bytes(pack(book({"Links": lines, "None": [], "More": [["a"], ["b"]]})))
        first, second = tables(path)
        assert (first.name, first.form, first.delimiter) == ("book.bin/Links", "workbook", "")
        assert rows(first) == [
            (1, ["URL", "Anchor", "Seen"]),
            (3, ["https://a.test/", "x\ny", "2026-01-02T03:04:05"]),
            (4, ["200", "12.5", "2026-01-02"]),
            (5, ["true", "1e+20", first.peek(9)[3][1][2]]),
        ]
        assert (second.name, rows(second)) == ("book.bin/More", [(1, ["a"]), (2, ["b"])])


def changed(data: bytes, member: str, old: bytes, new: bytes) -> bytes:
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as read,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as written,
    ):
        for name in read.namelist():
            content = read.read(name)
            assert name != member or old in content
            written.writestr(name, content.replace(old, new) if name == member else content)
    return made.getvalue()


def test_workbooks_that_would_not_fit_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = book({"S": [["a", "b"], ["c", "d"]]})
    far = changed(small, "xl/worksheets/sheet1.xml", b'r="B2"', b'r="XFD1048576"')
    assert refused(tmp_path, far) == "has a sheet of 16,384 columns and 1,048,576 rows"
    sheet = "xl/worksheets/sheet1.xml"
    unplaced = b"</row>" + b"<row><c/></row>" * 99_999 + b'<row r="200000">' + b"<c/>" * 1000 + b"</row>"
    for part in (b"</row>", b'</row><row r="99999"><c r="B99999"/></row>'):
        rest = changed(small, sheet, b"</row></sheetData>", part + unplaced[6:] + b"</sheetData>")
        assert refused(tmp_path, rest) == "has a sheet of 1,000 columns and 200,000 rows"
    endless = changed(small, sheet, b"<sheetData>", b"<sheetData><c " + b" " * (3 << 20) + b"/>")
    assert refused(tmp_path, endless) == "is a damaged workbook: a tag without an end"
    many = changed(small, "xl/sharedStrings.xml", b'uniqueCount="4"', b'uniqueCount="400000000000"')
    assert refused(tmp_path, many) == "is a damaged workbook: xl/sharedStrings.xml"
    broken = changed(small, "xl/workbook.xml", b"<sheets>", b"<sheets></x>")
    assert refused(tmp_path, broken).startswith("is a damaged workbook: ")
    assert refused(tmp_path, book({"S": []})) == "is empty"
    monkeypatch.setattr(workbook, "MOST_PACKED", 1 << 10)
    assert refused(tmp_path, small) == "is larger than the 0 MB that a workbook may have"
    monkeypatch.undo()
    monkeypatch.setattr(workbook, "MOST_UNPACKED", 1 << 10)
    assert refused(tmp_path, small).startswith("unpacks to more than")


def packed(members: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return data.getvalue()


def test_archives(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    path.write_bytes(
        packed({
            "more/": b"", "__MACOSX/._links.csv": b"\0\5\x16\7", "links.csv": b"a,b\n1,2\n", "more/list.gz": gzip.compress(b"x.test\n"),
            "book.xlsx": book({"S": [["a"]]}), "read me.pdf": b"%PDF-1.4", "inner.zip": packed({"a": b"b"}), "empty.csv": b"",
            "letter.docx": packed({"[Content_Types].xml": b"<a/>"}), "twice": gzip.compress(gzip.compress(b"a")),
        })
    )  # fmt: skip
    skipped: list[tuple[str, str]] = []
    found = {one.name: (one.form, rows(one)) for one in tables(path, skipped)}
    assert found == {
        "export.zip/links.csv": ("delimited", [(1, ["a", "b"]), (2, ["1", "2"])]),
        "export.zip/more/list.gz": ("lines", [(1, ["x.test"])]),
        "export.zip/book.xlsx/S": ("workbook", [(1, ["a"])]),
    }
    assert skipped == [
        ("export.zip/read me.pdf", "is a PDF"),
        ("export.zip/inner.zip", "is an archive inside an archive"),
        ("export.zip/empty.csv", "is empty"),
        ("export.zip/letter.docx", "is an office document, but no Excel workbook (.xlsx)"),
        ("export.zip/twice", "is an archive inside an archive"),
    ]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_members_of_one_name_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, line in (("a.csv", "1,1"), ("a.csv", "2,2"), ("a.csv (2)", "3,3"), ("a.csv", "4,4")):
            archive.writestr(name, f"a,b\n{line}\n")
    found = {one.name: rows(one)[1][1][0] for one in tables(path)}
    names = ("x.zip/a.csv", "x.zip/a.csv (2)", "x.zip/a.csv (2) (2)", "x.zip/a.csv (3)")
    assert found == dict(zip(names, "1234", strict=True))


def test_archives_with_nothing_to_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "a.pdf is a PDF" in refused(tmp_path, packed({"a.pdf": b"%PDF-1.4"}))
    assert refused(tmp_path, packed({})).startswith("nothing in it can be imported")
    damaged = packed({"links.csv": b"a,b\n1,2\n"}).replace(b"links.csv", b"lynks.csv", 1)
    assert "links.csv is damaged" in refused(tmp_path, damaged)
    monkeypatch.setattr(document, "MOST_MEMBERS", 3)
    assert refused(tmp_path, packed({f"{n}.csv": b"a" for n in range(4)})) == "has 4 files, more than 3"


def test_an_encrypted_member_is_left_out(tmp_path: Path) -> None:
    data = bytearray(packed({"a.csv": b"a,b\n", "b.csv": b"a,b\n"}))
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    path = tmp_path / "x.zip"
    path.write_bytes(data)
    skipped: list[tuple[str, str]] = []
    assert [one.name for one in tables(path, skipped)] == ["x.zip/a.csv"]
    assert skipped == [("x.zip/b.csv", "is encrypted")]


def test_chunks_have_at_most_the_size_asked_and_peeking_uses_nothing_up(tmp_path: Path) -> None:
    found = table(tmp_path, b"a,b\n" + b"1,2\n" * 100_000)
    assert [len(chunk) for chunk in found.chunks(30_000)] == [30_000, 30_000, 30_000, 10_001]
    assert [number for number, _ in found.peek(3)] == [1, 2, 3]
    assert len(found.peek(7)) == 7
    assert len(rows(found)) == 100_001


def test_long_rows_make_short_chunks(tmp_path: Path) -> None:
    found = table(tmp_path, b"a,b\n" + (b"x" * 10_000 + b",2\n") * 4000)
    assert max(sum(len(cells[0]) for _, cells in chunk) for chunk in found.chunks()) < 17 << 20


def test_what_is_unpacked_is_never_held(tmp_path: Path) -> None:
    path = tmp_path / "bomb.gz"
    with gzip.open(path, "wb", 1) as packed_file:
        for _ in range(64):
            packed_file.write(b"a,b\n" * (1 << 18))
    path.write_bytes(path.read_bytes() * 100)  # 6.4 GB
    (found,) = tables(path)
    assert found.peek(2) == [(1, ["a", "b"]), (2, ["a", "b"])]
    assert len(next(found.chunks())) == 20_000
