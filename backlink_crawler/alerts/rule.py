"""A rule: which events it is about, and who is told."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import attrs

from ..config.alerts import IMPORTANCES
from ..urls import host_of
from .importance import did_count, importance, utmost, was_followed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..config.file import Config
    from .event import RatedEvent

CONDITIONS = ("targets", "events", "follow", "counts", "min_importance", "domains", "exclude_domains")
"""What decides whether an event is one for the rule: with another of these, or another least rating, it is another rule of the
same name.
"""


@attrs.frozen
class Rule:
    """One table of ``[[alerts]]``; what the names mean is said in :data:`backlink_crawler.config.alerts.ALERT_OPTIONS`."""

    name: str
    to: Sequence[str]
    feed: str
    targets: Sequence[str]
    events: Sequence[str]
    follow: bool
    counts: bool
    min_importance: str
    min_rating: int
    domains: Sequence[str]
    exclude_domains: Sequence[str]
    at_most: int

    @property
    def conditions(self) -> str:
        """A digest of the rule's conditions."""
        least = [self.min_rating] if self.min_rating else []  # a rule that says none is the one it always was
        said = json.dumps([getattr(self, name) for name in CONDITIONS] + least)
        return hashlib.blake2b(said.encode(), digest_size=8).hexdigest()

    def is_about(self, event: RatedEvent) -> bool:
        """Whether an event is one for the rule, or can be by the rating of its source."""
        return (
            event.kind in self.events
            and (not self.targets or event.target in self.targets)
            and (not self.follow or was_followed(event))
            and (not self.counts or did_count(event))
            and self._reaches(utmost(event))
            and (not self.domains or _is_below(event.source_url, self.domains))
            and not _is_below(event.source_url, self.exclude_domains)
        )

    def is_enough(self, event: RatedEvent) -> bool:
        """Whether an event matters enough. This may become another answer when ratings are made anew."""
        is_rated_well = event.rating is None or event.rating >= self.min_rating
        return is_rated_well and self._reaches(importance(event))

    def _reaches(self, importance: str) -> bool:
        return IMPORTANCES.index(importance) >= IMPORTANCES.index(self.min_importance)


def rules_of(config: Config) -> tuple[Rule, ...]:
    """The rules of a configuration."""
    return tuple(Rule(**table) for table in config.alerts)


def _is_below(url: str, domains: Sequence[str]) -> bool:
    host = host_of(url)
    return any(host == domain or host.endswith("." + domain) for domain in domains)
