"""``backlinks show``: the whole life of a backlink, with its proof."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from ..archive.place import beside
from ..archive.record import read_record
from ..encoding.decoder import decode
from ..errors import UsageError
from ..reporting.life import lives, visits_of
from ..reporting.writing import json_text
from . import life as words
from .asking import format_option, index_option, open_index
from .safe import printable
from .table import console, note, table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

    from ..index.store import Index

    Row = Mapping[str, Any]


@click.command("show")
@click.argument("link")
@click.option("--to", metavar="URL", default="", help="Only the backlink to this page.")
@click.option("--source", is_flag=True, help="Print the response that was kept last, from the archive.")
@click.option("--warc", metavar="DIR", help="Where the archive lies.  [default: warc, next to the index]")
@format_option("table", "json")
@index_option
def show(link: str, to: str, source: bool, warc: str | None, kind: str, index: str | None) -> None:
    """Show each visit to a backlink, what was seen there, how it changed, and the proof.

    LINK is the URL of the linking page, or the beginning of an event's id; a page that moved goes by its old URLs too.
    """
    opened = open_index(index)
    found = lives(opened, link, to)
    if not found:
        _explain_unknown(opened, link, to)
    if source:
        _print_kept(found, Path(warc) if warc else beside(opened.uri))
    elif kind == "json":
        click.echo(json_text(found, indent=2))
    else:
        out = console()
        for life in found:
            _print(out, life)


def _explain_unknown(index: Index, link: str, to: str) -> None:
    visits = visits_of(index, link)
    if visits and not to:
        last = visits[-1]
        reason = f"{link} was visited, last on {words.when(last['fetched_at'])} ({last['outcome']}), and no backlink was found there"
        raise UsageError(reason, "backlinks links TARGET lists those that were")
    where = f" to {to}" if to else ""
    raise UsageError(f"no backlink of {link}{where} is known", "backlinks links TARGET lists them")


def _print(out: Console, life: Row) -> None:
    out.print(Text(words.title(life), style="bold"))
    out.print(Text(words.status(life["backlink"])))
    out.print()
    out.print(table(words.timeline(life), words.TIMELINE))
    for heading, lines in (
        ("The link", words.tags(life["tags"])),
        ("What decided", words.signals(life["visits"])),
        ("Kept", words.kept(life["visits"])),
    ):
        listed = list(lines)
        if listed:
            out.print()
            out.print(Text(heading, style="bold"))
            out.print(Text("\n".join(listed)))
    out.print()


def _print_kept(found: Sequence[Row], archive: Path) -> None:
    """The latest response that an archive holds: its headers and its text."""
    kept = [visit for life in found for visit in life["visits"] if visit["warc_file"]]
    if not kept:
        raise UsageError("no response of this page was kept", "crawl with --archive")
    last = max(kept, key=lambda visit: visit["fetched_at"])
    record = read_record(archive / last["warc_file"], last["warc_offset"])
    headers = [f"{name.decode('latin-1')}: {value.decode('latin-1')}" for name, value in record.headers]
    for line in [*headers, "", *decode(record.body, last["charset"] or "utf-8").splitlines()]:
        click.echo(printable(line))
    note(f"{record.url} at {record.date}: {last['warc_file']} at {last['warc_offset']}")
