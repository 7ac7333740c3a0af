"""How the shards of one crawl know of each other: through the index, and in no other way."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import attrs

from ..index.handovers import handed_to, round_to_join
from ..index.store import Index

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .shard import Shard
    from .trap import Asked

CLOCKS_APART = timedelta(hours=1)
"""So far the clocks of two machines may be apart."""


@attrs.frozen
class Exchange:
    """What one shard asks the index at ``uri`` about the crawl of this name. Every method raises IndexFault."""

    uri: str
    crawl: str
    shard: Shard

    def round_to_join(self) -> int:
        """The round that other shards are in; 0 before the first."""
        return round_to_join(Index.open(self.uri), self.crawl, self.shard.count)

    def crawl_id(self, number: int) -> str:
        """The name that a round has in all shards: to the index they are one crawl."""
        return f"{self.crawl}-{number}"

    def handed(self, number: int, since: str = "") -> Iterator[Asked]:
        """What was handed over to this shard in a round, and in any other ``since`` then (ISO 8601, empty for never)."""
        moment = datetime.fromisoformat(since) - CLOCKS_APART if since else None
        index, shard = Index.open(self.uri), self.shard
        return handed_to(index, self.crawl, number, shard.number, shard.count, moment)
