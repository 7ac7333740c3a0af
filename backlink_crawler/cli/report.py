"""``backlinks report``: the overview of a target on the terminal, or a whole report as a file."""

from __future__ import annotations

from pathlib import Path

import click

from ..errors import UsageError
from ..reporting.overview import overview
from ..reporting.period import UNITS
from ..reporting.trend import trend
from ..reporting.writing import json_text
from .asking import ask, format_option, index_option, period
from .overview import print_overview
from .place import Place

TOP, TOP_OF_FILE = 10, 25
SINCE, SINCE_OF_FILE = "30d", "90d"
"""How long lists are, and how far back it looks, unless told otherwise."""


@click.command("report")
@click.argument("target")
@click.option(
    "-o",
    "--output",
    type=Place(path_type=Path),
    metavar="FILE",
    help="Write a whole report to a file that ends in .html, .json, .md or .zip (CSV files), or CSV files to a directory.",
)
@click.option(
    "--against",
    multiple=True,
    metavar="RIVAL",
    help="In a file: also who links to this rival and not to TARGET. May be repeated.  [default: competitors of backlinks.toml]",
)
@click.option(
    "--top",
    type=click.IntRange(1, 1000),
    metavar="N",
    help=f"Length of the lists.  [default: {TOP}, in a file {TOP_OF_FILE}]",
)
@click.option(
    "--since", metavar="TIME",
    help="The time to look at: since so long ago (30d, 12h, 2w), or since a date."
    f"  [default: {SINCE}, in a file {SINCE_OF_FILE}]",
)  # fmt: skip
@click.option("--by", type=click.Choice(UNITS), help="Also show what came and went by day, week or month.")
@format_option("table", "json")
@index_option
def report(
    target: str, output: Path | None, against: tuple[str, ...], top: int | None, since: str | None, by: str | None, kind: str,
    index: str | None,
) -> None:  # fmt: skip
    """Show who links to TARGET, how, what a time brought, and how complete the data is.

    With -o it is a report to hand over: one file that needs no network and no JavaScript, with lost links and their proof,
    anchors, best and broken pages, the gap to rivals, reasons to look at links, and how to verify it.
    """
    if output is not None:
        from .report_file import write

        if kind == "json" and output.suffix.lower() != ".json":
            raise UsageError(
                f"{output}: the ending says the form, and is not --format json", "name a .json file"
            )
        write(target, output, against, top or TOP_OF_FILE, since or SINCE_OF_FILE, by or "", index)
        return
    if against:
        raise UsageError(
            "--against is of a report in a file", "name one: -o report.html; or ask backlinks gap"
        )
    asked = period(since or SINCE)
    reader, name = ask(target, index)
    view = overview(reader, name, top=top or TOP)
    view["trend"] = trend(reader, asked, by or "week")
    if kind == "json":
        click.echo(json_text(view, indent=2))
        return
    print_overview(name, view, buckets=by is not None)
