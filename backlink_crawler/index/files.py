"""The Parquet files that hold a table's rows, by the table's log; of one target only those that can hold it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pyarrow as pa

from .current import literal
from .location import dataset, is_remote

if TYPE_CHECKING:
    import duckdb
    from deltalake import DeltaTable

    from .store import Index

_GLOB = str.maketrans({"[": "[[]", "*": "[*]", "?": "[?]"})


def ranges(table: DeltaTable, *columns: str) -> list[tuple[str, tuple[tuple[Any, Any], ...]]]:
    """For each file its path and, per column, (lowest, highest) value, null where the log does not say."""
    files = pa.table(table.get_add_actions(flatten=True))
    bounds = [
        (files.column(f"{side}.{column}").to_pylist() if f"{side}.{column}" in files.column_names else None)
        for column in columns
        for side in ("min", "max")
    ]
    rows = [[None] * files.num_rows if one is None else one for one in bounds]
    return [
        (str(path), tuple((rows[2 * n][nth], rows[2 * n + 1][nth]) for n in range(len(columns))))
        for nth, path in enumerate(files.column("path").to_pylist())
    ]


def paths(table: DeltaTable, target: str | None) -> list[str]:
    """Where the files lie, within the table."""
    return [
        unquote(path)
        for path, ((low, high),) in ranges(table, "target")
        if target is None or low is None or high is None or low <= target <= high
    ]


def source_of(index: Index, name: str, target: str | None) -> Any:
    """What a statement can select a table's rows from: SQL, an Arrow dataset when it lies on S3, '' when it has none."""
    found = paths(index.tables[name], target)
    if not found:
        return ""
    if is_remote(index.uri):
        return dataset(index.tables[name], found, index.schema(name), index.storage_options)
    home = f"{index.uri}/{name}/".translate(_GLOB)
    listed = ", ".join(literal(home + path.translate(_GLOB)) for path in found)
    return f"read_parquet([{listed}], union_by_name = true, hive_partitioning = false)"


def columns_of(engine: duckdb.DuckDBPyConnection, source: str) -> list[str]:
    """The columns that a source has."""
    if not source:
        return []
    return [column[0] for column in engine.execute(f"SELECT * FROM {source} LIMIT 0").description]  # noqa: S608
