"""What holds of every table that is written, and of every file that is read."""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import tempfile
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from backlink_crawler.errors import UsageError
from backlink_crawler.imports.decoding import texts
from backlink_crawler.imports.delimited import Dialect, rows_of
from backlink_crawler.imports.table import tables

HEADER = ["Source page", "Target page", "Anchor text"]
DELIMITERS = st.sampled_from(",;\t|")
CELLS = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufeff")
    | st.sampled_from('\n\r\t",;|')
)
LATIN = st.text(st.characters(min_codepoint=32, max_codepoint=126) | st.sampled_from('\n\r\t",;|é'))
MARKS = st.lists(
    st.sampled_from(
        [
            b'"',
            b",",
            b";",
            b"\t",
            b"\n",
            b"\r",
            b"\0",
            b"\xff",
            b"\xc3",
            b"a",
            b"{",
            b"[",
            b":",
            b"http://a.test/",
        ]
    )
).map(b"".join)
BEGINNINGS = st.sampled_from(
    [b"", b"PK\x03\x04", b"\x1f\x8b\x08\0", b"\xff\xfe", b"\xef\xbb\xbf", b'{"', b'[{"', b"sep=;\n", b"a,b\n", gzip.compress(b"a,b\n1,2\n")]
)  # fmt: skip


def read(data: bytes) -> tuple[str, list[list[str]]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "file")
        path.write_bytes(data)
        found = list(tables(path))
        cells = [cells for one in found for chunk in one.chunks() for _, cells in chunk]
        return found[0].delimiter, cells


def tables_of(cells: st.SearchStrategy[str]) -> st.SearchStrategy[list[list[str]]]:
    return st.lists(st.lists(cells, min_size=3, max_size=3), max_size=12)


@given(
    delimiter=DELIMITERS,
    rows=tables_of(CELLS),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
)
def test_what_was_written_is_read(
    delimiter: str, rows: list[list[str]], encoding: str, end: str, quoting: int
) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows([HEADER, *rows])
    assert read(text.getvalue().encode(encoding)) == (delimiter, [HEADER, *rows])


@given(
    delimiter=DELIMITERS, encoding=st.sampled_from(["utf-16-le", "utf-16-be", "utf-8"]), rows=tables_of(LATIN)
)
def test_so_it_is_with_the_fewest_quotes_and_no_mark(
    delimiter: str, encoding: str, rows: list[list[str]]
) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows([HEADER, *rows])
    assert read(text.getvalue().encode(encoding)) == (delimiter, [HEADER, *rows])


@given(beginning=BEGINNINGS, rest=st.binary(max_size=2000) | MARKS)
def test_any_bytes_are_read_or_refused(beginning: bytes, rest: bytes) -> None:
    with contextlib.suppress(UsageError):
        _, cells = read(beginning + rest)
        text = "".join(cell for row in cells for cell in row)
        assert "\0" not in text
        text.encode()  # a lone surrogate would raise


@given(data=MARKS, cuts=st.lists(st.integers(0, 200)))
def test_where_blocks_are_cut_makes_no_difference(data: bytes, cuts: list[int]) -> None:
    """Blocks end with lines: however they do, the rows are those of the whole."""
    whole = "".join(texts(io.BytesIO(data)))
    lines = list(io.StringIO(whole, newline=""))
    places = sorted({min(cut, len(lines)) for cut in cuts} | {0, len(lines)})
    blocks = ["".join(lines[a:b]) for a, b in pairwise(places)]
    dialect = Dialect(",", 2)

    def rows(parts: list[str]) -> list[tuple[int, list[str]]]:
        return [row for block in rows_of(parts, dialect) for row in block]

    # only a CR LF may not be cut in two, which lines as these are not
    assert rows(blocks) == rows([whole])
