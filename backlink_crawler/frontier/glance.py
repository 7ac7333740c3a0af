"""How a job is, seen from outside: its file is read only, and a run that works on it is neither locked nor slowed down.

A run leaves a heartbeat in the file, every few seconds and when it ends. Nothing is counted while a run works: that is in the
heartbeat. A job of mining has a directory, and in it a file that holds the heartbeat alone.
"""

from __future__ import annotations

import fcntl
import json
import os
import platform
import sqlite3
import time
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs

HEARTBEAT = "heartbeat"
"""The word of the job's file that holds it: a JSON object with the fields of :class:`Heartbeat`."""
MINING_LOCK = "lock"
"""The file that a run of mining holds, in the directory of its job."""
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
    """Those that could not be read: of ``pages``, or of the archives that this run has come to."""
    links: int = 0
    pages_per_second: float = 0.0
    """Over the last minute."""
    bytes_per_second: float = 0.0
    """The same of archives that are mined."""
    unit: str = "pages"
    """What ``pending``, ``done``, ``waiting`` and ``errors`` count: ``pages``, or the ``archives`` of a job of mining."""
    pending: int = 0
    """Those of the round still to fetch."""
    done: int = 0
    """Those fetched, by this run or one before it; archives when their facts are in the index."""
    waiting: int = 0
    """Those whose facts are not in the index yet."""
    seconds_left: float | None = None
    """How long mining will take, by how long it took so far; null where that cannot be told."""
    command: list[str] = attrs.field(factory=list)
    """The words of a shell that go on with the job, in ``directory``."""
    directory: str = ""
    reason: str | None = None
    """Why the run ended; null while it runs."""
    exit_code: int | None = None

    def text(self) -> str:
        """As it stands in the job's file."""
        return json.dumps(attrs.asdict(self))  # in ASCII, for names of files that are no text

    @classmethod
    def read(cls, text: str | None) -> Heartbeat | None:
        """What a file holds; None when it is nothing of the kind."""
        try:
            said = json.loads(text or "")
        except (ValueError, RecursionError):
            return None
        if not isinstance(said, dict):
            return None
        heartbeat = cls(**{name: said[name] for name in attrs.fields_dict(cls) if name in said})
        values = attrs.asdict(heartbeat).values()
        return heartbeat if all(map(_is_sound, values, _KINDS)) else None


_FIRST, _LAST = datetime.min.replace(tzinfo=UTC).timestamp(), datetime.max.replace(tzinfo=UTC).timestamp()
"""Between these are all numbers: the times, and the counts by far."""
_NUMBER = (int, float)
_NO = type(None)
_OPTIONAL = {
    "reason": (str, _NO),
    "exit_code": (int, _NO),
    "seconds_left": (*_NUMBER, _NO),
    "command": (list,),
    "pid": (int,),
}
_KINDS = [
    _OPTIONAL.get(name, _NUMBER if isinstance(field.default, int | float) else (str,))
    for name, field in attrs.fields_dict(Heartbeat).items()
]
"""What the values are, since a file may hold anything."""


def _is_sound(value: Any, kinds: tuple[type, ...]) -> bool:
    """A value that can be shown, and reckoned with."""
    if isinstance(value, list):
        return list in kinds and all(isinstance(word, str) for word in value)
    return isinstance(value, kinds) and (not isinstance(value, _NUMBER) or _FIRST <= value < _LAST)


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
            state = (
                "finished"
                if words.get("state") == "finished"
                else _state(path.with_suffix(".lock"), said, now)
            )
            if (
                not said.run or said.reason == "refused" or state == "died"
            ):  # nothing works on it: now one may count
                pending, done = db.execute("SELECT sum(pending), sum(done) FROM host").fetchone()
                waiting = db.execute("SELECT count(*) FROM outbox").fetchone()[0]
                said = attrs.evolve(said, pending=pending or 0, done=done or 0, waiting=waiting)
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return None
        raise
    return Glance(path.stem, state, said, max(now - said.at, 0.0))


def glance_at_mining(path: Path) -> Glance:
    """A job of mining, by the file of its heartbeat. Raises OSError, and ValueError where it holds none."""
    now = time.time()
    said = Heartbeat.read(path.read_text("utf-8"))
    if said is None:
        raise ValueError("it holds no heartbeat")
    state = "finished" if said.reason == "finished" else _state(path.with_name(MINING_LOCK), said, now)
    return Glance(path.parent.name, state, said, max(now - said.at, 0.0))


def _open(path: Path) -> sqlite3.Connection:
    """The file, to be read only. Where no process has it open it is read as it lies there, and no file is made beside it."""
    with path.open("rb") as file:
        keeps_log = file.read(20)[18:] == b"\2\2"  # SQLite's file format: a write-ahead log
    is_open = path.with_name(f"{path.name}-wal").exists()
    how = "immutable=1" if keeps_log and not is_open else "mode=ro"
    return sqlite3.connect(f"{path.resolve().as_uri()}?{how}", uri=True, timeout=5)


def _state(lock: Path, said: Heartbeat, now: float) -> str:
    """The state of a round that is not done."""
    if said.exit_code is None and now - said.at < SECONDS_OF_SILENCE and _may_live(said):
        return "running"
    if _is_locked(lock):
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
        except (ProcessLookupError, OverflowError):
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
