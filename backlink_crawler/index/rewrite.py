"""Writing links anew when rules have changed: what was seen stays, what it is judged to be is replaced, in one commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deltalake import write_deltalake

from .current import literal
from .location import faults
from .store import ZSTD

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from .store import Index


def of_targets(names: Sequence[str] | None) -> str:
    """The condition in SQL for the links that were kept for some targets, counting or not; of all for None."""
    if names is None:
        return "TRUE"
    listed = ", ".join(map(literal, names))
    return f"(target IN ({listed}) OR kept_for IN ({listed}))"


def replace_links(index: Index, rows: pa.RecordBatchReader, names: Sequence[str] | None) -> None:
    """Put rows in the place of all links of some targets, or of all, as the index's open table knows them.

    What others appended since then stays. Raises ConflictFault when that cannot be kept apart, and IndexFault.
    """
    with faults("write", index.uri):
        write_deltalake(
            index.tables["links"],
            rows,
            mode="overwrite",
            predicate=f"link_type <> 'mention' AND {of_targets(names)}",
            schema_mode="merge",
            writer_properties=ZSTD,
        )
