"""The captures of a domain by the columnar index: Parquet files in the order of SURT, of which only what may hold the domain is
read (https://commoncrawl.org/columnar-index; cc-index-schema-flat.json of https://github.com/commoncrawl/cc-index-table).

SURT writes a host in reverse, ``uk,co,example)/path`` and ``uk,co,example,www)/path``, so a domain is one range of keys.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import attrs
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ...errors import ArchiveFault, SourceFault
from .capture import PAGES, Capture, best, capture_of
from .files import Files, is_missing, lines, table_list

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_FILES = 2_000
MOST_GROUPS = 8
"""Groups of rows that are read for one domain, spread over all that may hold it."""
MOST_ROWS = 20_000
"""Captures of a domain that are held at once."""
BATCH = 1 << 14
KEY = "url_surtkey"
UNREADABLE = (ArchiveFault, OSError, pa.ArrowException, LookupError, TypeError, ValueError)
"""What reading a file raises that is missing, damaged, or not of the documented form."""
COLUMNS = [
    "url", "url_host_registered_domain", "fetch_time", "fetch_status", "content_mime_detected", "warc_filename",
    "warc_record_offset", "warc_record_length",
]  # fmt: skip


@attrs.frozen
class Group:
    """A group of rows of a file, and the first and the last key in it."""

    path: str
    number: int
    first: str
    last: str


@attrs.define
class ColumnarIndex:
    """The columnar index of the crawls; the keys of a crawl's files are read once. Files that are missing are named in ``faults``."""

    files: Files
    faults: list[str] = attrs.field(factory=list)
    _groups: dict[str, list[Group]] = attrs.field(factory=dict)

    def captures(self, crawl: str, domain: str, most: int) -> list[Capture]:
        """The best captures of a domain and its hosts. Raises SourceFault when the index cannot be read."""
        if crawl not in self._groups:
            try:
                self._groups[crawl] = list(self._spans(crawl))
            except ArchiveFault as fault:
                words = "there is no such file" if is_missing(fault) else fault.reason
                raise SourceFault(f"{table_list(crawl)}: {words}", fault.hint) from None
        first, after = surt_range(domain)
        groups = [one for one in self._groups[crawl] if one.first < after and one.last + "\uffff" >= first]
        found: list[Capture] = []
        for number in (
            sorted({place * len(groups) // MOST_GROUPS for place in range(MOST_GROUPS)}) if groups else ()
        ):
            for one in self._rows(groups[number], domain):
                found.append(one)
                if len(found) > MOST_ROWS:
                    found = best(found, most)
        return best(found, most)

    def _spans(self, crawl: str) -> Iterator[Group]:
        with self.files.stream(table_list(crawl)) as listed:
            paths = [
                path
                for path in lines(listed, MOST_FILES)
                if "/subset=warc/" in path and path.endswith(".parquet")
            ]
        missing: list[str] = []
        for path in paths:
            try:
                yield from self._spans_of(path)
            except UNREADABLE:
                missing.append(path)
        if missing and len(missing) == len(paths):
            raise SourceFault(f"no file of its columnar index of {crawl} can be read")
        if missing:
            self.faults.append(
                f"{len(missing)} of {len(paths)} files of the columnar index of {crawl}, such as {missing[0]}"
            )

    def _spans_of(self, path: str) -> Iterator[Group]:
        with self.files.seekable(path) as file, pq.ParquetFile(file) as parquet:
            names = parquet.schema_arrow.names
            column = names.index(KEY)
            if not pa.types.is_string(parquet.schema_arrow.field(column).type) or not {*COLUMNS} <= {*names}:
                raise ValueError(f"{path} has other columns")
            for number in range(parquet.metadata.num_row_groups):
                known = parquet.metadata.row_group(number).column(column).statistics
                span = (known.min, known.max) if known is not None and known.has_min_max else ("", "\uffff")
                yield Group(path, number, *span)

    def _rows(self, group: Group, domain: str) -> Iterator[Capture]:
        try:
            with (
                self.files.seekable(group.path) as file,
                pq.ParquetFile(file, coerce_int96_timestamp_unit="us") as parquet,
            ):
                for batch in parquet.iter_batches(
                    BATCH, row_groups=[group.number], columns=COLUMNS, use_threads=False
                ):
                    yield from filter(None, map(_capture, _of(batch, domain).to_pylist()))
        except UNREADABLE as error:
            reason = error.reason if isinstance(error, ArchiveFault) else "it is damaged"
            raise SourceFault(f"{group.path}: {reason}") from None


def surt_range(domain: str) -> tuple[str, str]:
    """The keys of a domain and all its hosts: from the first on, before the second."""
    name = ",".join(reversed(domain.split(".")))
    return f"{name})", f"{name}-"  # after the name comes ) or a comma, which in ASCII lie between


def _of(batch: pa.RecordBatch, domain: str) -> pa.RecordBatch:
    """The pages of a domain."""
    is_domain = pc.is_in(batch["url_host_registered_domain"], value_set=pa.array([domain]))
    is_read = pc.is_in(batch["fetch_status"].cast(pa.int64()), value_set=pa.array([200]))
    is_page = pc.is_in(batch["content_mime_detected"], value_set=pa.array(sorted(PAGES)))
    return batch.filter(pc.and_(is_domain, pc.and_(is_read, is_page)))


def _capture(row: dict[str, Any]) -> Capture | None:
    """The capture that a row tells of."""
    time = row["fetch_time"]
    if not isinstance(time, datetime):
        return None
    at = (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    text = at.isoformat(timespec="seconds").replace("+00:00", "Z")
    place = row["warc_filename"], row["warc_record_offset"], row["warc_record_length"]
    return capture_of(row["url"], text, *place)
