"""Writing the index: facts appended in idempotent batches, upkeep, and the open tables that queries read.

Layout: a directory per table of :data:`TABLES`, each a Delta table that other engines read as it is. Facts are
appended; what is derived from them (:data:`DERIVED`) is written by :mod:`.derived`. A batch is marked by a Delta
application transaction (``app``, number). Delta accepts a repeated one, so the number is read before each append. The
links of a batch are written first and its visits last: the visits' number says that the whole batch is stored.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import attrs
from deltalake import CommitProperties, DeltaTable, Transaction, WriterProperties, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from ..errors import IndexFault, NewerIndexError, OlderIndexError
from .current import literal
from .exclusive import prove_exclusive
from .location import faults, locate, storage
from .schema import (
    BACKLINKS,
    CLAIMS,
    CRAWLS,
    EVENTS,
    HANDOVERS,
    LINKS,
    MARKS,
    RATINGS,
    SUMMARIES,
    VISITS,
    Crawl,
    Row,
    to_table,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa
import pyarrow.compute as pc

FORMAT = 5
"""Version of the index's layout, kept in each table's log as a transaction of :data:`FORMAT_APP`."""
FORMAT_APP = "backlink_crawler.format"

TABLES: dict[str, pa.Schema] = {
    "summaries": SUMMARIES,
    "events": EVENTS,
    "backlinks": BACKLINKS,
    "claims": CLAIMS,
    "handovers": HANDOVERS,
    "marks": MARKS,
    "ratings": RATINGS,
    "visits": VISITS,
    "crawls": CRAWLS,
    "links": LINKS,
}
"""In the order in which they are made: without its last table, an index was never used."""
LAST = "links"
DERIVED = ("backlinks", "events", "summaries")
"""Folded from the others, and to be rebuilt from them."""
FIRST = ("visits", "crawls", "links")
"""The tables that an index of any format has."""
STATISTICS: dict[str, str] = {
    "summaries": "target",
    "events": "target,seen_at,source_key",
    "backlinks": "target,source_key",
    "claims": "target,provenance,source_key",
    "handovers": "crawl_id,bucket",
    "marks": "target,kind,name",
    "ratings": "scope,name",
    "visits": "source_key,source_domain,fetched_at",
    "crawls": "crawl_id,started_at",
    "links": "target,source_key,source_domain,fetched_at",
}
"""The columns whose lowest and highest value per file stand in the log: what reads can skip by."""
PROPERTIES: dict[str, dict[str, str]] = {
    "visits": {"delta.enableChangeDataFeed": "true", "delta.checkpointInterval": "20"},
    "links": {"delta.checkpointInterval": "20"},
}
"""Besides the statistics: what was appended since the last fold can be asked of the visits; and the log of what grows with
every batch is summed up often, since on S3 each entry is a request.
"""
NO_INDEX = "make one: backlinks crawl TARGET --seeds FILE, or name yours with --index"
TRIES = 4
"""How often a batch is committed when others keep being faster, or seem to."""
ZSTD = WriterProperties(compression="ZSTD", compression_level=3, statistics_truncate_length=64)


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
        An index of an older form is upgraded when it is opened to be written. Raises UsageError for another kind of
        address, IndexFault, NewerIndexError, and OlderIndexError when it is to be read only.
        """
        place = locate(uri)
        options = storage(place, storage_options or {}, os.environ)
        if create:
            prove_exclusive(place)
        with faults("open", place):
            make = create and not exists(place)
            old = not make and _format(place, options) < FORMAT
            if old and create:
                from .upgrade import upgrade

                upgrade(place, options)
            elif old:
                raise OlderIndexError(
                    f"the index {place} was made by an older version",
                    f"bring it up to date: backlinks upgrade --index {uri}",
                )
            tables = {name: table_at(place, name, options, create=make) for name in TABLES}
        index = cls(place, options, tables)
        if create:
            index.prove_writable()
        return index

    def schema(self, name: str) -> pa.Schema:
        """The columns of a table."""
        return TABLES[name]

    def append(
        self, app: str, batch: int, visits: Sequence[Row], links: Sequence[Row], handed: Sequence[Row] = ()
    ) -> None:
        """Store the visits and links of one batch, and what it hands over; a batch of ``app`` that is stored is skipped.

        Batches of one app come in ascending order. The rows are mappings (or items) by field name.
        """
        link_rows, visit_rows = _by_target(to_table(links, LINKS)), to_table(visits, VISITS)
        with faults("write", self.uri):
            if handed:
                self._append("handovers", to_table(handed, HANDOVERS), app, batch)
            if links:
                self._append("links", link_rows, app, batch)
            self._append("visits", visit_rows, app, batch)

    def applied(self, app: str) -> int:
        """The number of the last batch of ``app`` that is stored whole, -1 when there is none."""
        with faults("read", self.uri):
            version = self.fresh("visits").transaction_version(app)
        return -1 if version is None else version

    def record_crawl(self, crawl: Row | Crawl, number: int = 1) -> None:
        """Store a row of one run, once per ``run`` (or ``crawl_id`` where there is none) and ``number``; numbers ascend."""
        rows = to_table([crawl], CRAWLS)
        run = rows["run"][0].as_py() or rows["crawl_id"][0].as_py()
        with faults("write", self.uri):
            self._append("crawls", rows, f"crawl:{run}", number)

    def prove_writable(self) -> None:
        """Make an empty commit, which also adds the columns that an older index lacks."""
        with faults("write", self.uri):
            write_deltalake(self.fresh("crawls"), CRAWLS.empty_table(), mode="append", schema_mode="merge")

    def forget(self, target: str) -> int:
        """Remove a target's links and history, and the visits that looked for it alone; returns the number of links.

        The files that held them stay for a week, for those who read them now, until they are cleaned up.
        """
        name = literal(target)
        times = self.times_forgotten(target) + 1
        mark = CommitProperties(app_transactions=[Transaction(forgotten(target), times)])
        with faults("write", self.uri):
            for table in DERIVED:
                self.fresh(table).delete(f"target = {name}")
            claims = self.fresh("claims")
            claims.delete(f"target = {name}", commit_properties=mark)
            if self.times_forgotten(target) < times:  # nothing was removed, of which no commit is made
                write_deltalake(claims, CLAIMS.empty_table(), mode="append", commit_properties=mark)
            self.fresh("marks").delete(f"target = {name}")
            links = self.fresh("links")
            links.delete(f"link_type = 'mention' AND target = {name}")
            gone = links.delete(f"target = {name} OR kept_for = {name}")
            alone = f"array_length(targets_checked) = 1 AND targets_checked[1] = {name}"
            self.fresh("visits").delete(alone)
        return int(gone["num_deleted_rows"])

    def times_forgotten(self, target: str) -> int:
        """How often a target was removed."""
        with faults("read", self.uri):
            return self.fresh("claims").transaction_version(forgotten(target)) or 0

    def fresh(self, name: str) -> DeltaTable:
        """The table with what other processes have committed since."""
        table = self.tables[name]
        table.update_incremental()
        return table

    def _append(self, name: str, rows: pa.Table, app: str, batch: int) -> None:
        """A commit whose answer was lost is sent again, and then looks like another's: its number tells."""
        mark = CommitProperties(app_transactions=[Transaction(app, batch)])
        for nth in range(TRIES):
            table = self.fresh(name)
            stored = table.transaction_version(app)
            if stored is not None and stored >= batch:
                return
            try:
                write_deltalake(table, rows, mode="append", writer_properties=ZSTD, commit_properties=mark)
            except CommitFailedError:
                if nth == TRIES - 1:
                    raise
            else:
                return


