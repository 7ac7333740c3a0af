"""The file of the alerts, beside those of the jobs: what was told already, and the messages still to be delivered.

SQLite. An event is noted, and the message about it stored, in one transaction; a message is deleted when its service
has taken it. No address stands in the file, only a reference to one of ``backlinks.toml``.
"""

from __future__ import annotations

import hashlib
import itertools
import sqlite3
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING

import attrs

from ..errors import IndexFault, NewerIndexError
from .feed import MOST_ENTRIES, Entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from .rule import Rule

FILE_NAME = "alerts.db"
FORMAT = 2
DAY = 86_400
KEPT_DAYS = 7
"""A message that nobody took for so long is dropped."""
NEWS_DAYS = 30
"""Events older than that are no news; so it need not be remembered for longer what was told."""
BACK_OFF = (300, 1_800, 7_200, 21_600)
"""Seconds until a failed message is tried again: after the first try, the second, and so on; the last for all further."""
CLAIM = 120
"""Seconds for which a message belongs to the process that tries to deliver it."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rule (
    name TEXT NOT NULL, index_uri TEXT NOT NULL, conditions TEXT NOT NULL, since TEXT NOT NULL,
    PRIMARY KEY (name, index_uri)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS told (
    rule TEXT NOT NULL, event_id TEXT NOT NULL, at TEXT NOT NULL, passed INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (rule, event_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entry (
    rule TEXT NOT NULL, event_id TEXT NOT NULL, at TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL,
    link TEXT NOT NULL, PRIMARY KEY (rule, event_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY, rule TEXT NOT NULL, address TEXT NOT NULL, title TEXT NOT NULL, body TEXT NOT NULL,
    made_at REAL NOT NULL, tries INTEGER NOT NULL DEFAULT 0, due REAL NOT NULL DEFAULT 0,
    claimed_until REAL NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT ''
);
"""
"""``told.passed`` is 1 for an event that the rule was not told of, since it mattered too little when it was weighed."""
SINCE_1 = "ALTER TABLE told ADD COLUMN passed INTEGER NOT NULL DEFAULT 0"
"""What makes a file of format 1 one of today."""


@attrs.frozen
class Message:
    """One message to one service. Times are Unix seconds; ``reason`` says why the last try failed."""

    id: int
    rule: str
    address: str
    title: str
    body: str
    made_at: float
    tries: int
    due: float
    reason: str


_MESSAGE = ", ".join(field.name for field in attrs.fields(Message))


def reference(address: str) -> str:
    """What stands for an address in the file: too short a digest to guess the secret in it."""
    return hashlib.blake2b(address.encode(), digest_size=4).hexdigest()


