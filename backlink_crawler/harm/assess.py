"""Which sites that link to a target give reasons to look at them, and what these are. Nothing is disavowed by it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from .anchors import spam_anchors
from .copies import copied_pages
from .hacked import hacked_pages
from .hidden import hidden_links
from .links import clear, lay_out
from .listing import mostly_links
from .network import networks
from .redirects import redirect_games
from .rows import sums
from .sitewide import sitewide
from .table import MOST_DOUBTFUL, SURE
from .velocity import sudden_velocity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ..classify.target import Target
    from ..index.query import Reader
    from .finding import Finding

    Family = Callable[[Reader, Target], Iterable[Finding]]

FAMILIES: tuple[Family, ...] = (
    hacked_pages,
    sitewide,
    spam_anchors,
    networks,
    hidden_links,
    redirect_games,
    mostly_links,
    sudden_velocity,
    copied_pages,
)
"""What each finds is independent of the others; all ask the same reader."""


def findings(reader: Reader, target: Target) -> list[Finding]:
    """The reasons against each site with a current link to the reader's target, sites with the highest sum of weights first.

    ``target`` is the target with what its table of the configuration says: its own sites, brand and keywords. A target
    without links has none. Raises IndexFault.
    """
    lay_out(reader)
    listed = list(within_bounds(finding for family in FAMILIES for finding in family(reader, target)))
    clear(reader)
    totals = sums(listed)
    return sorted(listed, key=lambda one: (-totals[one.name], one.name, -one.weight, one.signal))


def within_bounds(found: Iterable[Finding]) -> Iterator[Finding]:
    """The findings, of each signal only the first that are not sure."""
    doubtful: Counter[str] = Counter()
    for one in found:
        if one.sure == SURE[0]:
            doubtful[one.signal] += 1
        if one.sure != SURE[0] or doubtful[one.signal] <= MOST_DOUBTFUL:
            yield one
