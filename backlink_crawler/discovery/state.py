"""The file of discovery, beside those of the jobs: what sources answered lately, and how far each has been asked.

SQLite. Any thread may use it, and any number of processes. No key stands in it.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

import attrs

from ..errors import IndexFault, NewerIndexError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .source import Cursor

FILE_NAME = "discovery.db"
FORMAT = 1
DAY = 86_400.0
"""Seconds for which an answer holds, and for which a source that was asked to its end is left alone."""
WEEK = 7 * DAY
"""Answers that are older are dropped when the file is opened."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS answer (address TEXT PRIMARY KEY, body BLOB NOT NULL, at REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS progress (
    source TEXT, target TEXT, settings TEXT, cursor TEXT NOT NULL, at REAL NOT NULL, PRIMARY KEY (source, target, settings)
) WITHOUT ROWID
"""


@attrs.frozen
class Asked:
    """Who was asked about what: a source with its settings (their digest), about a target."""

    source: str
    target: str
    settings: str = ""


@attrs.frozen
class Progress:
    """How far a source has been asked: ``cursor`` says where to go on, None that it was asked to its end; ``at`` is when."""

    cursor: Cursor | None
    at: float


class State:
    """The open file; a context manager. Times are Unix seconds. Raises IndexFault when it cannot be read or written."""

    def __init__(self, path: Path, now: float | None = None) -> None:
        self.path = path
        self._lock = threading.Lock()
        with self._faults():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=20, isolation_level=None, check_same_thread=False)
        try:
            self._create(now)
        except BaseException:
            self._db.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def answer(self, address: str, now: float) -> bytes | None:
        """The body of an answer that still holds."""
        rows = self._run(
            "SELECT body FROM answer WHERE address = ? AND at > ? AND at <= ?", address, now - DAY, now
        )
        try:
            return zlib.decompress(rows[0][0]) if rows else None
        except zlib.error:
            return None

    def keep_answer(self, address: str, body: bytes, now: float) -> None:
        """Keep the body of an answer."""
        self._run("INSERT OR REPLACE INTO answer VALUES (?, ?, ?)", address, zlib.compress(body, 1), now)

    def drop_answer(self, address: str) -> None:
        """Forget an answer, so that it is asked for again."""
        self._run("DELETE FROM answer WHERE address = ?", address)

    def progress(self, asked: Asked) -> Progress | None:
        """How far a source was asked; None when it was not."""
        where = "SELECT cursor, at FROM progress WHERE source = ? AND target = ? AND settings = ?"
        rows = self._run(where, *attrs.astuple(asked))
        return Progress(json.loads(rows[0][0]), rows[0][1]) if rows else None

    def keep_progress(self, asked: Asked, cursor: Cursor | None, now: float) -> None:
        """Keep how far a source was asked."""
        row = (*attrs.astuple(asked), json.dumps(cursor), now)
        self._run("INSERT OR REPLACE INTO progress VALUES (?, ?, ?, ?, ?)", *row)

    def _create(self, now: float | None) -> None:
        version = self._run("PRAGMA user_version")[0][0]
        if version > FORMAT:
            raise NewerIndexError(f"{self.path} was kept by a newer version", "upgrade backlink-crawler")
        for statement in SCHEMA.split(";"):
            self._run(statement)
        self._run(f"PRAGMA user_version = {FORMAT}")
        self._run("DELETE FROM answer WHERE at < ?", (time.time() if now is None else now) - WEEK)

    def _run(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._faults(), self._lock:
            return self._db.execute(statement, values).fetchall()

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            raise IndexFault(
                f"{self.path} cannot be used: {error}", "check the directory, or move the file away"
            ) from error