class Outbox:
    """The open file. Any number of processes may have it open; raises IndexFault when it cannot be read or written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=20, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise self._fault(error) from error
        try:
            with self.transaction():
                self._create()
        except BaseException:
            self._db.close()
            raise

    def _create(self) -> None:
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version > FORMAT:
            raise NewerIndexError(
                f"the alerts {self.path} were kept by a newer version", "upgrade backlink-crawler"
            )
        if version == 1:
            self._db.execute(SINCE_1)
        if version < FORMAT:
            for statement in SCHEMA.split(";"):
                self._db.execute(statement)
            self._db.execute("INSERT OR IGNORE INTO meta VALUES ('uuid', ?)", (str(uuid.uuid4()),))
            self._db.execute(f"PRAGMA user_version = {FORMAT}")

    def _fault(self, error: Exception) -> IndexFault:
        return IndexFault(
            f"the alerts {self.path} cannot be kept: {error}", "check the directory, or move the file away"
        )

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All within it happens or nothing; other processes wait."""
        try:
            with self._db:
                self._db.execute("BEGIN IMMEDIATE")
                yield
        except sqlite3.Error as error:
            raise self._fault(error) from error

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def watch(self, rules: Iterable[Rule], index_uri: str, now: str) -> dict[str, str]:
        """Since when each rule has been known for an index, by name; one that is new, or another than before, since now."""
        with self.transaction():
            for rule in rules:
                self._db.execute(
                    "INSERT INTO rule VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET conditions = excluded.conditions,"
                    " since = excluded.since WHERE conditions <> excluded.conditions",
                    (rule.name, index_uri, rule.conditions, now),
                )
            return dict(self._db.execute("SELECT name, since FROM rule WHERE index_uri = ?", (index_uri,)))

    def is_decided(self, rule: str, event_id: str) -> bool:
        """Whether a rule was told of an event, or passed it over; others may be telling it just now."""
        found = self._db.execute("SELECT 1 FROM told WHERE rule = ? AND event_id = ?", (rule, event_id))
        return found.fetchone() is not None

    def told(self) -> set[str]:
        """The ids of the events that a rule was told of, of the last :data:`NEWS_DAYS`."""
        found = self._db.execute("SELECT DISTINCT event_id FROM told WHERE NOT passed")
        return {event_id for (event_id,) in found}

    def is_news(self, rule: str, event_id: str, at: str) -> bool:
        """Note that a rule was told of an event; False when that had been decided before. Within a transaction."""
        row = (rule, event_id, at)
        return self._db.execute("INSERT OR IGNORE INTO told VALUES (?, ?, ?, 0)", row).rowcount > 0

    def pass_over(self, events: Iterable[tuple[str, str, str]]) -> None:
        """Note what rules (rule, event_id, at) are not told of, and will not be when ratings have changed."""
        with self.transaction():
            self._db.executemany("INSERT OR IGNORE INTO told VALUES (?, ?, ?, 1)", events)

    def forget(self, before: str) -> None:
        """Forget what was decided of events before a time. Within a transaction."""
        self._db.execute("DELETE FROM told WHERE at < ?", (before,))

    def put(self, rule: str, address: str, title: str, body: str, now: float) -> None:
        """Store a message. Within a transaction."""
        self._db.execute(
            "INSERT INTO message (rule, address, title, body, made_at) VALUES (?, ?, ?, ?, ?)",
            (rule, reference(address), title, body, now),
        )

    def add_entries(self, rule: str, entries: Iterable[Entry]) -> list[Entry]:
        """Add to the feed of a rule what is new, and return its newest entries. Within a transaction."""
        rows = ((rule, *attrs.astuple(entry)) for entry in entries)
        self._db.executemany("INSERT OR IGNORE INTO entry VALUES (?, ?, ?, ?, ?, ?)", rows)
        newest = "SELECT event_id, at, title, text, link FROM entry WHERE rule = ? ORDER BY at DESC, event_id LIMIT ?"
        kept = [Entry(*row) for row in self._db.execute(newest, (rule, MOST_ENTRIES))]
        if len(kept) == MOST_ENTRIES:
            self._db.execute("DELETE FROM entry WHERE rule = ? AND at < ?", (rule, kept[-1].at))
        return kept

    def feed_id(self, rule: str) -> str:
        """A URI for good of a rule's feed, unlike that of any other installation."""
        (own,) = self._db.execute("SELECT value FROM meta WHERE name = 'uuid'").fetchone()
        return uuid.uuid5(uuid.UUID(own), rule).urn

    def claim(
        self, addresses: Iterable[str], now: float, *, at_once: bool = False, most: int = 16
    ) -> list[Message]:
        """The oldest message that is due for each address, now ours to deliver: nobody else gets it for a while.

        ``at_once`` does not wait for its time. A time further ahead than can be, even
        if ``now`` is that of before waiting for others, is one of a clock that jumped back.
        """
        with self.transaction():
            found = (self._due(reference(address), now, at_once) for address in addresses)
            claimed = list(itertools.islice(filter(None, found), most))
            self._db.executemany(
                "UPDATE message SET claimed_until = ?, tries = tries + 1 WHERE id = ?",
                [(now + CLAIM, message.id) for message in claimed],
            )
        return claimed

    def _due(self, address: str, now: float, at_once: bool) -> Message | None:
        row = self._db.execute(
            f"SELECT {_MESSAGE} FROM message WHERE address = ? AND (claimed_until <= ? OR claimed_until > ?)"  # noqa: S608
            " AND (? OR due <= ? OR due > ?) ORDER BY id LIMIT 1",
            (address, now, now + 2 * CLAIM, at_once, now, now + BACK_OFF[-1] + CLAIM),
        ).fetchone()
        return Message(*row) if row else None

    def settle(self, message: Message, reason: str, now: float) -> None:
        """End a try: without a reason the message was delivered, with one it is to be tried again later."""
        wait = BACK_OFF[min(message.tries, len(BACK_OFF) - 1)]
        with self.transaction():
            if reason:
                self._db.execute(
                    "UPDATE message SET claimed_until = 0, due = ?, reason = ? WHERE id = ?",
                    (now + wait, reason, message.id),
                )
            else:
                self._db.execute("DELETE FROM message WHERE id = ?", (message.id,))

    def expire(self, now: float) -> list[Message]:
        """Drop messages that are too old and return them."""
        with self.transaction():
            old = [message for message in self.pending() if message.made_at < now - KEPT_DAYS * DAY]
            self._db.executemany("DELETE FROM message WHERE id = ?", [(message.id,) for message in old])
        return old

    def pending(self) -> list[Message]:
        """All messages that are not delivered, the oldest first."""
        return [Message(*row) for row in self._db.execute(f"SELECT {_MESSAGE} FROM message ORDER BY id")]  # noqa: S608
