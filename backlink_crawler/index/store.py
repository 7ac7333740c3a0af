"""Writing the index: facts appended in idempotent batches, upkeep, and the open tables that queries read.

Layout: ``URI/visits``, ``URI/links`` and ``URI/crawls``, each a Delta table that other engines read as it is.
A batch is marked by a Delta application transaction (``app``, number). Delta accepts a repeated one, so the
number is read before each append. The links of a batch are written first and its visits last: the visits'
number says that the whole batch is stored.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import attrs
from deltalake import CommitProperties, DeltaTable, Transaction, WriterProperties, write_deltalake
from deltalake.exceptions import DeltaError, TableNotFoundError

from ..errors import IndexFault, NewerIndexError
from .current import literal
from .location import faults, locate, storage
from .schema import CRAWLS, LINKS, VISITS, Crawl, Row, to_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa
import pyarrow.compute as pc

FORMAT = 1
"""Version of the index's layout, kept in each table's log as a transaction of :data:`FORMAT_APP`."""
FORMAT_APP = "backlink_crawler.format"

TABLES: dict[str, pa.Schema] = {"visits": VISITS, "crawls": CRAWLS, "links": LINKS}
"""In the order in which they are made: without its last table, an index was never used."""
LAST = "links"
STATISTICS: dict[str, str] = {
    "visits": "source_key,source_domain,fetched_at",
    "crawls": "crawl_id,started_at",
    "links": "target,source_key,source_domain,fetched_at",
}
"""The columns whose lowest and highest value per file stand in the log: what reads can skip by."""
NO_INDEX = "make one: backlinks crawl TARGET --seeds FILE, or name yours with --index"
SMALL_FILES = 32
"""More files than this in a table, and compacting pays."""

SORT_MEMORY = 512 * 2**20
"""Bytes that compacting sorts in before it writes to a temporary directory."""
_ZSTD = WriterProperties(compression="ZSTD", compression_level=3, statistics_truncate_length=64)


@attrs.frozen
class Index:
    """An open index. One thread appends; others read through :mod:`.query`.

    Every method raises :class:`~backlink_crawler.errors.IndexFault` when the storage fails.
    """

    uri: str
    storage_options: Mapping[str, str]
    tables: Mapping[str, DeltaTable] = attrs.field(repr=False)

    @classmethod
    def open(
        cls,
        uri: str | os.PathLike[str],
        *,
        create: bool = False,
        storage_options: Mapping[str, str] | None = None,
    ) -> Index:
        """Open the index in a directory or at ``s3://bucket/prefix``; credentials as AWS tools find them.

        With ``create`` it is made when missing, and a write is tried: a crawl shall fail before it fetches.
        Raises UsageError for another kind of address, IndexFault, and NewerIndexError.
        """
        place = locate(uri)
        options = storage(place, storage_options or {}, os.environ)
        with faults("open", place):
            make = create and not exists(place)
            tables = {name: _table(f"{place}/{name}", name, options, create=make) for name in TABLES}
        index = cls(place, options, tables)
        for table in tables.values():
            _check_format(place, table.transaction_version(FORMAT_APP))
        if create:
            index.prove_writable()
        return index

    def append(self, app: str, batch: int, visits: Sequence[Row], links: Sequence[Row]) -> None:
        """Store the visits and links of one batch; a batch of ``app`` that is stored already is skipped.

        Batches of one app come in ascending order. The rows are mappings (or items) by field name.
        """
        link_rows, visit_rows = _by_target(to_table(links, LINKS)), to_table(visits, VISITS)
        with faults("write", self.uri):
            if links:
                self._append("links", link_rows, app, batch)
            self._append("visits", visit_rows, app, batch)

    def applied(self, app: str) -> int:
        """The number of the last batch of ``app`` that is stored whole, -1 when there is none."""
        with faults("read", self.uri):
            version = self._fresh("visits").transaction_version(app)
        return -1 if version is None else version

    def record_crawl(self, crawl: Row | Crawl, number: int = 1) -> None:
        """Store a row of one run, once per ``crawl_id`` and ``number``; numbers ascend."""
        rows = to_table([crawl], CRAWLS)
        with faults("write", self.uri):
            self._append("crawls", rows, f"crawl:{rows['crawl_id'][0].as_py()}", number)

    def prove_writable(self) -> None:
        """Make an empty commit, which also adds the columns that an older index lacks."""
        with faults("write", self.uri):
            write_deltalake(self._fresh("crawls"), CRAWLS.empty_table(), mode="append", schema_mode="merge")

    def compact(self) -> dict[str, int]:
        """Merge small files, sorted so that a target's links lie together; drop files unused for a week.

        Returns the number of files of each table afterwards. Readers and writers may go on meanwhile.
        """
        with faults("compact", self.uri):
            for name, sort in (("visits", "source_key"), ("crawls", "started_at"), ("links", "target")):
                table = self._fresh(name)
                if len(table.file_uris()) > 1:
                    table.optimize.z_order([sort], max_spill_size=SORT_MEMORY, writer_properties=_ZSTD)
                table.vacuum(dry_run=False)
                table.cleanup_metadata()
            return {name: len(table.file_uris()) for name, table in self.tables.items()}

    def forget(self, target: str) -> int:
        """Remove a target's links, and the visits that looked for it alone; returns the number of links.

        The files that held them stay for a week, for those who read them now, until :meth:`compact`.
        """
        name = literal(target)
        with faults("write", self.uri):
            gone = self._fresh("links").delete(f"target = {name}")
            alone = f"array_length(targets_checked) = 1 AND targets_checked[1] = {name}"
            self._fresh("visits").delete(alone)
        return int(gone["num_deleted_rows"])

    def wants_compacting(self) -> bool:
        """Whether small appends have piled up enough to slow reads down."""
        return any(len(table.file_uris()) > SMALL_FILES for table in self.tables.values())

    def _fresh(self, name: str) -> DeltaTable:
        """The table with what other processes have committed since."""
        table = self.tables[name]
        table.update_incremental()
        return table

    def _append(self, name: str, rows: pa.Table, app: str, batch: int) -> None:
        table = self._fresh(name)
        stored = table.transaction_version(app)
        if stored is not None and stored >= batch:
            return
        mark = CommitProperties(app_transactions=[Transaction(app, batch)])
        write_deltalake(table, rows, mode="append", writer_properties=_ZSTD, commit_properties=mark)


def exists(uri: str) -> bool:
    """Whether there is an index at a located address. Raises IndexFault when that cannot be known."""
    with faults("read", uri):
        return DeltaTable.is_deltatable(f"{uri}/{LAST}", storage(uri, {}, os.environ))


def _by_target(links: pa.Table) -> pa.Table:
    return links.take(pc.sort_indices(links, sort_keys=[("target", "ascending")]))


def _check_format(uri: str, version: int | None) -> None:
    if version is None:
        raise IndexFault(f"{uri} holds tables of another program", "name another place with --index")
    if version > FORMAT:
        raise NewerIndexError(
            f"the index {uri} is of format {version}, made by a newer version; this one reads {FORMAT}",
            "update it: pip install --upgrade backlink-crawler",
        )


def _table(uri: str, name: str, options: dict[str, str], *, create: bool) -> DeltaTable:
    try:
        return DeltaTable(uri, storage_options=options)
    except TableNotFoundError:
        if not create:
            home = uri.removesuffix(f"/{name}")
            if name != LAST and exists(home):
                raise IndexFault(
                    f"the index {home} lacks its table {name}", "restore it from a copy"
                ) from None
            raise IndexFault(f"there is no index at {home}", NO_INDEX) from None
    try:
        return DeltaTable.create(
            uri,
            TABLES[name],
            name=name,
            description=f"{name} of a backlink_crawler index",
            configuration={"delta.dataSkippingStatsColumns": STATISTICS[name]},
            commit_properties=CommitProperties(app_transactions=[Transaction(FORMAT_APP, FORMAT)]),
            storage_options=options,
        )
    except DeltaError:  # another process may have made it in this moment
        try:
            return DeltaTable(uri, storage_options=options)
        except DeltaError:
            pass
        raise
