"""One response of anybody's archive again, however that is compressed and wherever it lies."""

from __future__ import annotations

from ..urls import resolve
from .opening import open_archive
from .record import MOST_BYTES, Record, is_response, none_at, response
from .tally import Tally
from .walk import records


def response_at(location: str, offset: int, url: str) -> Record:
    """The response of ``url`` in the record, gzip member or zstd frame that begins at ``offset`` in an archive.

    ``location`` is as :func:`.opening.open_archive` has it. Raises ArchiveFault when the archive cannot be read, or holds no
    such response there.
    """
    reason = "no record of this page begins there"
    with open_archive(location, begin=offset) as stream:
        for raw in records(stream, tally := Tally(), MOST_BYTES):
            if raw.offset:
                break
            if not is_response(raw.fields) or _page(raw.fields.get("warc-target-uri", "")) != _page(url):
                continue
            try:
                return response(raw.fields, raw.block)
            except ValueError as error:
                reason = str(error)
    if tally.places:
        reason = tally.places[0][1]
    raise none_at(stream.name, offset, reason)


def _page(url: str) -> str | None:
    """A URL as a visit has it."""
    return (resolve(url.strip("<>"), "about:blank") or "").partition("#")[0]
