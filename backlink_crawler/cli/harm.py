"""``backlinks harm``: linking sites that give reasons to look at them, each with its evidence."""

from __future__ import annotations

import shlex
from itertools import groupby, islice
from operator import attrgetter
from typing import TYPE_CHECKING

import click

from ..harm.assess import findings
from ..harm.rows import as_table, sums
from ..harm.table import SIGNALS, SURE
from ..printable import printable
from ..wording import counted
from .asking import FORMATS, ask, format_option, index_option, rows_wanted
from .configured import configured
from .format import show
from .table import console, note

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ..harm.finding import Finding

INDENT = "    "


@click.command("harm")
@click.argument("target")
@click.option(
    "--sure", type=click.Choice(SURE), default=SURE[0], show_default=True, help="Leave out what is less sure than this."
)  # fmt: skip
@click.option(
    "--signal", "signals", type=click.Choice(tuple(SIGNALS)), multiple=True, help="Only this signal. May be repeated."
)  # fmt: skip
@click.option(
    "--limit", type=click.IntRange(1), metavar="N", help="Show at most this many sites.  [default: 50 in a table, else all]"
)  # fmt: skip
@format_option(*FORMATS)
@index_option
def harm(
    target: str, sure: str, signals: tuple[str, ...], limit: int | None, kind: str, index: str | None
) -> int:
    """List the sites that link to TARGET and give reasons to look at them: each reason with its evidence and how sure it is.

    Sites come by the sum of the published weights of their reasons. These are no verdicts, and nothing is disavowed by
    them: look, and mark what you judge to be harmful with `backlinks mark`.
    """
    reader, name = ask(target, index)
    (own,) = configured([name])
    found = findings(reader, own)
    wanted = [
        one
        for one in found
        if SURE.index(one.sure) >= SURE.index(sure) and (not signals or one.signal in signals)
    ]
    sites = len({one.name for one in wanted})
    shown = list(_of_first_sites(wanted, rows_wanted(limit, kind)))
    totals = sums(found)
    if kind == "table":
        _print(shown, totals)
    else:
        show(as_table(shown, totals).to_reader(), kind, {})
    _remark(name, sites, len({one.name for one in shown}), bool(own.keywords), reader.count("current"))
    return 0


def _of_first_sites(found: Iterable[Finding], most: int | None) -> Iterable[Finding]:
    """The findings of the first sites, which stand together."""
    for _, of_site in islice(groupby(found, key=attrgetter("name")), most):
        yield from of_site


def _print(found: Sequence[Finding], totals: Mapping[str, float]) -> None:
    """For people: a paragraph of each site, a line of each reason, and its evidence below. Evidence is not cut: it is the point."""
    out = console()
    for name, of_site in groupby(found, key=attrgetter("name")):
        out.print(printable(f"{name}  {totals[name]:g}"), style="bold")
        for one in of_site:
            out.print(
                f"{INDENT}{one.signal}  {one.weight:g}, {one.sure}, {counted(one.links, 'link')}",
                soft_wrap=True,
            )
            for line in (*one.evidence, *one.examples):
                out.print(printable(f"{INDENT * 2}{line}"), soft_wrap=True)


def _remark(name: str, sites: int, shown: int, has_keywords: bool, links: int) -> None:
    if not links:
        note(f"No backlinks of {name} stand now: there is nothing to look at.")
        return
    if not sites:
        note(f"Nothing of what is looked for was found among {counted(links, 'backlink')} of {name}.")
    elif shown < sites:
        note(f"The first {shown:,} of {sites:,} sites are shown; --limit shows more.")
    if not has_keywords:
        note("No keywords of it are configured: sitewide links with a keyword as their text cannot be told.")
    if sites:
        note(
            "These are reasons to look, no verdicts, and nothing is disavowed by them.",
            f"What you judge to be harmful: backlinks mark {shlex.quote(name)} SITE --tag disavow",
        )
