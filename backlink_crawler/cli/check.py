"""``backlinks check``: links that were agreed on, visited when it is time, and judged term by term."""

from __future__ import annotations

import os
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .. import options
from ..config.file import load_config
from ..errors import NoSeedError, ThresholdError
from ..frontier.job import job_name
from ..index.location import locate
from ..index.query import Reader
from ..index.store import Index, exists
from ..placements.agreement import read_agreements
from ..placements.facts import readings
from ..placements.outcome import check_rows, placement_rows, totals, unpriced
from ..placements.schedule import USUAL, Schedule
from ..placements.status import Rules, status
from ..placements.verdict import FAIL
from .asking import FORMATS, format_option
from .configured import configured
from .crawl import PAGE_BY_PAGE, start
from .format import show
from .life import when
from .table import note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import pyarrow as pa

    from ..placements.agreement import Placement
    from ..placements.status import Status

COLUMNS = {
    "campaign": "Campaign", "source_url": "Page", "target_url": "Links to", "verdict": "Verdict", "why": "Why",
    "last_checked": "Last checked", "next_due": "Next due",
}  # fmt: skip
HISTORY = {
    "source_url": "Page", "target_url": "Links to", "when": "When", "outcome": "Visit", "http_status": "HTTP",
    "verdict": "Verdict", "why": "Why",
}  # fmt: skip
OF_THE_CRAWL = ("index", "jobs", "allow_private", "contact", "retry_delays", "confirm_after", "warc")
"""The options of a crawl that can be said here; ``backlinks.toml`` and the environment say the others."""
VISITS = {**PAGE_BY_PAGE, "obey_meta": "no", "max_copies": "0"}
"""How pages are visited: these and no others, and what they tell search engines is judged, not obeyed."""


def crawl_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """A flag for each of :data:`OF_THE_CRAWL`, from the table of options."""
    for name in reversed(OF_THE_CRAWL):
        option = options.BY_NAME[name]
        default = f"  [default: {option.default_text}]" if option.default_text else ""
        command = click.option(option.flag, name, metavar=option.metavar, help=option.help + default)(command)
    return command


@click.command("check")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--all", "everything", is_flag=True, help="Visit every page now, due or not.")
@click.option("--no-check", is_flag=True, help="Visit nothing; judge by what the last visits found.")
@click.option("--dry-run", is_flag=True, help="Visit nothing; list the placements that are due.")
@click.option("--history", is_flag=True, help="Show each visit to each page, and what it alone says.")
@click.option(
    "--schedule", default=USUAL, show_default=True, metavar="TIMES",
    help="When to look: times after the agreement, and last how often from then on.",
)  # fmt: skip
@crawl_options
@click.option("--archive", is_flag=True, help="Keep every response in WARC files next to the index.")
@click.option(
    "-s", "--set", "settings", multiple=True, metavar="NAME=VALUE", help="A Scrapy setting. May be repeated."
)
@click.option("-v", "--verbose", is_flag=True, help="Show Scrapy's log.")
@format_option(*FORMATS)
def check(
    file: Path,
    everything: bool,
    no_check: bool,
    dry_run: bool,
    history: bool,
    schedule: str,
    archive: bool,
    settings: tuple[str, ...],
    verbose: bool,
    kind: str,
    **said: str | None,
) -> int:
    """Visit the pages of the placements in FILE that are due, and judge each: pass, fail, pending or ended.

    FILE has a row for each link that was agreed on, with the columns source and target and any of anchor, rel,
    placement, agreed_on, until, price, campaign. Exit code 3 tells that one has failed.
    """
    agreed = read_agreements(file, configured)
    if agreed.unread:
        note(f"columns that are not read: {', '.join(agreed.unread)}")
    chosen = options.collect(
        "index",
        {name: said[name] for name in ("index", "confirm_after")},
        environment=os.environ,
        toml=load_config().on("index"),
    )
    place = _Place(
        chosen["index"], Rules(Schedule.read(schedule), timedelta(seconds=chosen["confirm_after"]))
    )
    now = datetime.now(UTC).replace(microsecond=0)
    known = place.statuses(agreed.placements, now)
    due = [one for one in known if one.is_due(now) or (everything and not one.placement.is_over(now))]
    if dry_run:
        _show(due, kind, history=history)
        note(f"{len(due):,} of {len(known):,} placements are due.")
        return 0
    code = 0
    if due and not no_check:
        said["index"] = place.uri
        code = _visit(file, due, said, settings, verbose=verbose, archive=archive)
        if code not in (0, NoSeedError.exit_code):
            return code
        known = place.statuses(agreed.placements, datetime.now(UTC))
        if code and not _silent(known, now):
            code = 0
    _show(known, kind, history=history)
    _remark(known, datetime.now(UTC))
    return ThresholdError.exit_code if any(one.verdict.word == FAIL for one in known) else code


