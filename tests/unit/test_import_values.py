"""What the cells of an export say: flags, types, numbers, times; and rows broken by what was not quoted."""

import datetime

import exports
import pyarrow as pa
import pytest
from exports import lines_of, records_of, rows_of
from hypothesis import given
from hypothesis import strategies as st

from backlink_crawler.classify.target import parse_target
from backlink_crawler.imports.meaning import NOTHING, address, flag, host, number
from backlink_crawler.imports.mend import mend
from backlink_crawler.imports.moment import day_first, moment
from backlink_crawler.imports.recognise import recognise
from backlink_crawler.imports.value import TIME, read_columns
from backlink_crawler.items import LINK_TYPES

COVERS = parse_target("example.com").covers


def at(text: str | None) -> datetime.datetime | None:
    return None if text is None else datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC)


def read(rows, form="delimited", **named):
    recognised = recognise(rows, form, COVERS, named)
    body = rows[recognised.header + 1 :]
    return read_columns(recognised, [line for line, _ in body], [cells for _, cells in body])


def values(rows, form="delimited", **named):
    columns = read(rows, form, **named)
    assert len({len(column) for column in columns.values()}) == 1
    return {name: column.to_pylist() for name, column in columns.items()}


TWO = {"source_url": ["https://blog.acme.test/2026/hedges", "https://forum.acme.test/t/1"], "line": [2, 3]}
SHOP = ["https://example.com/shop", "https://example.com/"]


def days(*texts):
    return [at(text) for text in texts]


