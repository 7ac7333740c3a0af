"""``backlinks mine``: archives to the index, with a progress bar on a terminal, a summary, and an exit code that tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from .. import options
from ..errors import UsageError
from ..items import EVERY_TARGET
from .crawl import option_flags, pairs, perform
from .mine_parts import part_flags, with_parts
from .table import note

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NAMED = 5
"""Archives that failed, by name."""


@click.command()
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@option_flags("mine")
@part_flags
@click.option(
    "-s", "--set", "settings", multiple=True, metavar="NAME=VALUE", help="A Scrapy setting. May be repeated."
)
@click.option("-v", "--verbose", is_flag=True, help="Show the log.")
def mine(
    targets: tuple[str, ...],
    settings: tuple[str, ...],
    *,
    verbose: bool,
    spark: str | None,
    out: str | None,
    take_over: str | None,
    **said: str | None,
) -> int:
    """Mine archives for links to TARGETs: those of a crawl of Common Crawl, or others.

    TARGET is a domain, host:NAME, prefix:URL or url:URL, or @FILE with one a line. Without any every outbound link is kept, per
    target domain. No site is asked for anything. The same command goes on with a run that was stopped, and tries again what
    failed.
    """
    from .mine_progress import MineProgress

    if len(targets) > 1 and any(target.startswith("@") for target in targets):
        raise UsageError("@FILE stands alone", "write all targets into the file")
    arguments = {name: value for name, value in said.items() if value is not None}
    if targets:
        arguments["target"] = ",".join(targets)
    if any(place is not None for place in (spark, out, take_over)):
        return with_parts(arguments, spark=spark, out=out, take_over=take_over)
    watch = None if verbose else MineProgress.watch
    code, summary = perform("commoncrawl", arguments, (), pairs(settings), watch)
    if summary is not None:
        note(*told(summary))
    return code


def told(summary: dict[str, Any]) -> Iterator[str]:
    """The summary of a run in words."""
    yield (
        f"{summary['mined']:,} of {summary['archives']:,} archives mined, {_size(summary['bytes'])},"
        f" {summary['records']:,} records: {summary['pages']:,} pages with {summary['links']:,} links"
        f" {'kept in' if summary['error'] is None else 'for'} {summary['index']}"
    )
    if summary["known"]:
        yield f"{summary['known']:,} archives were in the index before"
    if summary["damaged"] or summary["too_large"]:
        yield f"left out: {summary['damaged']:,} damaged places, {summary['too_large']:,} records that are too large"
    yield from broken(summary["broken_parts"])
    for one in summary["failures"][:NAMED]:
        yield f"not mined: {one['reason']}"
    if summary["failed"] > NAMED:
        yield f"not mined: {summary['failed'] - NAMED:,} more, {summary['missing']:,} of all are not there"
    if summary["left"] or summary["failed"]:
        yield f"{summary['left'] + summary['failed']:,} archives are left: the same command goes on"
    yield from (f"limit passed: {limit}" for limit in summary["limits_passed"])
    known = {name: counts for name, counts in summary["targets"].items() if name != EVERY_TARGET}
    for name, counts in list(known.items())[:10]:
        yield f"  {name}: {counts['links']:,} links from {counts['referring_domains']:,} domains"
    if known:
        index = "" if summary["index"] == options.BY_NAME["index"].default else f" --index {summary['index']}"
        yield f"next: backlinks report {next(iter(known))}{index}"


def broken(parts: Sequence[str]) -> Iterator[str]:
    """Parts that could not be taken over."""
    yield from (f"broken part: {reason}" for reason in parts[:NAMED])
    if len(parts) > NAMED:
        yield f"broken part: {len(parts) - NAMED:,} more"


def _size(count: float) -> str:
    """Bytes for people."""
    for unit in ("bytes", "KB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            break
        count /= 1000
    return f"{count:,.0f} {unit}" if unit == "bytes" else f"{count:,.1f} {unit}"
