"""Whether the files of a part are what they should be: nobody knows what became of them since they were made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from ..index.parts import is_whole
from ..index.schema import LINKS, VISITS

if TYPE_CHECKING:
    from ..index.parts import Files
    from .part import Part


def flaw(part: Part, files: Files, *, thoroughly: bool = False) -> str:
    """What is wrong with a part, in a few words; empty when nothing is.

    Looked at are the columns and the number of rows, ``thoroughly`` every value, as it is stored. Raises OSError where the
    storage fails.
    """
    tables = ((files.visits, VISITS, part.visits), (files.links, LINKS, part.links))
    flaws = (_flaw(path, schema, rows, thoroughly) for path, schema, rows in tables if path is not None)
    return next(filter(None, flaws), "")


def _flaw(path: Path, schema: pa.Schema, rows: int, thoroughly: bool) -> str:
    try:
        with pq.ParquetFile(path) as file:
            if not file.schema_arrow.equals(schema):
                return f"{path.name} has other columns"
            if file.metadata.num_rows != rows:
                return f"{path.name} has {file.metadata.num_rows:,} rows and should have {rows:,}"
        if thoroughly and not is_whole(schema, path):
            return f"{path.name} is damaged"
    except FileNotFoundError:
        return f"{path.name} is not there"
    except (OSError, pa.ArrowException, UnicodeError) as error:
        if getattr(error, "errno", None):
            raise
        return f"{path.name} is damaged"
    return ""
