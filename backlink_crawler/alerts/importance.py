"""How much an event matters: one small table, and what of an event it looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..config.alerts import IMPORTANCES

if TYPE_CHECKING:
    from ..states import Event

LOW, NORMAL, HIGH = IMPORTANCES

STAKES = ("followed in content", "followed elsewhere", "not followed")
"""What is at stake. A link of unknown place stands with those in content: that one takes proof."""

TABLE: dict[str, tuple[str, str, str]] = {
    "lost": (HIGH, NORMAL, LOW),
    "discounted": (HIGH, NORMAL, LOW),
    "unfollowed": (HIGH, HIGH, LOW),
    "made followed": (NORMAL, NORMAL, LOW),
    "changed target": (NORMAL, NORMAL, LOW),
    "changed anchor": (NORMAL, LOW, LOW),
    "restored": (NORMAL, NORMAL, LOW),
    "reinstated": (NORMAL, NORMAL, LOW),
    "link_added": (NORMAL, NORMAL, LOW),
    "page_found": (NORMAL, NORMAL, LOW),
}
"""Turn of a backlink's life -> its importance by :data:`STAKES`. All other turns are low."""

_CONTENT = frozenset({"content", "unknown"})


def importance(event: Event) -> str:
    """How much an event matters, one of :data:`~backlink_crawler.config.alerts.IMPORTANCES`."""
    return TABLE.get(turn(event), (LOW, LOW, LOW))[STAKES.index(stake(event))]


def turn(event: Event) -> str:
    """The kind of event; a change by what changed, and one of rel by what became of the endorsement."""
    if event.kind != "changed":
        return event.kind
    if event.field == "rel" and event.follow != _followed_before(event):
        return "made followed" if event.follow else "unfollowed"
    return f"changed {event.field}"


def stake(event: Event) -> str:
    """One of :data:`STAKES`."""
    if not was_followed(event):
        return STAKES[2]
    return STAKES[0] if event.placement in _CONTENT else STAKES[1]


def was_followed(event: Event) -> bool:
    """The link is followed, or was so before the event."""
    return bool(event.follow) or _followed_before(event)


def did_count(event: Event) -> bool:
    """The link counts, or may have done so before the event."""
    return event.counts or event.kind == "discounted" or turn(event) == "unfollowed"


def _followed_before(event: Event) -> bool:
    """What a change of rel, which begins with the rel type, says of the time before."""
    if event.kind == "changed" and event.field == "rel":
        return (event.old or "").startswith("dofollow")
    return bool(event.follow)
