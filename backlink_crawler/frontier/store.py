"""One job's file: the URLs to fetch, the outbox of facts, and a few words about the job. SQLite, nothing of Scrapy.

A page that is in flight is only known in memory. In one transaction its facts enter the outbox, it is marked done,
and the URLs it gave are added; so after ``kill -9`` at any moment, what is not done is simply still to do.
"""

from __future__ import annotations

import hashlib
import itertools
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import attrs

from ..errors import IndexFault, NewerIndexError
from ..urls import domain_of, host_of
from .identity import identity
from .scope import LISTING, rank
from .trap import Asked, Cut, Refused

FORMAT = 4
PENDING, DONE, CUT = 0, 1, 2
PAGES_AT_ONCE = 50_000
"""How many known pages are added in one transaction: the thread that feeds the index waits for it."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS host (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, domain TEXT NOT NULL,
    pending INTEGER NOT NULL DEFAULT 0, done INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS url (
    id INTEGER PRIMARY KEY, key INTEGER NOT NULL UNIQUE, host INTEGER NOT NULL, rank INTEGER NOT NULL,
    depth INTEGER NOT NULL, hops INTEGER NOT NULL, state INTEGER NOT NULL DEFAULT 0, url TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS host_domain ON host (domain);
CREATE TABLE IF NOT EXISTS cut (
    domain TEXT NOT NULL, pattern TEXT NOT NULL, reason TEXT NOT NULL, pages INTEGER NOT NULL,
    PRIMARY KEY (domain, pattern, reason)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS url_next ON url (host, rank, id) WHERE state = 0;
CREATE TABLE IF NOT EXISTS asking (url TEXT PRIMARY KEY, headers TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outbox (id INTEGER PRIMARY KEY, batch INTEGER, facts TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS robots (
    origin TEXT PRIMARY KEY, fetched_at REAL NOT NULL, status INTEGER NOT NULL, body BLOB NOT NULL
) WITHOUT ROWID;
"""


@attrs.frozen
class Row:
    """A URL of the frontier: its place in the file, its identity, and how far it is from its seed."""

    id: int
    key: int
    url: str
    host: str
    domain: str
    depth: int
    hops: int
    headers: str = ""
    """Header fields to ask with, as a JSON object."""
    tries: int = 0
    """How often it was asked for in vain since the program started."""


@attrs.frozen
class RobotsAnswer:
    """What a site said when asked for its robots.txt, and when (Unix time). The status is 0 if it said nothing of use."""

    origin: str
    fetched_at: float
    status: int
    body: bytes = b""


@attrs.frozen
class Page:
    """What became of one row: its facts (JSON, or None when nothing is to be stored) and the URLs it gave.

    Without a row it carries what else is to be kept: URLs that no page gave, or the answer to a request for robots.txt.
    """

    row: Row | None
    facts: str | None
    final_url: str = ""
    found: Sequence[Asked] = ()
    refused: Sequence[Refused] = ()
    cut: Cut | None = None
    """The pattern for which the row itself was not fetched."""
    robots: RobotsAnswer | None = None


def key_of(url: str) -> int:
    """64 bits of the URL's :func:`.identity.identity`: two URLs that share it are one page to the frontier."""
    return int.from_bytes(
        hashlib.blake2b(identity(url).encode("utf-8", "surrogatepass"), digest_size=8).digest(), signed=True
    )


