"""The pages that a recheck visits: they stand where a crawl has its seeds."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

import attrs

from ..afterwards import bring_up_to_date
from ..history.due import Choice, Outlook, due, outlook
from ..index.query import Reader
from ..index.store import Index
from ..items import EVERY_TARGET
from ..urls import host_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..classify.target import Targets
    from ..frontier.shard import Shard


@attrs.define
class KnownPages:
    """The pages of known backlinks that are to be visited again."""

    uri: str
    choice: Choice
    shard: Shard | None = None
    """Only pages of this part of the sites."""
    outlook: Outlook | None = None
    """What there was to do when the round began; null when it began in an earlier run."""
    count: int = 0
    """How many pages this round has."""
    digest: str = ""
    """No seeds were given."""

    @classmethod
    def of(cls, options: dict[str, Any], targets: Targets, shard: Shard | None = None) -> Self:
        """What the options ask for."""
        older_than, per_domain = options["older_than"], options["max_pages_per_domain"]
        return cls(
            options["index"],
            Choice(
                targets=tuple(target.name for target in targets),
                statuses=tuple(options["statuses"]),
                older_than=None if older_than is None else timedelta(seconds=older_than),
                confirm_after=timedelta(seconds=options["confirm_after"]),
                most=options["max_pages"],
                most_per_domain=per_domain,
            ),
            shard,
        )

    def __len__(self) -> int:
        return self.count

    def choose(self) -> Iterator[tuple[str, str]]:
        """The pages as (URL, headers in JSON, or empty), most urgent first; the first is known when this returns."""
        index = Index.open(self.uri)
        bring_up_to_date(index, confirm_after=self.choice.confirm_after)
        targets = self.choice.targets
        reader = Reader(index, targets[0] if len(targets) == 1 else None)
        now = datetime.now(UTC)
        self.outlook = outlook(reader, self.choice, now)
        pages = due(reader, self.choice, now)
        first = list(itertools.islice(pages, 1))
        asked = (
            (page.url, page.headers())
            for page in itertools.chain(first, pages)
            if self.shard is None or self.shard.owns(host_of(page.url))
        )
        return ((url, json.dumps(headers) if headers else "") for url, headers in asked)

    @property
    def remark(self) -> str:
        """What is to be said of a round that visits less than a user may think; empty when there is nothing."""
        found, name = self.outlook, ", ".join(self.choice.targets[:3]) or "any target"
        if found is None:
            return ""
        if not found.known:
            return f"no such backlinks of {name} are known yet: crawl first"
        if not found.wanted:
            next_at = f"; the next is due at {found.next_at:%Y-%m-%d %H:%M} UTC" if found.next_at else ""
            return f"none of the {found.known:,} known pages is due{next_at}"
        if self.shard is not None:
            return f"{self.count:,} of {found.wanted:,} pages are of shard {self.shard}"
        left = found.wanted - self.count
        return (
            f"{left:,} of {found.wanted:,} pages are left for another run (max_pages, max_pages_per_domain)"
            if left
            else ""
        )


def targets_named(uri: str) -> list[str]:
    """The targets that the crawls of an index were for; empty when they kept every outbound link. Raises IndexFault."""
    rows = Reader(Index.open(uri)).rows("SELECT DISTINCT unnest(targets) AS name FROM crawls ORDER BY name")
    return [row["name"] for row in rows if row["name"] != EVERY_TARGET]
