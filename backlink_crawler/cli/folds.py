"""``backlinks groups``: the links of a target folded into what templates repeat."""

from __future__ import annotations

import click

from ..reporting.folds import Folds
from .asking import FORMATS, ask, format_option, index_option, limit_option, rows_wanted
from .format import show
from .table import note

COLUMNS = {
    "source_site": "Site", "placement": "Where", "anchor": "Anchor", "target_url": "Links to", "pages": "Pages", "links": "Links",
    "follow": "Followed", "sitewide": "Sitewide", "share": "Of pages read", "near_duplicates": "Near-duplicates",
    "first_seen": "First seen", "last_seen": "Last seen", "example": "Example",
}  # fmt: skip


@click.command("groups")
@click.argument("target")
@click.option(
    "--least", type=click.IntRange(1), default=2, show_default=True, metavar="N",
    help="Only groups of at least so many pages; 1 lists links that stand alone, too.",
)  # fmt: skip
@limit_option
@format_option(*FORMATS)
@index_option
def groups(target: str, least: int, limit: int | None, kind: str, index: str | None) -> None:
    """Fold the links to TARGET into groups: one for each site, template, part of the page, target page and anchor.

    A link is sitewide when at least half of the pages read of its site have it; of fewer than ten that cannot be told.
    """
    reader, name = ask(target, index)
    most = rows_wanted(limit, kind)
    folds = Folds(reader)
    shown = show(folds.rows(least=least, limit=most), kind, COLUMNS)
    if kind != "table":
        return
    told = folds.totals()
    if not told["links"]:
        note(f"No backlinks of {name} have been seen so far.")
        return
    note(
        f"{told['links']:,} links fold into {told['groups']:,} groups; {told['alone']:,} of these are of one page alone."
    )
    if shown == most:
        note(f"The first {shown:,} are shown; --limit shows more.")
