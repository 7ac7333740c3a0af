"""``backlinks claims``: what others say of links to a target, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..claims.state import STATES
from ..items import CLAIM_KINDS
from ..reporting import claims as reporting
from .asking import FORMATS, ask, format_option, index_option, limit_option, rows_wanted
from .format import show
from .table import note

if TYPE_CHECKING:
    from ..reporting.claims import Verified

COLUMNS = {
    "state": "State", "reason": "Reason", "provenance": "Source", "source_url": "Linking page", "target_url": "Said to link to",
    "anchor": "Said anchor", "last_seen": "They saw it", "status": "Status", "seen_rel_type": "Rel", "seen_anchor": "Anchor",
    "seen_at": "We saw it", "differences": "Differences",
}  # fmt: skip


@click.command("claims")
@click.argument("target")
@click.option("--state", type=click.Choice(STATES), help="Claims of this state.")
@click.option("--source", metavar="NAME", help="Claims of this source, such as gsc or import:gsc.")
@click.option("--differs", is_flag=True, help="Claims that say something else than what was seen.")
@click.option(
    "--kind", "said_of", type=click.Choice(CLAIM_KINDS), help="Claims of a link, of a hint, or of a site."
)
@limit_option
@format_option(*FORMATS)
@index_option
def claims(
    target: str, state: str | None, source: str | None, differs: bool, said_of: str | None, limit: int | None, kind: str,
    index: str | None,
) -> None:  # fmt: skip
    """List what others say of links to TARGET, and what became of it.

    A claim is seen when a link of its page to TARGET was seen by us at any time, never_seen when its page was read whole, or
    is gone, and no link was ever found, and else pending, for the reason that is given.
    """
    reader, name = ask(target, index)
    where = reporting.Filter(state or "", source or "", said_of or "", differs)
    shown = show(reporting.claims(reader, where, limit=rows_wanted(limit, kind)), kind, COLUMNS)
    if kind != "table":
        return
    total = reporting.count(reader, where)
    if not total:
        note(*_nothing(name, reporting.sources(reader)))
    else:
        note(f"{shown:,} of {total:,} claims.", sentence(reporting.verified(reader)))
        note(f"What each source knew: backlinks compare-sources {name}")


def _nothing(name: str, sources: list[str]) -> tuple[str, ...]:
    if not sources:
        return (
            f"Nobody claims a link to {name} so far.",
            f"Take in what you have: backlinks import FILE --target {name}",
        )
    return (f"No claims of links to {name} fit; there are some of {', '.join(sources)}.",)


def sentence(verified: Verified) -> str:
    """How much of what is claimed was verified, in words."""
    pages, domains = verified.pages, verified.domains
    return (
        f"Verified {pages.visited:,} of {pages.claimed:,} claimed pages: {pages.seen:,} were seen to link ({pages.live:,} live now),"
        f" {pages.never_seen:,} were not, {pages.pending:,} are pending; {domains.seen:,} of {domains.claimed:,} claimed domains link."
    )
