"""``backlinks gap``: who links to rivals and not to a target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..classify.target import parse_target
from ..config.file import load_config
from ..errors import UsageError
from ..reporting.gap import KEYS, SORTS, Gap
from ..urls import site_of
from .asking import (
    FORMATS,
    bring_ratings_up_to_date,
    format_option,
    index_option,
    limit_option,
    open_index,
    rows_wanted,
)
from .configured import configured
from .format import show
from .table import note

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..classify.target import Target

_WHO = {
    "domains": {"source_domain": "Domain"},
    "sites": {"source_site": "Site"},
    "pages": {"source_url": "Page", "page_title": "Title"},
}
_SHOWN = {
    "k": "Rivals", "links_to": "Links to", "rating": "Rating", "follow": "Follow", "page_type": "Page type", "why": "Why",
    "source_url": "Page", "contacts": "Contacts",
}  # fmt: skip


@click.command("gap")
@click.argument("target")
@click.argument("rivals", nargs=-1)
@click.option(
    "--least",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    metavar="K",
    help="Those that link to so many rivals.",
)
@click.option(
    "--by", type=click.Choice(tuple(KEYS)), default="domains", show_default=True, help="What to list."
)
@click.option(
    "--sort",
    type=click.Choice(tuple(SORTS)),
    default="value",
    show_default=True,
    help="What comes first: rating times reach of the page type, or links to most rivals.",
)
@click.option("--all", "every", is_flag=True, help="Also those that link to TARGET as well.")
@limit_option
@format_option(*FORMATS)
@index_option
def gap(
    target: str,
    rivals: tuple[str, ...],
    least: int,
    by: str,
    sort: str,
    every: bool,
    limit: int | None,
    kind: str,
    index: str | None,
) -> None:
    """List who links to RIVALS and not to TARGET: where a link could be had.

    A rival is any target of the index or, where every outbound link was kept, any domain. Without RIVALS they are the
    competitors that backlinks.toml names.
    """
    own, others = _named(target, rivals)
    if least > len(others):
        raise UsageError(
            f"--least {least}: more than the rivals named, {len(others)}", "name more of them, or say less"
        )
    opened = open_index(index)
    bring_ratings_up_to_date(opened)
    view = Gap(opened, own, others)
    unknown = view.unknown
    if len(unknown) == len(others):
        raise UsageError(
            f"no link to {_either(unknown)} is known",
            f"crawl for both: backlinks crawl {own.name},{others[0].name} --seeds FILE",
        )
    for name in unknown:
        note(f"No link to {name} is known: it adds nothing.")
    most = rows_wanted(limit, kind)
    rows = view.rows(by, least=least, limit=most, sort=sort, every=every)
    shown = show(rows, kind, _WHO[by] | {name: head for name, head in _SHOWN.items() if name not in _WHO[by]})
    if not view.is_target_known:
        note(f"{own.name} was never looked for: whether these link to it is not known.")
    elif view.unchecked:
        note(
            f"{view.unchecked:,} of them were not read for links to {own.name}: whether they link is not known."
        )
    if kind == "table" and not shown:
        besides = "" if every else f" and not to {own.name}"
        note(f"No source was seen that links to {least} or more of the rivals{besides}.")
    elif kind == "table":
        more = (f"The first {shown:,} are shown; --limit shows more.",) if shown == most else ()
        known = next(one.name for one in others if one.name not in unknown)
        note(*more, f"The links of one: backlinks links {known} --source-domain DOMAIN")


def _named(said: str, rivals: Iterable[str]) -> tuple[Target, list[Target]]:
    """The target and its rivals, each with its own table of backlinks.toml. Raises UsageError."""
    target = next(iter(configured([parse_target(said).name])))
    tables = load_config().targets
    names = dict.fromkeys(parse_target(name).name for name in rivals or target.competitors)
    if not names:
        raise UsageError(
            "gap: no rivals",
            f"name some: backlinks gap {target.name} rival.example; or competitors in backlinks.toml",
        )
    others = [parse_target(name, **tables.get(name, {})) for name in names]
    for one in others:
        if target.owns(one.domain, site_of(one.part.host)):
            raise UsageError(
                f"rival {one.name}: belongs to {target.name} itself", "name a site of somebody else"
            )
    return target, others


def _either(names: list[str]) -> str:
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))
