"""Where in an archive a link to a target may be: a search over bytes that misses none, however many the targets.

Hyperscan looks for all patterns at once: the hosts in ASCII, of any case, and what every other spelling of one has to hold. What
is around a place where either is found tells for most that no URL's host can be there. The others are read in full.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterable, Sequence

import hyperscan

from ..classify.target import Targets
from .spelling import is_whole, may_be_in_host, odd

CLOSE = 32
"""Bytes: less than from the JSON of one record to that of the next."""


def search_for(targets: Targets) -> Search:
    """The search for the hosts of targets and of their aliases, which is made once for all files of a run."""
    hosts = _outermost(host for target in targets for host in (target.part.host, *target.aliases))
    return _search(hosts, threading.get_ident())


@functools.lru_cache(maxsize=4)
def _search(hosts: tuple[str, ...], _thread: int) -> Search:
    return Search(hosts)


class Search:
    """Looks for hosts. One for each thread: a scan uses space of its own."""

    def __init__(self, hosts: Sequence[str]) -> None:
        self._sizes = [len(host) for host in hosts]
        self._hosts = _database([host.encode() for host in hosts], hyperscan.HS_FLAG_CASELESS, literal=True)
        self._odd = _database([odd(hosts)], hyperscan.HS_FLAG_DOTALL)

    def places(self, data: bytes) -> list[int]:
        """Where something ends in ``data`` that may be the host of a target; of places close by one is enough."""
        found = [-CLOSE]

        def host(pattern: int, _begin: int, end: int, _flags: int, _context: object) -> None:
            if end >= found[-1] + CLOSE and is_whole(data, end, self._sizes[pattern]):
                found.append(end)

        def other(_pattern: int, _begin: int, end: int, _flags: int, _context: object) -> None:
            if end >= found[-1] + CLOSE and may_be_in_host(data, end):
                found.append(end)

        self._hosts.scan(data, match_event_handler=host)
        found.append(-CLOSE)
        self._odd.scan(data, match_event_handler=other)
        return [place for place in found if place >= 0]


def _outermost(hosts: Iterable[str]) -> tuple[str, ...]:
    """Hosts without those that lie within another, whose spelling holds that of the other."""
    every = set(hosts)
    return tuple(sorted(host for host in every if every.isdisjoint(_parents(host))))


def _parents(host: str) -> list[str]:
    labels = host.split(".")
    return [".".join(labels[at:]) for at in range(1, len(labels))]


def _database(patterns: Sequence[bytes], flags: int, *, literal: bool = False) -> hyperscan.Database:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=patterns,
        ids=list(range(len(patterns))),
        elements=len(patterns),
        flags=flags,
        literal=literal,
    )
    return database
