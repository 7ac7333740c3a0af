"""The responses that a WAT file says of, as visits with the links that count; only those that have any."""

from __future__ import annotations

import logging
from bisect import bisect_right
from collections.abc import Iterable, Iterator

from ..archive.members import Stream
from ..classify.target import Targets
from ..items import Visit
from .bulk import Bulk, Span, bulks
from .counts import Counts
from .envelope import decode
from .judging import judge
from .search import search_for
from .wat_page import Origin, PageReader

logger = logging.getLogger(__name__)

_RESPONSE = b'"WARC-Type":"response"'
"""In JSON a quote within a string is escaped, so this can be nothing but the field."""
_KIND = b'"WARC-Type"'


def visits(
    stream: Stream,
    targets: Targets,
    counts: Counts,
    *,
    crawl_id: str | None,
    provenance: str = "commoncrawl",
    name: str,
) -> Iterator[Visit]:
    """The visits of a WAT file that link to a target, in order, judged; without any target all with links to other sites.

    No visit says that a page lacks a link: ``complete`` is false of each. ``name`` is the file's: where it has a folder ``wat``, as
    Common Crawl's have, ``warc_file`` is in the folder ``warc`` beside it. In ``counts`` no record is missing: ``responses`` are those
    that were looked through.
    """
    search = search_for(targets) if len(targets) else None
    reader = PageReader(targets, Origin(crawl_id, provenance, _folder(name)))
    for bulk in bulks(stream, counts):
        counts.records += len(bulk.spans)
        found = _responses(bulk)
        counts.responses += len(found)
        counts.other += len(bulk.spans) - len(found)
        for span in found if search is None else _hit(found, search.places(bulk.data)):
            visit = _visit(bulk, span, reader, targets, counts)
            if visit is not None:
                counts.links += len(visit.links)
                yield visit


def _visit(bulk: Bulk, span: Span, reader: PageReader, targets: Targets, counts: Counts) -> Visit | None:
    """The visit of a record, judged; None when no link in it counts."""
    try:
        visit = reader.read(decode(memoryview(bulk.data)[span[1] : span[2]]))
        if visit is not None:
            judge(visit, targets)
    except ValueError as error:
        reason = str(error)
    except Exception:  # no record may cost all others of its file
        logger.exception("a record of the member at %d cannot be read", bulk.offset)
        reason = "an error of this program"
    else:
        return visit if visit is not None and visit.links else None
    counts.responses -= 1
    counts.unreadable(bulk.offset, reason)
    return None


def _responses(bulk: Bulk) -> list[Span]:
    """The records that say of a response."""
    data = bulk.data
    return [
        span for span in bulk.spans if data.find(_RESPONSE, span[1], span[2]) >= 0 or _is_spaced(data, span)
    ]


def _is_spaced(data: bytes, span: Span) -> bool:
    """The same of JSON with white space between the words, which Common Crawl's is not."""
    at = data.find(_KIND, span[1], span[2])
    if at < 0 or data[at + len(_KIND) : at + len(_KIND) + 2] == b':"':
        return False
    return data[at + len(_KIND) : span[2]].lstrip(b" \t\r\n:").startswith(b'"response"')


def _hit(spans: list[Span], places: Iterable[int]) -> list[Span]:
    """The records in which one of the places lies."""
    at = {bisect_right(spans, place - 1, key=_begin) - 1 for place in places}
    return [spans[number] for number in sorted(at) if number >= 0]


def _begin(span: Span) -> int:
    return span[0]


def _folder(name: str) -> str:
    """The folder of the WARC files that a WAT file was made of."""
    before, wat, _ = name.rpartition("/wat/")
    return f"{before}/warc/" if wat else ""
