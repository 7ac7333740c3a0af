"""From states and turns to the rows of the tables ``backlinks`` and ``events``. Wide columns never leave Arrow: they are
taken from where the reading that showed them put them.
"""

from __future__ import annotations

import hashlib
import itertools
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from ..index.schema import BACKLINKS, EVENTS, TIME
from ..items import LINK_FIELDS
from ..states import PER_LINK
from ..urls import domain_of, host_of, site_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .gather import Chunk
    from .reading import Known, Turn

_FROM_STATE = (
    "target", "target_key", "source_url", "status", "reason", "is_on_page", "moved_from", "checks", "changes",
    "outcome", "http_status", "etag", "last_modified", "fetch_mode", "text_words",
)  # fmt: skip
_TIMES = ("since", "first_seen", "absent_before", "last_seen", "last_checked", "read_at", "gone_since")
_FROM_LINK = ("link_type", "page_title")
_OF_HOST: dict[str, Callable[[str], str]] = {
    "source_host": str, "source_domain": domain_of, "source_site": site_of,
}  # fmt: skip
"""What belongs to ``source_url``, and how it comes of its host."""
_TURN = (
    "target",
    "target_key",
    "kind",
    "reason",
    "field",
    "old",
    "new",
    "source_url",
    "outcome",
    "http_status",
    "crawl_id",
)


def backlink_rows(known: Sequence[Known], chunk: Chunk) -> pa.Table:
    """The rows of the table ``backlinks`` for these states."""
    places = [one.best.row for one in known]
    wide = _wide(chunk).take(_indices(places, chunk))
    columns: dict[str, Any] = {name: wide.column(name) for name in LINK_FIELDS}
    columns |= _source([one.source_url for one in known], wide)
    columns |= {name: [getattr(one, name) for one in known] for name in _FROM_STATE}
    columns |= {name: _time([getattr(one, name) for one in known]) for name in _TIMES}
    columns["source_key"] = [one.page for one in known]
    columns["counts"] = [one.best.counts for one in known]
    columns["discount"] = [one.best.discount for one in known]
    columns["instances"] = [len(one.links) for one in known]
    columns["other_links"] = _other_links(known, chunk)
    return _table(columns, BACKLINKS)


def event_rows(turns: Sequence[Turn], chunk: Chunk) -> pa.Table:
    """The rows of the table ``events`` for these turns."""
    shown = (*_OF_HOST, *_FROM_LINK)
    wide = _wide(chunk).select(shown).take(_indices([turn.seen.row for turn in turns], chunk))
    columns: dict[str, Any] = {name: wide.column(name) for name in _FROM_LINK}
    columns |= _source([turn.source_url for turn in turns], wide)
    columns |= {name: [getattr(turn, name) for turn in turns] for name in _TURN}
    columns |= {name: [getattr(turn.seen, name) for turn in turns] for name in _SHOWN}
    columns |= {name: _time([getattr(turn, name) for turn in turns]) for name in ("after", "before")}
    columns["seen_at"] = _time([turn.at for turn in turns])
    columns["source_key"] = [turn.page for turn in turns]
    columns["event_id"] = [event_id(turn) for turn in turns]
    return _table(columns, EVENTS)


_SHOWN = ("target_url", "anchor", "rel_type", "follow", "counts", "placement")


def event_id(turn: Turn) -> str:
    """What makes an event this one and no other, in 32 hexadecimal digits."""
    facts = (
        turn.target,
        turn.page,
        turn.target_key,
        turn.kind,
        turn.field,
        turn.old,
        turn.new,
        turn.reason,
        turn.at,
    )
    return hashlib.sha256("\0".join("" if one is None else str(one) for one in facts).encode()).hexdigest()[
        :32
    ]


def _source(urls: Sequence[str], wide: pa.Table) -> dict[str, pa.Array[Any]]:
    """What belongs to the page at each URL. A link can have been read on another host: a WAT file that says nothing new of a link
    that moved leaves it as its old page showed it.
    """
    hosts = list(map(host_of, urls))
    moved = pc.not_equal(_chunkless(wide.column("source_host")), pa.array(hosts, pa.string()))
    new = list(itertools.compress(hosts, moved.to_pylist()))
    return {
        name: pc.replace_with_mask(_chunkless(wide.column(name)), moved, pa.array(map(of, new), pa.string()))
        for name, of in _OF_HOST.items()
    }


def _wide(chunk: Chunk) -> pa.Table:
    """All links there are rows of: those known before, then those of the readings."""
    known = chunk.rows.select(list(LINK_FIELDS))
    return pa.concat_tables(
        [known, chunk.links.select(list(LINK_FIELDS)).cast(known.schema)]
    ).combine_chunks()


def _indices(places: Sequence[int], chunk: Chunk) -> pa.Array[Any]:
    before = chunk.rows.num_rows
    return pa.array([-place - 1 if place < 0 else before + place for place in places], pa.int64())


def _other_links(known: Sequence[Known], chunk: Chunk) -> pa.Array[Any]:
    """The links besides the best: as they were, or made of what a reading showed."""
    kind = BACKLINKS.field("other_links").type
    offsets, rows = [0], []
    for one in known:
        if one.best.row >= 0:
            rows += [link.row for link in one.links[1:]]
        offsets.append(len(rows))
    shown = chunk.links.select(list(PER_LINK)).take(pa.array(rows, pa.int64())).combine_chunks()
    fields = list(kind.value_type)
    structs = pa.StructArray.from_arrays(
        [_chunkless(shown.column(field.name)).cast(field.type) for field in fields], fields=fields
    )
    fresh = pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), structs).cast(kind)
    before = _chunkless(chunk.rows.column("other_links")).cast(kind)
    places = [
        before_at if before_at >= 0 else len(before) + nth for nth, before_at in enumerate(_before(known))
    ]
    return pa.concat_arrays([before, fresh]).take(pa.array(places, pa.int64()))


def _before(known: Sequence[Known]) -> list[int]:
    """The row among those known before, -1 for one that a reading showed."""
    return [-one.best.row - 1 if one.best.row < 0 else -1 for one in known]


def _chunkless(column: pa.ChunkedArray[Any]) -> pa.Array[Any]:
    combined = column.combine_chunks()
    return pa.concat_arrays(combined.chunks) if isinstance(combined, pa.ChunkedArray) else combined


def _time(values: list[int | None]) -> pa.Array[Any]:
    return pa.array(values, pa.int64()).cast(TIME)


def _table(columns: dict[str, Any], schema: pa.Schema) -> pa.Table:
    arrays = [
        columns[field.name].cast(field.type)
        if isinstance(columns[field.name], pa.Array | pa.ChunkedArray)
        else pa.array(columns[field.name], field.type)
        for field in schema
    ]
    return pa.table(arrays, schema=schema)
