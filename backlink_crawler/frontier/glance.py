"""How a job is, seen from outside: its file is read only, and a run that works on it is neither locked nor slowed down.

A run leaves a heartbeat in the file, every few seconds and when it ends. Nothing is counted while a run works: that is in the
heartbeat.
"""

from __future__ import annotations

import fcntl
import json
import os
import platform
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import attrs

HEARTBEAT = "heartbeat"
"""The word of the job's file that holds it: a JSON object with the fields of :class:`Heartbeat`."""
SECONDS_OF_SILENCE = 60.0
"""A run that gave no sign of life for longer hangs, or its disk does."""


@attrs.define(kw_only=True)
class Heartbeat:
    """What a run says of itself."""

    crawl_id: str = ""
    """The round it works on."""
    run: str = ""
    at: float = 0.0
    """When it was said, in Unix time."""
    started_at: float = 0.0
    pid: int = 0
    host: str = ""
    shard: str = ""
    pages: int = 0
    """Visits of this run."""
    errors: int = 0
    """Of these, those that did not get to read the page."""
    links: int = 0
    pages_per_second: float = 0.0
    """Over the last minute."""
    pending: int = 0
    """Pages of the round still to fetch."""
    done: int = 0
    """Pages of the round fetched, by this run or one before it."""
    waiting: int = 0
    """Pages whose facts are not in the index yet."""
    command: list[str] = attrs.field(factory=list)
    """The words of a shell that go on with the job, in ``directory``."""
    directory: str = ""
    reason: str | None = None
    """Why the run ended; null while it runs."""
    exit_code: int | None = None

    def text(self) -> str:
        """As it stands in the job's file."""
        return json.dumps(attrs.asdict(self), ensure_ascii=False)

    @classmethod
    def read(cls, text: str | None) -> Heartbeat | None:
        """What a file holds; None when it is nothing of the kind."""
        try:
            said = json.loads(text or "")
            heartbeat = cls(**{name: said[name] for name in attrs.fields_dict(cls) if name in said})
        except (ValueError, TypeError):
            return None
        is_sound = all(
            isinstance(value, kind)
            for value, kind in zip(attrs.asdict(heartbeat).values(), _KINDS, strict=True)
        )
        return heartbeat if is_sound else None


_NUMBER = (int, float)
_OPTIONAL = {"reason": (str, type(None)), "exit_code": (int, type(None)), "command": (list,)}
_KINDS = [
    _OPTIONAL.get(name, _NUMBER if isinstance(field.default, int | float) else (str,))
    for name, field in attrs.fields_dict(Heartbeat).items()
]
"""What the values are, since a file may hold anything."""


@attrs.frozen
class Glance:
    """A job as it was in one moment. ``state`` is one of ``running stopped finished died``; died is a run that left no word."""

    name: str
    state: str
    heartbeat: Heartbeat
    silent: float
    """Seconds since the last sign of life."""

    @property
    def problem(self) -> str:
        """What is wrong with it; empty when it is well."""
        if self.state == "running" and self.silent > SECONDS_OF_SILENCE:
            return f"gave no sign of life for {self.silent:.0f} seconds"
        if self.state == "died":
            return "died before it was done"
        code = self.heartbeat.exit_code
        if self.state == "stopped" and code not in (0, None, 130):
            return f"stopped with exit code {code} before it was done"
        return ""


def glance(path: Path) -> Glance | None:
    """A job, or None when the file is none of a job. Raises OSError, and sqlite3.Error for a broken file."""
    now = time.time()
    try:
        with closing(_open(path)) as db:
            words = dict(db.execute("SELECT name, value FROM meta"))
            if "crawl_id" not in words:
                return None
            said = Heartbeat.read(words.get(HEARTBEAT))
            if said is None or said.crawl_id != words["crawl_id"]:  # the round has none yet
                said = Heartbeat(crawl_id=words["crawl_id"], at=_touched(path))
            state = "finished" if words.get("state") == "finished" else _state(path, said, now)
            if not said.run or state == "died":  # nothing works on it: now one may count
                pending, done = db.execute("SELECT sum(pending), sum(done) FROM host").fetchone()
                waiting = db.execute("SELECT count(*) FROM outbox").fetchone()[0]
                said = attrs.evolve(said, pending=pending or 0, done=done or 0, waiting=waiting)
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return None
        raise
    return Glance(path.stem, state, said, max(now - said.at, 0.0))


def _open(path: Path) -> sqlite3.Connection:
    """The file, to be read only. Where no process has it open it is read as it lies there, and no file is made beside it."""
    with path.open("rb") as file:
        keeps_log = file.read(20)[18:] == b"\2\2"  # SQLite's file format: a write-ahead log
    is_open = path.with_name(f"{path.name}-wal").exists()
    how = "immutable=1" if keeps_log and not is_open else "mode=ro"
    return sqlite3.connect(f"{path.resolve().as_uri()}?{how}", uri=True, timeout=5)


def _state(path: Path, said: Heartbeat, now: float) -> str:
    """The state of a round that is not done."""
    if said.exit_code is None and now - said.at < SECONDS_OF_SILENCE and _may_live(said):
        return "running"
    if _is_locked(path.with_suffix(".lock")):
        return "running"
    return "died" if said.exit_code is None else "stopped"


def _may_live(said: Heartbeat) -> bool:
    """Is there such a process, as far as this machine can know?"""
    if not said.pid:
        return False
    if said.host != platform.node():
        return True
    with suppress(PermissionError):
        try:
            os.kill(said.pid, 0)
        except ProcessLookupError:
            return False
    return True


def _is_locked(path: Path) -> bool:
    """Does a process hold the job? Asked for when there is reason to doubt it only, and given back at once."""
    try:
        with path.open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _touched(path: Path) -> float:
    """When the file was last written to."""
    times: list[Any] = []
    for place in (path, path.with_name(f"{path.name}-wal")):
        with suppress(OSError):
            times.append(place.stat().st_mtime)
    return max(times, default=0.0)
