"""The records of a whole archive, one by one, however they are compressed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import attrs

from .cut import MOST_BYTES, alone, cut
from .head import named_fields, part
from .members import Stream, members
from .tally import Tally


@attrs.frozen
class RawRecord:
    """A record of any type.

    ``offset`` is where in the file its gzip member or zstd frame begins, in a plain file where it does itself; ``fields`` are
    those of its head by lower-case name, ``block`` is what its Content-Length counts.
    """

    offset: int
    fields: dict[str, str]
    block: bytes


def records(stream: Stream, tally: Tally, most: int = MOST_BYTES) -> Iterator[RawRecord]:
    """All records that are whole, in order. What is damaged is counted and left out, as is what has more than ``most`` bytes."""
    for offset, data in members(stream, tally, most):
        if parted := alone(data, most):
            yield RawRecord(offset, named_fields(parted[0]), parted[1])
            continue
        for _, record in cut(partial(next, iter((data,)), b""), tally, lambda _, at=offset: at, most):  # type: ignore[misc]
            head, block = part(record)
            yield RawRecord(offset, named_fields(head), block)
