"""Scrapy's own exporters, showing a page as one row per link; other items pass through them as ever."""

from __future__ import annotations

import csv
import os
from io import BytesIO
from typing import IO, Any, cast

import attrs
from scrapy import exporters

from ..items import LINK_FIELDS, Link, Visit
from ..reporting.cells import csv_cell

BOM = "\ufeff".encode()


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
    """CSV that a spreadsheet opens as it is: UTF-8 with a mark, lists parted by commas, no cell of crawled text a formula."""

    def __init__(self, file: IO[bytes], **kwargs: Any) -> None:
        if kwargs.get("encoding") in (None, "utf-8") and _is_new(file):
            file.write(BOM)
        super().__init__(cast("BytesIO", file), quoting=csv.QUOTE_NONNUMERIC, **kwargs)

    def export_item(self, item: Any) -> None:
        """Export every link of a visit with safe cells, or a foreign item as it is."""
        if not isinstance(item, Visit):
            super().export_item(item)
            return
        for link in item.links:
            exporters.CsvItemExporter.export_item(self, cells(link))


def _is_new(file: IO[bytes]) -> bool:
    """A feed may be appended to a file that has its mark already. Below a compression of Scrapy's, the file holds nothing yet but
    a header that is still in memory.
    """
    try:
        return os.fstat(getattr(file, "file", file).fileno()).st_size == 0
    except (AttributeError, OSError):
        return True


def cells(link: Link) -> dict[str, Any]:
    """A link as cells of a spreadsheet."""
    values = attrs.asdict(link, recurse=False)
    return {name: csv_cell(values[name]) for name in LINK_FIELDS}
