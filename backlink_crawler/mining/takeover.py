"""Parts into the index, each exactly once, whoever made them and however often they come."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import IndexFault
from ..index import parts as index_parts
from ..index.parts import Files
from .part import Broken, set_aside
from .shelf import AT_ONCE, BROKEN, faults
from .sound import flaw

if TYPE_CHECKING:
    from ..index.store import Index
    from .part import Part
    from .shelf import Shelf

    Held = list[tuple[Part, Files]]

MOST_PARTS = 200
"""Parts of one commit."""
MOST_ROWS = 500_000
"""Links of one commit, where a single part has not more."""


def take_over(
    index: Index, shelf: Shelf, parts: Sequence[Part], on_broken: Callable[[Broken], object] = lambda _: None
) -> frozenset[str]:
    """Store the parts on a shelf, many in one commit; returns the names (``Part.app``) of those that the index did not have.

    They stay on the shelf, but for those that are broken: ``on_broken`` learns of each, and the rest is stored. Whenever it is
    killed, a part is stored whole or not at all, and storing it again changes nothing. Raises IndexFault.
    """
    new: set[str] = set()
    for batch in batches(parts):
        with ExitStack() as stack, ThreadPoolExecutor(AT_ONCE) as threads:

            def local(name: str | None, stack: ExitStack = stack) -> Path | None:
                return None if name is None else stack.enter_context(shelf.local(name))

            files = threads.map(lambda part: Files(part.app, *map(local, part.files)), batch)
            sound = _sound(list(zip(batch, files, strict=True)), shelf, on_broken)
            try:
                stored = index_parts.append(index, [one for _, one in sound])
            except IndexFault:  # what is damaged within shows when all of it is read
                rest = _sound(sound, shelf, on_broken, thoroughly=True)
                if len(rest) == len(sound):
                    raise
                stored = index_parts.append(index, [one for _, one in rest])
            new.update(stored)
    return frozenset(new)


def _sound(
    held: Held, shelf: Shelf, on_broken: Callable[[Broken], object], *, thoroughly: bool = False
) -> Held:
    """Those that nothing is wrong with; the others are set aside, where the shelf may be written."""
    sound = []
    for part, files in held:
        with faults(str(shelf)):
            wrong = flaw(part, files, thoroughly=thoroughly)
        if not wrong:
            sound.append((part, files))
            continue
        try:
            set_aside(shelf, part)
            wrong += f"; its part is set aside as {part.name}.*{BROKEN}"
        except IndexFault as fault:
            wrong += f"; its part cannot be set aside: {fault.reason}"
        on_broken(Broken(f"{part.file}: {wrong}", part))
    return sound


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
