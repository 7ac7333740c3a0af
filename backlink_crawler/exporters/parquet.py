"""Parquet feeds: typed columns, zstd, written in row groups as the crawl goes on."""

from __future__ import annotations

from collections.abc import Mapping
from io import IOBase
from typing import IO, Any, cast

import pyarrow as pa
import pyarrow.parquet as pq
from scrapy.exporters import BaseItemExporter

from ..index.schema import arrow_schema, to_table
from ..items import LINK_FIELDS, Link, Visit

ROWS_PER_GROUP = 20_000


class ParquetLinkExporter(BaseItemExporter):
    """One row per link. Parquet needs one schema, so other items raise TypeError."""

    def __init__(self, file: IO[bytes], **kwargs: Any) -> None:
        super().__init__(dont_fail=True, **kwargs)
        fields = self.fields_to_export or LINK_FIELDS
        self._schema: pa.Schema = arrow_schema(Link, tuple(fields))
        self._names = list(fields.values() if isinstance(fields, Mapping) else fields)
        named = pa.schema(
            [field.with_name(name) for field, name in zip(self._schema, self._names, strict=True)]
        )
        self._sink = pa.PythonFile(cast("IOBase", file), mode="w")
        self._writer = pq.ParquetWriter(self._sink, named, compression="zstd")
        self._rows: list[Link] = []

    def export_item(self, item: Any) -> None:
        """Take the links of a visit."""
        if not isinstance(item, Visit):
            kind = type(item).__name__
            raise TypeError(
                f"a Parquet feed holds links only, not {kind}; give the feed an item_classes filter"
            )
        self._rows += item.links
        if len(self._rows) >= ROWS_PER_GROUP:
            self._flush()

    def finish_exporting(self) -> None:
        """Write what is left and the footer; the feed's file stays open for its storage."""
        self._flush()
        self._writer.close()
        self._sink.flush()

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_table(to_table(self._rows, self._schema).rename_columns(self._names))
            self._rows.clear()
