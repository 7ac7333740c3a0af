"""One job's file: the URLs to fetch, the outbox of facts, and a few words about the job. SQLite, nothing of Scrapy.

A page that is in flight is only known in memory. In one transaction its facts enter the outbox, it is marked done,
and the URLs it gave are added; so after ``kill -9`` at any moment, what is not done is simply still to do.
"""

from __future__ import annotations

import itertools
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import attrs

from ..errors import IndexFault, NewerIndexError
from ..urls import domain_of, host_of
from .clock import utc_now
from .outbox import Outbox, hand_over
from .row import Page, RobotsAnswer, Row, key_of
from .scope import LISTING, rank
from .shard import Handed, Shard, bucket_of
from .trap import Asked, Cut, Refused

T = TypeVar("T")

FORMAT = 4
PENDING, DONE, CUT, HANDED = 0, 1, 2, 3
"""The states of a URL. One that was handed over is of another shard's domain."""
FETCHED_BEFORE = -1
"""The rank of a URL that is fetched once more in one round, since it was found nearer to a seed; others have 0 or more."""
NEARER_KNOWN = "((?4 AND depth < ?1) OR (?5 AND hops < ?2))"
NEARER_SAID = "((?4 AND depth > ?1) OR (?5 AND hops > ?2))"
"""Is a row nearer than the depth ?1 and the hops ?2, where ?4 and ?5 say which of the two counts; or are these?"""
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


@attrs.define
class _Gain:
    """What a transaction adds: new rows by host, URLs that were left out, and those of other shards."""

    added: dict[str, int] = attrs.field(factory=dict)
    cuts: dict[Cut, int] = attrs.field(factory=dict)
    handed: list[Handed] = attrs.field(factory=list)

    def add(self, host: str) -> None:
        """One more row of a host is to be asked for."""
        self.added[host] = self.added.get(host, 0) + 1

    def cut(self, cut: Cut, pages: int) -> None:
        """Pages are left out."""
        self.cuts[cut] = self.cuts.get(cut, 0) + pages


