"""Rows as a table: sized to a terminal, or plain and whole in a pipe."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pyarrow as pa

PIPE_WIDTH = 100_000
"""In a pipe nothing is cut or wrapped: each row is one line."""
KEPT_WIDTH = 10
"""On a narrow terminal long columns (URLs, anchors) give way before columns of single words do."""
MOST_ROWS = 10_000
"""A table needs all its rows to know its widths; longer lists go out in other formats."""
MEASURES: dict[str, str] = {
    **dict.fromkeys(("rating", "domain_ratings"), ",.1f"),
    **dict.fromkeys(("pagerank", "harmonic", "trust", "carried"), ".4g"),
}
"""How fractions of these columns are written; those of all others are shares of 1."""


def console(*, stderr: bool = False) -> Console:
    """Where people read: no markup, no emoji codes, no highlighting of crawled text."""
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else PIPE_WIDTH
    return Console(file=stream, width=width, markup=False, emoji=False, highlight=False, soft_wrap=False)


def cell(value: Any, name: str = "") -> Text:
    """One value, of the column of this name, as people read it."""
    match value:
        case None | "":
            return Text("–", style="dim")
        case bool():
            return Text("yes" if value else "no")
        case int():
            return Text(f"{value:,}")
        case float():
            return Text(format(value, MEASURES.get(name, ".1%")))
        case list():
            return Text(printable(" ".join(map(str, value))))
        case datetime():
            return Text(f"{value:%Y-%m-%d}")
        case _:
            return Text(printable(str(value)))


def table(rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str], title: str = "") -> Table:
    """A rich table of some columns (name -> heading); numbers stand right."""
    listed = list(rows)
    grid = Table(title=title or None, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for name, heading in columns.items():
        number = any(isinstance(row[name], int | float) and not isinstance(row[name], bool) for row in listed)
        longest = max((cell(row[name], name).cell_len for row in listed), default=0)
        grid.add_column(
            heading,
            justify="right" if number else "left",
            overflow="ellipsis",
            no_wrap=True,
            min_width=min(longest, KEPT_WIDTH),
        )
    for row in listed:
        grid.add_row(*(cell(row[name], name) for name in columns))
    return grid


def print_table(rows: pa.RecordBatchReader, columns: Mapping[str, str]) -> int:
    """Print at most :data:`MOST_ROWS` rows, and return their number."""
    listed: list[dict[str, Any]] = []
    for batch in rows:
        listed += batch.select(list(columns)).to_pylist()
        if len(listed) >= MOST_ROWS:
            break
    if listed:
        console().print(table(listed[:MOST_ROWS], columns))
    return min(len(listed), MOST_ROWS)


def note(*lines: str) -> None:
    """Say something beside the data: one line each on standard error."""
    for line in lines:
        print(printable(line), file=sys.stderr)
