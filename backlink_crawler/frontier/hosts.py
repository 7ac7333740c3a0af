"""Whose turn it is. Hosts are served in turn, each as fast as it may be asked, its best pages first.

Only a few rows per host are held in memory; the store knows the rest. Nothing here knows Scrapy, SQLite or a clock.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable

import attrs

from .store import Row

LOOKAHEAD = 32
"""How many rows of one host are held in memory."""
MOST_HOSTS = 4096
"""How many hosts are held in memory; further ones wait in the store."""


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

    def spend(self, domain: str) -> None:
        """One page of this domain is being fetched."""
        self.spent += 1
        self.spent_by_domain[domain] = self.spent_by_domain.get(domain, 0) + 1


@attrs.define(eq=False)
class HostQueue:
    """The rows of one host: ``rows`` in memory, ``stored`` more in the file, ``busy`` of them in flight."""

    name: str
    rows: deque[Row] = attrs.field(factory=deque)
    stored: int = 0
    busy: int = 0
    loading: bool = False
    in_line: bool = False

    @property
    def is_empty(self) -> bool:
        """Nothing to fetch, nothing in flight."""
        return not (self.rows or self.stored or self.busy or self.loading)


@attrs.define
class HostQueues:
    """All hosts in memory. ``per_host`` requests at a time go to one host."""

    budget: Budget
    per_host: int = 1
    hosts: dict[str, HostQueue] = attrs.field(factory=dict)
    waits_in_store: bool = False
    _ready: deque[HostQueue] = attrs.field(factory=deque)
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
        host.stored = max(host.stored - len(rows), 0) if len(rows) == LOOKAHEAD else 0
        self._line_up(host)
        self._drop_if_empty(host)

    def take(self, now: float) -> Row | None:
        """The next row to fetch at this moment, or None when every host must wait."""
        while self._later and self._later[0][0] <= now:
            host = heapq.heappop(self._later)[2]
            self._ready.append(host)
        while self._ready and not self.budget.is_spent:
            host = self._ready.popleft()
            host.in_line = False
            row = self._next_row(host)
            if row is None:
                continue
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
        host = self.hosts.get(row.host)
        if host is None:
            return
        host.busy -= 1
        self._line_up(host, now, ready_at)
        self._drop_if_empty(host)

    @property
    def has_rows(self) -> bool:
        """Is there anything more to fetch within the budget, now or later?"""
        if self.budget.is_spent:
            return False
        return self.waits_in_store or any(
            host.rows or host.stored or host.loading for host in self.hosts.values()
        )

    @property
    def known(self) -> int:
        """How many rows wait, of the hosts in memory."""
        return sum(len(host.rows) + host.stored for host in self.hosts.values())

    def _next_row(self, host: HostQueue) -> Row | None:
        if not host.rows:
            return None
        if self.budget.allows(host.rows[0].domain):
            return host.rows.popleft()
        host.rows.clear()
        host.stored = 0
        self._drop_if_empty(host)
        return None

    def _line_up(self, host: HostQueue, now: float = 0.0, ready_at: float = 0.0) -> None:
        if host.in_line or not host.rows or host.busy >= self.per_host:
            return
        host.in_line = True
        if ready_at > now:
            self._serial += 1
            heapq.heappush(self._later, (ready_at, self._serial, host))
        else:
            self._ready.append(host)

    def _note_hunger(self, host: HostQueue) -> None:
        if host.stored and not host.loading and len(host.rows) < LOOKAHEAD // 4:
            self._hungry[host.name] = host

    def _drop_if_empty(self, host: HostQueue) -> None:
        if host.is_empty and host.name not in self._hungry:
            self.hosts.pop(host.name, None)
