"""What history makes of the facts: :class:`Backlink`, its life so far, and :class:`Event`, each turn of it.

Both are folded from visits and links and can be rebuilt from them (see :mod:`backlink_crawler.history`). Field names
are a public contract, as those of :mod:`backlink_crawler.items` are, and times are marked in the same way.
"""

from __future__ import annotations

from typing import Any

import attrs

from .items import Link

STATUSES = ("live", "unverified", "lost")
LOSSES = (
    "link_removed", "page_not_found", "page_gone", "page_redirected", "soft_404", "parked",
    "target_redirect_broken", "domain_gone", "pushed_off",
)  # fmt: skip
"""Why a link is lost."""
EVENTS = (
    "baseline", "page_found", "link_added", "restored", "reinstated",
    "changed", "moved", "discounted", "lost",
)  # fmt: skip
GAINS = frozenset({"baseline", "page_found", "link_added", "restored"})
"""The kinds of event with which a backlink begins to stand."""
CHANGES = ("rel", "anchor", "placement", "target")
"""The attributes whose change is an event."""
DISCOUNTS = ("noindex", "canonical")
"""Why a page with a followed link gives it no vote."""

PER_LINK = (
    "target_url", "target_host", "target_domain", "href", "link_type", "rel", "nofollow", "ugc", "sponsored", "follow",
    "follow_reason", "rel_type", "anchor", "anchor_source", "anchor_type", "placement", "hidden", "context_before",
    "context_after", "position", "link_path", "redirects", "redirect_statuses", "html",
)  # fmt: skip
"""The fields of :class:`~backlink_crawler.items.Link` in which the links of one page to one target page may differ."""


def _time() -> Any:
    return attrs.field(default=None, metadata={"time": True})


@attrs.define(kw_only=True)
class Backlink(Link):
    """One source page that links, or linked, to one target page; the fields of ``Link`` show its best link when last seen."""

    source_key: str = ""
    """``source_url`` with scheme, www, fragment and tracking parameters folded."""
    target_key: str = ""
    """``target_url`` folded in the same way."""
    status: str = "live"
    """One of :data:`STATUSES`: lost is proven, unverified is what could not be read lately."""
    reason: str | None = None
    """Of a lost link one of :data:`LOSSES`; of an unverified one the outcome of the visit that could not tell,
    ``not_comparable``, or the loss that still waits to be confirmed."""
    since: str | None = _time()
    """Since when it has this status and reason; a loss may have happened any time between ``last_seen`` and this."""
    first_seen: str | None = _time()
    """When it was first seen."""
    absent_before: str | None = _time()
    """The last whole reading of the page without it, before ``first_seen``; null when there was none."""
    last_seen: str | None = _time()
    """When it was last seen: read on its page, or the page said that nothing had changed."""
    last_checked: str | None = _time()
    """The last visit to its page, whatever came of it."""
    read_at: str | None = _time()
    """The last whole reading of its page."""
    is_on_page: bool = True
    """The last whole reading of its page held it."""
    gone_since: str | None = _time()
    """The first of the visits that show a loss and were not contradicted since; one that needs confirming waits for a second."""
    counts: bool = False
    """It is followed, and the page may be indexed and is its own canonical: a live vote, while ``status`` is live."""
    discount: str | None = None
    """One of :data:`DISCOUNTS`: why the page gives no votes; null when it does."""
    instances: int = 1
    """How many links of the page lead to this target page."""
    other_links: list[dict[str, Any]] = attrs.field(factory=list)
    """The links besides the best: the fields :data:`PER_LINK` of each."""
    moved_from: str | None = None
    """Where the page was before it moved here."""
    checks: int = 1
    """Visits since it was first seen."""
    changes: int = 0
    """Events of its life after the first: what changes often is looked at often."""
    outcome: str = "ok"
    """Outcome of the last visit."""
    http_status: int | None = None
    """HTTP status of the last visit."""
    etag: str | None = None
    """ETag of the last whole reading, for conditional requests."""
    last_modified: str | None = None
    """Last-Modified of the last whole reading."""
    fetch_mode: str = "raw"
    """How the page was read when it was last seen as its fields show it: a WAT file that says nothing new only dates it."""
    text_words: int | None = None
    """Words of the page's main text then."""


@attrs.define(kw_only=True)
class Event:
    """One turn in the life of a backlink, and the visit that showed it."""

    event_id: str = ""
    """Digest of what the event says: the same event has the same one in every rebuild."""
    target: str = ""
    """The tracked target."""
    source_key: str = ""
    """Key of the source page, of the new one when it moved."""
    target_key: str = ""
    """Key of the target page, of the new one when that changed."""
    kind: str = ""
    """One of :data:`EVENTS`."""
    seen_at: str | None = _time()
    """The visit that showed it."""
    after: str | None = _time()
    """It happened after this time: the last reading that showed otherwise; null when there was none."""
    before: str | None = _time()
    """It happened before this time: the first visit that showed it, ``seen_at`` or one that ``seen_at`` confirms."""
    reason: str | None = None
    """Of a loss one of :data:`LOSSES`, of a discount one of :data:`DISCOUNTS`."""
    field: str | None = None
    """Of a change one of :data:`CHANGES`; ``source`` of a move."""
    old: str | None = None
    """The value before: a URL of a target or source, the anchor, the placement, or the rel type with the tokens."""
    new: str | None = None
    """The value after."""
    source_url: str = ""
    """The page."""
    source_domain: str = ""
    """Registrable domain of the page."""
    source_site: str = ""
    """Site of the page."""
    target_url: str = ""
    """What is linked."""
    anchor: str = ""
    """The anchor, as it is after the event."""
    link_type: str = "text"
    """The type of the link."""
    rel_type: str | None = None
    """The rel type after the event; of a loss that of the lost link."""
    follow: bool | None = None
    """Is, or was, it followed?"""
    counts: bool = False
    """Does, or did, it count?"""
    placement: str = "unknown"
    """Where on the page it stands or stood."""
    page_title: str | None = None
    """Title of the page."""
    outcome: str | None = None
    """Outcome of the visit that showed it."""
    http_status: int | None = None
    """Its HTTP status."""
    crawl_id: str | None = None
    """The run of that visit."""


BACKLINK_FIELDS = tuple(field.name for field in attrs.fields(Backlink))
EVENT_FIELDS = tuple(field.name for field in attrs.fields(Event))
