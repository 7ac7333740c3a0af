"""From a domain to verified links by Common Crawl: the domains that link by its graph, their captures by its index, and of these
just their records, read in full. No site is asked for anything.

It is a source of discovery (``discover=commoncrawl``) whose answers hold facts: what a page linked to when it was captured. A
capture that cannot be read is named as a page that may link.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import attrs

from ..discovery.commoncrawl.bvgraph import transposed
from ..discovery.commoncrawl.cdx import IndexServer
from ..discovery.commoncrawl.referrers import Scan, keep, kept
from ..discovery.commoncrawl.release import Release, choose
from ..discovery.commoncrawl.table import ColumnarIndex
from ..discovery.source import Answer, Cursor, Facts
from ..errors import ArchiveFault, SourceFault
from .captured import PROVENANCE, Lookup, read_domains
from .mirror import Mirror

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

    import pyarrow as pa

    from ..classify.target import Target
    from ..discovery.web import Web
    from ..items import Visit

DATA = "https://data.commoncrawl.org"
DOMAINS = 10
"""Domains of one answer: always the same ones, so that what is stored of them is known by the number of the answer."""
SECONDS = 20.0
"""The graph is read for so long in one answer."""
_NAMED = 3


@attrs.define
class CommonCrawl:
    """The source, for one run. What it holds beside the cursor is had again by reading it again.

    The cursor has the release (``graph``) and the crawls, and how far was come: first through the ``blocks`` of the graph,
    whose result is a file beside the jobs, then through the domains in that file (``place``). Domains that could not be looked
    up are asked again after the others (``later``), and once by every later run (``failed``). ``faults`` are files that could
    not be read.
    """

    _scan: Scan | None = None
    _scanning: Generator[None, None, pa.Table] | None = None
    _domains: list[str] | None = None
    _lookup: Lookup | None = None
    _has_worked: bool = False

    def begin(self, target: Target) -> Cursor:
        """With the graph."""
        return {}

    def ask(self, web: Web, target: Target, cursor: Cursor) -> Answer:
        """Read on in the graph, or look up the next domains and read what they have.

        Raises SourceFault when the graph cannot be read, or the index is down; and in the end for all that could not be read.
        """
        try:
            return self._ask(web, target, cursor) if cursor else Answer((), _beginning(choose(web)))
        except ArchiveFault as fault:
            raise SourceFault(fault.reason, fault.hint) from None

    def _ask(self, web: Web, target: Target, cursor: Cursor) -> Answer:
        domains = self._known(web, target, cursor)
        if domains is None:
            return Answer((), self._read_graph(web, target, cursor))
        if cursor["place"] < len(domains) or cursor["later"]:
            self._has_worked = True
            return self._look_up(web, target, cursor, domains)
        if not self._has_worked:
            release = choose(web)
            if release.graph != cursor["graph"]:
                self._domains = None
                return Answer((), _beginning(release))
            if cursor["failed"]:
                return Answer((), {**cursor, "later": cursor["failed"], "failed": []})
        if words := _words(cursor):
            raise SourceFault(words)
        return Answer((), cursor)

    def _known(self, web: Web, target: Target, cursor: Cursor) -> list[str] | None:
        """The domains that link, once the graph was read to its end."""
        if self._domains is None:
            self._domains = kept(_path(web, target, cursor))
        return self._domains

    def _read_graph(self, web: Web, target: Target, cursor: Cursor) -> Cursor:
        """Read for a while in the files of the graph; where they were read to their end, its result is kept."""
        if self._scan is None or self._scanning is None:
            links = transposed(web.settings.graph) if web.settings.graph else None
            self._scan = Scan(_files(web), cursor["graph"], target.domain, links)
            self._scanning = self._scan.run()
        blocks, until = cursor["blocks"], time.monotonic() + SECONDS
        try:
            while blocks == cursor["blocks"] or time.monotonic() < until:
                blocks += 1
                next(self._scanning)
        except StopIteration as end:
            keep(end.value, _path(web, target, cursor))
            cursor = {**cursor, "faults": self._scan.faults}
            self._scan = self._scanning = None
        return {**cursor, "blocks": blocks}

    def _look_up(self, web: Web, target: Target, cursor: Cursor, domains: list[str]) -> Answer:
        place, later, failed = cursor["place"], cursor["later"], cursor["failed"]
        files = _files(web)
        if self._lookup is None:
            self._lookup = ColumnarIndex(files) if web.settings.lookup == "table" else IndexServer(web)
        lookup = self._lookup
        asked = domains[place : place + DOMAINS] or later[:DOMAINS]
        read = read_domains(
            [domain for domain in asked if not target.owns(domain)],
            target, lookup, files, crawls=cursor["crawls"], most=web.settings.captures,
        )  # fmt: skip
        onward: Cursor
        if place < len(domains):
            onward = {"place": place + DOMAINS, "later": [*later, *read.failed]}
        else:
            onward = {"later": later[DOMAINS:], "failed": [*failed, *read.failed]}
        faults = list(dict.fromkeys([*cursor["faults"], *lookup.faults]))
        onward = {**cursor, **onward, "batch": cursor["batch"] + 1, "faults": faults}
        app = f"{PROVENANCE}:{target.name}:{cursor['since']}"
        return Answer(read.unread, onward, Facts(app, cursor["batch"], read.visits))


def chain(
    target: Target,
    web: Web,
    cursor: Cursor | None = None,
    *,
    on_answer: Callable[[Answer], object] = lambda _: None,
) -> Iterator[Visit]:
    """The pages that were captured at domains that link to ``target``, with their links to it.

    ``on_answer`` is told of each answer when its pages were taken: it holds the captures that could not be read, as candidates,
    and the cursor with which to go on. Raises SourceFault, as the last thing where the rest could be read.
    """
    source = CommonCrawl()
    cursor = source.begin(target) if cursor is None else cursor
    while True:
        answer = source.ask(web, target, cursor)
        if answer.facts is not None:
            yield from answer.facts.visits
        on_answer(answer)
        if answer.cursor is None or answer.cursor == cursor:
            return
        cursor = answer.cursor


def _beginning(release: Release) -> Cursor:
    since = datetime.now(UTC).isoformat(timespec="milliseconds")
    return {
        "graph": release.graph, "crawls": list(release.crawls), "since": since, "blocks": 0, "place": 0, "batch": 0,
        "later": [], "failed": [], "faults": [],
    }  # fmt: skip


def _path(web: Web, target: Target, cursor: Cursor) -> Path:
    """Where the domains that link to a target are kept with their ranks."""
    return web.directory.joinpath(PROVENANCE, str(cursor["graph"]), f"{target.domain}.parquet")


def _files(web: Web) -> Mirror:
    return Mirror(web.settings.data or DATA)


def _words(cursor: Cursor) -> str:
    """What could not be read, for people."""
    failed = cursor["failed"]
    named = [*failed[:_NAMED], *(["…"] if len(failed) > _NAMED else [])]
    domains = [f"{len(failed)} domains could not be looked up: {', '.join(named)}"] if failed else []
    return "; ".join([*cursor["faults"], *domains])
