"""``backlinks show``: the whole life of a backlink, with its proof."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from ..archive.opening import as_path
from ..archive.place import beside
from ..archive.record import read_record
from ..encoding.decoder import decode
from ..errors import UsageError, extra
from ..printable import printable
from ..reporting.life import lives, visits_of
from ..reporting.writing import json_text
from . import life as words
from .asking import format_option, index_option, open_index
from .table import console, note, table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rich.console import Console

    from ..archive.record import Record
    from ..index.store import Index

    Row = Mapping[str, Any]

_WHOLE = re.compile(r"/|[a-z0-9]+://", re.IGNORECASE)
"""How an address begins, and a path from the root."""


@click.command("show")
@click.argument("link")
@click.option("--to", metavar="URL", default="", help="Only the backlink to this page.")
@click.option("--source", is_flag=True, help="Print the response that was kept last, from the archive.")
@click.option(
    "--warc", metavar="PLACE",
    help="Where the archive lies: a directory, or an address such as https://data.commoncrawl.org"
    "  [default: warc, next to the index]",
)  # fmt: skip
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
        _print_kept(found, lambda: as_path(warc) if warc else str(beside(opened.uri)))
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


def _print_kept(found: Sequence[Row], archive: Callable[[], str]) -> None:
    """The latest response that an archive holds: its headers and its text."""
    kept = [visit for life in found for visit in life["visits"] if visit["warc_file"]]
    if not kept:
        raise UsageError("no response of this page was kept", "crawl with --archive")
    last = max(kept, key=lambda visit: visit["fetched_at"])
    record = _kept(last, archive)
    headers = [f"{name.decode('latin-1')}: {value.decode('latin-1')}" for name, value in record.headers]
    for line in [*headers, "", *decode(record.body, last["charset"] or "utf-8").splitlines()]:
        click.echo(printable(line))
    note(f"{record.url} at {record.date}: {last['warc_file']} at {last['warc_offset']}")


def _kept(visit: Row, archive: Callable[[], str]) -> Record:
    """The response of a visit: of a crawl of ours, or of an archive that was mined."""
    file, offset = visit["warc_file"], visit["warc_offset"]
    location = file if _WHOLE.match(file) else f"{archive().rstrip('/')}/{file}"
    if visit["fetch_mode"] != "archive":
        return read_record(location, offset)
    with extra("mine", "reading what was mined"):
        from ..archive.kept import response_at
    return response_at(location, offset, visit["source_url"])
