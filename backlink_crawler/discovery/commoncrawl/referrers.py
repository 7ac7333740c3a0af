"""The domains that link to a target by a release's graph, best first, kept as a file beside the jobs with their ranks."""

from __future__ import annotations

import io
import os
from array import array
from typing import TYPE_CHECKING, BinaryIO

import attrs
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ...errors import ArchiveFault, IndexFault, SourceFault
from .files import Files, blocks, graph_file, is_missing
from .graph import Rank, SortedVertices, checked, names_in, ranks_in, reverse, sources_in, vertex_in

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

_COLUMNS: dict[str, pa.DataType] = {
    "domain": pa.string(), "hosts": pa.int64(), "harmonic_position": pa.int64(), "harmonic_centrality": pa.float64(),
    "pagerank_position": pa.int64(), "pagerank": pa.float64(),
}  # fmt: skip
REFERRERS = pa.schema(_COLUMNS)
"""One row for each domain; ranks are null where the release has none. The release is in the metadata, under ``release``."""
MOST = 1_000_000
"""Domains that are kept; who has more of them is not looked up one by one."""


@attrs.define
class Scan:
    """The search through the files of one release for the domains that link to ``domain``.

    ``links`` gives the ids of the vertices that link to one, where another program knows them; else the edges are read.
    """

    files: Files
    release: str
    domain: str
    links: Callable[[int], Iterator[int]] | None = None
    faults: list[str] = attrs.field(factory=list)
    """What could not be read, while the rest could."""

    def run(self) -> Generator[None, None, pa.Table]:
        """The domains, of :data:`REFERRERS`. It yields now and then, to be stopped; that is after every block of text.

        Raises SourceFault when the graph does not hold the domain, or cannot be read at all.
        """
        target = yield from self._vertex()
        ids = array("q")
        if self.links is not None:
            ids.extend(self.links(target))
        else:
            for block in self._blocks("edges", is_needed=True):
                ids.extend(sources_in(block, target))
                yield
        linking = sorted(set(ids))
        if len(linking) > MOST:
            self.faults.append(f"{len(linking):,} domains link, of which {MOST:,} are looked up")
        names = yield from self._names(array("q", linking[:MOST]))
        ranks = yield from self._ranks(names)
        return _table(self.release, names, ranks)

    def _vertex(self) -> Generator[None, None, int]:
        name = reverse(self.domain).encode()
        found = None
        if (file := self._unpacked()) is not None:
            with file:
                found = SortedVertices(file).vertex(name)
        else:
            for block in self._blocks("vertices", is_needed=True):
                if (found := vertex_in(block, name)) is not None:
                    break
                yield
        if found is None:
            raise SourceFault(
                f"its graph {self.release} does not hold {self.domain}",
                "no page that was crawled for it links there; name another release",
            )
        return found

    def _names(self, ids: array[int]) -> Generator[None, None, list[str]]:
        if (file := self._unpacked()) is not None:
            with file:
                return list(SortedVertices(file).names(ids))
        names: list[str] = []
        place = 0
        for block in self._blocks("vertices") if ids else ():
            more, place = names_in(block, ids, place)
            names += more
            if place == len(ids):
                break
            yield
        return names

    def _ranks(self, names: list[str]) -> Generator[None, None, dict[str, Rank]]:
        ranks: dict[str, Rank] = {}
        wanted = frozenset(name.encode() for name in names)
        for block in self._blocks("ranks") if wanted else ():
            ranks |= ranks_in(block, wanted)
            if len(ranks) == len(wanted):
                break
            yield
        return ranks

    def _unpacked(self) -> BinaryIO | None:
        """The vertices as a file that is not compressed, where there is one."""
        try:
            file = self.files.seekable(graph_file(self.release, "vertices"))
            try:
                file.seek(0, io.SEEK_END)  # only now is it asked for
            except ArchiveFault:
                file.close()
                raise
        except ArchiveFault as fault:
            if is_missing(fault):
                return None
            raise
        return file

    def _blocks(self, what: str, *, is_needed: bool = False) -> Iterator[bytes]:
        """The blocks of a file. One that is not there, or not whole, is noted; without one that is needed there is no use."""
        path = f"{graph_file(self.release, what)}.gz"
        has_begun = False
        try:
            with self.files.stream(path) as stream:
                for block in checked(what, blocks(stream)):
                    has_begun = True
                    yield block
        except ArchiveFault as fault:
            words = "there is no such file" if is_missing(fault) else fault.reason
            reason = f"{path.rpartition('/')[2]}: {words}"
            if is_needed and not has_begun:
                raise SourceFault(reason, fault.hint) from None
            self.faults.append(reason)


def keep(table: pa.Table, path: Path) -> None:
    """Write the file, whole or not at all. Raises IndexFault."""
    part = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, part, compression="zstd")
        part.replace(path)
    except OSError as error:
        raise IndexFault(
            f"{path} cannot be written: {error.strerror}", "check the directory of the jobs"
        ) from error


def kept(path: Path) -> list[str] | None:
    """The domains of the file, best first; None when there is none that can be read."""
    try:
        domains = pq.read_table(path, columns=["domain"], use_threads=False)["domain"].to_pylist()
    except (OSError, pa.ArrowException):
        return None
    return [domain for domain in domains if domain]


def _table(release: str, names: list[str], ranks: dict[str, Rank]) -> pa.Table:
    rows = [
        {"domain": reverse(name), **(attrs.asdict(ranks[name]) if name in ranks else {})} for name in names
    ]
    table = pa.Table.from_pylist(rows, schema=REFERRERS.with_metadata({"release": release}))
    order = pc.sort_indices(table, sort_keys=[("harmonic_position", "ascending"), ("domain", "ascending")])
    return table.take(order)
