"""An index whose process ends in the middle, and a feeder that brings a job's outbox to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from backlink_crawler.errors import IndexFault
from backlink_crawler.frontier.feeder import Feeder
from backlink_crawler.index.store import Index


class Dies:
    """An index whose process ends before, or right after, a batch is stored."""

    def __init__(self, index: Index, *, after: bool) -> None:
        self.index, self.after = index, after

    def applied(self, app: str) -> int:
        return self.index.applied(app)

    def append(self, *batch: Any) -> None:
        if self.after:
            self.index.append(*batch)
        raise IndexFault("the process ends here")


def feed(path: Path, sink: Any) -> Feeder:
    """Bring all that is in the outbox to the index, as far as that goes."""
    feeder = Feeder(path, "app", sink, lambda _: None)
    feeder.start()
    feeder.stop()
    return feeder
