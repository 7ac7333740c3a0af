"""``backlinks targets``: what the index knows links to."""

from __future__ import annotations

import click

from ..index.query import Reader
from ..reporting import targets as reporting
from .asking import FORMATS, format_option, index_option, limit_option, open_index, rows_wanted
from .format import show
from .table import note

COLUMNS = {
    "target": "Target", "backlinks": "Backlinks", "referring_pages": "Pages", "referring_domains": "Domains",
    "target_pages": "Linked pages", "follow": "Follow", "last_read": "Read",
}  # fmt: skip


@click.command("targets")
@limit_option
@format_option(*FORMATS)
@index_option
def targets(limit: int | None, kind: str, index: str | None) -> None:
    """List the targets of the index, those with most backlinks first."""
    reader = Reader(open_index(index))
    most = rows_wanted(limit, kind)
    shown = show(reporting.targets(reader, limit=most), kind, COLUMNS)
    if not shown:
        note(f"The index {reader.uri} is empty.", "Crawl first: backlinks crawl TARGET --seeds FILE")
    elif kind == "table":
        if shown == most:
            note(f"The first {shown:,} are shown; --limit shows more.")
        note("More of one: backlinks report TARGET")
