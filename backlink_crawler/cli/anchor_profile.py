"""``backlinks anchor-profile``: with which words sites link to a target, over time, and beside its rivals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..classify.target import parse_target
from ..index.query import Reader
from ..printable import printable
from ..reporting.anchor_profile import SPANS, AnchorProfile, compared, profile, rival
from ..reporting.writing import json_text
from .asking import ask, format_option, index_option, open_index
from .configured import configured
from .table import console, note, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rich.console import RenderableType

    Rivals = Sequence[tuple[AnchorProfile, Mapping[str, float | None]]]

NUMBERS = {
    "referring_domains": "Domains", "referring_domains_share": "Share", "follow_domains": "Followed domains",
    "follow_domains_share": "Share", "backlinks": "Backlinks", "backlinks_share": "Share", "follow": "Followed",
    "follow_share": "Share",
}  # fmt: skip
FIRST_SEEN = {"start": "First seen from", "referring_domains": "Domains", "backlinks": "Backlinks"}
OVERUSED = {
    "text": "Over-used", "kind": "As", "is_keyword": "Keyword", "referring_domains": "Domains", "share": "Share",
    "brand_share": "Brand's share",
}  # fmt: skip
MOST_LANGUAGES = 15


@click.command("anchor-profile")
@click.argument("target")
@click.option(
    "--against", multiple=True, metavar="RIVAL",
    help="Show the same shares of this target of the index beside it. May be repeated; by default the competitors that"
    " backlinks.toml names.",
)  # fmt: skip
@click.option(
    "--by", type=click.Choice(tuple(SPANS)), default="month", show_default=True,
    help="How to part the time in which links were first seen.",
)  # fmt: skip
@format_option("table", "json")
@index_option
def anchor_profile(target: str, against: tuple[str, ...], by: str, kind: str, index: str | None) -> None:
    """Show with which anchors sites link to TARGET: by class, brand against money, over time, by language; and over-used words.

    Shares are of referring domains, each of which counts once per class: sitewide links do not drown the rest.
    """
    reader, name = ask(target, index)
    (tracked,) = configured([name])
    ours = profile(reader, tracked, by=by)
    rivals, silent = _rivals(ours, against or tracked.competitors, index)
    if kind == "json":
        others = [{**one.view(), "shares_of_overused": words} for one, words in rivals]
        click.echo(json_text({**ours.view(), "rivals": others, "rivals_without_data": silent}, indent=2))
        return
    if ours.backlinks:
        out = console()
        for part in _parts(ours, rivals):
            out.print(part)
            out.print()
    note(
        *ours.remarks,
        *(
            f"Money anchors of {theirs.target} cannot be told: it has no keywords."
            for theirs, _ in rivals
            if not theirs.has_keywords
        ),
        *(
            f"No backlinks of a target {name} stand in the index: it is not shown beside it."
            for name in silent
        ),
    )


def _rivals(ours: AnchorProfile, names: Sequence[str], index: str | None) -> tuple[Rivals, list[str]]:
    """The profiles of those with data, and the names of those without."""
    others = dict.fromkeys(name for said in names if (name := parse_target(said).name) != ours.target)
    found, silent = [], []
    for target in configured(others):
        theirs = rival(Reader(open_index(index), target.name), target, ours)
        if theirs[0].backlinks:
            found.append(theirs)
        else:
            silent.append(target.name)
    return found, silent


def _parts(ours: AnchorProfile, rivals: Rivals) -> Iterator[RenderableType]:
    yield table(ours.classes, {"anchor_type": "Class", **NUMBERS}, title=f"Anchors of {ours.target}")
    yield table(ours.camps, {"camp": "Brand and money", **NUMBERS})
    if rivals:
        names = [ours.target, *(theirs.target for theirs, _ in rivals)]
        headings = {"kind": "Share of domains", **{name: printable(name) for name in names}}
        yield table(compared(ours, [theirs for theirs, _ in rivals]), headings)
    yield table(
        ({**row, **row["classes"]} for row in ours.over_time),
        FIRST_SEEN | {kind["anchor_type"]: kind["anchor_type"] for kind in ours.classes},
    )
    languages = [{**row, "language": row["language"] or "not stated"} for row in ours.languages]
    yield table(languages[:MOST_LANGUAGES], {"language": "Language", **NUMBERS})
    yield _overused(ours, rivals)


def _overused(ours: AnchorProfile, rivals: Rivals) -> RenderableType:
    if not ours.overused:
        return "No word is over-used."
    rows: list[dict[str, Any]] = [
        {**row, **{theirs.target: words[row["text"]] for theirs, words in rivals}} for row in ours.overused
    ]
    return table(rows, OVERUSED | {theirs.target: printable(theirs.target) for theirs, _ in rivals})
