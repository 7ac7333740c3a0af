"""``backlinks mark`` and ``backlinks marks``: what you say of sources of links, kept in the index."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..classify.source import KINDS, parse_source
from ..errors import UsageError
from ..index.marks import Change
from ..index.marks import mark as say
from ..reporting import marks as reporting
from ..seeds import Lines
from .asking import FORMATS, ask, format_option, index_option, limit_option, open_index, rows_wanted
from .format import show
from .table import note

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..classify.source import Source

COLUMNS = {
    "kind": "Kind", "name": "Name", "tags": "Tags", "note": "Note", "marked_at": "Marked", "backlinks": "Backlinks",
    "referring_pages": "Pages", "follow": "Follow", "lost": "Lost",
}  # fmt: skip
MOST_SHOWN = 5
"""So many wrong names are told of; the others are counted."""


@click.command("mark")
@click.argument("target")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option(
    "--kind", "of", type=click.Choice(KINDS), help="What the names stand for.  [default: told by the name]"
)
@click.option("--tag", "tags", multiple=True, metavar="WORD", help="Add a tag. May be repeated.")
@click.option("--untag", multiple=True, metavar="WORD", help="Take a tag off. May be repeated.")
@click.option("--note", "text", metavar="TEXT", help="Why; it takes the place of the note before.")
@click.option("--clear", is_flag=True, help="First take off all tags and the note.")
@index_option
def mark(
    target: str, names: tuple[str, ...], of: str | None, tags: tuple[str, ...], untag: tuple[str, ...], text: str | None,
    clear: bool, index: str | None,
) -> None:  # fmt: skip
    """Say something of sources of links to TARGET: tags and a note, which stay in the index.

    NAME is a domain, the site of one publisher on a platform (user.github.io), a host, or the URL of a page; @FILE holds one a
    line, and - stands for standard input. A mark that has neither tags nor a note is gone.
    """
    change = Change.read(tags, untag, text, clear=clear)
    sources = _sources(_written(names), of)
    _, name = ask(target, index)
    changed = say(open_index(index), name, sources, change)
    same = len(set(sources)) - changed
    note(f"{changed:,} marks of {name} are changed" + (f", {same:,} stay as they were." if same else "."))
    if "disavow" in change.tags:
        note(f"Nothing is disavowed by itself; write the file: backlinks disavow {name} -o disavow.txt")


@click.command("marks")
@click.argument("target")
@click.option("--tag", default="", metavar="WORD", help="Marks with this tag.")
@click.option("--kind", "of", type=click.Choice(KINDS), help="Marks of this kind.")
@limit_option
@format_option(*FORMATS)
@index_option
def marks(target: str, tag: str, of: str | None, limit: int | None, kind: str, index: str | None) -> None:
    """List what was said of sources of links to TARGET, with the backlinks that each has now."""
    reader, name = ask(target, index)
    shown = show(
        reporting.marks(reader, tag=tag.strip().lower(), kind=of or "", limit=rows_wanted(limit, kind)),
        kind,
        COLUMNS,
    )
    if kind != "table":
        return
    total = reporting.count(reader)
    if not total:
        note(
            f"Nothing is marked for {name}.",
            f"Mark something: backlinks mark {name} DOMAIN --tag WORD --note WHY",
        )
    else:
        note(f"{shown:,} of {total:,} marks.")


def _written(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each name after where it stands."""
    for name in names:
        if name == "-":
            yield from _lines()
        elif name.startswith("@"):
            yield from Lines(Path(name[1:]).expanduser())
        else:
            yield "", name


def _lines() -> Iterator[tuple[str, str]]:
    """The names on standard input; what begins with # is a comment."""
    try:
        text = sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError("standard input is no text in UTF-8", "write one name a line") from None
    for number, line in enumerate(text.splitlines(), 1):
        name = line.partition(" #")[0].strip()
        if name and not name.startswith("#"):
            yield f"line {number}", name


def _sources(written: Iterable[tuple[str, str]], kind: str | None) -> list[Source]:
    """All names read. Raises UsageError with the first that are wrong: then nothing is marked."""
    sources, faults, hint = [], [], ""
    for where, name in written:
        try:
            sources.append(parse_source(name, kind, f"{where}:" if where else "name"))
        except UsageError as error:
            faults.append(error.reason)
            hint = hint or error.hint
    if faults:
        more = f"; and {len(faults) - MOST_SHOWN:,} more" if len(faults) > MOST_SHOWN else ""
        raise UsageError("; ".join(faults[:MOST_SHOWN]) + more, f"nothing was marked; {hint}")
    if not sources:
        raise UsageError("no names are given", "write domains or URLs, one a line")
    return sources