class JobStore:
    """The file of one job. Each thread that works with it opens its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.most_hosts = 0
        """New hosts of a registrable domain are not taken up beyond this number; 0 is no limit."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            with self._db:
                self._db.execute("BEGIN IMMEDIATE")
                self._create()
        except (OSError, sqlite3.Error) as error:
            raise fault(path, error) from error

    def _create(self) -> None:
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version > FORMAT:
            raise NewerIndexError(
                f"the job file {self.path} was made by a newer version", "upgrade backlink-crawler"
            )
        if version < FORMAT:
            for statement in SCHEMA.split(";"):
                self._db.execute(statement)
            self._db.execute(f"PRAGMA user_version = {FORMAT}")

    def close(self) -> None:
        """Close the file; what was committed stays."""
        self._db.close()

    def get(self, name: str) -> str | None:
        """A word about the job."""
        found = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return found[0] if found else None

    def put(self, **words: str) -> None:
        """Keep words about the job."""
        with self._db:
            self._db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", words.items())

    def clear(self, **words: str) -> None:
        """Begin a new round: forget all URLs, keep the outbox and the number of the last batch."""
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute("DELETE FROM url")
            self._db.execute("DELETE FROM host")
            self._db.execute("DELETE FROM cut")
            self._db.execute("DELETE FROM asking")
            self._db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", words.items())

    # The frontier

    def add_seeds(self, seeds: Iterable[str]) -> dict[str, int]:
        """Add seeds, streamed; how many are new, by host."""
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            return self._add(((url, 0, 0) for url in seeds), {})

    def add_pages(self, pages: Iterable[tuple[str, str]], depth: int = 0) -> dict[str, int]:
        """Add (URL, headers) to be asked for in this order within a host, streamed; how many are new, by host.

        ``headers`` is a JSON object of header fields, which go to this URL and to no other, or empty. The file is locked
        for a part at a time; parts that were added before a crash are passed over when all are added again.
        """
        added: Counter[str] = Counter()
        rest = iter(pages)
        while part := list(itertools.islice(rest, PAGES_AT_ONCE)):
            with self._db:
                self._db.execute("BEGIN IMMEDIATE")
                asking = ((url, headers) for url, headers in part if headers)
                self._db.executemany("INSERT OR REPLACE INTO asking VALUES (?, ?)", asking)
                added.update(self._add(((url, depth, 0) for url, _ in part), {}, ordered=True))
        return added

    def commit(self, pages: Sequence[Page]) -> dict[str, int]:
        """Store the outcome of pages in one transaction; returns how many new URLs there are, by host."""
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(
                "INSERT INTO outbox (facts) VALUES (?)",
                ((page.facts,) for page in pages if page.facts is not None),
            )
            self._db.executemany(
                "INSERT OR REPLACE INTO robots VALUES (?, ?, ?, ?)",
                (attrs.astuple(page.robots) for page in pages if page.robots is not None),
            )
            cuts: dict[Cut, int] = {}
            for page in pages:
                if page.row is not None and page.cut is not None:
                    cuts[page.cut] = cuts.get(page.cut, 0) + self._leave(page.row)
                elif page.row is not None:
                    self._finish(page.row, page.final_url)
                self._refuse(page.refused, cuts)
            added = self._add((entry for page in pages for entry in page.found), cuts, bounded=True)
            self._db.executemany(
                "INSERT INTO cut VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET pages = pages + excluded.pages",
                ((*attrs.astuple(cut), count) for cut, count in cuts.items() if count),
            )
            return added

    def _finish(self, row: Row, final_url: str) -> None:
        count = self._db.execute("UPDATE url SET state = 1 WHERE id = ? AND state = 0", (row.id,)).rowcount
        self._db.execute(
            "UPDATE host SET pending = pending - ?, done = done + 1 WHERE name = ?", (count, row.host)
        )
        if final_url and (key := key_of(final_url)) != row.key:
            self._finish_destination(key, final_url, row)

    def _finish_destination(self, key: int, url: str, row: Row) -> None:
        """The page a redirect led to was read as well: it needs no visit of its own."""
        host = self._host(host_of(url))
        known = self._db.execute("SELECT id FROM url WHERE key = ? AND state = 0", (key,)).fetchone()
        if known:
            self._db.execute("UPDATE url SET state = 1 WHERE id = ?", known)
            self._db.execute("UPDATE host SET pending = pending - 1 WHERE id = ?", (host,))
        else:
            self._db.execute(
                "INSERT OR IGNORE INTO url (key, host, rank, depth, hops, state, url) VALUES (?, ?, 0, ?, ?, 1, ?)",
                (key, host, row.depth, row.hops, url),
            )

    def _leave(self, row: Row) -> int:
        """A row that waited is not to be fetched."""
        count = self._db.execute("UPDATE url SET state = 2 WHERE id = ? AND state = 0", (row.id,)).rowcount
        self._db.execute("UPDATE host SET pending = pending - ? WHERE name = ?", (count, row.host))
        return count

    def _refuse(self, refused: Iterable[Refused], cuts: dict[Cut, int]) -> None:
        """Keep URLs that are not to be fetched, so that each is counted once."""
        for url, depth, hops, cut in refused:
            values = (key_of(url), depth, hops, url)
            cuts[cut] = (
                cuts.get(cut, 0)
                + self._db.execute(
                    "INSERT OR IGNORE INTO url (key, host, rank, depth, hops, state, url) VALUES (?, 0, 0, ?, ?, 2, ?)",
                    values,
                ).rowcount
            )

    def _add(
        self, entries: Iterable[Asked], cuts: dict[Cut, int], *, bounded: bool = False, ordered: bool = False
    ) -> dict[str, int]:
        added: dict[str, int] = {}
        hosts: dict[str, int] = {}
        for url, depth, hops in entries:
            name = host_of(url)
            if (
                bounded
                and self.most_hosts
                and depth < LISTING
                and name not in hosts
                and self._is_one_too_many(name)
            ):
                domain = domain_of(name)
                self._refuse([(url, depth, hops, Cut(domain, f"*.{domain}", "hosts"))], cuts)
                continue
            host = hosts.get(name) or hosts.setdefault(name, self._host(name))
            values = (key_of(url), host, 0 if ordered else rank(url, depth), depth, hops, url)
            if self._db.execute(
                "INSERT OR IGNORE INTO url (key, host, rank, depth, hops, url) VALUES (?, ?, ?, ?, ?, ?)",
                values,
            ).rowcount:
                added[name] = added.get(name, 0) + 1
        self._db.executemany(
            "UPDATE host SET pending = pending + ? WHERE name = ?", ((n, name) for name, n in added.items())
        )
        return added

    def _is_one_too_many(self, name: str) -> bool:
        """Is this a new host, of a domain that has as many as it may have?"""
        if self._db.execute("SELECT 1 FROM host WHERE name = ?", (name,)).fetchone():
            return False
        query = "SELECT count(*) FROM host WHERE domain = ?"
        return bool(self._db.execute(query, (domain_of(name),)).fetchone()[0] >= self.most_hosts)

    def _host(self, name: str) -> int:
        found = self._db.execute("SELECT id FROM host WHERE name = ?", (name,)).fetchone()
        if found:
            return int(found[0])
        return int(
            self._db.execute(
                "INSERT INTO host (name, domain) VALUES (?, ?)", (name, domain_of(name))
            ).lastrowid
            or 0
        )

    def is_done(self, key: int) -> bool:
        """Was the page of this key fetched in this round?"""
        done = self._db.execute("SELECT 1 FROM url WHERE key = ? AND state = 1", (key,)).fetchone()
        return done is not None

    def pending_hosts(self, limit: int, after: int = 0) -> list[tuple[int, str, str, int]]:
        """Hosts with pages to fetch, in the order they were found: (id, name, domain, how many), at most ``limit``."""
        query = "SELECT id, name, domain, pending FROM host WHERE pending > 0 AND id > ? ORDER BY id LIMIT ?"
        return self._db.execute(query, (after, limit)).fetchall()

    def take(self, host: str, limit: int, held: Iterable[int]) -> list[Row]:
        """The best pending rows of a host that are not ``held`` in memory already."""
        held = set(held)
        query = (
            "SELECT url.id, key, url.url, name, domain, depth, hops, coalesce(headers, '') FROM url"
            " JOIN host ON host.id = url.host LEFT JOIN asking ON asking.url = url.url"
            " WHERE host.name = ? AND state = 0 ORDER BY rank, url.id LIMIT ?"
        )
        return [
            Row(*found)
            for found in self._db.execute(query, (host, limit + len(held)))
            if found[0] not in held
        ][:limit]

    def done_by_domain(self) -> dict[str, int]:
        """How many pages were fetched of each registrable domain in this round."""
        return dict(
            self._db.execute("SELECT domain, sum(done) FROM host GROUP BY domain HAVING sum(done) > 0")
        )

    def cuts(self) -> list[tuple[Cut, int]]:
        """What was left out in this round, and how many pages of it were found, most first."""
        query = "SELECT domain, pattern, reason, pages FROM cut ORDER BY pages DESC, pattern"
        return [(Cut(*cut), pages) for *cut, pages in self._db.execute(query)]

    def totals(self) -> tuple[int, int]:
        """Pages (still to fetch, fetched)."""
        pending, done = self._db.execute("SELECT sum(pending), sum(done) FROM host").fetchone()
        return pending or 0, done or 0

    def robots(self, origin: str) -> RobotsAnswer | None:
        """The last answer of a site to the request for its robots.txt."""
        found = self._db.execute("SELECT * FROM robots WHERE origin = ?", (origin,)).fetchone()
        return RobotsAnswer(*found) if found else None

    # The outbox

    def seal(self, most: int) -> int | None:
        """Give the next ``most`` pages of facts a batch number that never changes; the lowest number not yet fed."""
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            open_batch = self._db.execute("SELECT min(batch) FROM outbox").fetchone()[0]
            if open_batch is not None:
                return int(open_batch)
            batch = int(self.get("last_batch") or 0) + 1
            query = "UPDATE outbox SET batch = ? WHERE id IN (SELECT id FROM outbox ORDER BY id LIMIT ?)"
            if not self._db.execute(query, (batch, most)).rowcount:
                return None
            self._db.execute("INSERT OR REPLACE INTO meta VALUES ('last_batch', ?)", (str(batch),))
            return batch

    def batch(self, number: int) -> list[str]:
        """The facts of a batch, one JSON text per page."""
        return [
            facts
            for (facts,) in self._db.execute(
                "SELECT facts FROM outbox WHERE batch = ? ORDER BY id", (number,)
            )
        ]

    def drop(self, number: int) -> None:
        """Forget a batch that the index holds."""
        with self._db:
            self._db.execute("DELETE FROM outbox WHERE batch = ?", (number,))

    def waiting(self) -> int:
        """How many pages of facts wait in the outbox."""
        return int(self._db.execute("SELECT count(*) FROM outbox").fetchone()[0])


def fault(path: Path, error: BaseException) -> IndexFault:
    """What to tell of a job file that cannot be used."""
    hints = {
        "locked": "another process holds it",
        "malformed": "move it away; the facts already in the index are safe",
        "not a database": "move it away",
        "full": "free some disk space and run the same command again",
    }
    hint = next(
        (hint for word, hint in hints.items() if word in str(error)), "check the path and its permissions"
    )
    return IndexFault(f"the job file {path} cannot be used: {error}", hint)
