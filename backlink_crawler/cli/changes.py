"""``backlinks new``, ``lost`` and ``changed``: what happened to the backlinks of a target in a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..reporting import changes as reporting
from ..states import DISCOUNTS, LOSSES
from .asking import (
    FORMATS,
    ask,
    domain_wanted,
    format_option,
    index_option,
    limit_option,
    period,
    rows_wanted,
    since_option,
    until_option,
)
from .format import show
from .table import note

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_PAGE = {"source_url": "Linking page", "target_url": "Links to", "anchor": "Anchor", "rel_type": "Rel"}
NEW = {
    "seen_at": "Seen",
    "kind": "How",
    **_PAGE,
    "rating": "Rating",
    "placement": "Where",
    "after": "Not there on",
}
LOST = {
    "seen_at": "Seen", "reason": "Reason", **_PAGE, "rating": "Rating", "after": "There until", "before": "Gone by",
    "outcome": "Visit", "http_status": "HTTP",
}  # fmt: skip
CHANGED = {
    "seen_at": "Seen", "kind": "What", "field": "Of", "old": "Before", "new": "Now", "reason": "Reason",
    "source_url": "Linking page", "target_url": "Links to", "anchor": "Anchor", "rating": "Rating",
}  # fmt: skip
NOTHING = {
    "new": "No new backlinks of {name} were seen",
    "lost": "No backlinks of {name} are known to have been lost",
    "changed": "No changes of backlinks of {name} were seen",
}


def _options(command: Callable[..., None]) -> Callable[..., None]:
    """The flags that all three have."""
    for option in (
        index_option,
        format_option(*FORMATS),
        limit_option,
        click.option("--one-per-domain", is_flag=True, help="Only the first of each referring domain."),
        click.option("--source-domain", metavar="DOMAIN", help="Links from this domain or site."),
        click.option("--follow", is_flag=True, help="Links that are followed, or were until then."),
        until_option,
        since_option,
        click.argument("target"),
    ):
        command = option(command)
    return command


@click.command("new")
@_options
@click.option("--baseline", is_flag=True, help="Also what the first crawl for the target found.")
def new(
    target: str, since: str, until: str | None, follow: bool, source_domain: str | None, one_per_domain: bool,
    limit: int | None, kind: str, index: str | None, baseline: bool,
) -> None:  # fmt: skip
    """List the backlinks to TARGET that came in a time.

    How it came: link_added to a page that was read before without it, page_found for a page that was read for the first
    time, restored for a link that had been lost.
    """
    also = frozenset({"baseline"}) if baseline else frozenset()
    where = reporting.Filter(also, follow, "", domain_wanted(source_domain))
    _list("new", NEW, target, where, since, until, one_per_domain, limit, kind, index)


@click.command("lost")
@_options
@click.option(
    "--reason", type=click.Choice((*LOSSES, *DISCOUNTS)), metavar="WORD",
    help=f"Lost for this reason: {', '.join(LOSSES)}.",
)  # fmt: skip
@click.option(
    "--discounted", is_flag=True,
    help="Also links whose page was turned noindex or names another canonical: live, but lost to some ways of counting.",
)  # fmt: skip
def lost(
    target: str, since: str, until: str | None, follow: bool, source_domain: str | None, one_per_domain: bool,
    limit: int | None, kind: str, index: str | None, reason: str | None, discounted: bool,
) -> None:  # fmt: skip
    """List the backlinks to TARGET that were proven lost in a time, with the proof.

    A link was lost between two visits: the last that saw it and the first that shows it gone. What could merely not be
    read is not lost; backlinks links TARGET --status unverified lists it.
    """
    also = frozenset({"discounted"}) if discounted else frozenset()
    where = reporting.Filter(also, follow, reason or "", domain_wanted(source_domain))
    _list("lost", LOST, target, where, since, until, one_per_domain, limit, kind, index)


@click.command("changed")
@_options
def changed(
    target: str, since: str, until: str | None, follow: bool, source_domain: str | None, one_per_domain: bool,
    limit: int | None, kind: str, index: str | None,
) -> None:  # fmt: skip
    """List the backlinks to TARGET that changed in a time and still stand: followed links that are followed no more first, and of
    each kind of change those of the best rated domains.
    """
    where = reporting.Filter(frozenset(), follow, "", domain_wanted(source_domain))
    _list("changed", CHANGED, target, where, since, until, one_per_domain, limit, kind, index)


def _list(
    what: str, columns: Mapping[str, str], target: str, where: reporting.Filter, since: str, until: str | None,
    one_per_domain: bool, limit: int | None, kind: str, index: str | None,
) -> None:  # fmt: skip
    asked = period(since, until)
    reader, name = ask(target, index, rated=True)
    most = rows_wanted(limit, kind)
    shown = show(
        reporting.changes(reader, what, asked, where, limit=most, one_per_domain=one_per_domain),
        kind,
        columns,
    )
    if kind != "table":
        return
    total = reporting.count(reader, what, asked, where, one_per_domain=one_per_domain)
    if not total:
        note(f"{NOTHING[what].format(name=name)} since {asked.since:%Y-%m-%d}.")
    else:
        note(f"{shown:,} of {total:,} since {asked.since:%Y-%m-%d}.", "The proof of one: backlinks show PAGE")
