"""``backlinks domains`` and ``backlinks anchors``: the backlinks of a target, counted by what they share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..errors import UsageError
from ..reporting.grouping import SORTS, grouped
from ..reporting.links import ALL
from .asking import FORMATS, ask, format_option, index_option, limit_option, rows_wanted
from .filtering import filter_options
from .format import show
from .table import note

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..reporting.links import Filter

_NUMBERS = {
    "backlinks": "Backlinks",
    "referring_pages": "Pages",
    "follow": "Follow",
    "counts": "Counting",
    "last_read": "Read",
}
DOMAINS = {
    "source_domain": "Referring domain",
    "rating": "Rating",
    **_NUMBERS,
    "target_pages": "Links to pages",
}
SITES = {"source_site": "Referring site", **_NUMBERS, "target_pages": "Links to pages"}
ANCHORS = {"anchor": "Anchor", "anchor_type": "Class", "referring_domains": "Domains", **_NUMBERS}


@click.command("domains")
@click.argument("target")
@click.option("--sites", is_flag=True, help="Part hosting platforms: user.github.io is a site of its own.")
@click.option(
    "--sort",
    type=click.Choice(SORTS),
    default=SORTS[0],
    show_default=True,
    help="What comes first: most backlinks, or the best rating.",
)
@filter_options
@limit_option
@format_option(*FORMATS)
@index_option
def domains(
    target: str, where: Filter, sites: bool, sort: str, limit: int | None, kind: str, index: str | None
) -> None:
    """List the domains that link to TARGET, with their numbers of backlinks that fit the flags."""
    if sites and sort == "rating":
        raise UsageError("sites have no rating: domains have", "leave out --sites or --sort rating")
    by, columns = ("sites", SITES) if sites else ("domains", DOMAINS)
    name = _list(target, by, where, columns, limit, kind, index, sort)
    if kind == "table":
        note(f"The links of one: backlinks links {name} --source-domain DOMAIN")


@click.command("anchors")
@click.argument("target")
@filter_options
@limit_option
@format_option(*FORMATS)
@index_option
def anchors(target: str, where: Filter, limit: int | None, kind: str, index: str | None) -> None:
    """List the anchor texts of the links to TARGET, those of most domains first."""
    name = _list(target, "anchors", where, ANCHORS, limit, kind, index)
    if kind == "table":
        note(f"The links behind them: backlinks links {name} --sort anchor")


def _list(
    target: str,
    by: str,
    where: Filter,
    columns: Mapping[str, str],
    limit: int | None,
    kind: str,
    index: str | None,
    sort: str = SORTS[0],
) -> str:
    reader, name = ask(target, index, rated=by == "domains")
    most = rows_wanted(limit, kind)
    shown = show(grouped(reader, by, where, sort=sort, limit=most), kind, columns)
    if not shown:
        asked = " that fit" if where != ALL else ""
        note(f"No backlinks of {name}{asked} have been seen so far.")
    elif kind == "table" and shown == most:
        note(f"The first {shown:,} are shown; --limit shows more.")
    return name