SAID = {
    "gsc": (
        rows_of(exports.GSC),
        {
            "line": [2, 3, 4],
            "source_url": [
                "https://blog.acme.test/2026/hedges",
                "https://forum.acme.test/t/1,2",
                "https://news.other.test/a?b=c",
            ],
            "last_seen": days("2026-08-01", "2026-07-15", "2025-12-31"),
        },
    ),
    "gsc_sites": (
        rows_of(exports.GSC_SITES),
        {"line": [2, 3, 4], "source_url": ["acme.test", "other.test", "wikipedia.org"], "links": [1240, 87, 3]},
    ),
    "bing": (
        rows_of(exports.BING),
        {
            "line": [2, 3],
            "source_url": ["https://blog.acme.test/2026/hedges", "https://news.other.test/a"],
            "target_url": ["https://example.com/shop", "https://www.example.com/"],
            "anchor": ["best shears, ever", None],
        },
    ),
    "bing_sites": (
        rows_of(exports.BING_SITES),
        {"line": [2, 3], "source_url": ["https://acme.test", "other.test"], "links": [12, 3]},
    ),
    "ahrefs": (
        rows_of(exports.AHREFS),
        {
            **TWO,
            "target_url": SHOP,
            "page_title": ["Hedges, and how to cut them", None],
            "anchor": ["best shears, ever", "Example"],
            "http_status": [200, 404],
            "link_type": ["text", "image"],
            "nofollow": [False, True],
            "ugc": [False, True],
            "sponsored": [False, False],
            "follow": [True, False],
            "first_seen": days("2026-08-01 10:11:12", "2025-01-02 03:04:05"),
            "last_seen": days("2026-09-02 01:02:03", "2026-01-02 03:04:05"),
            "lost_at": days(None, "2026-02-03 04:05:06"),
        },
    ),
    "majestic": (
        rows_of(exports.MAJESTIC),
        {
            "line": [2, 3, 4, 5],
            "source_url": [row[1] for row in exports.MAJESTIC_ROWS],
            "target_url": [row[0] for row in exports.MAJESTIC_ROWS],
            "anchor": ["best shears", "Example", None, "example.com"],
            "link_type": ["text", "image", "redirect", "mention"],
            "nofollow": [False, True, False, False],
            "follow": [True, False, True, True],
            "first_seen": days("2024-02-03", "2023-01-02", "2026-06-30", "2026-06-01"),
            "last_seen": days("2026-08-01", "2026-07-15", "2026-06-30", "2026-06-29"),
        },
    ),
    "semrush": (
        rows_of(exports.SEMRUSH),
        {
            **TWO,
            "target_url": SHOP,
            "page_title": ["Hedges, and how to cut them", "Topic 1"],
            "anchor": ["best shears, ever", None],
            "link_type": ["text", "image"],
            "nofollow": [False, True],
            "ugc": [False, True],
            "sponsored": [False, False],
            "follow": [True, False],
            "first_seen": days("2024-02-03", "2023-01-02"),
            "last_seen": days("2026-08-01", "2026-07-15"),
            "lost_at": days(None, "2026-07-15"),
        },
    ),
    "moz": (
        rows_of(exports.MOZ),
        {
            **TWO,
            "target_url": SHOP,
            "page_title": ["Hedges", "Topic 1"],
            "anchor": ["best shears, ever", "Example"],
            "link_type": [None, None],
            "nofollow": [None, True],
            "follow": [True, False],
            "first_seen": days("2024-02-03", "2023-01-02"),
            "last_seen": days("2026-08-01", "2026-07-15"),
            "lost_at": days(None, "2026-08-02"),
        },
    ),
    "seranking": (
        rows_of(exports.SERANKING),
        {
            **TWO,
            "target_url": SHOP,
            "page_title": ["Hedges", "Topic 1"],
            "anchor": ["best shears", None],
            "http_status": [200, 200],
            "link_type": ["text", "image"],
            "nofollow": [False, True],
            "ugc": [False, True],
            "sponsored": [False, False],
            "follow": [True, False],
            "first_seen": days("2024-02-03", "2023-01-02"),
            "last_seen": days("2026-08-01", "2026-07-15"),
        },
    ),
    "screamingfrog": (
        rows_of(exports.SCREAMINGFROG),
        {
            "line": [2, 3, 4, 5],
            "source_url": [*TWO["source_url"], "https://news.other.test/r", "https://example.com/"],
            "target_url": [*SHOP, "https://example.com/old", "https://example.com/shop"],
            "anchor": ["best shears", "Example's logo", None, "Shop"],
            "link_type": ["text", "image", "canonical", "text"],
            "nofollow": [False, True, False, False],
            "ugc": [False, True, False, False],
            "sponsored": [False, False, False, False],
            "follow": [True, False, True, True],
        },
    ),
    "dataforseo": (
        records_of(exports.DATAFORSEO_ITEMS),
        {
            **TWO,
            "target_url": SHOP,
            "page_title": ["Hedges", "Topic 1"],
            "anchor": ["best shears", "Example's logo"],
            "http_status": [200, 404],
            "link_type": ["text", "image"],
            "nofollow": [False, True],
            "ugc": [False, True],
            "sponsored": [False, False],
            "follow": [True, False],
            "first_seen": days("2024-02-03 04:05:06", "2023-01-02"),
            "last_seen": days("2026-08-01 10:11:12", "2026-07-15"),
            "lost_at": days(None, "2026-07-15"),
        },
    ),
    "disavow": (
        lines_of(exports.DISAVOW),
        {
            "line": [3, 4, 6, 7],
            "source_url": ["spam.acme.test", "links.other.test", "https://forum.acme.test/t/1?a=1,2", "http://blog.acme.test/cheap"],
            "kind": ["site", "site", "link", "link"],
            "why": ["disavowed"] * 4,
        },
    ),
    "list": (
        lines_of(exports.URL_LIST),
        {
            "line": [1, 3, 5],
            "source_url": ["https://blog.acme.test/2026/hedges", "other.test", "https://forum.acme.test/t/1,2"],
            "kind": ["link", "site", "link"],
        },
    ),
    "table": (
        rows_of(exports.TABLE, ";"),
        {**TWO, "target_url": SHOP, "kind": ["link", "link"]},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_every_export_is_read_as_it_claims(name):
    rows, said = SAID[name]
    assert values(rows) == said


@pytest.mark.parametrize("name", SAID)
def test_columns_have_their_types(name):
    kinds = {
        **dict.fromkeys(("line", "http_status", "links"), pa.int64()),
        **dict.fromkeys(("follow", "nofollow", "ugc", "sponsored"), pa.bool_()),
        **dict.fromkeys(("first_seen", "last_seen", "lost_at"), TIME),
    }
    columns = read(SAID[name][0])
    assert {column: array.type for column, array in columns.items()} == {
        column: kinds.get(column, pa.string()) for column in columns
    }
    assert set(columns.get("link_type", pa.nulls(0)).to_pylist()) <= {*LINK_TYPES, None}


def test_a_column_of_sites_named_by_hand_claims_sites():
    rows = rows_of("Domain,Score\nacme.test,3\nhttps://other.test/a,4\n,5\n")
    said = values(rows, source_url="Domain")
    assert said["kind"] == ["site", "link", "link"]
    assert said["source_url"] == ["acme.test", "https://other.test/a", None]


def test_of_a_list_only_names_are_sites():
    rows = lines_of(
        "acme.test\nacme.test/\nhttps://acme.test\nacme.test/a\ndomain:other.test/\nDOMAIN: third.test\n"
    )
    assert values(rows, "lines")["kind"] == ["site", "site", "link", "link", "site", "site"]


def test_no_rows_are_no_values():
    recognised = recognise(rows_of(exports.AHREFS), "delimited", COVERS)
    assert {len(column) for column in read_columns(recognised, [], []).values()} == {0}


@pytest.mark.parametrize(
    ("cells", "types", "follow"),
    [
        # what Ahrefs said in one column before it had columns for rel
        (
            ["Dofollow", "Nofollow", "Image", "Redirect", ""],
            [None, None, "image", "redirect", None],
            [True, False, None, None, None],
        ),
        (
            ["text, nofollow", "image ugc", "Frame", "RSS", "odd"],
            ["text", "image", "iframe", "alternate", None],
            [False, False, None, None, None],
        ),
    ],
)
def test_one_word_for_type_and_rel(cells, types, follow):
    rows = [(1, ["Referring page URL", "Target URL", "Type"])]
    rows += [
        (line, ["https://a.test/", "https://example.com/", cell]) for line, cell in enumerate(cells, start=2)
    ]
    said = values(rows)
    assert (said["link_type"], said["follow"]) == (types, follow)


FLAGS = """
TRUE true | True true | 1 true | yes true | + true | x true | WAHR true | ИСТИНА true | 1.0 true
FALSE false | false false | 0 false | no false | - false | FAUX false | 0.0 false
NoFollow true | FlagNoFollow true | nofollow true | dofollow false | maybe none | 2 none
""".replace("\n", " | ").strip(" |").split(" | ")  # fmt: skip


@pytest.mark.parametrize("case", FLAGS)
def test_flags(case):
    text, said = case.split()
    assert flag(text, "nofollow") == {"true": True, "false": False, "none": None}[said]


def test_the_flag_follow_knows_the_words_of_rel():
    words = ["follow", "dofollow", "nofollow", "ugc", "sponsored", "true", "false", "perhaps", ""]
    assert [flag(word, "follow") for word in words] == [
        True,
        True,
        False,
        False,
        False,
        True,
        False,
        None,
        None,
    ]


NUMBERS = {
    "200": 200, "200.0": 200, "1,240": 1240, "1.240.500": 1_240_500, "1 240": 1240, "1\u202f240": 1240,
    "": None, "1,24": None, "12%": None, "-3": None, "200 OK": None, "9" * 40: None,
}  # fmt: skip


@pytest.mark.parametrize(("text", "said"), NUMBERS.items())
def test_numbers(text, said):
    assert number(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("HTTPS://A.test/b c", "https://a.test/b%20c"),
        (" http://a.test", "http://a.test/"),
        ("a.test/b", None),
        ("ftp://a.test/", None),
        ("https://", None),
        ("see https://a.test/", None),
    ],
)
def test_addresses(text, said):
    assert address(text) == said


@pytest.mark.parametrize(
    "text", ["acme.test", "www.Acme.co.uk", "bücher.example", "acme.test/", "acme.test."]
)
def test_hosts(text):
    assert host(text)


@pytest.mark.parametrize(
    "text", ["acme", "shears.", "index.html", "acme.test/page", "a b.test", "3.14", "", "https://acme.test"]
)
def test_no_hosts(text):
    assert host(text) is None


TIMES = """
2026-08-01 = 2026-08-01
2026-08-01 10:11 = 2026-08-01T10:11
2026-08-01 10:11:12 = 2026-08-01T10:11:12
2026-08-01T10:11:12Z = 2026-08-01T10:11:12
2026-08-01T10:11:12.250Z = 2026-08-01T10:11:12.25
2026-08-01 10:11:12 +00:00 = 2026-08-01T10:11:12
2026-08-01T10:11:12+02:00 = 2026-08-01T08:11:12
2026-08-01 10:11:12 -0530 = 2026-08-01T15:41:12
2026-08-01 10:11:12 UTC = 2026-08-01T10:11:12
2026-08-01 10:11:12+02 = 2026-08-01T08:11:12
2026/8/1 = 2026-08-01
20260801 = 2026-08-01
Sep 15, 2026 = 2026-09-15
September 15, 2026, 3:04 PM = 2026-09-15T15:04
15 Sep 2026 12:30 AM = 2026-09-15T00:30
Tue, 15 Sep 2026 10:11:12 GMT = 2026-09-15T10:11:12
15-Sep-26 = 2026-09-15
2026 Sep 15 = 2026-09-15
15.09.2026 = 2026-09-15
15.09.2026 10:11 = 2026-09-15T10:11
01/08/2026 = 2026-08-01
08/15/2026 = 2026-08-15
15/08/26 = 2026-08-15
15. September 2026 = 2026-09-15
15. Sept. 2026 = 2026-09-15
3. März 2026 = 2026-03-03
15 août 2026 = 2026-08-15
15 juil. 2026 = 2026-07-15
15 janv. 2026 = 2026-01-15
15 jui 2026 =
15 de septiembre de 2026 = 2026-09-15
15 sept 2026 = 2026-09-15
15 ene 2026 = 2026-01-15
15 gen 2026 = 2026-01-15
15 mag 2026 = 2026-05-15
15 de fev. de 2026 = 2026-02-15
15 out. 2026 = 2026-10-15
15 mrt 2026 = 2026-03-15
15 mei 2026 = 2026-05-15
15 wrz 2026 = 2026-09-15
15 września 2026 = 2026-09-15
15 paź 2026 = 2026-10-15
15 сент. 2026 г. = 2026-09-15
15 мая 2026 = 2026-05-15
15 июл. 2026 = 2026-07-15
2026年8月1日 = 2026-08-01
2026年8月1日 10:11 = 2026-08-01T10:11
2026년 8월 1일 = 2026-08-01
２０２６年８月１日 = 2026-08-01
1785579072 = 2026-08-01T10:11:12
1785579072000 = 2026-08-01T10:11:12
46235 = 2026-08-01
46235.5 = 2026-08-01T12:00
=
- =
N/A =
never =
2026-02-30 =
2026-13-01 =
31.02.2026 =
0000-00-00 =
1970-01-01 =
0 =
1e9 =
2026-08-01 25:00 =
2026 =
3 days ago =
"""


@pytest.mark.parametrize("case", TIMES.strip("\n").splitlines())
def test_times(case):
    text, _, said = case.rpartition("=")
    micros = moment(text.strip())
    expected = at(said.strip() or None)
    assert micros == (None if expected is None else round(expected.timestamp() * 1_000_000))


def test_a_column_of_any_forms_of_times_is_what_its_cells_are():
    cells = [case.rpartition("=")[0].strip() for case in TIMES.strip("\n").splitlines()]
    rows = [(1, ["Linking page", "Last crawled"])]
    rows += [(line, ["https://a.test/", cell]) for line, cell in enumerate(cells, start=2)]
    micros = [
        None if seen is None else round(seen.timestamp() * 1_000_000) for seen in values(rows)["last_seen"]
    ]
    assert micros == [moment(cell) for cell in cells]


@pytest.mark.parametrize("cell", NOTHING)
def test_a_url_that_is_nothing_is_none(cell):
    rows = [
        (1, ["source_url", "target_url"]),
        (2, ["https://a.test/", cell]),
        (3, [cell, "https://example.com/"]),
    ]
    found = values(rows)
    assert found["source_url"] == ["https://a.test/", None]
    assert found["target_url"] == [None, "https://example.com/"]


ISO = """
2026-08-01 10:11:12
2026-08-01T10:11:12Z
2026-08-01 10:11:12 +00:00
2026-08-01 10:11:12 UTC
2026-08-01T12:11:12+02:00
""".strip().splitlines()


@pytest.mark.parametrize("form", ISO)
def test_columns_of_one_form_are_read_whole_with_their_blanks_and_nonsense(form):
    rows = [(1, ["Linking page", "Last crawled"])]
    rows += [
        (line, ["https://a.test/", cell])
        for line, cell in enumerate([form, "", "N/A", form.replace("2026", "1970")], 2)
    ]
    assert values(rows)["last_seen"] == days("2026-08-01 10:11:12", None, None, None)


SLASHED = [
    (["01/08/2026", "02/08/2026"], None),
    (["01/08/2026", "28/07/2026"], True),
    (["01/08/2026", "07/28/2026"], False),
    (["2026-08-28", "", "Sep 15, 2026"], None),
]


@pytest.mark.parametrize(("texts", "said"), SLASHED)
def test_the_day_or_the_month_first_is_told_by_numbers_above_twelve(texts, said):
    assert day_first(texts) is said


def test_nobody_saw_a_link_in_the_future():
    today = datetime.date(2026, 8, 9)
    assert day_first(["08/09/2026"], today) is False  # the 8th of September is still to come
    assert day_first(["09/08/2026"], today) is True
    assert day_first(["01/08/2026"], today) is None


def test_the_order_told_by_the_first_rows_holds_for_the_whole_file():
    rows = rows_of("Linking page,Last crawled\nhttps://a.test/1,07/28/2026\nhttps://a.test/2,08/01/2026\n")
    recognised = recognise(rows, "delimited", COVERS)
    later = read_columns(recognised, [9], [["https://a.test/3", "03/04/2026"]])
    assert later["last_seen"].to_pylist() == days("2026-03-04")


def test_without_a_sign_the_day_comes_first():
    assert values(rows_of("Linking page,Last crawled\nhttps://a.test/1,01/08/2026\n"))["last_seen"] == days(
        "2026-08-01"
    )


# Broken rows

MAJESTIC = recognise(rows_of(exports.MAJESTIC), "delimited", COVERS)
WIDTH = MAJESTIC.width
ROW = exports.MAJESTIC_ROWS[0]


def broken(row, delimiter=","):
    return delimiter.join(row).split(delimiter)


@pytest.mark.parametrize("row", exports.MAJESTIC_BROKEN_ROWS)
def test_rows_with_unquoted_commas_are_put_together(row):
    assert len(broken(row)) > WIDTH
    assert mend(broken(row), WIDTH, MAJESTIC, ",") == row


WORDS = st.text(st.sampled_from("abcdefgäöü -'!()"), min_size=1, max_size=8).filter(
    lambda word: word.strip() == word
)


@given(
    st.lists(WORDS, min_size=2, max_size=6),
    st.sampled_from([",", ", "]),
    st.sampled_from(exports.MAJESTIC_ROWS),
)
def test_commas_of_an_anchor_are_put_back(words, comma, row):
    row = [*row[:2], comma.join(words), *row[3:]]
    assert mend(broken(row), WIDTH, MAJESTIC, ",") == row


@given(st.lists(st.text("abc019-_/=?", min_size=1, max_size=6), min_size=1, max_size=5))
def test_commas_of_the_targets_url_are_put_back(pieces):
    row = ["http://example.com/" + "a," + ",".join(pieces), *ROW[1:]]
    assert mend(broken(row), WIDTH, MAJESTIC, ",") == row


@given(
    st.lists(st.text("abc019-_/=?.", max_size=6), min_size=1, max_size=5),
    st.sampled_from(["shears", "best shears", ""]),
)
def test_a_broken_url_of_the_page_is_put_back_or_given_up(pieces, anchor):
    """Before the anchor, which may be any text, a word could belong to either."""
    row = [ROW[0], "http://blog.acme.test/" + "a," + ",".join(pieces), anchor, *ROW[3:]]
    mended = mend(broken(row), WIDTH, MAJESTIC, ",")
    assert mended is None or (
        len(mended) == WIDTH and ",".join(mended) == ",".join(row) and mended[3:] == row[3:]
    )


def test_a_url_goes_on_with_what_urls_are_made_of():
    row = [ROW[0], "http://blog.acme.test/a,b/c,1-d.html", "shears", *ROW[3:]]
    assert mend(broken(row), WIDTH, MAJESTIC, ",") == row


def test_an_anchor_that_is_a_url_is_no_page():
    row = [*ROW[:2], "http://example.com/, see there", *ROW[3:]]
    assert mend(broken(row), WIDTH, MAJESTIC, ",") == row


def test_an_unquoted_date_with_a_comma():
    gsc = recognise(
        rows_of('Linking page,Last crawled\nhttps://a.test/,"Sep 15, 2026"\n'), "delimited", COVERS
    )
    assert mend(["https://a.test/b", "Sep 16", " 2026"], 2, gsc, ",") == ["https://a.test/b", "Sep 16, 2026"]


@pytest.mark.parametrize(
    "cells",
    [
        ["nothing", "of", "it", *[""] * 22],
        [*ROW[:3], "no date", "nor this", "at all", *ROW[5:]],
        [ROW[0], ROW[1] + "/x", "123", "shears", *ROW[3:]],  # of the page's URL or of the anchor?
        [*ROW, *["more"] * 60],
    ],
)
def test_what_cannot_be_put_together_is_given_up(cells):
    assert mend(cells, WIDTH, MAJESTIC, ",") is None


def test_a_row_cut_short_is_filled_where_it_still_makes_sense():
    assert mend(ROW[:16], WIDTH, MAJESTIC, ",") == [*ROW[:16], "", "", "", ""]
    assert mend(ROW[:1], WIDTH, MAJESTIC, ",") is None


def test_empty_cells_after_the_last_are_left_out():
    assert mend([*ROW, "", ""], WIDTH, MAJESTIC, ",") == ROW


def test_other_delimiters_break_rows_as_well():
    row = [ROW[0], ROW[1], "shears; hedges", *ROW[3:]]
    assert mend(broken(row, ";"), WIDTH, MAJESTIC, ";") == row
