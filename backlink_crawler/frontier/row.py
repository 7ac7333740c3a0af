"""What the frontier keeps of a URL, and what became of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import attrs

from .identity import identity
from .trap import Asked, Cut, Refused


@attrs.frozen
class Row:
    """A URL of the frontier: its place in the file, its identity, and how far it is from its seed."""

    id: int
    key: int
    url: str
    host: str
    domain: str
    depth: int
    hops: int
    headers: str = ""
    """Header fields to ask with, as a JSON object."""
    again: bool = attrs.field(default=False, converter=bool)
    """It was fetched in this round, and has been found nearer to a seed since."""
    tries: int = 0
    """How often it was asked for in vain since the program started."""


@attrs.frozen
class RobotsAnswer:
    """What a site said when asked for its robots.txt, and when (Unix time). The status is 0 if it said nothing of use."""

    origin: str
    fetched_at: float
    status: int
    body: bytes = b""


@attrs.frozen
class Page:
    """What became of one row: its facts (JSON, or None when nothing is to be stored) and the URLs it gave.

    Without a row it carries what else is to be kept: URLs that no page gave, or the answer to a request for robots.txt.
    """

    row: Row | None
    facts: str | None
    final_url: str = ""
    found: Sequence[Asked] = ()
    refused: Sequence[Refused] = ()
    cut: Cut | None = None
    """The pattern for which the row itself was not fetched."""
    robots: RobotsAnswer | None = None


def key_of(url: str) -> int:
    """64 bits of the URL's :func:`.identity.identity`: two URLs that share it are one page to the frontier."""
    return int.from_bytes(
        hashlib.blake2b(identity(url).encode("utf-8", "surrogatepass"), digest_size=8).digest(), signed=True
    )
