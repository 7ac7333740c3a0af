"""``backlinks links``: the backlinks of a target."""

from __future__ import annotations

import click

from ..items import ANCHOR_TYPES, LINK_TYPES, PLACEMENTS
from ..reporting import links as reporting
from .asking import FORMATS, ask, format_option, index_option, limit_option, rows_wanted
from .format import show
from .table import note

COLUMNS = {
    "source_url": "Linking page", "target_url": "Links to", "anchor": "Anchor", "rel_type": "Rel",
    "link_type": "Type", "placement": "Where", "anchor_type": "Anchor type", "fetched_at": "Read",
}  # fmt: skip


@click.command("links")
@click.argument("target")
@click.option("--follow", "rel", flag_value="follow", multiple=True, help="Links that are followed.")
@click.option(
    "--nofollow",
    "rel",
    flag_value="nofollow",
    multiple=True,
    help="Links with nofollow, of their own or of their page.",
)
@click.option("--ugc", "rel", flag_value="ugc", multiple=True, help="Links marked ugc.")
@click.option("--sponsored", "rel", flag_value="sponsored", multiple=True, help="Links marked sponsored.")
@click.option(
    "--counts", is_flag=True, help="Followed links of pages that may be indexed and are their own canonical."
)
@click.option("--placement", type=click.Choice(PLACEMENTS), help="Where on the page.")
@click.option("--anchor-type", type=click.Choice(ANCHOR_TYPES), help="The class of the anchor text.")
@click.option("--link-type", type=click.Choice(LINK_TYPES), help="The kind of link.")
@click.option("--source-domain", metavar="DOMAIN", help="Links from this domain, site or host.")
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
    rel: tuple[str, ...],
    counts: bool,
    placement: str | None,
    anchor_type: str | None,
    link_type: str | None,
    source_domain: str | None,
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
    reader, name = ask(target, index)
    where = reporting.Filter(
        rel=frozenset(rel),
        placement=placement or "",
        anchor_type=anchor_type or "",
        link_type=link_type or "",
        source_domain=(source_domain or "").lower().rstrip("."),
        counts=counts,
    )
    most = rows_wanted(limit, kind)
    rows = reporting.links(
        reader, where, sort=sort, limit=most, page=page, every=every, one_per_domain=one_per_domain
    )
    shown = show(rows, kind, COLUMNS)
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
        )
