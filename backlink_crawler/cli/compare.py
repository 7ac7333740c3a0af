"""``backlinks compare-sources``: what each source knew, how far sources overlap, and how many domains link in all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..reporting.compare import compare
from ..reporting.writing import json_text
from .asking import ask, format_option, index_option
from .table import console, note, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

COLUMNS = {
    "source": "Source", "claimed_pages": "Claimed pages", "claimed_domains": "Domains", "visited": "Visited",
    "seen_pages": "Seen pages", "seen_domains": "Domains", "live": "Live", "alive_share": "Alive", "never_seen": "Never seen",
    "pending": "Pending", "only_pages": "Only here: pages", "only_domains": "Domains", "hints": "Hints", "hints_seen": "Seen",
}  # fmt: skip
WHY_NOT = {
    "nothing_known": "no source that can find any domain has one that was seen to link",
    "one_source": "one source alone cannot tell how much it misses; import another one",
    "no_overlap": "no domain is known to exactly two of the sources, so what they share says nothing of what they miss",
    "nothing_alone": "fewer than two of the sources know a domain that no other knows, so what they share says nothing of what"
    " all of them miss",
}  # fmt: skip


@click.command("compare-sources")
@click.argument("target")
@format_option("table", "json")
@index_option
def compare_sources(target: str, kind: str, index: str | None) -> None:
    """Compare what each source knew of the links to TARGET: how much of it is true, alive, and known to it alone.

    The last lines estimate how many domains link in all, from how much the sources overlap. It is a lower bound: popular
    pages are found by all sources, so that they overlap more than by chance.
    """
    reader, name = ask(target, index)
    view = compare(reader)
    if kind == "json":
        click.echo(json_text(view, indent=2))
        return
    if not view["sources"]:
        note(f"No links to {name} are known or claimed so far.")
        return
    out = console()
    out.print(table(view["sources"], COLUMNS))
    if len(view["overlaps"]) > 1:
        out.print()
        out.print(_overlaps(view["overlaps"]))
    out.print()
    for line in sentences(view["estimate"]):
        out.print(line)
    note(f"The claims of one: backlinks claims {name} --source NAME")


def _overlaps(overlaps: Mapping[str, Mapping[str, int]]) -> Any:
    rows = [{"source": source, **shared} for source, shared in overlaps.items()]
    return table(rows, {"source": "Domains that both know", **{source: source for source in overlaps}})


def sentences(estimate: Mapping[str, Any]) -> Iterator[str]:
    """What the estimate says, and who took no part in it."""
    if estimate["why"]:
        yield f"How many domains link in all cannot be estimated: {WHY_NOT[estimate['why']]}."
    else:
        yield (
            f"At least {estimate['total']:,.0f} domains link in all (95 % interval {estimate['low']:,.0f} to {estimate['high']:,.0f}),"
            f" by how {', '.join(estimate['of'])} overlap, which know {estimate['known']:,}. Sources find the same popular pages:"
            " that makes it a lower bound."
        )
    if estimate["left_out"]:
        left_out = "; ".join(f"{source} {why}" for source, why in sorted(estimate["left_out"].items()))
        yield f"Not part of the estimate: {left_out}."
