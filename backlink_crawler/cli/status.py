"""``backlinks status``: how the jobs are, from their files alone."""

from __future__ import annotations

import json
import os
import re
import shlex
import sqlite3
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from .. import options
from ..config.file import load_config
from ..errors import IndexFault, ThresholdError, UsageError
from ..frontier.glance import HEARTBEAT, glance, glance_at_mining
from ..printable import printable
from .table import console, note, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..frontier.glance import Glance, Heartbeat

COLUMNS = {
    "job": "Job", "state": "State", "shard": "Shard", "since": "Since", "done": "Done", "pending": "Pending", "links": "Links",
    "speed": "Speed", "left": "Left", "errors": "Errors", "waiting": "Outbox", "sign": "Last sign", "process": "Process",
}  # fmt: skip
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
_PASSWORD = re.compile(r"(?<=://)[^/@\s]*@")


@click.command("status")
@click.argument("job", default="")
@click.option("--json", "as_json", is_flag=True, help="Write them to standard output as JSON.")
@click.option(
    "--jobs", metavar="DIR", help="Directory of the job files.  [default: that of the configuration]"
)
def status(job: str, as_json: bool, jobs: str | None) -> int:
    """Show how the jobs are, or JOB and its shards: their state, how far they are, and their last sign of life.

    Nothing is locked or slowed down. The exit code is 3 when a job that runs gave no sign of life for a minute, or one ended
    before it was done without being asked to.
    """
    directory = _directory(jobs)
    broken: list[str] = []
    seen = list(_seen(directory, job, broken))
    if job and not seen and not broken:
        known = [name for name, _ in _files(directory)]
        hint = options.nearest(job, known) if known else ""
        raise UsageError(f"there is no job {job} in {directory}", hint)
    if as_json:
        text = json.dumps([as_values(one) for one in seen], indent=2, ensure_ascii=False)
        click.echo(text.encode("utf-8", "backslashreplace"))  # half a surrogate as JSON escapes it
    elif seen:
        console().print(table(map(_row, seen), COLUMNS))
    for line in (*_totals(seen, directory), *(line for one in seen for line in _complaint(one)), *broken):
        note(line)
    if broken:
        return IndexFault.exit_code
    return ThresholdError.exit_code if any(one.problem for one in seen) else 0


def as_values(seen: Glance) -> dict[str, Any]:
    """A job as JSON has it; times are UTC, ISO 8601."""
    said = attrs.asdict(seen.heartbeat)
    said |= {name: _time(said[name]) for name in ("at", "started_at")}
    said["command"] = _command(seen)
    last = {"silent_seconds": round(seen.silent, 1), "problem": seen.problem or None}
    return {"job": seen.name, "state": seen.state, **said, **last}


def _directory(jobs: str | None) -> Path:
    toml = load_config().on("spider")
    return Path(options.collect("spider", {"jobs": jobs}, environment=os.environ, toml=toml)["jobs"])


def _seen(directory: Path, job: str, broken: list[str]) -> Iterator[Glance]:
    """The jobs of the directory, those that are asked for; what cannot be read is told of in ``broken``."""
    for name, path in _files(directory):
        if job not in ("", name) and not name.startswith(f"{job}-"):
            continue
        try:
            seen = glance_at_mining(path) if path.name == HEARTBEAT else glance(path)
        except (OSError, ValueError, sqlite3.Error) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            broken.append(f"{path} cannot be read: {reason}")
        else:
            if seen is not None:
                yield seen


def _files(directory: Path) -> list[tuple[str, Path]]:
    """The files of all jobs with their names, by these: of crawls, and of mining."""
    crawls = [(path.stem, path) for path in directory.glob("*.sqlite")]
    return sorted([*crawls, *((path.parent.name, path) for path in directory.glob(f"*/{HEARTBEAT}"))])


def _row(seen: Glance) -> dict[str, Any]:
    """A job as a row of the table."""
    said = seen.heartbeat
    code = f" ({said.exit_code})" if said.exit_code and seen.state != "running" else ""
    tried = said.pages if said.unit == "pages" else said.done + said.errors
    return {
        "job": seen.name, "state": seen.state + code, "shard": said.shard,
        "since": _time(said.started_at if seen.state == "running" else said.at, "%Y-%m-%d %H:%M"),
        "done": _count(said.done, said.unit), "pending": _count(said.pending, said.unit), "links": said.links,
        "speed": _speed(said) if seen.state == "running" else "",
        "left": _span(said.seconds_left) if seen.state == "running" and said.seconds_left is not None else "",
        "errors": said.errors / tried if tried else None, "waiting": said.waiting,
        "sign": f"{_span(seen.silent)} ago", "process": f"{said.pid} on {said.host}" if said.pid else "",
    }  # fmt: skip


def _totals(seen: Sequence[Glance], directory: Path) -> Iterator[str]:
    if not seen:
        yield f"There are no jobs in {directory}."
    elif len(seen) > 1:
        units = dict.fromkeys(one.heartbeat.unit for one in seen)
        states = ", ".join(f"{n:,} {state}" for state, n in Counter(one.state for one in seen).most_common())
        counted = "; ".join(
            _sum([one.heartbeat for one in seen if one.heartbeat.unit == unit], unit) for unit in units
        )
        yield f"{len(seen):,} jobs: {states}; {counted}"


def _sum(said: Sequence[Heartbeat], unit: str) -> str:
    done, pending = (sum(getattr(one, name) for one in said) for name in ("done", "pending"))
    return f"{done:,} {unit} done, {pending:,} pending"


def _count(number: int, unit: str) -> int | str:
    """Pages are what is counted where nothing else is said."""
    return number if unit == "pages" else f"{number:,} {unit}"


def _speed(said: Heartbeat) -> str:
    if said.unit == "pages":
        return f"{said.pages_per_second:.1f} pages/s"
    return f"{said.bytes_per_second / 1e6:.1f} MB/s"


def _complaint(seen: Glance) -> Iterator[str]:
    """What is wrong, and what to do."""
    if not seen.problem:
        return
    yield f"{seen.name} {seen.problem}"
    if seen.state == "running":
        yield f"  see whether process {seen.heartbeat.pid} on {seen.heartbeat.host} hangs, or its disk"
    elif command := _command(seen):
        yield f"  go on: {command}"
    else:
        yield "  go on: run the same command again"


def _command(seen: Glance) -> str:
    """What goes on with the job, to be typed in a shell, without passwords."""
    said = seen.heartbeat
    place = f"cd {shlex.quote(said.directory)} && " if said.directory not in ("", str(Path.cwd())) else ""
    words = [_PASSWORD.sub("***@", word) for word in said.command]
    return printable(place + shlex.join(words)) if words else ""


def _time(moment: float, form: str = "%Y-%m-%dT%H:%M:%SZ") -> str | None:
    return datetime.fromtimestamp(moment, UTC).strftime(form) if moment else None


def _span(seconds: float) -> str:
    """A length of time, in the largest unit that has one of it."""
    length, unit = next(((length, unit) for length, unit in _UNITS if seconds >= length), _UNITS[-1])
    return f"{seconds // length:.0f} {unit}"
