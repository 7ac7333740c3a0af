"""Facts as a job's file keeps them until the index has them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import attrs

from ..items import LINK_FIELDS, VISIT_FIELDS, Link, Visit

if TYPE_CHECKING:
    import sqlite3

    from .shard import Handed

_visit_values = attrgetter(*VISIT_FIELDS)
_link_values = attrgetter(*LINK_FIELDS)


def facts_of(visit: Visit) -> str:
    """A visit and its links as the outbox keeps them: JSON, by field name, so that a later version can read it."""
    links = [_row(link) for link in (*visit.links, *visit.mentions)]
    links += [{**_row(link), "target": None, "kept_for": link.target} for link in visit.inside]
    return json.dumps(
        {"visit": dict(zip(VISIT_FIELDS, _visit_values(visit), strict=True)), "links": links},
        separators=(",", ":"),
    )


def _row(link: Link) -> dict[str, Any]:
    return dict(zip(LINK_FIELDS, _link_values(link), strict=True))


def hand_over(found: Sequence[Handed]) -> str:
    """URLs of other shards' domains as the outbox keeps them."""
    return json.dumps({"handed": [attrs.asdict(one) for one in found]}, separators=(",", ":"))


class Outbox:
    """The facts that the index does not have yet, in batches that never change once they have a number.

    Who adds facts, or gives a batch its number, does so within a transaction.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def add(self, facts: Iterable[str]) -> None:
        """Keep facts, each a JSON text."""
        self._db.executemany("INSERT INTO outbox (facts) VALUES (?)", ((text,) for text in facts))

    def seal(self, most: int) -> int | None:
        """Give the next ``most`` facts a batch number that never changes; the lowest number not yet fed."""
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            open_batch = self._db.execute("SELECT min(batch) FROM outbox").fetchone()[0]
            if open_batch is not None:
                return int(open_batch)
            last = self._db.execute("SELECT value FROM meta WHERE name = 'last_batch'").fetchone()
            batch = int(last[0] if last else 0) + 1
            query = "UPDATE outbox SET batch = ? WHERE id IN (SELECT id FROM outbox ORDER BY id LIMIT ?)"
            if not self._db.execute(query, (batch, most)).rowcount:
                return None
            self._db.execute("INSERT OR REPLACE INTO meta VALUES ('last_batch', ?)", (str(batch),))
            return batch

    def catch_up(self, number: int) -> None:
        """Give no number again that the index has: an older copy of the file may have been put back."""
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            last = self._db.execute("SELECT value FROM meta WHERE name = 'last_batch'").fetchone()
            if number > int(last[0] if last else 0):
                self._db.execute("INSERT OR REPLACE INTO meta VALUES ('last_batch', ?)", (str(number),))

    def batch(self, number: int) -> list[str]:
        """The facts of a batch, each a JSON text."""
        query = "SELECT facts FROM outbox WHERE batch = ? ORDER BY id"
        return [facts for (facts,) in self._db.execute(query, (number,))]

    def drop(self, number: int) -> None:
        """Forget a batch that the index holds."""
        with self._db:
            self._db.execute("DELETE FROM outbox WHERE batch = ?", (number,))

    def waiting(self) -> int:
        """How many facts wait."""
        return int(self._db.execute("SELECT count(*) FROM outbox").fetchone()[0])
