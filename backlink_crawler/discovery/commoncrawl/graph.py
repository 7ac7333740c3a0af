"""Who links to a domain: the graph of domains of a release of Common Crawl, read as it comes, in flat memory.

The vertices are lines of an id, a domain with its labels in reverse order, and its number of hosts; ids count from 0 in the
order of names. The edges are lines of two ids, from and to, in order. The ranks are lines of the place by harmonic
centrality, its value, the place by PageRank, its value, the domain in reverse, and its number of hosts, below one line of
names (https://commoncrawl.org/web-graphs; https://github.com/commoncrawl/cc-webgraph, HostToDomainGraph, process_webgraph.sh).
Edges are links of any kind, also to scripts, images and fonts.

Each function looks at one block of whole lines. Lines of another form are passed over.
"""

from __future__ import annotations

import io
import re
from array import array
from typing import TYPE_CHECKING, BinaryIO

import attrs

from ...errors import ArchiveFault

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator


_MOST_DIGITS = 18
"""Of an id, which is far less."""
_FORMS = {
    "vertices": re.compile(rb"^\d+\t[^\t\r\n]+(?:\t\d+)?$", re.MULTILINE),
    "edges": re.compile(rb"^\d+\t\d+$", re.MULTILINE),
}
"""The lines of the files without which there is no use."""


@attrs.frozen
class Rank:
    """Where a domain stands among all of a release: places from 1, and the values they are by; ``hosts`` may not be said."""

    harmonic_position: int
    harmonic_centrality: float
    pagerank_position: int
    pagerank: float
    hosts: int | None = None


def reverse(domain: str) -> str:
    """A domain with its labels in reverse order, or back."""
    return ".".join(reversed(domain.split(".")))


def _id(text: bytes) -> int:
    """The id that is written so; -1 for what is none."""
    return int(text) if text.isdigit() and len(text) <= _MOST_DIGITS else -1


def checked(what: str, blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The blocks of a file of this kind. Raises ArchiveFault where there are none, or the first has no line of its form."""
    first = next(blocks, b"")
    if not first or (what in _FORMS and not _FORMS[what].search(first)):
        raise ArchiveFault(f"it is no list of {what}", "is it the file of the release?")
    yield first
    yield from blocks


def vertex_in(block: bytes, name: bytes) -> int | None:
    """The id of the vertex of this reversed name, where the block has it."""
    for end in (b"\t", b"\n"):
        at = block.find(b"\t" + name + end)
        if at >= 0 and (number := _id(block[block.rfind(b"\n", 0, at) + 1 : at])) >= 0:
            return number
    return None


def sources_in(block: bytes, target: int) -> Iterator[int]:
    """The ids of the vertices with an edge to ``target``, in order."""
    needle = b"\t%d\n" % target
    at = block.find(needle)
    while at >= 0:
        number = _id(block[block.rfind(b"\n", 0, at) + 1 : at])
        if number >= 0:
            yield number
        at = block.find(needle, at + 1)


def names_in(block: bytes, ids: array[int], place: int) -> tuple[list[str], int]:
    """The reversed names of those of ``ids``, which ascend, from ``place`` on that the block reaches; and the next place.

    An id that the block should have and has not is passed over.
    """
    names: list[str] = []
    last = _last_id(block)
    text, at = b"\n" + block, 0
    while place < len(ids) and ids[place] <= last:
        found = text.find(b"\n%d\t" % ids[place], at)
        if found >= 0:
            at = text.index(b"\t", found) + 1
            names.append(_text(text[at : text.index(b"\n", at)].partition(b"\t")[0]))
        place += 1
    return names, place


def _last_id(block: bytes) -> int:
    """The id of the last line that has one; -1 when none has."""
    end = len(block) - 1
    while end > 0:
        start = block.rfind(b"\n", 0, end) + 1
        if (number := _id(block[start:end].partition(b"\t")[0])) >= 0:
            return number
        end = start - 1
    return -1


def ranks_in(block: bytes, wanted: Container[bytes]) -> Iterator[tuple[str, Rank]]:
    """The ranks of the domains that are wanted, by their reversed names."""
    for line in block.split(b"\n"):
        cells = line.split(b"\t")
        if len(cells) >= 5 and cells[4] in wanted:
            try:
                hosts = int(cells[5]) if len(cells) > 5 else None
                rank = Rank(int(cells[0]), float(cells[1]), int(cells[2]), float(cells[3]), hosts)
            except ValueError:
                continue
            yield _text(cells[4]), rank


def _text(name: bytes) -> str:
    return name.decode("ascii", "replace")


@attrs.frozen
class SortedVertices:
    """The file of vertices unpacked, where one line is found by halving: both its ids and its names ascend."""

    file: BinaryIO

    def vertex(self, name: bytes) -> int | None:
        """The id of the vertex of this reversed name."""
        line = self._find(lambda cells: cells[1] >= name)
        return int(line[0]) if line and line[1] == name else None

    def names(self, ids: array[int]) -> Iterator[str]:
        """The reversed names of these ids; one that is not there is passed over."""
        for number in ids:
            line = self._find(lambda cells: int(cells[0]) >= number)  # noqa: B023  called at once
            if line and int(line[0]) == number:
                yield _text(line[1])

    def _find(self, is_past: Callable[[list[bytes]], bool]) -> list[bytes] | None:
        """The cells of the first line that is past."""
        low, high = 0, self.file.seek(0, io.SEEK_END)
        while low < high:
            middle = (low + high) // 2
            cells = self._line(middle)
            if cells is None or is_past(cells):
                high = middle
            else:
                low = middle + 1
        return self._line(low)

    def _line(self, place: int) -> list[bytes] | None:
        """The cells of the first line that begins at this place or after it."""
        self.file.seek(max(place - 1, 0))
        if place:
            self.file.readline()
        cells = self.file.readline().rstrip(b"\n").split(b"\t")
        if cells != [b""] and (len(cells) < 2 or _id(cells[0]) < 0):
            raise ArchiveFault("it is damaged")
        return cells if cells != [b""] else None