def forgotten(target: str) -> str:
    """The application whose transactions count how often a target was removed."""
    return f"forget:{target}"


def exists(uri: str) -> bool:
    """Whether there is an index at a located address. Raises IndexFault when that cannot be known."""
    with faults("read", uri):
        return DeltaTable.is_deltatable(f"{uri}/{LAST}", storage(uri, {}, os.environ))


def _by_target(links: pa.Table) -> pa.Table:
    return links.take(pc.sort_indices(links, sort_keys=[("target", "ascending")]))


def _format(uri: str, options: dict[str, str]) -> int:
    """The lowest format of the tables of facts. Raises NewerIndexError for one that is not known yet."""
    tables = [table_at(uri, name, options) for name in FIRST]
    versions = [table.transaction_version(FORMAT_APP) for table in tables]
    known = [version for version in versions if version is not None]
    if len(known) < len(versions):
        raise IndexFault(f"{uri} holds tables of another program", "name another place with --index")
    if max(known) > FORMAT:
        raise NewerIndexError(
            f"the index {uri} is of format {max(known)}, made by a newer version; this one reads {FORMAT}",
            "update it: pip install --upgrade backlink-crawler",
        )
    return min(known)


def format_mark() -> CommitProperties:
    """What a commit says to put its table in the present format."""
    return CommitProperties(app_transactions=[Transaction(FORMAT_APP, FORMAT)])


def table_at(uri: str, name: str, options: dict[str, str], *, create: bool = False) -> DeltaTable:
    """One table of the index at ``uri``, made when it is missing and shall be."""
    place = f"{uri}/{name}"
    try:
        return DeltaTable(place, storage_options=options)
    except TableNotFoundError:
        if not create:
            if name != LAST and exists(uri):
                raise IndexFault(
                    f"the index {uri} lacks its table {name}", "restore it from a copy"
                ) from None
            raise IndexFault(f"there is no index at {uri}", NO_INDEX) from None
    try:
        return DeltaTable.create(
            place,
            TABLES[name],
            name=name,
            description=f"{name} of a backlink_crawler index",
            configuration={"delta.dataSkippingStatsColumns": STATISTICS[name], **PROPERTIES.get(name, {})},
            commit_properties=format_mark(),
            storage_options=options,
        )
    except DeltaError:  # another process may have made it in this moment
        try:
            return DeltaTable(place, storage_options=options)
        except DeltaError:
            pass
        raise
