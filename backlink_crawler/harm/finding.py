"""One reason to look at a source of links: what was seen, how sure it is, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from .table import FACTORS, SIGNALS

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_EXAMPLES = 3
"""So many pages are named as examples."""
ASKED_EXAMPLES = 4 * MOST_EXAMPLES
"""So many are asked for where a page may come up more than once."""
MOST_SENTENCES = 4
"""So many sentences are evidence enough."""


@attrs.frozen
class Finding:
    """One signal of one linking site, with its evidence: a reason to look, never a verdict."""

    signal: str
    """One of :data:`~backlink_crawler.harm.table.SIGNALS`."""
    name: str
    """The site: its registrable domain, or on a hosting platform the name of its user (``user.github.io``)."""
    links: int
    """How many current backlinks of the site it is about."""
    weight: float
    """The points of the signal, less where it is not sure."""
    sure: str
    """``low``, ``medium`` or ``high``."""
    evidence: list[str]
    """Sentences with the facts. What pages said stands in them as it was crawled."""
    examples: list[str]
    """URLs of linking pages, as they were crawled."""


def finding(
    signal: str, name: str, links: int, sure: str, evidence: Sequence[str], examples: Sequence[str]
) -> Finding:
    """A finding with its weight by the published table; examples are named once each."""
    weight = round(SIGNALS[signal].weight * FACTORS[sure], 1)
    pages = list(dict.fromkeys(examples))[:MOST_EXAMPLES]
    return Finding(signal, name, links, weight, sure, list(evidence[:MOST_SENTENCES]), pages)


def quoted(text: str, most: int = 80) -> str:
    """What a page says, in quotes and cut."""
    return f"“{text if len(text) <= most else text[: most - 1] + '…'}”"


def named(names: Sequence[str], total: int) -> str:
    """The first names of a list, and how many more there are."""
    more = total - len(names)
    return ", ".join(names) + (f" and {more:,} more" if more > 0 else "")
