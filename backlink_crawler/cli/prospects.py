"""``backlinks prospects``: pages that name a target and do not link to it."""

from __future__ import annotations

import click

from ..reporting.prospects import prospects as pages
from .asking import FORMATS, ask, format_option, index_option, limit_option, rows_wanted
from .format import show
from .table import note

COLUMNS = {
    "source_url": "Page", "mention": "It says", "context_before": "Before", "context_after": "After",
    "domain_links": "Its domain links", "rating": "Rating", "seen_at": "Seen",
}  # fmt: skip


@click.command("prospects")
@click.argument("target")
@format_option(*FORMATS)
@limit_option
@index_option
def prospects(target: str, kind: str, limit: int | None, index: str | None) -> int:
    """List the visited pages that name TARGET in their text, by its domain or a brand word, and do not link to it.

    Pages of domains without any link come first, the best rated of them on top. Brand words are those of backlinks.toml, or
    the one in the domain.
    """
    reader, name = ask(target, index, rated=True)
    shown = show(pages(reader, rows_wanted(limit, kind)), kind, COLUMNS)
    if kind == "table" and not shown:
        note(f"No page that was visited names {name} without linking to it.")
    return 0
