"""``backlinks export``: all that is known of a target's links, to a file."""

from __future__ import annotations

from pathlib import Path

import click

from ..reporting.export import export as rows_of
from ..reporting.writing import format_of, save
from .asking import ask, index_option
from .place import Place
from .table import note


@click.command("export")
@click.argument("target")
@click.option(
    "-o", "--output", type=Place(path_type=Path, dir_okay=False), required=True, metavar="FILE",
    help="The file; its ending names the format: .jsonl, .json, .csv or .parquet.",
)  # fmt: skip
@index_option
def export(target: str, output: Path, index: str | None) -> None:
    """Write every current link to TARGET with all its fields to a file."""
    format_of(output)
    reader, name = ask(target, index)
    count = save(rows_of(reader), output)
    note(f"{count:,} links to {name} written to {output} ({output.stat().st_size:,} bytes)")
