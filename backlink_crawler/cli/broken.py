"""``backlinks broken``: the linked pages of a target that do not answer well, checked now."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click
import pyarrow as pa

from ..errors import NoSeedError
from ..reporting.broken import LinkedPages
from .asking import FORMATS, ask, format_option, index_option
from .configured import configured
from .format import show
from .table import note
from .visiting import chain, visit, visit_options

if TYPE_CHECKING:
    from datetime import timedelta

    from ..reporting.broken import Report

COLUMNS = {
    "target_url": "Linked page", "problem": "Problem", "chain": "Answers", "domain_ratings": "Ratings",
    "counting_domains": "Counting domains", "referring_domains": "Domains", "backlinks": "Backlinks",
    "suggestion": "Redirect it to", "suggestion_reasons": "By",
}  # fmt: skip


@click.command("broken")
@click.argument("target")
@visit_options("Do not visit pages again that answered well in this time.")
@click.option("--redirects", is_flag=True, help="Also list pages that redirect well.")
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=1000,
    show_default=True,
    metavar="N",
    help="Look at this many of the pages with most at stake.",
)
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

    The linked pages are visited, politely, and the visits stored. First come those where most is lost: by the sum
    of the ratings of the domains whose links count, then by how many these are.
    """
    reader, name = ask(target, index, rated=True)
    (own,) = configured([name])
    pages = LinkedPages(reader, limit)
    if not no_check and (due := list(pages.due(datetime.now(UTC) - max_age))):
        reader.close()
        code = visit(due, "broken", name, reader.uri, settings, verbose=verbose)
        if code not in (0, NoSeedError.exit_code):
            return code
        reader, _ = ask(target, index, rated=True)
        pages = LinkedPages(reader, limit)
    report = pages.report(own, redirects=redirects)
    rows = report.rows.append_column("chain", _chains(report.rows)) if kind == "table" else report.rows
    is_rated = rows.column("domain_ratings").null_count < rows.num_rows
    show(
        rows.to_reader(),
        kind,
        {name: COLUMNS[name] for name in COLUMNS if is_rated or name != "domain_ratings"},
    )
    _remark(report, name)
    return 0


def _chains(rows: pa.Table) -> pa.Array[Any]:
    steps = rows.select(["redirects", "redirect_statuses", "http_status"]).to_pylist()
    return pa.array(
        [chain(row["redirects"], row["redirect_statuses"], row["http_status"]) for row in steps], pa.string()
    )


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
            f"The {report.looked_at:,} of {report.linked:,} pages with most at stake were looked at; --limit looks at more."
        )
    if report.unchecked:
        note(f"{report.unchecked:,} have not been visited so far.")
    if report.unread:
        reasons = ", ".join(f"{outcome} {count:,}" for outcome, count in sorted(report.unread.items()))
        note(f"{sum(report.unread.values()):,} could not be judged: {reasons}.")
