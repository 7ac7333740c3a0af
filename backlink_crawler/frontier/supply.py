"""Brings rows from the job's file into the queues in memory, before they run empty."""

from __future__ import annotations

from collections.abc import Callable, Collection

from .hosts import LOOKAHEAD, MOST_HOSTS, HostQueue, HostQueues
from .recorder import Recorder
from .row import Row
from .store import JobStore

SCANNED = MOST_HOSTS // 2
"""How many hosts are brought into memory at once."""


class Supply:
    """Asks the store in the recorder's thread, so that every answer holds what was committed before it.

    ``held`` are the ids of rows that are out of the queues and not committed: the store counts them as pending still,
    and must not give them again. ``on_rows`` is called when there may be more to fetch.
    """

    def __init__(
        self,
        store: JobStore,
        queues: HostQueues,
        recorder: Recorder,
        held: Collection[int],
        on_rows: Callable[[], None],
    ) -> None:
        self._store = store
        self._queues = queues
        self._recorder = recorder
        self._held = held
        self._on_rows = on_rows
        self._scanned_to = 0

    def feed(self) -> None:
        """Have rows read for the hosts that run short, and hosts brought in where there is room."""
        if self._queues.has_room:
            self.scan()
        hosts = self._queues.hungry()
        if not hosts:
            return
        held = set(self._held)
        wanted = [(host, held | {row.id for row in host.rows}) for host in hosts]

        def load() -> list[tuple[HostQueue, list[Row]]]:
            return [(host, self._store.take(host.name, LOOKAHEAD, ids)) for host, ids in wanted]

        self._recorder.call(load, self._loaded)

    def scan(self) -> None:
        """Bring hosts that wait in the store into memory, from where the last scan ended."""
        self._queues.waits_in_store = False
        after = self._scanned_to
        self._recorder.call(lambda: self._store.pending_hosts(SCANNED, after), self._scanned)

    def _loaded(self, loaded: list[tuple[HostQueue, list[Row]]]) -> None:
        for host, rows in loaded:
            self._queues.load(host, rows)
        self._on_rows()

    def _scanned(self, hosts: list[tuple[int, str, str, int]]) -> None:
        queues = self._queues
        self._scanned_to = hosts[-1][0] if len(hosts) == SCANNED else 0
        queues.waits_in_store = queues.waits_in_store or self._scanned_to > 0
        queues.add(
            (name, count)
            for _, name, domain, count in hosts
            if name not in queues.hosts and queues.budget.allows(domain)
        )
        self.feed()
        self._on_rows()
