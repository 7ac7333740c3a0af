"""``backlinks schedule``: one crawl in shards over Scrapyd servers, waited for, with one summary and one exit code."""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .. import options
from ..config.file import load_config
from ..config.targets import targets_from
from ..errors import IndexFault, NewerIndexError, OlderIndexError, UsageError
from ..frontier.job import job_name
from ..reporting.address import Place, is_remote
from ..reporting.per_target import check_template
from ..scheduling.crawl import ShardedCrawl, Stop
from ..scheduling.dispatch import Dispatch
from ..scheduling.ledger import Ledger
from ..scheduling.sending import (
    ON_SERVER,
    check_feed,
    check_settings,
    check_sizes,
    same_everywhere,
    seeds_to_send,
)
from ..scheduling.server import Server
from ..scheduling.watch import PATIENCE, REFUSED, Watch
from .crawl import pairs, spider_options
from .table import console, note, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.status import Status

ELSEWHERE = ("shard", "new_round", "if_running", "archive", "verbose")
"""Flags of a run of one's own that make no sense here: we say them ourselves, or they are about this machine."""
COLUMNS = {
    "shard": "Shard", "server": "Server", "pages": "Pages", "links": "Links", "handed_over": "Handed over",
    "not_fetched": "Not fetched", "exit_code": "Exit code",
}  # fmt: skip
JOBS = {"shard": "Shard", "server": "Server", "job": "Job"}
NO_INDEX = "no index is named that this machine shares with the servers (--index s3://BUCKET/PREFIX)"
BY_LOGS = "how runs end is told by their logs, and what shards hand over is not followed"


@click.command()
@click.argument("target", default="")
@click.option(
    "--server",
    "servers",
    required=True,
    multiple=True,
    metavar="URL",
    help="A Scrapyd, as http://HOST:6800. May be repeated.",
)
@click.option(
    "--shards", type=click.IntRange(1, 99_999), metavar="N", help="How many parts.  [default: one a server]"
)
@click.option(
    "--project", default="backlink_crawler", metavar="NAME", help="The project there.", show_default=True
)
@click.option(
    "--recheck", is_flag=True, help="Visit known links again, as backlinks recheck does, instead of crawling."
)
@click.option(
    "--rounds", type=click.IntRange(0), default=0, metavar="N",
    help="Run shards at most so often for what others hand over to them, the first time included; 0 is until all is done.",
)  # fmt: skip
@click.option("--no-wait", is_flag=True, help="Schedule the shards, print their jobs, and end.")
@click.option(
    "--patience", default=f"{PATIENCE:.0f}s", metavar="TIME", show_default=True,
    help="Give up a server that does not answer for so long; the others go on.",
)  # fmt: skip
@click.option(
    "--json", "as_json", is_flag=True, help="Write the summary, or the jobs, to standard output as JSON."
)
@spider_options("spider")
@spider_options("recheck")
def schedule(
    *,
    target: str,
    servers: tuple[str, ...],
    shards: int | None,
    project: str,
    recheck: bool,
    rounds: int,
    no_wait: bool,
    patience: str,
    as_json: bool,
    output: tuple[str, ...],
    settings: tuple[str, ...],
    summary_json: str | None,
    **said: str | None,
) -> int:
    """Crawl in shards on Scrapyd servers, and wait for the end.

    TARGET and the other options are those of backlinks crawl; all but --summary-json are for the servers, whose files and
    configuration they mean. --seeds FILE is read here when it is small; @FILE, also as TARGET, lies on every server. The
    index is what the shards share: s3://BUCKET/PREFIX, or a directory that has the same path on all machines.

    What shards hand over to each other is crawled in further rounds, until nothing is left. Ctrl-C stops all runs cleanly.
    The same command goes on with what was stopped, died or is left, and waits for runs that are under way.
    """
    spider = "recheck" if recheck else "backlinks"
    hosts = list(dict.fromkeys(Server.of(address, os.environ) for address in servers))
    count = shards or len(hosts)
    known = pairs(settings)
    arguments = _arguments(spider, target, count, {k: v for k, v in said.items() if v is not None})
    check_settings(known)
    for address in output:
        check_feed(address, count)
        if is_remote(address):
            Place.of(address)
    if output:
        known["FEEDS"] = json.dumps({address: {} for address in output})
    index = _index(arguments, known)
    name = _name(spider, arguments)
    check_sizes({**arguments, **known})
    silence = options.Option("patience", options.duration, "", "How long a server may be silent.")
    watch = Watch(project, spider, float(silence.read(patience, "argument")))
    ledger = _ledger(index, name, count)
    with _stop() as stop, _line() as line:
        show = line.update if line and not no_wait else None
        dispatch = Dispatch(name, count, hosts, arguments, known, watch)
        crawl = ShardedCrawl(dispatch, watch, ledger, stop, note, show)
        crawl.begin()
        if not no_wait:
            summary = crawl.run(rounds)
    return _jobs(watch, as_json=as_json) if no_wait else _end(summary, target, summary_json, as_json=as_json)


schedule.params = [
    parameter
    for place, parameter in enumerate(schedule.params)
    if parameter.name not in ELSEWHERE
    and parameter.name not in {known.name for known in schedule.params[:place]}
]


