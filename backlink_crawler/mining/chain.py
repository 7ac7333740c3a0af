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
    """The source. What it keeps beside the cursor can be had again, but would have to be read anew.

    The cursor is the release and the crawls, and how far was come: first through the graph (``read``), whose result is a file
    beside the jobs, then through the domains in that file (``place``). Domains whose captures could not be looked up are asked
    again after the others (``later``), and if they fail again by the next run. ``faults`` are files that could not be read.
    """

    _scan: Scan | None = None
    _scanning: Generator[None, None, pa.Table] | None = None
    _domains: pa.Array[pa.StringScalar] | None = None
    _lookup: Lookup | None = None
    _files: Files | None = None

    def begin(self, target: Target) -> Cursor:
        """With the graph."""
        return {}

    def ask(self, web: Web, target: Target, cursor: Cursor) -> Answer:
        """Read on in the graph, or look up the next domains and read what they have. Raises SourceFault for what went wrong,
        after all else.
        """
        if "graph" not in cursor or _is_done(cursor):
            release = choose(web)
            if _is_done(cursor) and cursor["graph"] == release.graph:
                return _rest(cursor)
            return Answer((), _first(release))
        path = _path(web, target, cursor["graph"])
        if self._domains is None:
            self._domains = kept(path)
        if self._domains is None:
            return Answer((), self._read_graph(web, target, cursor, path))
        return self._look_up(web, target, cursor, self._domains)
