"""What a job that makes parts somewhere else was told, and came to: its row of the table ``crawls``, kept beside the parts until
the index takes both over.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import attrs

from ..index.schema import CRAWLS, Crawl, to_table
from .part import Broken
from .shelf import Shelf, shelf_at

FILE = ".crawl.json"
"""How the names of these files end; the run's number stands before it."""


def keep(shelf: Shelf, row: Crawl) -> None:
    """Keep the row of a run, in the place of what it was before. Raises IndexFault."""
    with shelf.scratch() as scratch:
        path = scratch / f"{row.run}{FILE}"
        path.write_text(json.dumps(attrs.asdict(row), ensure_ascii=False), encoding="utf-8")
        shelf.put(path)


def rows_on(shelf: Shelf, on_broken: Callable[[Broken], object] = lambda _: None) -> Iterator[Crawl]:
    """The rows of all runs that made parts on a shelf, by their numbers; ``on_broken`` learns of what is none. Raises IndexFault."""
    for name in shelf.names(FILE):
        try:
            row = Crawl(**json.loads(shelf.read(name) or b"null"))
            to_table([row], CRAWLS)
        except (ValueError, TypeError, OverflowError, RecursionError):
            row = None
        if row is not None and f"{row.run}{FILE}" == name and row.targets is not None:
            yield row
        else:
            on_broken(Broken(f"{name}: that tells of no run"))


def holds_rows(place: str) -> bool:
    """Whether some run made parts in a directory or at ``s3://bucket/prefix``. Raises IndexFault."""
    return any(True for _ in shelf_at(place).names(FILE))
