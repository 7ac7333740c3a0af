"""How the shards of one crawl know of each other: through the index, and in no other way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from ..index.handovers import handed_to, latest_round
from ..index.store import Index

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .shard import Shard
    from .trap import Asked


@attrs.frozen
class Exchange:
    """What one shard asks the index at ``uri`` about the crawl of this name. Every method raises IndexFault."""

    uri: str
    crawl: str
    shard: Shard

    def latest_round(self) -> int:
        """The last round that any shard has begun; 0 before the first."""
        return latest_round(Index.open(self.uri), self.crawl)

    def crawl_id(self, number: int) -> str:
        """The name that a round has in all shards: to the index they are one crawl."""
        return f"{self.crawl}-{number}"

    def handed(self, crawl_id: str) -> Iterator[Asked]:
        """What was handed over to this shard in a round."""
        return handed_to(Index.open(self.uri), crawl_id, self.shard.number, self.shard.count)
