"""Which stretches of an archive may hold a link to a target: a search over bytes that misses none, however many targets.

Two passes by Hyperscan, which looks for all patterns at once: a fast one over everything, for what each spelling of a
target's host has to hold, and one that is exact as far as bytes go, over the records in which the first found something.
What passes both is read in full.
"""

from __future__ import annotations

import re
from contextlib import suppress
from collections.abc import Iterable, Sequence

import hyperscan

from ..classify.target import Targets
from .spelling import ODD_HOST, odd, written


class Search:
    """Looks for the hosts of targets and of their aliases. One for each thread: a scan uses space of its own."""

    def __init__(self, targets: Targets) -> None:
        hosts = _outermost(host for target in targets for host in (target.part.host, *target.aliases))
        self._plain = _database([re.escape(host).encode() for host in hosts], hyperscan.HS_FLAG_CASELESS)
        self._odd = _database([odd(hosts)])
        self._sure = _database([*map(written, hosts), ODD_HOST], hyperscan.HS_FLAG_SINGLEMATCH)

    def places(self, data: bytes) -> list[int]:
        """Where something ends in ``data`` that may be a spelling of a host, in no order."""
        found: list[int] = []

        def keep(_pattern: int, _begin: int, end: int, _flags: int, _context: object) -> None:
            found.append(end)

        self._plain.scan(data, match_event_handler=keep)
        self._odd.scan(data, match_event_handler=keep)
        return found

    def holds(self, record: bytes) -> bool:
        """Whether the JSON of a record may hold the host of a link to a target."""
        found: list[int] = []

        def keep(pattern: int, _begin: int, _end: int, _flags: int, _context: object) -> bool:
            found.append(pattern)
            return True  # which ends the scan

        with suppress(hyperscan.ScanTerminated):
            self._sure.scan(record, match_event_handler=keep)
        return bool(found)


def _outermost(hosts: Iterable[str]) -> list[str]:
    """Hosts without those that lie within another, whose spelling holds that of the other."""
    every = set(hosts)
    return sorted(host for host in every if every.isdisjoint(_parents(host)))


def _parents(host: str) -> list[str]:
    labels = host.split(".")
    return [".".join(labels[at:]) for at in range(1, len(labels))]


def _database(patterns: Sequence[bytes], flags: int = 0) -> hyperscan.Database:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=patterns,
        ids=list(range(len(patterns))),
        elements=len(patterns),
        flags=flags | hyperscan.HS_FLAG_DOTALL,
    )
    return database
