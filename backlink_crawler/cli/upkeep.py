"""``backlinks compact``, ``forget``, ``upgrade`` and ``rebuild``: the index kept in order. Each says in one line what it did."""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from .. import options
from ..afterwards import summarise_again
from ..config.file import load_config
from ..errors import OlderIndexError, UsageError
from ..history.fold import rebuild as rebuilt
from ..index import upkeep
from ..index.query import Reader
from ..index.rewrite import of_targets
from ..index.store import FORMAT, Index
from .asking import ask, index_option, open_index
from .table import note

if TYPE_CHECKING:
    from ..history.fold import Folded


def open_known(said: str | None) -> tuple[Index, int]:
    """The index that is meant, which must exist, and the option confirm_after in seconds."""
    known = _options(said)
    return Index.open(known["index"]), known["confirm_after"]


def make_history_anew(index: Index, confirm_after: int) -> Folded:
    """Rebuild what is derived from the facts, the summaries included."""
    folded = rebuilt(index, confirm_after=timedelta(seconds=confirm_after))
    summarise_again(index, folded)
    return folded


def _options(said: str | None) -> options.Value:
    return options.collect("index", {"index": said}, environment=os.environ, toml=load_config().on("index"))


@click.command("compact")
@index_option
def compact(index: str | None) -> None:
    """Merge small files, sort for fast reads, and drop files unused for a week. Others may read and write meanwhile."""
    opened = open_index(index)
    before = {name: len(table.file_uris()) for name, table in opened.tables.items()}
    after = upkeep.compact(opened)
    files = ", ".join(f"{name} {before[name]:,} to {after[name]:,}" for name in sorted(after))
    note(f"Files of {opened.uri}: {files}.")


@click.command("forget")
@click.argument("target")
@click.option("--yes", is_flag=True, help="Do not ask.")
@index_option
def forget(target: str, yes: bool, index: str | None) -> None:
    """Remove all links to TARGET, their history, and the visits that looked for it alone."""
    reader, name = ask(target, index)
    opened = open_index(index)
    kept = f"SELECT count(*) AS n FROM links WHERE {of_targets([name])}"  # noqa: S608
    links = Reader(opened).rows(kept)[0]["n"]
    question = f"Remove {links:,} links to {name} with their history from {reader.uri}?"
    if not yes and not sys.stdin.isatty():
        raise UsageError(
            f"{name} would be removed from {reader.uri} with {links:,} links", "say --yes to do it"
        )
    if not yes and not click.confirm(question, err=True):
        note("Nothing was removed.")
        return
    gone = opened.forget(name)
    note(
        f"{gone:,} links to {name} and their history are removed; the space is free after a week: backlinks compact"
    )


@click.command("upgrade")
@index_option
def upgrade(index: str | None) -> None:
    """Bring an index that an older version made to the form of this one. One that is in it stays as it is."""
    known = _options(index)
    try:
        note(f"{Index.open(known['index']).uri} is up to date: format {FORMAT}.")
    except OlderIndexError:
        opened = Index.open(known["index"], create=True)
        folded = make_history_anew(opened, known["confirm_after"])
        note(f"{opened.uri} is upgraded to format {FORMAT}, with the history of {folded.pages:,} pages.")


@click.command("rebuild")
@index_option
def rebuild(index: str | None) -> None:
    """Make backlinks, events and summaries anew from the stored visits and links."""
    opened, confirm_after = open_known(index)
    folded = make_history_anew(opened, confirm_after)
    note(f"{opened.uri} is rebuilt: {folded.pages:,} pages of {len(folded.first_crawls):,} targets.")
