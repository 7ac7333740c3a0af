"""The overview of a target as tables and sentences on a terminal."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from ..printable import printable
from ..reporting.summary import BREAKDOWNS
from .table import cell, console, note, table
from .trend import trend_parts

if TYPE_CHECKING:
    from collections.abc import Mapping

FIGURES = {
    "referring_domains": "Referring domains", "referring_sites": "Referring sites",
    "referring_pages": "Referring pages", "backlinks": "Backlinks", "follow": "… followed",
    "counts": "… counting", "hidden": "… hidden", "unverified": "… unverified", "target_pages": "Linked pages",
    "links": "Links in all",
}  # fmt: skip
"""In the order of what people look at first."""
HEADINGS = {
    "rel_type": "Rel", "link_type": "Type", "placement": "Where", "anchor_type": "Anchor type",
    "page_language": "Language",
}  # fmt: skip
_NUMBERS = {"backlinks": "Backlinks", "follow": "Follow"}
LISTS = {
    "top_domains": {"source_domain": "Top referring domains", "referring_pages": "Pages", **_NUMBERS},
    "top_anchors": {
        "anchor": "Top anchors",
        "anchor_type": "Class",
        "referring_domains": "Domains",
        **_NUMBERS,
    },
    "top_target_pages": {"target_url": "Most linked pages", "referring_domains": "Domains", **_NUMBERS},
}
MOST_VALUES = 8
"""A breakdown shows so many values; JSON holds all."""


def print_overview(name: str, view: Mapping[str, Any], *, buckets: bool) -> None:
    """Print a view of :func:`~backlink_crawler.reporting.overview.overview` with its trend; with ``buckets`` that by time, too."""
    out = console()
    out.print(Text(f"Backlinks of {printable(name)}", style="bold"))
    out.print()
    if view["backlinks"] or view["lost"]:
        for part in (
            _figures(view),
            *trend_parts(view, buckets=buckets),
            _breakdowns(view),
            *_lists(view),
        ):
            out.print(part)
            out.print()
    else:
        out.print("No backlinks have been seen so far.\n")
    out.print(_reading(view["reading"]))
    note(*_next(name, view))


def _figures(view: Mapping[str, Any]) -> Table:
    grid = Table(box=None, show_header=False, pad_edge=False)
    grid.add_column(justify="left")
    grid.add_column(justify="right")
    grid.add_column(justify="right")
    judged = view["follow"] + view["not_follow"]
    shares = {"follow": view["follow_share"], "counts": view["counts"] / judged if judged else None}
    for name, heading in FIGURES.items():
        share = shares.get(name)
        grid.add_row(heading, cell(view[name]), Text("") if share is None else cell(share))
    return grid


def _breakdowns(view: Mapping[str, Any]) -> Table:
    """All breakdowns in one grid, so that their numbers stand in line."""
    grid = Table(box=None, pad_edge=False)
    for heading, justify in (
        ("", "left"),
        ("", "left"),
        ("Backlinks", "right"),
        ("Share", "right"),
        ("Domains", "right"),
    ):
        grid.add_column(heading, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    for column in BREAKDOWNS:
        rows = view[f"by_{column}"]
        for nth, row in enumerate(rows[:MOST_VALUES]):
            title = Text(HEADINGS[column] if nth == 0 else "", style="bold")
            grid.add_row(
                title, *(cell(row[name]) for name in ("value", "backlinks", "share", "referring_domains"))
            )
        if rest := rows[MOST_VALUES:]:
            grid.add_row("", f"{len(rest):,} others", cell(sum(row["backlinks"] for row in rest)), "", "")
    return grid


def _lists(view: Mapping[str, Any]) -> list[Table]:
    return [table(view[name], columns) for name, columns in LISTS.items()]


def _reading(reading: Mapping[str, Any]) -> Text:
    """How far the numbers can be trusted, in a sentence."""
    if not reading["pages_known"]:
        return Text("No page has been visited for it so far.")
    until = f", the last {reading['last_read'][:16].replace('T', ' ')} UTC" if reading["last_read"] else ""
    share = (
        f"{reading['pages_read']:,} of {reading['pages_known']:,} pages visited ({reading['read_share']:.1%})"
    )
    text = f"Read whole: {share}{until}."
    missed = [f"{word} {count:,}" for word, count in reading["outcomes"].items() if word != "ok"]
    if missed:
        text += f" The others: {', '.join(missed)}."
    if reading["not_fetched"]:
        text += f"\nFound and not fetched, for a budget or an early end: {reading['not_fetched']:,}."
    if reading["cut"]:
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in reading["cut"].items())
        text += f"\nLeft out as endless or repeated: {reasons}."
        for cut in reading["cut_patterns"][:MOST_VALUES]:
            text += f"\n  {cut['pages']:,} {cut['reason']} {printable(cut['pattern'])}"
    return Text(text)


def _next(name: str, view: Mapping[str, Any]) -> tuple[str, ...]:
    if not view["backlinks"]:
        return (f"More seeds find more: backlinks crawl {shlex.quote(name)} --seeds FILE",)
    return (
        f"All links: backlinks links {shlex.quote(name)}",
        f"To a file: backlinks export {shlex.quote(name)} -o links.csv",
    )
