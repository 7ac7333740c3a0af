"""Scrapy's own exporters, showing a page as one row per link; other items pass through them as ever."""

from __future__ import annotations

from typing import Any

import attrs
from scrapy import exporters

from ..items import LINK_FIELDS, Link, Visit
from ..reporting.cells import csv_safe


class LinkRows:
    """Before an exporter of Scrapy: a visit becomes the rows of its links."""

    def export_item(self, item: Any) -> None:
        """Export every link of a visit, or a foreign item as it is."""
        for row in item.links if isinstance(item, Visit) else (item,):
            super().export_item(row)  # type: ignore[misc]


class JsonLinkExporter(LinkRows, exporters.JsonItemExporter):
    """JSON, one array."""


class JsonLinesLinkExporter(LinkRows, exporters.JsonLinesItemExporter):
    """JSON lines."""


class XmlLinkExporter(LinkRows, exporters.XmlItemExporter):
    """XML."""


class PickleLinkExporter(LinkRows, exporters.PickleItemExporter):
    """Pickle."""


class MarshalLinkExporter(LinkRows, exporters.MarshalItemExporter):
    """Marshal."""


class CsvLinkExporter(LinkRows, exporters.CsvItemExporter):
    """CSV that a spreadsheet opens as text: no cell of crawled text is a formula, lists are parted by commas."""

    def export_item(self, item: Any) -> None:
        """Export every link of a visit with safe cells, or a foreign item as it is."""
        if not isinstance(item, Visit):
            super().export_item(item)
            return
        for link in item.links:
            exporters.CsvItemExporter.export_item(self, cells(link))


def cells(link: Link) -> dict[str, Any]:
    """A link as cells of a spreadsheet."""
    values = attrs.asdict(link, recurse=False)
    return {name: csv_safe(values[name]) for name in LINK_FIELDS}
