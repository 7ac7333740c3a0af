"""``backlinks alerts``: try the rules of backlinks.toml, and see to what is not delivered."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .. import options
from ..alerts import service
from ..alerts.delivery import addresses_of
from ..alerts.outbox import FILE_NAME, Outbox
from ..alerts.rule import Rule, rules_of
from ..alerts.run import send as send_due
from ..config.file import Config, load_config
from ..errors import UsageError
from .table import console, note, table

if TYPE_CHECKING:
    from collections.abc import Callable

COLUMNS = {
    "rule": "Rule", "to": "To", "title": "Message", "made_at": "Made", "tries": "Tries", "due": "Next try", "reason": "Why",
}  # fmt: skip


def jobs_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--jobs``, as the table of options describes it."""
    option = options.BY_NAME["jobs"]
    return click.option(
        option.flag, metavar=option.metavar, help=f"{option.help}  [default: {option.default}]"
    )(command)


@click.group("alerts")
def alerts() -> None:
    """Try the rules of [[alerts]] in backlinks.toml, and see to what could not be delivered.

    Crawls send alerts by themselves.
    """


@alerts.command("test", short_help="Send a test message to all services.")
@click.argument("name", required=False)
def test(name: str | None) -> int:
    """Send a test message to the services of all rules, or of the rule NAME, and say what became of it."""
    rules = _rules(load_config(), name)
    sent = [(rule, address) for rule in rules for address in rule.to]
    parcels = [
        service.Parcel(address, "Test of backlink_crawler", f"The rule {rule.name} reaches you.")
        for rule, address in sent
    ]
    answers = service.deliver(parcels)
    for (rule, address), reason in zip(sent, answers, strict=True):
        click.echo(f"{rule.name}, {service.label(address)}: {reason or 'delivered'}")
    for rule in rules:
        if rule.feed:
            click.echo(f"{rule.name}, {rule.feed}: written after each crawl")
    return 1 if any(answers) else 0


@alerts.command("send", short_help="Deliver what could not be delivered so far.")
@click.option("--now", is_flag=True, help="Also what is to be tried again later only.")
@jobs_option
def send(now: bool, jobs: str | None) -> int:
    """Deliver messages that could not be delivered so far and whose time has come. Made for cron."""
    config = load_config()
    result = send_due(config, _state_dir(config, jobs), at_once=now)
    note(*result.problems, f"{result.delivered} delivered, {result.failed} failed, {result.expired} dropped.")
    return 1 if result.problems else 0


@alerts.command("list", short_help="List what is not delivered yet, and why.")
@jobs_option
def list_(jobs: str | None) -> None:
    """List the messages that are not delivered yet, and why."""
    config = load_config()
    path = _state_dir(config, jobs) / FILE_NAME
    addresses = addresses_of(rules_of(config))
    rows = []
    if path.exists():
        outbox = Outbox(path)
        for one in outbox.pending():
            address = addresses.get(one.address)
            rows.append(
                {
                    "rule": one.rule, "to": service.label(address) if address else "", "title": one.title,
                    "made_at": _time(one.made_at), "tries": one.tries, "due": _time(one.due) if one.due else "",
                    "reason": one.reason if address else "its address is gone from the configuration",
                }
            )  # fmt: skip
        outbox.close()
    if rows:
        console().print(table(rows, COLUMNS))
    note(f"{len(rows)} not delivered." if rows else "All alerts are delivered.")


def _rules(config: Config, name: str | None) -> list[Rule]:
    rules = [rule for rule in rules_of(config) if name in (None, rule.name)]
    if rules:
        return rules
    if name and config.alerts:
        hint = options.nearest(name, [rule["name"] for rule in config.alerts])
        raise UsageError(f"no rule has the name {name}", hint)
    raise UsageError(
        "no rules: nobody is told anything",
        "write a table [[alerts]] in backlinks.toml; backlinks init shows one",
    )


def _state_dir(config: Config, jobs: str | None) -> Path:
    said = options.collect("spider", {"jobs": jobs}, environment=os.environ, toml=config.on("spider"))
    return Path(said["jobs"])


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")
