"""Parts into the index, each exactly once, whoever made them and however often they come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from ..index import parts as index_parts
from ..index.parts import Files
from .shelf import AT_ONCE

if TYPE_CHECKING:
    from ..index.store import Index
    from .part import Part
    from .shelf import Shelf

MOST_PARTS = 200
"""Parts of one commit."""
MOST_ROWS = 500_000
"""Links of one commit, where a single part has not more."""


def take_over(index: Index, shelf: Shelf, parts: Sequence[Part]) -> frozenset[str]:
    """Store the parts on a shelf, many in one commit; returns the names (``Part.app``) of those that the index did not have.

    They stay on the shelf. Whenever it is killed, a part is stored whole or not at all, and storing it again changes nothing.
    Raises IndexFault.
    """
    new: set[str] = set()
    for batch in batches(parts):
        with ExitStack() as stack, ThreadPoolExecutor(AT_ONCE) as threads:

            def local(name: str | None, stack: ExitStack = stack) -> Path | None:
                return None if name is None else stack.enter_context(shelf.local(name))

            files = threads.map(lambda part: Files(part.app, *map(local, part.files)), batch)
            new.update(index_parts.append(index, list(files)))
    return frozenset(new)


def batches(parts: Iterable[Part]) -> Iterable[list[Part]]:
    """Parts that are stored together."""
    batch: list[Part] = []
    rows = 0
    for part in parts:
        if batch and (len(batch) == MOST_PARTS or rows + part.links > MOST_ROWS):
            yield batch
            batch, rows = [], 0
        batch.append(part)
        rows += part.links
    if batch:
        yield batch
