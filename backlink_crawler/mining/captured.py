"""What captures of a domain hold for a target: their records are fetched alone, a few at a time, and read in full."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol

import attrs

from ..classify.target import Targets
from ..discovery.commoncrawl.capture import best
from ..discovery.run import MALFORMED
from ..discovery.source import Candidate
from ..errors import SourceFault
from .warc import visit_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..classify.target import Target
    from ..discovery.commoncrawl.capture import Capture
    from ..discovery.commoncrawl.files import Files
    from ..items import Visit

PROVENANCE = "commoncrawl"
IN_A_ROW = 5
"""So many domains without an answer, one after the other: then it is not the domains."""
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

    Raises SourceFault when many domains in a row cannot be looked up.
    """
    read = Captured()
    targets = Targets([target])
    in_a_row = 0
    with ThreadPoolExecutor(AT_ONCE, "commoncrawl") as threads:
        for domain in domains:
            try:
                captures = _captures(lookup, domain, crawls, most)
                in_a_row = 0
            except SourceFault as fault:
                in_a_row += 1
                if in_a_row == IN_A_ROW:
                    raise SourceFault(
                        f"{IN_A_ROW} domains in a row: {fault.reason}", fault.hint, fault.status
                    ) from None
                read.failed.append(domain)
                continue
            parts = threads.map(lambda one: _part(files, one), captures)
            for capture, part in zip(captures, parts, strict=True):
                visit = None if part is None else _visit(capture, part, targets)
                if visit is None:
                    read.unread.append(_candidate(capture))
                else:
                    read.visits.append(visit)
    return read


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


def _part(files: Files, capture: Capture) -> bytes | None:
    try:
        return (
            files.part(capture.file, capture.offset, capture.length)
            if 0 < capture.length <= MOST_LENGTH
            else None
        )
    except SourceFault:
        return None


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
