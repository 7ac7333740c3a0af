"""``backlinks broken``: the linked pages of a target that do not answer well, checked now."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pyarrow as pa

from .. import options
from ..errors import NoSeedError
from ..frontier.job import job_name
from ..reporting.broken import LinkedPages
from .asking import FORMATS, ask, format_option, index_option
from .configured import configured
from .crawl import PAGE_BY_PAGE, start
from .format import show
from .table import note

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..reporting.broken import Report

COLUMNS = {
    "target_url": "Linked page", "problem": "Problem", "chain": "Answers", "counting_domains": "Counting domains",
    "referring_domains": "Domains", "backlinks": "Backlinks", "suggestion": "Redirect it to", "suggestion_reasons": "By",
}  # fmt: skip


def _age(_ctx: click.Context, _option: click.Parameter, said: str) -> timedelta:
    try:
        return timedelta(seconds=options.duration(said))
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command("broken")
@click.argument("target")
@click.option("--no-check", is_flag=True, help="Visit nothing; show what the last visits found.")
@click.option(
    "--max-age", callback=_age, default="1d", show_default=True, metavar="TIME",
    help="Do not visit pages again that answered well in this time.",
)  # fmt: skip
@click.option("--redirects", is_flag=True, help="Also list pages that redirect well.")
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=1000,
    show_default=True,
    metavar="N",
    help="Look at this many of the most linked pages.",
)
@click.option(
    "-s", "--set", "settings", multiple=True, metavar="NAME=VALUE", help="A Scrapy setting. May be repeated."
)
@click.option("-v", "--verbose", is_flag=True, help="Show Scrapy's log.")
@format_option(*FORMATS)
@index_option
def broken(
    target: str,
    no_check: bool,
    max_age: timedelta,
    redirects: bool,
    limit: int,
    settings: tuple[str, ...],
    verbose: bool,
    kind: str,
    index: str | None,
) -> int:
    """List the pages of TARGET that have backlinks and do not answer well, with what is lost by each and where to redirect it.

    The linked pages are visited, politely, and the visits stored. First come the pages with most domains whose links count.
    """
    reader, name = ask(target, index)
    (own,) = configured([name])
    pages = LinkedPages(reader, limit)
    if not no_check and (due := list(pages.due(datetime.now(UTC) - max_age))):
        reader.close()
        code = _visit(due, name, reader.uri, settings, verbose=verbose)
        if code not in (0, NoSeedError.exit_code):
            return code
        reader, _ = ask(target, index)
        pages = LinkedPages(reader, limit)
    report = pages.report(own, redirects=redirects)
    rows = report.rows.append_column("chain", _chains(report.rows)) if kind == "table" else report.rows
    show(rows.to_reader(), kind, COLUMNS)
    _remark(report, name)
    return 0


def _visit(urls: Iterable[str], name: str, index: str, settings: tuple[str, ...], *, verbose: bool) -> int:
    """Visit these pages; returns the exit code. The job is thrown away: what a stopped one has seen is in the index."""
    with tempfile.TemporaryDirectory(prefix="backlinks-") as folder:
        seeds = Path(folder, "seeds.txt")
        seeds.write_text("".join(f"{url}\n" for url in urls), encoding="utf-8")
        job = job_name(f"broken-{name}", {"index": index})
        said: dict[str, Any] = {
            **PAGE_BY_PAGE,
            "seeds": f"@{seeds}",
            "jobs": folder,
            "job": job,
            "index": index,
        }
        return start(
            "backlinks", target=name, output=(), settings=settings, verbose=verbose, archive=False, **said
        )


def _chains(rows: pa.Table) -> pa.Array[Any]:
    """For people: each status, and where it sent one."""
    texts = []
    for row in rows.select(["redirects", "redirect_statuses", "http_status"]).to_pylist():
        steps = zip(row["redirect_statuses"] or (), row["redirects"] or (), strict=False)
        texts.append(
            " ".join([*(f"{status} {url}" for status, url in steps), str(row["http_status"] or "–")])
        )
    return pa.array(texts, pa.string())


def _remark(report: Report, name: str) -> None:
    known = report.looked_at - report.unchecked - sum(report.unread.values())
    if not report.linked:
        note(f"No backlinks of {name} stand now.")
    elif known and not report.rows.num_rows:
        note(f"All {known:,} linked pages of {name} that could be judged answer well.")
    elif known:
        note(f"{report.rows.num_rows:,} of {known:,} linked pages that could be judged are listed.")
    if report.looked_at < report.linked:
        note(
            f"The {report.looked_at:,} most linked of {report.linked:,} pages were looked at; --limit looks at more."
        )
    if report.unchecked:
        note(f"{report.unchecked:,} have not been visited so far.")
    if report.unread:
        reasons = ", ".join(f"{outcome} {count:,}" for outcome, count in sorted(report.unread.items()))
        note(f"{sum(report.unread.values()):,} could not be judged: {reasons}.")
