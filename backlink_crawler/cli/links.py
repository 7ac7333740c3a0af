"""``backlinks links``: the backlinks of a target."""

from __future__ import annotations

import click

from ..reporting import links as reporting
from .asking import FORMATS, ask, format_option, index_option, limit_option, rows_wanted
from .filtering import filter_options
from .format import show
from .table import note

_LINK = {"source_url": "Linking page", "target_url": "Links to", "anchor": "Anchor", "rel_type": "Rel"}
COLUMNS = {
    **_LINK, "rating": "Rating", "link_type": "Type", "placement": "Where", "anchor_type": "Anchor type", "first_seen": "First seen",
    "last_seen": "Last seen",
}  # fmt: skip
BY_STATUS = {
    **_LINK, "rating": "Rating", "status": "Status", "reason": "Reason", "since": "Since", "first_seen": "First seen",
    "last_seen": "Last seen",
}  # fmt: skip
"""What a table shows of links whose status is asked for."""


@click.command("links")
@click.argument("target")
@filter_options
@click.option("--one-per-domain", is_flag=True, help="Only the first link of each referring domain.")
@click.option(
    "--every", is_flag=True, help="Each link by itself, also several of one page to one target page."
)
@click.option(
    "--sort",
    type=click.Choice(tuple(reporting.SORTS)),
    default="best",
    show_default=True,
    help="What comes first.",
)
@limit_option
@click.option("--page", type=click.IntRange(1), default=1, help="With a limit: which part to show.")
@format_option(*FORMATS)
@index_option
def links(
    target: str,
    where: reporting.Filter,
    one_per_domain: bool,
    every: bool,
    sort: str,
    limit: int | None,
    page: int,
    kind: str,
    index: str | None,
) -> None:
    """List the backlinks of TARGET: one row per linking page and target page.

    Of --follow, --nofollow, --ugc and --sponsored any may hold; all other conditions must.
    """
    reader, name = ask(target, index, rated=True)
    most = rows_wanted(limit, kind)
    rows = reporting.links(
        reader, where, sort=sort, limit=most, page=page, every=every, one_per_domain=one_per_domain
    )
    shown = show(rows, kind, COLUMNS if where.status == reporting.CURRENT else BY_STATUS)
    if kind != "table":
        return
    total = reporting.count(reader, where, every=every, one_per_domain=one_per_domain)
    if not total:
        asked = " that fit" if where != reporting.ALL else ""
        note(f"No backlinks of {name}{asked} have been seen so far.")
    elif not shown:
        note(f"No page {page}: there are {total:,} rows.")
    else:
        first = (page - 1) * (most or 0) + 1
        note(
            f"{first:,} to {first + shown - 1:,} of {total:,}.",
            f"All of it: backlinks export {name} -o links.csv",
            "The life of one: backlinks show PAGE",
        )
