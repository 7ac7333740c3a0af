"""Whose turn it is. Hosts are served in turn, each as fast as it may be asked, its best pages first.

Only a few rows per host are held in memory; the store knows the rest. Nothing here knows Scrapy, SQLite or a clock.
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Iterable

import attrs

from .row import Row

LOOKAHEAD = 32
"""How many rows of one host are held in memory."""
MOST_HOSTS = 4096
"""How many hosts are held in memory; further ones wait in the store."""
PARK_AFTER = 3
"""So many failures in a row, and a host is parked."""
SECONDS_TO_PROBE = 300.0
"""A parked host is asked again after this time, with one page."""
PARKING = frozenset(
    """timeout dns_error bot_challenge domain_gone tls_error connection_error http_4xx http_429 http_5xx robots_disallowed too_large
    truncated error""".split()
)
"""The outcomes of a request that can have failed."""
MOST_SECONDS_TO_WAIT = 3600.0
"""A host that asks for more patience is parked."""
MOST_TROUBLES = 10_000
"""How many failing hosts are remembered."""
MOST_ABANDONED = 100
"""How many rows are given up at once, so that the event loop goes on."""


@attrs.define
class Budget:
    """How many pages may be fetched, in all and of one registrable domain; 0 is no limit."""

    pages: int = 0
    pages_per_domain: int = 0
    spent: int = 0
    spent_by_domain: dict[str, int] = attrs.field(factory=dict)

    @property
    def is_spent(self) -> bool:
        """No further page may be fetched."""
        return bool(self.pages) and self.spent >= self.pages

    def allows(self, domain: str) -> bool:
        """May one more page of this domain be fetched?"""
        return not self.pages_per_domain or self.spent_by_domain.get(domain, 0) < self.pages_per_domain

    def spend(self, domain: str, pages: int = 1) -> None:
        """One page of this domain is being fetched; -1 when it is to be fetched again later."""
        self.spent += pages
        self.spent_by_domain[domain] = self.spent_by_domain.get(domain, 0) + pages


@attrs.define
class Trouble:
    """A host whose last request failed: how often in a row and when. ``outcome`` is set once it is parked."""

    failures: int = 0
    failed_at: float = -math.inf
    ready_at: float = 0.0
    outcome: str = ""


@attrs.define(eq=False)
class HostQueue:
    """The rows of one host: ``rows`` in memory, ``stored`` more in the file, ``busy`` of them in flight.

    ``failed`` rows are asked again, each at its own time. The host itself may be asked from ``ready_at`` on.
    """

    name: str
    rows: deque[Row] = attrs.field(factory=deque)
    failed: list[tuple[float, int, Row]] = attrs.field(factory=list)
    ready_at: float = 0.0
    stored: int = 0
    busy: int = 0
    loading: bool = False
    late: int = 0
    """Rows that were added while others were read: what is read may lack them."""
    in_line: float = math.inf
    """When its turn is; infinite while it stands in no line."""

    @property
    def has_rows(self) -> bool:
        """Is there anything to fetch?"""
        return bool(self.rows or self.failed or self.stored or self.loading)

    @property
    def is_empty(self) -> bool:
        """Nothing to fetch, nothing in flight."""
        return not (self.busy or self.has_rows)


@attrs.define
class HostQueues:
    """All hosts in memory. ``per_host`` requests at a time go to one host, ``most_doubtful`` to hosts that fail.

    A host that fails a second time in a row is left alone for ``pause`` seconds.
    """

    budget: Budget
    per_host: int = 1
    most_doubtful: int = 4
    pause: float = 10.0
    hosts: dict[str, HostQueue] = attrs.field(factory=dict)
    troubles: dict[str, Trouble] = attrs.field(factory=dict)
    waits_in_store: bool = False
    _ready: deque[HostQueue] = attrs.field(factory=deque)
    _doubtful: deque[HostQueue] = attrs.field(factory=deque)
    _trying: set[int] = attrs.field(factory=set)
    _later: list[tuple[float, int, HostQueue]] = attrs.field(factory=list)
    _serial: int = 0
    _hungry: dict[str, HostQueue] = attrs.field(factory=dict)

    def add(self, counts: Iterable[tuple[str, int]]) -> None:
        """There are new rows in the store: how many, by host."""
        for name, count in counts:
            host = self.hosts.get(name)
            if host is None:
                if len(self.hosts) >= MOST_HOSTS:
                    self.waits_in_store = True
                    continue
                host = self.hosts[name] = HostQueue(name)
            host.stored += count
            host.late += count if host.loading else 0
            self._note_hunger(host)

    @property
    def has_room(self) -> bool:
        """Hosts wait in the store, and there is room for them in memory."""
        return self.waits_in_store and len(self.hosts) < MOST_HOSTS // 2

    def hungry(self) -> list[HostQueue]:
        """Hosts whose rows should be read from the store now; they count as loading until :meth:`load`."""
        hosts = list(self._hungry.values())
        self._hungry.clear()
        for host in hosts:
            host.loading = True
        return hosts

    def load(self, host: HostQueue, rows: list[Row]) -> None:
        """Rows of a host came from the store; fewer than asked for means that it has no more."""
        host.loading = False
        host.rows.extend(rows)
        host.stored = max(host.stored - len(rows), 0) if len(rows) == LOOKAHEAD else host.late
        host.late = 0
        self._note_hunger(host)
        self._line_up(host)
        self._drop_if_empty(host)

    def take(self, now: float) -> Row | None:
        """The next row to fetch at this moment, or None when every host must wait."""
        while self._later and self._later[0][0] <= now:
            _, _, due = heapq.heappop(self._later)
            (self._doubtful if due.name in self.troubles else self._ready).append(due)
        while not self.budget.is_spent and (host := self._next_host()) is not None:
            if host.in_line > now:
                continue  # it had an earlier turn
            host.in_line = math.inf
            if self._due(host) > now:
                self._line_up(host)  # it failed since it stood in line
                continue
            row = self._next_row(host, now)
            if row is None:
                continue
            if host.name in self.troubles:
                self._trying.add(row.id)
            host.busy += 1
            self.budget.spend(row.domain)
            self._line_up(host)
            self._note_hunger(host)
            return row
        return None

    def next_time(self) -> float | None:
        """When the next host that waits for its delay may be asked."""
        return self._later[0][0] if self._later else None

    def release(self, row: Row, now: float, ready_at: float) -> None:
        """A row is no longer in flight; its host may be asked again at ``ready_at``."""
        self._trying.discard(row.id)
        host = self.hosts.get(row.host)
        if host is None:
            return
        host.busy -= 1
        host.ready_at = ready_at if ready_at > now else 0.0
        self._line_up(host)
        self._drop_if_empty(host)

    def skip(self, row: Row, now: float) -> None:
        """A row that was taken is not asked for after all; its host may be asked at once."""
        self.budget.spend(row.domain, -1)
        self.release(row, now, now)

    def put_back(self, row: Row, retry_at: float, now: float, ready_at: float) -> None:
        """A row in flight failed and is to be asked again at ``retry_at``; its host goes on with others meanwhile."""
        self.budget.spend(row.domain, -1)
        host = self.hosts.get(row.host)
        if host is not None:
            self._serial += 1
            heapq.heappush(host.failed, (retry_at, self._serial, row))
        self.release(row, now, ready_at)

    # Hosts that fail

    def fail(self, name: str, sent_at: float, now: float, wait: float = 0.0) -> bool:
        """A request to a host failed; True when it was one too many, so that its row is not to be asked again.

        ``wait`` are the seconds the host asked for. Requests that were in flight together fail for one reason and
        count once.
        """
        trouble = self.troubles.setdefault(name, Trouble())
        if len(self.troubles) > MOST_TROUBLES:
            self.troubles.pop(next(iter(self.troubles)))
        if sent_at > trouble.failed_at:
            trouble.failures += 1
        if wait > MOST_SECONDS_TO_WAIT:
            trouble.failures = PARK_AFTER
        trouble.failed_at = now
        is_last = trouble.failures >= PARK_AFTER
        pause = SECONDS_TO_PROBE if is_last else self.pause if trouble.failures > 1 else 0.0
        trouble.ready_at = max(trouble.ready_at, now + max(wait, pause))
        return is_last

    def recover(self, name: str) -> None:
        """A host answered: whatever it was, it is over."""
        if self.troubles.pop(name, None) is not None and (host := self.hosts.get(name)) is not None:
            self._line_up(host)

    def park(self, name: str, outcome: str) -> bool:
        """The visit that a failed request became; True when the host is parked by it: its rows will end with this outcome."""
        trouble = self.troubles.get(name)
        if trouble is None or trouble.outcome or trouble.failures < PARK_AFTER or outcome not in PARKING:
            return False
        trouble.outcome = outcome
        return True

    def parked(self, name: str) -> str:
        """The outcome for which a host is parked; empty for one that is not."""
        trouble = self.troubles.get(name)
        return trouble.outcome if trouble is not None else ""

    def abandon(self) -> list[tuple[Row, str]]:
        """The rows of parked hosts, each with its outcome, when nothing else is left to do or the room is needed."""
        if not any(trouble.outcome for trouble in self.troubles.values()):
            return []
        is_crowded = self.waits_in_store and not self.has_room
        if not is_crowded and not all(
            self.parked(name) and not host.busy for name, host in self.hosts.items()
        ):
            return []
        abandoned: list[tuple[Row, str]] = []
        for name, trouble in self.troubles.items():
            host = self.hosts.get(name) if trouble.outcome else None
            if host is None:
                continue
            while len(abandoned) < MOST_ABANDONED and (row := self._next_row(host, math.inf)) is not None:
                abandoned.append((row, trouble.outcome))
            self._note_hunger(host)
            self._drop_if_empty(host)
        return abandoned

    @property
    def has_rows(self) -> bool:
        """Is there anything more to fetch within the budget, now or later?"""
        if self.budget.is_spent:
            return False
        return self.waits_in_store or any(host.has_rows for host in self.hosts.values())

    @property
    def known(self) -> int:
        """How many rows wait, of the hosts in memory."""
        return sum(len(host.rows) + len(host.failed) + host.stored for host in self.hosts.values())

    def _next_host(self) -> HostQueue | None:
        """Hosts that fail come first, but few at a time: each may hold its request until it times out."""
        if self._doubtful and (len(self._trying) < self.most_doubtful or self._only_doubtful()):
            return self._doubtful.popleft()
        return self._ready.popleft() if self._ready else None

    def _only_doubtful(self) -> bool:
        return not self._ready and all(name in self.troubles for name in self.hosts)

    def _next_row(self, host: HostQueue, now: float) -> Row | None:
        row = None
        if host.failed and host.failed[0][0] <= now:
            row = heapq.heappop(host.failed)[2]
        elif host.rows:
            row = host.rows.popleft()
        if row is None or self.budget.allows(row.domain):
            return row
        host.rows.clear()
        host.failed.clear()
        host.stored = 0
        self._drop_if_empty(host)
        return None

    def _line_up(self, host: HostQueue) -> None:
        """Let a host stand in line for when it may be asked; an earlier turn makes a later one void."""
        if host.busy >= self.per_host or not (host.rows or host.failed):
            return
        ready_at = self._due(host)
        if ready_at >= host.in_line:
            return
        host.in_line = ready_at
        if ready_at:
            self._serial += 1
            heapq.heappush(self._later, (ready_at, self._serial, host))
        else:
            self._ready.append(host)

    def _due(self, host: HostQueue) -> float:
        """When the next row of a host that has some may be asked."""
        trouble = self.troubles.get(host.name)
        row_at = 0.0 if host.rows else host.failed[0][0]
        return max(host.ready_at, row_at, trouble.ready_at if trouble is not None else 0.0)

    def _note_hunger(self, host: HostQueue) -> None:
        if host.stored and not host.loading and len(host.rows) < LOOKAHEAD // 4:
            self._hungry[host.name] = host

    def _drop_if_empty(self, host: HostQueue) -> None:
        if host.is_empty and host.name not in self._hungry:
            self.hosts.pop(host.name, None)
