from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from backlink_crawler.index.schema import CRAWLS, LINKS, TIME, VISITS, Crawl, column, to_table
from backlink_crawler.items import LINK_FIELDS, VISIT_FIELDS, Link, Visit


def test_tables_have_the_fields_of_the_items_and_the_keys() -> None:
    assert VISITS.names == [*VISIT_FIELDS, "source_key", "requested_key"]
    assert LINKS.names == [*LINK_FIELDS, "source_key", "target_key", "canonical_key", "kept_for"]


@pytest.mark.parametrize(
    ("schema", "field", "kind"),
    [
        (VISITS, "fetched_at", TIME),
        (VISITS, "published_at", TIME),
        (VISITS, "last_modified", pa.string()),  # the header as it came
        (VISITS, "redirect_statuses", pa.list_(pa.int64())),
        (VISITS, "targets_checked", pa.list_(pa.string())),
        (VISITS, "robots_googlebot", pa.bool_()),
        (VISITS, "body_bytes", pa.int64()),
        (LINKS, "follow", pa.bool_()),
        (LINKS, "rel", pa.list_(pa.string())),
        (CRAWLS, "started_at", TIME),
    ],
)
def test_types_come_from_the_annotations(schema: pa.Schema, field: str, kind: pa.DataType) -> None:
    assert schema.field(field).type == kind


def test_items_and_mappings_give_the_same_columns() -> None:
    item = Link(
        target="acme.example", source_url="http://a.example/", rel=["ugc"], fetched_at="2026-11-22T10:00:00Z"
    )
    row = {
        "target": "acme.example",
        "source_url": "http://a.example/",
        "rel": ["ugc"],
        "fetched_at": "2026-11-22T10:00:00Z",
    }
    of_item, of_row = to_table([item], LINKS), to_table([row], LINKS)
    for name in (*row, "source_key"):
        assert of_item[name] == of_row[name]
    assert of_row["html"].to_pylist() == [None]
    assert to_table([Visit()], VISITS).num_rows == 1
    assert to_table([Crawl(crawl_id="c")], CRAWLS)["options"].to_pylist() == ["{}"]


def test_no_rows_give_an_empty_table() -> None:
    assert to_table([], LINKS).schema == LINKS


def test_keys_fold_scheme_www_and_tracking() -> None:
    table = to_table(
        [
            {"source_url": "http://www.a.example/p#top", "target_url": "https://acme.example/?utm_source=x"},
            {"source_url": "https://a.example/p", "target_url": "http://www.acme.example/", "page_canonical": "https://a.example/p"},
        ],
        LINKS,
    )  # fmt: skip
    assert len(set(table["source_key"].to_pylist())) == 1
    assert len(set(table["target_key"].to_pylist())) == 1
    assert table["canonical_key"].to_pylist() == [None, table["source_key"][1].as_py()]


@pytest.mark.parametrize(
    ("stated", "stored"),
    [
        ("2026-11-22T10:00:00Z", datetime(2026, 11, 22, 10, tzinfo=UTC)),
        ("2026-11-22T10:00:00.123456Z", datetime(2026, 11, 22, 10, 0, 0, 123456, tzinfo=UTC)),
        ("2026-11-22T12:00:00+02:00", datetime(2026, 11, 22, 10, tzinfo=UTC)),
        ("yesterday", None),
        ("99999-01-01T00:00:00Z", None),
        ("\ud800", None),
        ("", None),
        (None, None),
    ],
)
def test_a_bad_time_is_null_and_spoils_no_other(stated: str | None, stored: datetime | None) -> None:
    good = "2026-01-01T00:00:00Z"
    assert column([good, stated], TIME).to_pylist() == [datetime(2026, 1, 1, tzinfo=UTC), stored]


@pytest.mark.parametrize(
    ("value", "kind", "stored"),
    [
        ("a\ud800b", pa.string(), "a\ufffdb"),
        ("\U0001f600", pa.string(), "\U0001f600"),
        ("\x00", pa.string(), "\x00"),
        (["x\udfff"], pa.list_(pa.string()), ["x\ufffd"]),
    ],
)
def test_text_that_utf8_cannot_hold_is_repaired(value: object, kind: pa.DataType, stored: object) -> None:
    assert column([value, None], kind).to_pylist() == [stored, None]


def test_a_wrong_type_is_an_error_of_the_program() -> None:
    with pytest.raises(pa.ArrowInvalid):
        column(["many"], pa.int64())
