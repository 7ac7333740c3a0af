"""An index of an older form brought to the present one. Each step is one commit of one table, and is not done twice.

===========  ==================================================================================================
format 1     visits, links and crawls; what stands now was derived at each read
format 2     visits know the key of the URL that was asked for, and what was appended since a fold; backlinks,
             events and summaries are tables, filled by the next fold
format 3     what others say has a table of its own, claims
format 4     URLs that shards hand over to each other have a table of their own, handovers
format 5     what people mark and how domains and pages are rated have tables of their own, marks and ratings; visits
             know the template, the accounts of analytics and the contacts of their page
===========  ==================================================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
from deltalake import QueryBuilder, write_deltalake

from .schema import folded
from .store import FIRST, FORMAT, FORMAT_APP, PROPERTIES, TABLES, ZSTD, format_mark, table_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deltalake import DeltaTable


def upgrade(uri: str, options: dict[str, str]) -> None:
    """Bring the index at a located address to :data:`~.store.FORMAT`; goes on where it was interrupted."""
    for name in TABLES:
        if name not in FIRST:
            table_at(uri, name, options, create=True)
    for name in TABLES:
        table = table_at(uri, name, options)
        format_now = table.transaction_version(FORMAT_APP) or 0
        if format_now >= FORMAT:
            continue
        if name == "visits" and format_now < 2:
            _with_requested_key(table)
            table.alter.set_table_properties(PROPERTIES[name])
        write_deltalake(
            table,
            TABLES[name].empty_table(),
            mode="append",
            schema_mode="merge",
            commit_properties=format_mark(),
        )


def _with_requested_key(visits: DeltaTable) -> None:
    """Rewrite the visits with the key of ``requested_url``, in one commit."""
    answer = pa.RecordBatchReader.from_stream(
        QueryBuilder().register("visits", visits).execute("SELECT * FROM visits")
    )
    schema = pa.schema(
        [field for field in TABLES["visits"] if field.name in {*answer.schema.names, "requested_key"}]
    )

    def rows() -> Iterator[pa.RecordBatch]:
        for batch in answer:
            keys = folded(batch.column("requested_url").cast(pa.string()))
            columns = {name: batch.column(name) for name in batch.schema.names} | {"requested_key": keys}
            yield pa.RecordBatch.from_arrays(
                [columns[field.name].cast(field.type) for field in schema], schema=schema
            )

    write_deltalake(
        visits,
        pa.RecordBatchReader.from_batches(schema, rows()),
        mode="overwrite",
        schema_mode="overwrite",
        writer_properties=ZSTD,
    )