class _Place:
    """The index, and by which rules its facts are judged."""

    def __init__(self, uri: str, rules: Rules) -> None:
        self.uri = uri
        self.rules = rules

    def statuses(self, placements: Sequence[Placement], now: datetime) -> list[Status]:
        """How each placement stands; where there is no index so far, nothing is known of any."""
        known = {}
        if exists(locate(self.uri)):
            reader = Reader(Index.open(self.uri))
            known = readings(reader, placements)
            reader.close()
        return [status(one, known.get(one.source_key, ()), self.rules, now) for one in placements]


def _visit(
    file: Path,
    due: Iterable[Status],
    said: dict[str, str | None],
    settings: tuple[str, ...],
    *,
    verbose: bool,
    archive: bool,
) -> int:
    """Visit these pages; returns the exit code. A run that was stopped goes on with what it left."""
    placements = [one.placement for one in due]
    with tempfile.TemporaryDirectory(prefix="backlinks-") as folder:
        seeds = Path(folder, "seeds.txt")
        pages = dict.fromkeys(one.source_url for one in placements)
        seeds.write_text("".join(f"{url}\n" for url in pages), encoding="utf-8")
        job = job_name(f"check-{file.stem}", {"file": str(file.resolve()), "index": said["index"]})
        arguments = {**VISITS, **said, "seeds": f"@{seeds}", "job": job}
        targets = ",".join(sorted({one.target for one in placements}))
        return start(
            "backlinks",
            target=targets,
            output=(),
            settings=settings,
            verbose=verbose,
            archive=archive,
            **arguments,
        )


def _silent(statuses: Iterable[Status], since: datetime) -> bool:
    """Did no server say anything to the visits since then?"""
    from ..spiders.recheck import SILENCE

    visits = [one.checks[-1].reading for one in statuses if one.checks]
    return all(visit.outcome in SILENCE for visit in visits if visit.at >= since)


def _show(statuses: Sequence[Status], kind: str, *, history: bool) -> None:
    rows = check_rows(statuses) if history else placement_rows(statuses)
    columns = HISTORY if history else COLUMNS
    if kind == "table":
        if history:
            rows = rows.append_column("when", [[when(at) for at in rows.column("checked_at").to_pylist()]])
        columns = {
            name: heading for name, heading in columns.items() if name != "campaign" or _has(rows, name)
        }
    show(rows.to_reader(), kind, columns)


def _has(rows: pa.Table, name: str) -> bool:
    return rows.column(name).null_count < rows.num_rows


def _remark(statuses: Sequence[Status], now: datetime) -> None:
    note(f"{', '.join(totals(statuses))}.")
    if odd := unpriced(one.placement for one in statuses):
        note(f"{odd:,} prices are no single amounts and in no sum.")
    if due := sum(one.is_due(now) for one in statuses):
        note(f"{due:,} are due now.")
    elif upcoming := min((one.next_due for one in statuses if one.next_due), default=None):
        note(f"The next check is due at {when(upcoming)} UTC.")
    failed = next((one for one in statuses if one.verdict.word == FAIL and one.proof), None)
    if failed is not None:
        note(f"The proof of one: backlinks show {failed.placement.source_url}")
