"""How much an event matters: a table of what happened and what is at stake, and a step by what the source is rated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from ..config.alerts import IMPORTANCES

if TYPE_CHECKING:
    from ..states import Event
    from .event import RatedEvent

LOW, NORMAL, HIGH = IMPORTANCES


@attrs.frozen
class Weight:
    """What a turn of a backlink's life weighs, by what is at stake. A link of unknown place stands with those in content: that
    one takes proof.
    """

    what_happened: str
    followed_in_content: str
    followed_elsewhere: str
    not_followed: str


STAKES = ("followed_in_content", "followed_elsewhere", "not_followed")
"""What is at stake: the columns of :data:`TABLE`."""
TABLE = (
    Weight("lost", HIGH, NORMAL, LOW),
    Weight("discounted", HIGH, NORMAL, LOW),
    Weight("unfollowed", HIGH, HIGH, LOW),
    Weight("made followed", NORMAL, NORMAL, LOW),
    Weight("changed target", NORMAL, NORMAL, LOW),
    Weight("changed anchor", NORMAL, LOW, LOW),
    Weight("restored", NORMAL, NORMAL, LOW),
    Weight("reinstated", NORMAL, NORMAL, LOW),
    Weight("link_added", NORMAL, NORMAL, LOW),
    Weight("page_found", NORMAL, NORMAL, LOW),
)
"""All other turns are low, whoever links."""
_BY_TURN = {row.what_happened: row for row in TABLE}


@attrs.frozen
class Step:
    """How many steps of importance a source moves its events that is rated so, or higher."""

    from_rating: int
    steps: int
    importance: str
    why: str


STEPS = (
    Step(0, -1, "one step lower", "hardly anybody is known to link there: one domain that links to no other makes 4.1"),
    Step(5, 0, "as the table says", "a few are"),
    Step(30, 1, "one step higher", "more than a hundred that link to no other, or a thousand of which each links to twenty"),
)  # fmt: skip
"""In rising order. A source without a rating moves nothing: unknown is not low."""

_CONTENT = frozenset({"content", "unknown"})


def importance(event: RatedEvent) -> str:
    """How much an event matters, one of :data:`~backlink_crawler.config.alerts.IMPORTANCES`."""
    return _moved(event, steps(event.rating))


def utmost(event: RatedEvent) -> str:
    """How much an event would matter of the best rated source there can be."""
    return _moved(event, STEPS[-1].steps)


def steps(rating: float | None) -> int:
    """How many steps a source rated so raises the importance of its events; by less than 0 it lowers them."""
    if rating is None:
        return 0
    return next(one.steps for one in reversed(STEPS) if rating >= one.from_rating)


def _moved(event: Event, by: int) -> str:
    weight = _BY_TURN.get(turn(event))
    if weight is None:
        return LOW
    step = IMPORTANCES.index(getattr(weight, stake(event))) + by
    return IMPORTANCES[min(max(step, 0), len(IMPORTANCES) - 1)]


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
