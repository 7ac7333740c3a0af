"""``backlinks weekly``: one line for each target, for the look of a Monday morning."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .. import options
from ..alerts.outbox import FILE_NAME, NEWS_DAYS, Outbox
from ..alerts.rule import rules_of
from ..classify.target import parse_target
from ..config.file import load_config
from ..errors import UsageError
from ..index.query import Reader
from ..placements.agreement import read_agreements
from ..placements.facts import readings
from ..placements.outcome import unpriced
from ..placements.schedule import USUAL, Schedule
from ..placements.status import Rules, status
from ..report.weekly import Alerts, markdown, sums
from ..report.weekly import weekly as reported
from .alerts import jobs_option
from .asking import FORMATS, format_option, index_option, open_index, period
from .configured import configured
from .format import show
from .table import note

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pyarrow as pa

    from ..classify.target import Target
    from ..config.file import Config
    from ..placements.status import Status
    from ..reporting.period import Period

COLUMNS = {
    "target": "Target", "state": "State", "last_read": "Read", "new": "New", "lost": "Lost", "discounted": "Discounted",
    "changed": "Changed", "restored": "Restored", "referring_domains": "Domains", "change": "Change",
}  # fmt: skip
OF_ALERTS = {"alerts": "Alerts", "alerts_waiting": "Waiting"}
OF_PLACEMENTS = {"placements": "Agreed", "spend": "Spend", "failing": "Failing", "failing_spend": "At stake"}
MARKDOWN = "markdown"
UNSEEN = ("not_visited", "never_crawled")
"""The states of which zeros say nothing."""


@click.command("weekly")
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@click.option(
    "--all", "everything", is_flag=True, help="Every target of backlinks.toml, as without any TARGET."
)
@click.option(
    "--since", default="7d", show_default=True, metavar="TIME",
    help="The time to look at: since so long ago (7d, 24h, 2w), or since a date.",
)  # fmt: skip
@click.option(
    "--placements", "files", multiple=True, metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file of agreed links, as backlinks check takes it. May be repeated.",
)  # fmt: skip
@jobs_option
@format_option(*FORMATS, MARKDOWN)
@index_option
def weekly(
    targets: tuple[str, ...], everything: bool, since: str, files: tuple[Path, ...], jobs: str | None, kind: str,
    index: str | None,
) -> None:  # fmt: skip
    """Show one line for each TARGET: backlinks that are new, lost, discounted, changed and restored, referring domains with
    their change, alerts, and what was agreed on and fails.

    Nothing is visited and nothing sent.
    """
    asked = period(since)
    config = load_config()
    names = _names(targets, config, everything=everything)
    chosen = options.collect("index", {"index": index}, environment=os.environ, toml=config.on("index"))
    reader = Reader(open_index(index))
    alerts = _alerts(config, names, jobs)
    placed = _placed(files, reader, timedelta(seconds=chosen["confirm_after"])) if files else None
    known = list(configured(names))
    rows = reported(reader, known, asked, alerts=alerts, placements=placed)
    columns = {**COLUMNS, **(OF_ALERTS if alerts else {}), **(OF_PLACEMENTS if files else {})}
    _show(rows, kind, columns)
    if kind in (FORMATS[0], MARKDOWN):
        _tell(rows, asked)
        if alerts and asked.since < datetime.now(UTC) - timedelta(days=NEWS_DAYS):
            note(
                f"Of what a rule was told, {NEWS_DAYS} days are remembered: alerts before that are not counted."
            )
        _tell_of_others(known, placed or ())


def _names(said: Iterable[str], config: Config, *, everything: bool) -> list[str]:
    names = list(dict.fromkeys(parse_target(one).name for one in said))
    if names and everything:
        raise UsageError("--all and targets exclude each other", "leave out the one or the other")
    if not names and not config.targets:
        raise UsageError(
            "backlinks.toml names no target", 'name some, or write a table [targets."example.com"] for each'
        )
    return names or list(config.targets)


def _alerts(config: Config, names: Iterable[str], jobs: str | None) -> Alerts | None:
    """What the rules did; None where there are none."""
    rules = {rule.name: rule for rule in rules_of(config)}
    if not rules:
        return None
    said = options.collect("spider", {"jobs": jobs}, environment=os.environ, toml=config.on("spider"))
    path = Path(said["jobs"]) / FILE_NAME
    waiting = dict.fromkeys(names, 0)
    if not path.exists():
        return Alerts(frozenset(), waiting)
    outbox = Outbox(path)
    try:
        for message in outbox.pending():
            rule = rules.get(message.rule)
            for name in waiting if rule and not rule.targets else rule.targets if rule else ():
                waiting[name] = waiting.get(name, 0) + 1
        return Alerts(outbox.told(), waiting)
    finally:
        outbox.close()


def _placed(files: Iterable[Path], reader: Reader, confirm_after: timedelta) -> list[Status]:
    """How the placements of all files stand by what the last visits found."""
    agreed = [one for file in files for one in read_agreements(file, configured).placements]
    known = readings(reader, agreed)
    rules, now = Rules(Schedule.read(USUAL), confirm_after), datetime.now(UTC)
    return [status(one, known.get(one.source_key, ()), rules, now) for one in agreed]


def _show(rows: pa.Table, kind: str, columns: Mapping[str, str]) -> None:
    if kind in (FORMATS[0], MARKDOWN):
        rows = rows.append_column("change", [[_change(row) for row in rows.to_pylist()]])
    if kind == MARKDOWN:
        click.echo(markdown(rows, columns), nl=False)
    else:
        show(rows.to_reader(), kind, columns)


def _change(row: Mapping[str, int | None]) -> str | None:
    """Referring domains won and lost; None where that is not known."""
    return None if row["domains_won"] is None else f"+{row['domains_won']:,} −{row['domains_lost']:,}"


def _tell(rows: pa.Table, asked: Period) -> None:
    counted = ", ".join(f"{count:,} {name}" for name, count in sums(rows).items())
    note(f"Since {asked.since:%Y-%m-%d}: {counted}, of {rows.num_rows:,} targets.")
    states = rows.column("state").to_pylist()
    if unseen := sum(state in UNSEEN for state in states):
        note(f"For {unseen:,} of them no page was visited in this time: what changed there was not seen.")
    if any(rows.column("alerts_waiting").to_pylist()):
        note("Messages wait to be delivered: backlinks alerts list")


def _tell_of_others(targets: Iterable[Target], placed: Iterable[Status]) -> None:
    """Agreed links that are in no line, and prices that are in no sum."""
    agreed = [one.placement for one in placed]
    if odd := unpriced(agreed):
        note(f"{odd:,} prices are no single amounts and in no sum.")
    others = sum(not any(target.covers(one.target_url) for target in targets) for one in agreed)
    if others:
        note(f"{others:,} agreed links lead to none of these targets and are in no line.")
