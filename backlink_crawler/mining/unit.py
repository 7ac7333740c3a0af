"""The unit of mining: one archive becomes one part. It knows no index, so that any process of any machine can do it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from ..archive.opening import open_archive
from ..errors import ArchiveFault
from . import warc, wat
from .counts import Counts
from .part import Part, PartWriter, kept
from .shelf import shelf_at

if TYPE_CHECKING:
    from ..archive.members import Stream
    from ..classify.target import Targets
    from ..items import Visit

KINDS: dict[str, Callable[..., Iterator[Visit]]] = {
    "wat": wat.visits,
    "warc": partial(warc.visits, linking_only=True),
    "warc_all": warc.visits,
}
"""How archives are read, by kind. Of ``warc_all`` pages without a link are kept, too: they prove what is lost between two."""


def mine(
    location: str,
    targets: Targets,
    into: Path | str,
    *,
    kind: str,
    crawl_id: str,
    provenance: str = "commoncrawl",
    file: str = "",
    on_read: Callable[[int], object] = lambda _: None,
) -> Part:
    """Read the archive at ``location``, and put the part that it comes to into a directory or ``s3://bucket/prefix``.

    A part that is there is not made again. ``kind`` is one of :data:`KINDS`; ``file`` is what the archive is called in the facts,
    ``location`` where it is none. ``on_read`` is told how many bytes were read, each time. Raises ArchiveFault when
    the archive cannot be read, plain IndexFault when the part cannot be kept.
    """
    shelf = shelf_at(into)
    part = Part(file or location, kind, crawl_id, provenance)
    if (found := kept(shelf, part)) is not None:
        return found
    counts = Counts()
    with shelf.scratch() as scratch, PartWriter(part, scratch) as writer, open_archive(location) as stream:
        visits = KINDS[kind](
            _Told(stream, on_read), targets, counts, crawl_id=crawl_id, provenance=provenance, name=part.file
        )
        for visit in visits:
            writer.add(visit)
        if not counts.records:
            reason = counts.places[0][1] if counts.places else "it is empty"
            raise ArchiveFault(f"no record of {part.file} can be read: {reason}", "is it an archive?")
        return writer.put(shelf, counts)


@attrs.frozen
class _Told:
    """A stream that tells how much of it was read."""

    stream: Stream
    tell: Callable[[int], object]

    def read(self, size: int, /) -> bytes:
        """At most so many bytes."""
        data = self.stream.read(size)
        self.tell(len(data))
        return data
