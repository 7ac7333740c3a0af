"""What history looks at: links as one visit saw them, and the visit. Times are whole microseconds since 1970, UTC."""

from __future__ import annotations

from typing import NamedTuple

import attrs

from ..items import EVERY_TARGET


class Seen(NamedTuple):
    """One link of one reading; ``row`` says where all its columns lie."""

    row: int
    target: str
    target_key: str
    target_url: str
    target_domain: str
    link_type: str
    rel_type: str | None
    follow: bool | None
    anchor: str
    placement: str
    link_path: str
    context: str
    position: int
    rules_version: int
    evidence: str
    discount: str | None

    @property
    def rank(self) -> tuple[object, ...]:
        """The best link of several comes first: a followed one, one that is not, one that is no vote; then one in the content,
        and the first on the page.
        """
        vote = 2 if self.follow is None else 1 - self.follow
        return (vote, self.placement != "content", *self.place)

    @property
    def place(self) -> tuple[object, ...]:
        """Where it comes in the order of the page: a total order, whatever the one in which links are stored."""
        said = (self.evidence, self.anchor, self.rel_type or "", self.discount or "")
        return (self.position, self.target_url, self.link_path, *said)

    @property
    def counts(self) -> bool:
        """It is a live vote."""
        return self.follow is True and self.discount is None


class Reading(NamedTuple):
    """One visit, as far as history asks of it. ``page`` is the key of where it ended, ``asked`` of what was asked for."""

    page: str
    asked: str
    at: int
    outcome: str
    http_status: int | None
    complete: bool
    fetch_mode: str
    text_words: int | None
    checked: tuple[str, ...]
    crawl_id: str | None
    source_url: str
    requested_url: str
    etag: str | None
    last_modified: str | None
    led_elsewhere: tuple[str, ...]
    seen: tuple[Seen, ...]

    @property
    def is_redirected(self) -> bool:
        """Another page than this answered."""
        return self.page != self.asked

    def looked_for(self, target: str, target_domain: str) -> bool:
        """Would it hold a link to the target? One that kept every outbound link knows targets by their domain alone."""
        return target in self.checked or (EVERY_TARGET in self.checked and target == target_domain)


@attrs.define
class Known:
    """A backlink's state; what its columns say, see :class:`~backlink_crawler.states.Backlink`.

    ``links`` are those of the last reading that had any, best first; negative rows lie among the rows known before.
    """

    page: str
    target: str
    target_key: str
    links: tuple[Seen, ...]
    source_url: str
    first_seen: int
    last_seen: int
    last_checked: int
    since: int
    absent_before: int | None = None
    read_at: int | None = None
    status: str = "live"
    reason: str | None = None
    is_on_page: bool = True
    gone_since: int | None = None
    moved_from: str | None = None
    checks: int = 1
    changes: int = 0
    outcome: str = "ok"
    http_status: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    fetch_mode: str = "raw"
    text_words: int | None = None

    @property
    def best(self) -> Seen:
        """The link that stands for it."""
        return self.links[0]


class Turn(NamedTuple):
    """An event, with the state it led to; ``seen`` is the link whose columns it shows."""

    page: str
    target: str
    target_key: str
    kind: str
    at: int
    after: int | None
    before: int
    seen: Seen
    source_url: str
    outcome: str
    http_status: int | None
    crawl_id: str | None
    reason: str | None = None
    field: str | None = None
    old: str | None = None
    new: str | None = None