class JobStore:
    """The file of one job. Each thread that works with it opens its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.most_hosts = 0
        """New hosts of a registrable domain are not taken up beyond this number; 0 is no limit."""
        self.bounded_depth = self.bounded_hops = False
        """Whether a URL that is found again with less depth, or fewer hops, is nearer: where that decides what is fetched."""
        self.shard: Shard | None = None
        """The part of a crawl that this job has, if it is one: URLs of the others' domains are handed over."""
        self.run = ""
        """The run that hands them over."""
        self.handed_over = 0
        """How many it has."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            with self._db:
                self._db.execute("BEGIN IMMEDIATE")
                self._create()
            self.outbox = Outbox(self._db)
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
        """Add seeds, streamed; how many are new, by host. Those of other shards are theirs to add."""
        own = (url for url in seeds if self.shard is None or self.shard.owns(host_of(url)))
        return self._take_in((url, 0, 0) for url in own)

    def add_handed(self, handed: Iterable[Asked]) -> dict[str, int]:
        """Add what other shards handed over, streamed in parts; how many are new or nearer than they were, by host."""
        added: Counter[str] = Counter()
        for part in _parts(handed):
            added.update(self._take_in(part, bounded=True))
        return added

    def add_pages(self, pages: Iterable[tuple[str, str]], depth: int = 0) -> dict[str, int]:
        """Add (URL, headers) to be asked for in this order within a host, streamed; how many are new, by host.

        ``headers`` is a JSON object of header fields, which go to this URL and to no other, or empty. The file is locked
        for a part at a time; parts that were added before a crash are passed over when all are added again.
        """
        added: Counter[str] = Counter()
        for part in _parts(pages):
            asking = [(url, headers) for url, headers in part if headers]
            added.update(self._take_in(((url, depth, 0) for url, _ in part), ordered=True, asking=asking))
        return added

    def _take_in(
        self,
        entries: Iterable[Asked],
        *,
        bounded: bool = False,
        ordered: bool = False,
        asking: Iterable[tuple[str, str]] = (),
    ) -> dict[str, int]:
        """One transaction of URLs that no page gave; how many rows are new, by host."""
        gain = _Gain()
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany("INSERT OR REPLACE INTO asking VALUES (?, ?)", asking)
            self._add(entries, gain, bounded=bounded, ordered=ordered)
            self._keep(gain)
        return gain.added

    def commit(self, pages: Sequence[Page]) -> dict[str, int]:
        """Store the outcome of pages in one transaction; returns how many new URLs there are, by host."""
        gain = _Gain()
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self.outbox.add(page.facts for page in pages if page.facts is not None)
            self._db.executemany(
                "INSERT OR REPLACE INTO robots VALUES (?, ?, ?, ?)",
                (attrs.astuple(page.robots) for page in pages if page.robots is not None),
            )
            again: Counter[str] = Counter()
            for page in pages:
                if page.row is not None and page.cut is not None:
                    gain.cut(page.cut, self._leave(page.row))
                elif page.row is not None and not self._finish(page.row, page.final_url):
                    again[page.row.host] += 1
                self._refuse(page.refused, gain)
            self._add((entry for page in pages for entry in page.found), gain, bounded=True)
            self._keep(gain)
        return dict(Counter(gain.added) + again)

    def _keep(self, gain: _Gain) -> None:
        """Count what was added and left out, and put into the outbox what is handed over."""
        self._db.executemany(
            "UPDATE host SET pending = pending + ? WHERE name = ?",
            ((n, name) for name, n in gain.added.items()),
        )
        self._db.executemany(
            "INSERT INTO cut VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET pages = pages + excluded.pages",
            ((*attrs.astuple(cut), count) for cut, count in gain.cuts.items() if count),
        )
        if gain.handed:
            self.outbox.add([hand_over(gain.handed)])
            self.handed_over += len(gain.handed)

    def _finish(self, row: Row, final_url: str) -> bool:
        """A row was fetched; False when it was found nearer meanwhile, so that it is to be asked for once more."""
        query = f"UPDATE url SET state = 1 WHERE id = ?3 AND state = 0 AND NOT {NEARER_KNOWN}"  # noqa: S608
        count = self._db.execute(query, (row.depth, row.hops, row.id, *self._bounds)).rowcount
        self._db.execute(
            "UPDATE host SET pending = pending - ?, done = done + 1 WHERE name = ?", (count, row.host)
        )
        if final_url and (key := key_of(final_url)) != row.key:
            self._finish_destination(key, final_url, row)
        again = "UPDATE url SET rank = ? WHERE id = ? AND state = 0"
        return bool(count) or not self._db.execute(again, (FETCHED_BEFORE, row.id)).rowcount

    def _finish_destination(self, key: int, url: str, row: Row) -> None:
        """The page a redirect led to was read as well: it needs no visit of its own."""
        host = self._host(host_of(url))
        query = f"SELECT id, {NEARER_KNOWN} FROM url WHERE key = ?3 AND state = 0"  # noqa: S608
        known = self._db.execute(query, (row.depth, row.hops, key, *self._bounds)).fetchone()
        if known and known[1]:
            return  # it is nearer than this way, and may lead farther
        if known:
            self._db.execute("UPDATE url SET state = 1 WHERE id = ?", known[:1])
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

    def _refuse(self, refused: Iterable[Refused], gain: _Gain) -> None:
        """Keep URLs that are not to be fetched, so that each is counted once."""
        for url, depth, hops, cut in refused:
            gain.cut(cut, self._insert(url, 0, 0, depth, hops, CUT))

    def _add(
        self, entries: Iterable[Asked], gain: _Gain, *, bounded: bool = False, ordered: bool = False
    ) -> None:
        hosts: dict[str, int] = {}
        for url, depth, hops in entries:
            name = host_of(url)
            if self.shard is not None and not self.shard.owns(name):
                self._hand_over(url, name, depth, hops, gain)
                continue
            if (
                bounded
                and self.most_hosts
                and depth < LISTING
                and name not in hosts
                and self._is_one_too_many(name)
            ):
                domain = domain_of(name)
                self._refuse([(url, depth, hops, Cut(domain, f"*.{domain}", "hosts"))], gain)
                continue
            host = hosts.get(name) or hosts.setdefault(name, self._host(name))
            place = 0 if ordered else rank(url, depth)
            if self._insert(url, host, place, depth, hops) or self._bring_near(url, depth, hops, DONE):
                gain.add(name)
            else:
                self._bring_near(url, depth, hops, PENDING)

    def _insert(self, url: str, host: int, place: int, depth: int, hops: int, state: int = PENDING) -> int:
        """Add a URL; 0 when it is known."""
        return self._db.execute(
            "INSERT OR IGNORE INTO url (key, host, rank, depth, hops, state, url) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (key_of(url), host, place, depth, hops, state, url),
        ).rowcount

    def _bring_near(self, url: str, depth: int, hops: int, state: int) -> int:
        """Keep that a known URL of this state is nearer than it was; one that was fetched is to be fetched again, since
        it may lead farther now. So what a crawl fetches does not depend on the order in which it finds it.
        """
        if not any(self._bounds) or depth >= LISTING:
            return 0
        again = f", state = {PENDING}, rank = {FETCHED_BEFORE}" if state == DONE else ""
        return self._db.execute(
            f"UPDATE url SET hops = CASE WHEN depth < {LISTING} THEN min(hops, ?2) ELSE ?2 END, depth = min(depth, ?1){again}"  # noqa: S608
            f" WHERE key = ?3 AND state = ?6 AND {NEARER_SAID}",
            (depth, hops, key_of(url), *self._bounds, state),
        ).rowcount

    @property
    def _bounds(self) -> tuple[bool, bool]:
        return self.bounded_depth, self.bounded_hops

    def _hand_over(self, url: str, host: str, depth: int, hops: int, gain: _Gain) -> None:
        """A URL of another shard's domain is kept, so that it is handed over once, and once more when it is nearer."""
        if self._insert(url, 0, 0, depth, hops, HANDED) or self._bring_near(url, depth, hops, HANDED):
            crawl_id = self.get("crawl_id") or ""
            gain.handed.append(Handed(crawl_id, bucket_of(host), url, depth, hops, self.run, utc_now()))

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
            "SELECT url.id, key, url.url, name, domain, depth, hops, coalesce(headers, ''), rank < 0 FROM url"
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


def _parts(rows: Iterable[T]) -> Iterator[list[T]]:
    """Rows, so many at once."""
    rest = iter(rows)
    while part := list(itertools.islice(rest, PAGES_AT_ONCE)):
        yield part


def fault(path: Path, error: BaseException) -> IndexFault:
    """What to tell of a job file that cannot be used."""
    hints = {
        "locked": "another process holds it",
        "disk I/O": "check the disk, its free space and the permissions",
        "malformed": "move it away; the facts already in the index are safe",
        "not a database": "move it away",
        "full": "free some disk space and run the same command again",
    }
    hint = next(
        (hint for word, hint in hints.items() if word in str(error)), "check the path and its permissions"
    )
    return IndexFault(f"the job file {path} cannot be used: {error}", hint)
