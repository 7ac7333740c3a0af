"""What a report says, in a few sentences made of its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..wording import counted
from .standing import change
from .words import moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .basis import Basis
    from .data import Section


def summary(basis: Basis, sections: Sequence[Section]) -> tuple[str, ...]:
    """The sentences at the top; of a target that nothing is known of they say that."""
    reading = basis.view["reading"]
    if not basis.has_links:
        if not reading["pages_known"]:
            return (f"No page has been visited for {basis.name} so far, so that no link to it is known.",)
        return (f"No link to {basis.name} was seen on the {counted(reading['pages_known'], 'page')} visited for it.",)  # fmt: skip
    return tuple(_sentences(basis, {table.name: table.total or 0 for one in sections for table in one.tables}))  # fmt: skip


def _sentences(basis: Basis, totals: Mapping[str, int]) -> Iterator[str]:
    view = basis.view
    yield _standing(basis.name, view)
    yield from _changes(basis)
    if lost := totals.get("lost_links"):
        yield f"{counted(lost, 'link')} lost since {moment(basis.asked.period.since)} {'is' if lost == 1 else 'are'} gone still."
    if broken := totals.get("broken_pages"):
        yield f"{counted(broken, 'linked page does', 'linked pages do')} not answer well."
    if harm := totals.get("harm"):
        yield f"{counted(harm, 'site gives', 'sites give')} reasons for a look."
    reading = view["reading"]
    if reading["pages_known"]:
        read = f"{reading['pages_read']:,} of {counted(reading['pages_known'], 'page')} visited"
        yield f"{read} could be read whole; what nobody visited is not in these numbers."


def _standing(name: str, view: Mapping[str, Any]) -> str:
    if not view["backlinks"]:
        return f"No link to {name} stands now; {counted(view['lost'], 'link was', 'links were')} lost."
    said = (
        f"{counted(view['referring_domains'], 'domain links', 'domains link')} to {name} with {counted(view['backlinks'], 'backlink')}"
        f" on {counted(view['referring_pages'], 'page')}"
    )
    if view["follow_share"] is not None:
        said += f"; {view['follow_share']:.0%} of the links that can be votes are followed"
    return said + "."


def _changes(basis: Basis) -> Iterator[str]:
    if not basis.changes:
        first = basis.view["reading"]["first_read"]
        when = f"The first page was read on {moment(first)}" if first else "No page has been read"
        yield f"{when}: what changed cannot be told yet."
    for days, trend in basis.changes.items():
        yield _moved(days, change(trend))


def _moved(days: int, moved: Mapping[str, int]) -> str:
    won, added = moved["domains_won"], min(moved["domains_won"], moved["domains_added"])
    seen = f", {added:,} of them seen to appear on pages read before" if won else ""
    return f"In {days} days {counted(won, 'domain is', 'domains are')} new{seen}, and {moved['domains_lost']:,} lost."
