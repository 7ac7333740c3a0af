"""What a file is, by what is in it; never by its name."""

import random

import exports
import pytest
from exports import lines_of, records_of, rows_of

from backlink_crawler.classify.target import parse_target
from backlink_crawler.errors import UsageError
from backlink_crawler.imports.kind import BY_NAME, CLAIMED, HELPERS, KINDS
from backlink_crawler.imports.recognise import Recognised, recognise
from backlink_crawler.items import CLAIM_FIELDS, CLAIM_KINDS

COVERS = parse_target("example.com").covers


def told(rows, form: str = "delimited", **named: str) -> Recognised:
    return recognise(rows, form, COVERS, named)


SAMPLES = {
    "gsc": (rows_of(exports.GSC), "delimited", {"source_url": 0, "last_seen": 1}, 0),
    "gsc_sites": (rows_of(exports.GSC_SITES), "delimited", {"source_url": 0, "links": 1}, 0),
    "bing": (rows_of(exports.BING), "delimited", {"source_url": 0, "anchor": 1, "target_url": 2}, 0),
    "bing_sites": (rows_of(exports.BING_SITES), "delimited", {"source_url": 0, "links": 1}, 0),
    "ahrefs": (
        rows_of(exports.AHREFS),
        "delimited",
        {
            "page_title": 0,
            "source_url": 1,
            "http_status": 4,
            "target_url": 13,
            "anchor": 15,
            "link_type": 19,
            "nofollow": 22,
            "ugc": 23,
            "sponsored": 24,
            "first_seen": 30,
            "last_seen": 31,
            "lost_at": 32,
        },
        0,
    ),
    "majestic": (
        rows_of(exports.MAJESTIC),
        "delimited",
        {
            "target_url": 0,
            "source_url": 1,
            "anchor": 2,
            "last_seen": 3,
            "first_seen": 4,
            "nofollow": 5,
            "is_image": 6,
            "is_redirect": 7,
            "is_frame": 8,
            "is_alt": 10,
            "is_mention": 11,
        },
        0,
    ),
    "semrush": (
        rows_of(exports.SEMRUSH),
        "delimited",
        {
            "page_title": 1,
            "source_url": 2,
            "target_url": 3,
            "anchor": 4,
            "nofollow": 7,
            "sponsored": 8,
            "ugc": 9,
            "is_text": 10,
            "is_frame": 11,
            "is_form": 12,
            "is_image": 13,
            "first_seen": 15,
            "last_seen": 16,
            "lost_at": 18,
        },
        0,
    ),
    "moz": (
        rows_of(exports.MOZ),
        "delimited",
        {
            "source_url": 0,
            "page_title": 1,
            "anchor": 2,
            "link_type": 6,
            "target_url": 7,
            "first_seen": 8,
            "last_seen": 9,
            "lost_at": 10,
        },
        0,
    ),
    "seranking": (
        rows_of(exports.SERANKING),
        "delimited",
        {
            "anchor": 0,
            "source_url": 1,
            "target_url": 2,
            "page_title": 3,
            "http_status": 4,
            "nofollow": 5,
            "sponsored": 6,
            "ugc": 7,
            "is_image": 8,
            "first_seen": 11,
            "last_seen": 12,
        },
        0,
    ),
    "screamingfrog": (
        rows_of(exports.SCREAMINGFROG),
        "delimited",
        {"link_type": 0, "source_url": 1, "target_url": 2, "alt": 4, "anchor": 5, "follow": 8, "rel": 10},
        0,
    ),
    "dataforseo": (
        records_of(exports.DATAFORSEO_ITEMS),
        "records",
        {
            "source_url": 2,
            "target_url": 5,
            "lost_at": 7,
            "page_title": 11,
            "http_status": 12,
            "first_seen": 13,
            "last_seen": 15,
            "link_type": 16,
            "rel": 17,
            "follow": 18,
            "alt": 20,
            "anchor": 21,
        },
        0,
    ),
    "disavow": (lines_of(exports.DISAVOW), "lines", {"source_url": 0}, -1),
    "list": (lines_of(exports.URL_LIST), "lines", {"source_url": 0}, -1),
    "access_log": (lines_of(exports.ACCESS_LOG), "lines", {}, -1),
    "table": (rows_of(exports.TABLE, ";"), "delimited", {"source_url": 0, "target_url": 1}, 0),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_every_kind_is_recognised_with_all_its_columns(name):
    rows, form, columns, header = SAMPLES[name]
    recognised = told(rows, form)
    assert recognised.kind is BY_NAME[name]
    assert recognised.columns == columns
    assert recognised.header == header
    assert recognised.width == len(rows[0][1])


def test_no_kind_is_without_a_sample_or_a_refusal():
    assert {kind.name for kind in KINDS if not kind.refusal} == set(SAMPLES)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_table_speaks_of_fields_of_claims(kind):
    assert set(CLAIMED) <= set(CLAIM_FIELDS)
    assert set(kind.columns) <= {*CLAIMED, *HELPERS}
    assert set(kind.needs) <= set(kind.columns)
    assert kind.claim in CLAIM_KINDS
    assert kind.provenance.startswith("import:")


@pytest.mark.parametrize(
    "name", [name for name, sample in SAMPLES.items() if sample[3] == 0 and name != "table"]
)
def test_order_and_further_columns_do_not_matter(name):
    rows, form, _, _ = SAMPLES[name]
    rng = random.Random(name)
    order = list(range(len(rows[0][1]) + 2))
    rng.shuffle(order)
    further = [["Our note", "Score"], *([f"note {line}", "7"] for line, _ in rows[1:])]
    mixed = [
        (line, [[*cells, *more][at] for at in order])
        for (line, cells), more in zip(rows, further, strict=True)
    ]
    recognised = told(mixed, form)
    assert recognised.kind is BY_NAME[name]
    plain = told(rows, form)
    assert {column: mixed[0][1][at] for column, at in recognised.columns.items()} == {
        column: rows[0][1][at] for column, at in plain.columns.items()
    }


@pytest.mark.parametrize(
    "lacks", ["Referring page title", "Anchor", "Type", "Nofollow", "Lost", "Referring page HTTP code"]
)
def test_a_column_that_is_not_telling_may_be_missing(lacks):
    at = exports.AHREFS_HEADER.index(lacks)
    rows = [(line, cells[:at] + cells[at + 1 :]) for line, cells in rows_of(exports.AHREFS)]
    assert told(rows).kind.name == "ahrefs"


def test_search_console_may_export_the_page_alone():
    rows = [(line, cells[:1]) for line, cells in rows_of(exports.GSC)]
    assert told(rows).kind.name == "gsc"
    assert told(rows).columns == {"source_url": 0}


HEADERS = """
Verlinkende Seite,Letztes Crawling
דף מקשר,נסרק לאחרונה
Ссылающаяся страница,Последнее сканирование
リンク元ページ,最終クロール
Página de enlace,Último rastreo
Ukurasa,Siku
ページ,日付
""".split("\n")[1:-1]


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize(
    "day", ["2026-08-01", "15.07.2026", "2026年8月1日", "15 juil. 2026", "1 авг. 2026 г."]
)
def test_search_console_speaks_the_language_of_its_user(header, day):
    rows = rows_of(f"{header}\nhttps://blog.acme.test/a,{day}\nhttps://forum.acme.test/b,{day}\n")
    recognised = told(rows)
    assert recognised.kind.name == "gsc"
    assert recognised.columns == {"source_url": 0, "last_seen": 1}


def test_linking_sites_in_an_unknown_language():
    rows = rows_of(exports.GSC_SITES.replace("Site,Linking pages,Target pages", "ukurasa,viungo,malengo"))
    assert told(rows).kind.name == "gsc_sites"


def test_a_semicolon_table_of_bings_columns_from_a_spreadsheet():
    rows = rows_of(exports.BING.replace(",", ";").replace('"', ""), ";")
    assert told(rows).kind.name == "bing"


def test_lines_before_the_header_are_passed_over():
    recognised = told(rows_of(exports.MOZ_OLD))
    assert (recognised.kind.name, recognised.header) == ("moz", 3)
    assert recognised.columns["nofollow"] == 12
    assert recognised.width == 15


def test_delimiters_after_the_last_cell_belong_to_a_sound_row():
    rows = [(line, [*cells, ""] if line > 1 else cells) for line, cells in rows_of(exports.GSC)]
    assert told(rows).width == 3


def test_broken_rows_do_not_make_the_width():
    rows = rows_of(exports.MAJESTIC_BROKEN)
    assert told([rows[0], rows[-1], rows[-2]]).width == len(exports.MAJESTIC_HEADER)


@pytest.mark.parametrize("text", [exports.ACCESS_LOG, exports.ACCESS_LOG_JSON], ids=["combined", "json"])
def test_access_logs(text):
    assert told(lines_of(text), "lines").kind.name == "access_log"


def test_access_logs_in_other_forms():
    spaced = rows_of(exports.ACCESS_LOG, " ")
    assert told(spaced).kind.name == "access_log"
    items = [{"ts": 1, "request": {"uri": "/", "headers": {"Referer": ["https://a.test/"]}}, "status": 200}]
    assert told(records_of(items), "records").kind.name == "access_log"


def test_a_list_may_have_a_header_and_one_column():
    rows = [(1, ["URL"]), (2, ["https://blog.acme.test/a"]), (3, ["other.test"])]
    recognised = told(rows)
    assert (recognised.kind.name, recognised.header) == ("list", 0)


REFUSED = {
    exports.GSC_PAGES: "Search Console, top linked pages: it names no linking page",
    exports.BING_ANCHORS: "Bing Webmaster, anchors: it names no linking page",
}


@pytest.mark.parametrize("text", REFUSED, ids=["gsc_pages", "bing_anchors"])
def test_what_names_no_linking_page_is_refused_with_what_to_take_instead(text):
    with pytest.raises(UsageError) as caught:
        told(rows_of(text))
    assert caught.value.reason == REFUSED[text]
    assert caught.value.hint.startswith("export ")


UNKNOWN = """
Page,Also,Ours\\nhttps://a.test/1,https://b.test/1,https://example.com/\\nhttps://a.test/2,https://b.test/2,https://example.com/ | line 1: .* more than one column holds pages outside the target: 1 \\(Page\\) and 2 \\(Also\\)
Page,Ours,Old\\nhttps://a.test/1,https://example.com/1,https://example.com/\\nhttps://a.test/2,https://example.com/2,https://example.com/ | more than one column holds pages of the target: 2 \\(Ours\\) and 3 \\(Old\\)
Seite,Zahl\\nhttps://example.com/1,3\\nhttps://example.com/2,4 | column 1 \\(Seite\\) holds pages of the target, but none holds pages that link to it
Page,Note\\nhttps://a.test/1,good\\nhttps://a.test/2,bad | column 1 \\(Page\\) holds pages outside the target, but none holds pages of it
Name,Age\\nJane,33\\nJoe,34 | line 1: .*no columns hold pages in the target and pages outside \\(the header is Name, Age\\)
""".strip().splitlines()


@pytest.mark.parametrize("case", UNKNOWN)
def test_what_is_not_clear_is_refused_with_its_line_and_what_was_tried(case):
    text, _, said = case.partition(" | ")
    with pytest.raises(UsageError, match=said) as caught:
        told(rows_of(text.replace("\\n", "\n")))
    assert caught.value.reason.startswith("line 1: ")
    assert "Ahrefs, backlinks" in caught.value.reason
    assert "--columns source_url=NAME,target_url=NAME" in caught.value.hint


def test_nothing_is_refused():
    with pytest.raises(UsageError, match="there is nothing in it"):
        told([(1, [""]), (2, ["", " "])])


def test_a_table_may_call_its_columns_as_claims_do():
    rows = rows_of(
        "source_url,page_canonical,target_url,rel\nhttps://a.test/1,https://a.test/,https://example.com/,ugc\n"
    )
    assert told(rows).columns == {"source_url": 0, "target_url": 2, "rel": 3}


def test_a_table_without_a_header():
    recognised = told(rows_of(exports.TABLE, ";")[1:])
    assert (recognised.kind.name, recognised.header) == ("table", -1)
    assert recognised.columns == {"source_url": 0, "target_url": 1}


def test_a_table_takes_further_columns_by_their_names():
    rows = rows_of("Where,To,Anchor text,rel\nhttps://a.test/,https://example.com/,x,ugc\n")
    assert told(rows).columns == {"source_url": 0, "target_url": 1, "anchor": 2, "rel": 3}


def test_pages_of_a_look_alike_host_lie_outside():
    rows = rows_of("a,b\nhttps://notexample.com/1,https://www.example.com/1\n")
    assert told(rows).columns == {"source_url": 0, "target_url": 1}


BY_HAND = rows_of("Page,Note,Ours,Age\nhttps://a.test/1,good,/shop,3\nhttps://a.test/2,bad,/,4\n")


def test_columns_are_named_by_hand():
    recognised = told(BY_HAND, source_url="page", links="Age")
    assert recognised.kind.provenance == "import:table"
    assert (recognised.columns, recognised.header) == ({"source_url": 0, "links": 3}, 0)
    assert told(BY_HAND, source_url="1", anchor="2").columns == {"source_url": 0, "anchor": 1}
    assert told(BY_HAND, source_url="1").header == 0
    assert told(BY_HAND[1:], source_url="1").header == -1


def test_columns_named_by_hand_go_before_those_of_a_known_kind():
    recognised = told(rows_of(exports.AHREFS), anchor="Left context")
    assert recognised.kind.name == "ahrefs"
    assert recognised.columns["anchor"] == exports.AHREFS_HEADER.index("Left context")


def test_a_column_that_few_rows_have_may_be_named():
    rows = [
        (1, ["https://a.test/1", "x", "https://example.com/"]),
        (2, ["https://a.test/2"]),
        (3, ["https://a.test/3"]),
    ]
    assert told(rows, source_url="1", target_url="3").width == 3


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ({"source": "Page"}, "unknown column source"),
        ({"source_url": "Seite"}, "line 1: no column is called Seite: the header is Page, Note, Ours, Age"),
        ({"source_url": "5"}, "there is no column 5"),
        ({"source_url": "0"}, "there is no column 0"),
        ({"anchor": "Note"}, "names no source_url"),
    ],
)
def test_wrong_names_are_told(named, said):
    with pytest.raises(UsageError, match=said):
        told(BY_HAND, **named)


def test_what_says_nothing_about_its_kind_is_named_for_people():
    assert all(kind.title and (kind.refusal or kind.silent) for kind in KINDS)
