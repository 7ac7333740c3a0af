"""What captures of a domain hold for a target: their records are fetched alone, a few at a time, and read in full."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Protocol

import attrs

from ..classify.target import Targets
from ..discovery.commoncrawl.capture import best
from ..discovery.run import MALFORMED
from ..discovery.source import Candidate
from ..errors import ArchiveFault, SourceFault
from .warc import visit_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..classify.target import Target
    from ..discovery.commoncrawl.capture import Capture
    from ..discovery.commoncrawl.files import Files
    from ..items import Visit

PROVENANCE = "commoncrawl"
IN_A_ROW = 5
"""So many domains or records without an answer, one after the other: then it is not they that are the matter."""
AT_ONCE = 4
"""Records that are asked for at the same time."""
MOST_LENGTH = 32 * 1024 * 1024
"""Bytes of a record as it is stored."""


class Lookup(Protocol):
    """What knows where the captures of a domain lie."""

    @property
    def faults(self) -> list[str]:
        """Files that it could not read."""

    def captures(self, crawl: str, domain: str, most: int) -> list[Capture]:
        """The best captures of a domain and its hosts in a crawl. Raises SourceFault."""


@attrs.frozen
class Captured:
    """What some domains came to: pages that were read, captures that could not be, and domains that could not be looked up."""

    visits: list[Visit] = attrs.field(factory=list)
    unread: list[Candidate] = attrs.field(factory=list)
    failed: list[str] = attrs.field(factory=list)


def read_domains(
    domains: Sequence[str], target: Target, lookup: Lookup, files: Files, *, crawls: Sequence[str], most: int
) -> Captured:
    """Look up the best ``most`` captures of each domain and read them for ``target``.

    Raises SourceFault when many domains in a row cannot be looked up, or many records not be had.
    """
    read = Captured()
    targets = Targets([target])
    lookups, records = _Row("domains"), _Row("records")
    with ThreadPoolExecutor(AT_ONCE, "commoncrawl") as threads:
        for domain in domains:
            try:
                captures = _captures(lookup, domain, crawls, most)
            except SourceFault as fault:
                lookups.failed(fault)
                read.failed.append(domain)
                continue
            lookups.length = 0
            for capture, part in zip(captures, threads.map(partial(_part, files), captures), strict=True):
                if isinstance(part, bytes):
                    records.length = 0
                elif part is not None:
                    records.failed(part)
                visit = _visit(capture, part, targets) if isinstance(part, bytes) else None
                if visit is None:
                    read.unread.append(_candidate(capture))
                else:
                    read.visits.append(visit)
    return read


@attrs.define
class _Row:
    """How many of a kind failed one after the other."""

    kind: str
    length: int = 0

    def failed(self, fault: SourceFault | ArchiveFault) -> None:
        """One more; raises SourceFault when these are too many."""
        self.length += 1
        if self.length == IN_A_ROW:
            raise SourceFault(f"{IN_A_ROW} {self.kind} in a row: {fault.reason}", fault.hint) from None


def _captures(lookup: Lookup, domain: str, crawls: Sequence[str], most: int) -> list[Capture]:
    """The best captures of a domain, from the first crawls that have enough."""
    found: list[Capture] = []
    for crawl in crawls:
        try:
            found = best([*found, *lookup.captures(crawl, domain, most)], most)
        except MALFORMED:
            raise SourceFault("its answer is not of the documented form") from None
        if len(found) >= most:
            break
    return found


def _part(files: Files, capture: Capture) -> bytes | ArchiveFault | None:
    """The bytes of a record; None where there are none to have, the fault where they could not be had."""
    if not 0 < capture.length <= MOST_LENGTH:
        return None
    try:
        return files.part(capture.file, capture.offset, capture.length)
    except ArchiveFault as fault:
        return None if isinstance(fault.__cause__, FileNotFoundError | EOFError) else fault


def _visit(capture: Capture, part: bytes, targets: Targets) -> Visit | None:
    return visit_of(part, targets, provenance=PROVENANCE, name=capture.file, offset=capture.offset)


def _candidate(capture: Capture) -> Candidate:
    return Candidate(
        capture.url,
        why="captured by Common Crawl at a domain that links; its record could not be read",
        kind="hint",
        last_seen=capture.time,
        origin=f"{capture.file}:{capture.offset}",
    )
