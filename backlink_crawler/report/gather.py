"""Fill a report from an index: each section by its own question."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from ..index.query import Reader
from .basis import Asked, Basis
from .completeness import completeness
from .data import Report, Section
from .growth import growth
from .lists import anchors, lost, pages, top_links
from .proof import proof
from .repair import repair
from .rivals import rivals
from .standing import makeup, standing
from .summary import summary
from .suspects import suspects

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from ..classify.target import Target
    from ..index.store import Index

SECTIONS: tuple[Callable[[Basis], Section], ...] = (
    standing, makeup, growth, top_links, lost, anchors, pages, repair, rivals, suspects, completeness, proof,
)  # fmt: skip
"""In the order of what people look at first."""


def gather(index: Index, target: Target, asked: Asked, made_at: datetime) -> Report:
    """The report of a target, as the index is now; ``target`` is the one with what its table of the configuration says.

    The gap is a section only where rivals are asked for. Raises IndexFault.
    """
    with closing(Reader(index, target.name)) as reader:
        basis = Basis.ask(index, reader, target, asked)
        wanted = [make for make in SECTIONS if make is not rivals or asked.rivals]
        sections = tuple(make(basis) for make in wanted)
        period = asked.period
        return Report(target.name, made_at, period.since, period.until, summary(basis, sections), sections)
