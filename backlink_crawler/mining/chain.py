"""From a domain to verified links by Common Crawl: the domains that link by its graph, their captures by its index, and of these
just their records, read in full. No site is asked for anything.

It is a source of discovery (``discover=commoncrawl``) whose answers hold facts: what a page linked to when it was captured. A
capture that cannot be read is named as a page that may link.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Protocol

import attrs

from ..archive.members import members
from ..archive.record import parse
from ..archive.tally import Tally
from ..classify.target import Targets
from ..discovery.commoncrawl.bvgraph import transposed
from ..discovery.commoncrawl.cdx import IndexServer
from ..discovery.commoncrawl.referrers import Scan, keep, kept
from ..discovery.commoncrawl.release import Release, choose
from ..discovery.commoncrawl.table import ColumnarIndex
from ..discovery.failure import UNEXPECTED
from ..discovery.run import MALFORMED
from ..discovery.source import Answer, Candidate, Cursor, Facts
from ..errors import SourceFault, UsageError
from .mirror import Mirror
from .warc import visit_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence
    from pathlib import Path

    import pyarrow as pa

    from ..classify.target import Target
    from ..discovery.commoncrawl.capture import Capture
    from ..discovery.commoncrawl.files import Files
    from ..discovery.web import Web
    from ..items import Visit

PROVENANCE = "commoncrawl"
DATA = "https://data.commoncrawl.org"
DOMAINS = 20
"""Domains of one answer: always the same ones, so that what is stored of them is known by the number of the answer."""
SECONDS = 20.0
"""The graph is read for so long in one answer."""
IN_A_ROW = 5
"""So many domains without an answer, one after the other: then the index is down."""
AT_ONCE = 4
"""Records that are asked for at the same time."""
MOST_LENGTH = 32 * 1024 * 1024
"""Bytes of a record as it is stored."""
_NAMED = 3


class Lookup(Protocol):
    """What knows where the captures of a domain lie."""

    faults: list[str]

    def captures(self, crawl: str, domain: str, most: int) -> list[Capture]:
        """The best captures of a domain. Raises SourceFault."""


@attrs.define
class CommonCrawl:
    """The source. What it holds beside the cursor is had again by reading it again.

    The cursor has the release (``graph``) and the crawls, and how far was come: first through the graph, whose result is a file
    beside the jobs, then through the domains in that file (``place``). Domains that could not be looked up are asked again
    after the others (``later``), and once by every later run. ``faults`` are files that could not be read.
    """

    _scan: Scan | None = None
    _scanning: Generator[None, None, pa.Table] | None = None
    _domains: pa.Array[pa.StringScalar] | None = None
    _lookup: Lookup | None = None
    _has_begun: bool = False

    def begin(self, target: Target) -> Cursor:
        """With the graph."""
        return {}

    def ask(self, web: Web, target: Target, cursor: Cursor) -> Answer:
        """Read on in the graph, or look up the next domains and read what they have. Raises SourceFault for what could not be
        read, after all else.
        """
        if not self._has_begun and (not cursor or cursor["is_done"]):
            release = choose(web)
            if cursor.get("graph") != release.graph:
                cursor = _beginning(release)
        cursor = {**cursor, "is_done": cursor["is_done"] and self._has_begun}
        self._has_begun = True
        path = web.directory / "commoncrawl" / cursor["graph"] / f"{target.domain}.parquet"
        if self._domains is None and (self._domains := kept(path)) is None:
            return Answer((), self._read_graph(web, target, cursor, path))
        if cursor["place"] >= len(self._domains) and (cursor["is_done"] or not cursor["later"]):
            if words := _words(cursor):
                raise SourceFault(words)
            return Answer((), {**cursor, "is_done": True})
        return self._look_up(web, target, cursor, self._domains)

    def _read_graph(self, web: Web, target: Target, cursor: Cursor, path: Path) -> Cursor:
        """Read for a while in the files of the graph; where they were read to their end, its result is kept."""
        if self._scan is None or self._scanning is None:
            links = transposed(web.settings.graph) if web.settings.graph else None
            self._scan = Scan(_files(web), cursor["graph"], target.domain, links)
            self._scanning = self._scan.run()
        blocks, until = cursor["blocks"], time.monotonic() + SECONDS
        try:
            while time.monotonic() < until:
                next(self._scanning)
                blocks += 1
        except StopIteration as end:
            keep(end.value, path)
            return {**cursor, "faults": [*cursor["faults"], *self._scan.faults], "blocks": blocks + 1}
        return {**cursor, "blocks": blocks}

    def _look_up(
        self, web: Web, target: Target, cursor: Cursor, domains: pa.Array[pa.StringScalar]
    ) -> Answer:
        place, later, batch = cursor["place"], cursor["later"], cursor["batch"]
        is_again = place >= len(domains)
        if is_again:
            asked, later = later[:DOMAINS], later[DOMAINS:]
        else:
            asked = domains.slice(place, DOMAINS).to_pylist()
        read = _Reading(web, target, cursor["crawls"], self._lookup_of(web))
        read.domains([domain for domain in asked if not target.owns(domain)])
        failed = [*cursor["failed"], *read.failed] if is_again else cursor["failed"]
        later = later if is_again else [*later, *read.failed]
        is_done = is_again and not later
        onward = {
            **cursor,
            "place": min(place + DOMAINS, len(domains)),
            "batch": batch + 1,
            "later": failed if is_done else later,
            "failed": [] if is_done else failed,
            "faults": list(dict.fromkeys([*cursor["faults"], *read.lookup.faults])),
            "is_done": is_done,
        }
        app = f"{PROVENANCE}:{target.name}:{cursor['started']}"
        return Answer(read.unread, onward, Facts(app, batch, read.visits))

    def _lookup_of(self, web: Web) -> Lookup:
        if self._lookup is None:
            is_table = web.settings.lookup == "table"
            self._lookup = ColumnarIndex(_files(web)) if is_table else IndexServer(web)
        return self._lookup
