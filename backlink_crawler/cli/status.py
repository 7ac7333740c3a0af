"""``backlinks status``: how the jobs are, from their files alone."""

from __future__ import annotations

import json
import os
import re
import shlex
import sqlite3
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from .. import options
from ..config.file import load_config
from ..errors import IndexFault, ThresholdError, UsageError
from ..frontier.glance import glance
from ..printable import printable
from .table import console, note, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..frontier.glance import Glance

COLUMNS = {
    "job": "Job", "state": "State", "shard": "Shard", "since": "Since", "done": "Done", "pending": "Pending", "links": "Links",
    "speed": "Pages/s", "errors": "Errors", "waiting": "Outbox", "sign": "Last sign", "process": "Process",
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
        known = [path.stem for path in directory.glob("*.sqlite")]
        hint = options.nearest(job, known) if known else ""
        raise UsageError(f"there is no job {job} in {directory}", hint)
    if as_json:
        json.dump([as_values(one) for one in seen], sys.stdout, indent=2, ensure_ascii=False)
        print()
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
    for path in sorted(directory.glob("*.sqlite")):
        if job not in ("", path.stem) and not path.stem.startswith(f"{job}-"):
            continue
        try:
            seen = glance(path)
        except (OSError, sqlite3.Error) as error:
            broken.append(f"{path} cannot be read: {error}")
        else:
            if seen is not None:
                yield seen


def _row(seen: Glance) -> dict[str, Any]:
    """A job as a row of the table."""
    said = seen.heartbeat
    code = f" ({said.exit_code})" if said.exit_code and seen.state != "running" else ""
    return {
        "job": seen.name, "state": seen.state + code, "shard": said.shard,
        "since": _time(said.started_at if seen.state == "running" else said.at, "%Y-%m-%d %H:%M"),
        "done": said.done, "pending": said.pending, "links": said.links,
        "speed": f"{said.pages_per_second:.1f}" if seen.state == "running" else "",
        "errors": said.errors / said.pages if said.pages else None, "waiting": said.waiting,
        "sign": f"{_span(seen.silent)} ago", "process": f"{said.pid} on {said.host}" if said.pid else "",
    }  # fmt: skip


def _totals(seen: Sequence[Glance], directory: Path) -> Iterator[str]:
    if not seen:
        yield f"There are no jobs in {directory}."
    elif len(seen) > 1:
        states = ", ".join(f"{n:,} {state}" for state, n in Counter(one.state for one in seen).most_common())
        done, pending = (sum(getattr(one.heartbeat, name) for one in seen) for name in ("done", "pending"))
        yield f"{len(seen):,} jobs: {states}; {done:,} pages done, {pending:,} pending"


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
