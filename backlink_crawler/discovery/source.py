"""The one interface of all sources: a target goes in, pages that may link to it come out, answer by answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import attrs

if TYPE_CHECKING:
    from ..classify.target import Target
    from ..items import Visit
    from .web import Web

Cursor = dict[str, Any]
"""Where to go on, in a source's own words; JSON-native, since it is kept between runs."""


@attrs.frozen
class Candidate:
    """A page that a source names, and what it says of it. Times are ISO 8601 in UTC; null is what it does not say."""

    source_url: str
    why: str
    """For people: what the source is and where the link stands, such as ``external link of an article, de.wikipedia.org``."""
    kind: str = "link"
    """One of :data:`~backlink_crawler.items.CLAIM_KINDS`: ``link`` where the source knows of the link, ``hint`` where not."""
    target_url: str | None = None
    anchor: str | None = None
    page_title: str | None = None
    first_seen: str | None = None
    last_seen: str | None = None
    links: int | None = None
    origin: str = ""
    """The address that was asked, without any key."""


@attrs.frozen
class Facts:
    """Pages that a source read itself, in an archive. ``batch`` is their number among all that it reads of ``app``; the same
    batch holds the same pages whenever it is read.
    """

    app: str
    batch: int
    visits: Sequence[Visit]


@attrs.frozen
class Answer:
    """One answer of a source: what it names, and where it goes on; without a cursor that was all."""

    candidates: Sequence[Candidate]
    cursor: Cursor | None = None
    facts: Facts | None = None


class Source(Protocol):
    """One source. It holds no state: all it needs to go on is in the cursor."""

    def begin(self, target: Target) -> Cursor:
        """Where to begin."""

    def ask(self, web: Web, target: Target, cursor: Cursor) -> Answer:
        """Ask once, or a few times for what belongs together. Raises SourceFault when there is no use in going on."""
