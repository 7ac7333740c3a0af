"""Every item class through every exporter: what goes in comes out, one row per link, and nothing is lost silently."""

from __future__ import annotations

import csv
import io
import json
import pickle
from typing import Any

import attrs
import pyarrow.parquet as pq
import pytest
from lxml import etree
from scrapy.exporters import JsonItemExporter
from scrapy.utils.misc import load_object

from backlink_crawler.items import LINK_FIELDS, VISIT_FIELDS, Link, Visit
from backlink_crawler.wiring import EXPORTERS

LINK = Link(
    target="acme.example", source_url="http://a.example/", target_url="http://acme.example/", rel=["nofollow", "ugc"],
    follow=False, rel_type="ugc", anchor="=HYPERLINK(1)", position=3, redirects=["http://b.example/"],
    redirect_statuses=[301], html='<a href="http://acme.example/">="\n1</a>', fetched_at="2026-11-22T10:00:00.123Z",
)  # fmt: skip
VISIT = Visit(
    source_url="http://a.example/",
    requested_url="http://a.example/",
    links=[LINK, Link(anchor="Grüße 世界 \u202e")],
)


def export(name: str, *items: Any, **options: Any) -> bytes:
    out = io.BytesIO()
    exporter = load_object(EXPORTERS[name])(out, **options)
    exporter.start_exporting()
    for item in items:
        exporter.export_item(item)
    exporter.finish_exporting()
    return out.getvalue()


def plain(link: Link) -> dict[str, Any]:
    return attrs.asdict(link, recurse=False)


@pytest.mark.parametrize("name", ["json", "jsonlines", "jsonl", "jl"])
def test_json(name: str) -> None:
    text = export(name, VISIT, encoding="utf-8").decode()
    rows = json.loads(text) if name == "json" else [json.loads(line) for line in text.splitlines()]
    assert rows == [plain(link) for link in VISIT.links]


def test_csv_opens_in_a_spreadsheet_as_text() -> None:
    data = export("csv", VISIT, encoding="utf-8")
    assert data.startswith("\ufeff".encode())
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert list(rows[0]) == list(LINK_FIELDS)
    assert rows[0]["anchor"] == "'=HYPERLINK(1)"
    assert rows[0]["rel"] == "nofollow,ugc"
    assert rows[1]["anchor"] == "Grüße 世界 \u202e"
    assert not [cell for row in rows for cell in row.values() if cell[:1] in "=+-@\t\r" and cell]


def test_parquet_is_typed() -> None:
    table = pq.read_table(io.BytesIO(export("parquet", VISIT)))
    assert table.schema.names == list(LINK_FIELDS)
    assert str(table.schema.field("fetched_at").type) == "timestamp[us, tz=UTC]"
    assert str(table.schema.field("rel").type) == "list<element: string>"
    rows = table.to_pylist()
    assert [(row["anchor"], row["position"], row["follow"]) for row in rows] == [
        (link.anchor, link.position, link.follow) for link in VISIT.links
    ]
    assert rows[0]["fetched_at"].isoformat() == "2026-11-22T10:00:00.123000+00:00"
    assert (
        pq.ParquetFile(io.BytesIO(export("parquet", VISIT))).metadata.row_group(0).column(0).compression
        == "ZSTD"
    )


def test_parquet_takes_links_only() -> None:
    with pytest.raises(TypeError, match="links only"):
        export("parquet", {"title": "a foreign item"})


def test_xml_marshal_and_pickle() -> None:
    tree = etree.fromstring(
        export("xml", Visit(source_url="x", requested_url="x", links=[Link(anchor="Grüße")]))
    )
    assert [item.findtext("anchor") for item in tree] == ["Grüße"]
    assert len(pickle.loads(export("pickle", VISIT))) == len(LINK_FIELDS)
    assert export("marshal", VISIT)


@pytest.mark.parametrize("name", sorted(set(EXPORTERS) - {"parquet", "marshal"}))
def test_a_foreign_item_passes_as_it_is(name: str) -> None:
    assert b"foreign" in export(name, {"title": "foreign"})


@pytest.mark.parametrize("fields", [["target", "anchor"], {"target": "to", "anchor": "text"}])
@pytest.mark.parametrize("name", ["json", "csv", "parquet"])
def test_fields_of_a_feed(name: str, fields: Any) -> None:
    data = export(name, VISIT, fields_to_export=fields)
    if name == "parquet":
        assert pq.read_table(io.BytesIO(data)).schema.names == list(
            fields.values() if isinstance(fields, dict) else fields
        )
    elif name == "json":
        assert [list(row) for row in json.loads(data)] == [
            list(fields.values() if isinstance(fields, dict) else fields)
        ] * 2
    else:
        assert data.decode("utf-8-sig").splitlines()[0] == ",".join(
            f'"{n}"' for n in (fields.values() if isinstance(fields, dict) else fields)
        )


def test_scrapys_own_exporter_nests_the_links() -> None:
    out = io.BytesIO()
    exporter = JsonItemExporter(out)
    exporter.start_exporting()
    exporter.export_item(VISIT)
    exporter.finish_exporting()
    row = json.loads(out.getvalue())[0]
    assert set(VISIT_FIELDS) < set(row)
    assert row["links"][0]["rel"] == ["nofollow", "ugc"]
