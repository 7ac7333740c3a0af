"""What all commands that read the index share: their options, and a reader of the target that was named."""

from __future__ import annotations

import difflib
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from .. import options
from ..classify.target import parse_target
from ..config.file import load_config
from ..errors import IndexFault, UsageError
from ..index.query import Reader
from ..index.store import Index
from ..items import EVERY_TARGET
from ..reporting import targets
from ..reporting.period import Period
from .table import note

if TYPE_CHECKING:
    from collections.abc import Callable

    Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

FORMATS = ("table", "jsonl", "json", "csv", "parquet")
TABLE_ROWS = 50
"""A table shows so many rows unless told otherwise; other formats show all."""


def index_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--index``, as the table of options describes it."""
    option = options.BY_NAME["index"]
    return click.option(
        option.flag, metavar=option.metavar, help=f"{option.help}  [default: {option.default}]"
    )(command)


def format_option(*formats: str) -> Decorator:
    """``--format`` with the formats that a command knows; the first is the default."""
    return click.option(
        "--format",
        "kind",
        type=click.Choice(formats),
        default=formats[0],
        show_default=True,
        help="How to write it.",
    )


def limit_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--limit``."""
    text = f"Show at most this many rows.  [default: {TABLE_ROWS} in a table, else all]"
    return click.option("--limit", type=click.IntRange(1), metavar="N", help=text)(command)


def since_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--since``."""
    text = "The time to look at: since so long ago (30d, 12h, 2w), or since a date."
    return click.option("--since", default="30d", show_default=True, metavar="TIME", help=text)(command)


def until_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--until``."""
    text = "Where it ends, in the same words; the day of a date is part of it.  [default: now]"
    return click.option("--until", metavar="TIME", help=text)(command)


def period(since: str, until: str | None = None) -> Period:
    """The time that the flags name. Raises UsageError."""
    return Period.read(since, until, datetime.now(UTC))


def domain_wanted(said: str | None) -> str:
    """A domain, site or host as the index writes it; empty for none."""
    return (said or "").strip().lower().rstrip(".")


def rows_wanted(limit: int | None, kind: str) -> int | None:
    """The limit said, or the one of the format."""
    return TABLE_ROWS if limit is None and kind == "table" else limit


def open_index(said: str | None) -> Index:
    """The index that the flag, the environment or ``backlinks.toml`` names, or the default one.

    What a run that was stopped stored, and did not come to fold, is folded first.
    """
    toml = load_config().on("index")
    chosen = options.collect("index", {"index": said}, environment=os.environ, toml=toml)
    index = Index.open(chosen["index"])
    _bring_up_to_date(index, timedelta(seconds=chosen["confirm_after"]))
    return index


def _bring_up_to_date(index: Index, confirm_after: timedelta) -> None:
    from ..afterwards import bring_up_to_date, is_behind

    try:
        if is_behind(index):
            bring_up_to_date(index, confirm_after=confirm_after)
    except IndexFault as fault:
        note(f"What was stored last is not shown: {fault.reason}")


def bring_ratings_up_to_date(index: Index) -> None:
    """Rate what the index has to rate; where that cannot be kept, what is shown is older, or not there, and that is said."""
    from ..metrics.current import bring_up_to_date

    try:
        bring_up_to_date(index)
    except IndexFault as fault:
        note(f"The ratings are those of an earlier time: {fault.reason}")


def ask(said: str, index_said: str | None, *, rated: bool = False) -> tuple[Reader, str]:
    """A reader of one target, and the target's name; ``rated`` is whether the ratings of today are needed.

    Raises UsageError when the index does not know it.
    """
    index = open_index(index_said)
    if rated:
        bring_ratings_up_to_date(index)
    try:
        name = parse_target(said).name
    except UsageError as error:
        alike = difflib.get_close_matches(said, targets.names(Reader(index)), n=1)
        raise UsageError(error.reason, f"did you mean {alike[0]}?" if alike else error.hint) from None
    reader = Reader(index, name)
    if not targets.is_known(reader, name):
        _explain_unknown(reader, name)
    return reader, name


def _explain_unknown(reader: Reader, name: str) -> None:
    if targets.is_known(reader, EVERY_TARGET):
        note(f"No link to {name} has been seen so far: every outbound link was kept, and none leads there.")
        return
    known = targets.names(reader)
    if not known:
        raise UsageError(
            f"the index {reader.uri} is empty", f"crawl first: backlinks crawl {name} --seeds FILE"
        )
    alike = difflib.get_close_matches(name, known, n=1) or [
        one for one in known if name in one or one in name
    ]
    hint = f"did you mean {alike[0]}? " if alike else ""
    raise UsageError(f"{name} is no target of the index {reader.uri}", f"{hint}backlinks targets lists all")
