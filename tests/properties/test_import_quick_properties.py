"""The quick way to columns gives the very cells, on the very lines, that rows of Python have."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from backlink_crawler.imports.delimited import Dialect, blocks_of, rows_of
from backlink_crawler.imports.quick import Cells, Quick, cells_of, gathered

WIDTH = 3
WANTED = [2, 0]
PIECES = st.sampled_from(
    [
        "a",
        "ü",
        " ",
        ",",
        ";",
        "\t",
        '"',
        '""',
        "\n",
        "\r\n",
        "\r",
        "'",
        "\\",
        "\v",
        "\x85",
        "1",
        "\u2028",
    ]
)
TEXTS = st.lists(PIECES, max_size=40).map("".join)
CELLS = st.sampled_from(
    ["", "a", "ü b", '"a,b"', '"say ""x"""', '"two\nlines"', 'a"b', '"a"b', '"', "NULL", "NA", "1e5"]
)
LINES = st.lists(CELLS, min_size=WIDTH - 1, max_size=WIDTH + 1).map(",".join)
FILES = st.tuples(st.lists(LINES, max_size=20), st.sampled_from(["\n", "\r\n"])).map(
    lambda file: file[1].join(file[0])
)


def quick_rows(texts: list[str], delimiter: str, size: int) -> list[tuple[int, list[str]]]:
    """Sound rows as (line, wanted cells), all others whole, in the order of their lines."""
    quick = Quick(delimiter, WIDTH, WANTED)
    blocks = blocks_of(texts, Dialect(delimiter, WIDTH), quick)
    parts = (block if isinstance(block, Cells) else cells_of(block, WIDTH, WANTED) for block in blocks)
    rows: list[tuple[int, list[str]]] = []
    for cells in gathered(parts, size):
        columns = [column.to_pylist() for column in cells.columns]
        sound = zip(cells.lines.to_pylist(), map(list, zip(*columns, strict=True)), strict=True)
        rows += sorted([*sound, *cells.odd], key=lambda row: row[0])
    return rows


def slow_rows(texts: list[str], delimiter: str) -> list[tuple[int, list[str]]]:
    return [
        (line, [cells[index] for index in WANTED] if len(cells) == WIDTH else cells)
        for block in rows_of(texts, Dialect(delimiter, WIDTH))
        for line, cells in block
    ]


def in_blocks(text: str, every: int) -> list[str]:
    """Whole lines, some to a block, as :func:`.decoding.texts` gives them."""
    lines = [
        line
        for line in text.replace("\r\n", "\r\n\0").replace("\n", "\n\0").replace("\0\0", "\0").split("\0")
        if line
    ]
    return ["".join(lines[start : start + every]) for start in range(0, len(lines), every)]


@given(FILES | TEXTS, st.sampled_from([1, 3, 100]), st.sampled_from([",", ";"]), st.sampled_from([1, 1000]))
@example('a,b,"c\n', 1, ",", 1)  # a quote that never ends
@example("a,b,c\n\nd,e,f\n", 100, ",", 1)  # a blank line
@example('a,b,c\nd,"e\nf",g\nh,i\n', 100, ",", 1)  # a record of two lines and one of two cells
def test_both_ways_read_the_same(text: str, every: int, delimiter: str, size: int) -> None:
    texts = in_blocks(text, every)
    assert quick_rows(texts, delimiter, size) == slow_rows(texts, delimiter)


def test_the_usual_text_is_read_the_quick_way() -> None:
    quick = Quick(",", WIDTH, WANTED)
    cells = quick('a,"b, ""c""",d\r\nodd,row\r\ne,f,\r\n', 7)
    assert cells is not None
    assert (cells.lines.to_pylist(), [column.to_pylist() for column in cells.columns]) == (
        [7, 9],
        [["d", ""], ["a", "e"]],
    )
    assert cells.odd == [(8, ["odd", "row"])]
    assert quick('a,"b\nc",d\n', 1) is None