def _arguments(spider: str, target: str, count: int, said: dict[str, str]) -> dict[str, str]:
    """The arguments of the spider, checked as far as that can be done here. Raises UsageError."""
    on = "spider" if spider == "backlinks" else spider
    values = options.collect(on, {**said, "target": target})
    if said.get("per_target"):
        check_template(said["per_target"], is_shard=count > 1)
    if target and not target.startswith(ON_SERVER):
        targets_from(target, load_config(), values)
    sent = {**said, **({"target": target} if target else {})}
    if "seeds" in said:
        sent["seeds"] = seeds_to_send(said["seeds"])
    return sent


def _index(arguments: dict[str, str], settings: Mapping[str, str]) -> str:
    """The index that is shared with the servers, which are told of it; empty when none is named. Raises UsageError."""
    toml = load_config().on("index")
    said = {"index": arguments["index"]} if "index" in arguments else {}
    index = str(options.collect("index", said, environment=os.environ, settings=settings, toml=toml)["index"])
    if same_everywhere(index):
        arguments["index"] = index
        return index
    if said:
        hint = "give s3://BUCKET/PREFIX, or the whole path of a directory that all machines share"
        raise UsageError(f"--index {index}: would be another place on each machine", hint)
    return ""


def _name(spider: str, arguments: Mapping[str, str]) -> str:
    """What makes it the same crawl, as a job of one machine has it."""
    from ..spiders.plan import SAME_CRAWL, SAME_RECHECK

    same = SAME_CRAWL if spider == "backlinks" else SAME_RECHECK
    names = ("job",) if "job" in arguments else ("target", "seeds", "discover", *same)
    identity = {name: arguments[name] for name in names if name in arguments and name != "index"}
    readable = arguments.get("job") or arguments.get("target", "all")
    return job_name(
        readable if spider == "backlinks" else f"{spider}-{readable}", {"spider": spider, **identity}
    )


def _ledger(index: str, name: str, count: int) -> Ledger | None:
    """The index, where it can be read. Raises IndexFault for one of another version."""
    if not index:
        note(f"{NO_INDEX}: {BY_LOGS}")
        return None
    ledger = Ledger(index, name, count)
    try:
        ledger.to_do()
    except (OlderIndexError, NewerIndexError):
        raise
    except IndexFault as fault:
        note(f"{fault.reason}: {BY_LOGS}")
        return None
    return ledger


@contextmanager
def _stop() -> Iterator[Stop]:
    """Ctrl-C and SIGTERM ask for a clean end; the second one ends at once."""
    stop = Stop()

    def handle(_number: int, _frame: object) -> None:
        if stop.is_wanted:
            raise KeyboardInterrupt
        stop.is_wanted = True

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _line() -> Iterator[Status | None]:
    """The line of progress, on a terminal only."""
    if not sys.stderr.isatty():
        yield None
        return
    with console(stderr=True).status("") as line:
        yield line


def _jobs(watch: Watch, *, as_json: bool) -> int:
    """Tell which jobs were scheduled."""
    refused = [one for one in watch.runs if one.state == REFUSED]
    rows = [
        {"shard": f"{one.run.shard}/{one.run.count}", "server": str(one.server), "job": str(one.run)}
        for one in sorted(watch.runs, key=lambda one: one.run.shard)
        if one not in refused
    ]
    if as_json:
        json.dump(rows, sys.stdout, indent=2)
        print()
    else:
        console().print(table(rows, JOBS))
    for one in refused:
        note(
            f"shard {one.run.shard}/{one.run.count} was not scheduled: {one.fault.reason if one.fault else ''}"
        )
    return 1 if refused else 0


def _end(summary: dict[str, Any], target: str, path: str | None, *, as_json: bool) -> int:
    """Tell what it came to; returns the exit code."""
    text = json.dumps(summary, indent=2, ensure_ascii=False)
    if path:
        try:
            Path(path).write_text(f"{text}\n", encoding="utf-8")
        except OSError as error:
            note(f"the summary cannot be written to {path}: {error.strerror}")
            summary["exit_code"] = summary["exit_code"] or 1
    if as_json:
        print(text)
    else:
        console().print(table(summary["shards"], COLUMNS))
    for line in _told(summary, target):
        note(line)
    return int(summary["exit_code"])


def _told(summary: dict[str, Any], target: str) -> Iterator[str]:
    """The summary in words."""
    if summary["index"]:
        outcomes = ", ".join(f"{count:,} {word}" for word, count in summary["outcomes"].items())
        yield f"{summary['pages']:,} pages ({outcomes or 'none'}), {summary['links']:,} links kept in {summary['index']}"
    yield from summary["remarks"]
    if summary["not_fetched"]:
        yield f"{summary['not_fetched']:,} pages were found and not fetched"
    for shard in summary["shards"]:
        if shard["reason"]:
            yield f"shard {shard['shard']} on {shard['server']}: {shard['reason']}"
            yield f"  log: {shard['log']}"
            if shard["hint"]:
                yield f"  hint: {shard['hint']}"
    if summary["left"]:
        yield f"left to do by shards {', '.join(summary['left'])}: the same command goes on"
    elif summary["links"]:
        show = (
            "targets" if not target or target.startswith(ON_SERVER) else f"report {target.partition(',')[0]}"
        )
        yield f"next: backlinks {show} --index {summary['index']}"
