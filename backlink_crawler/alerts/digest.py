"""One message of many events: a headline with counts, then the weightiest of them, a line each."""

from __future__ import annotations

import heapq
from collections import Counter
from typing import TYPE_CHECKING

from ..config.alerts import IMPORTANCES
from .importance import importance
from .plain import plain, plain_url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..states import Event
    from .event import RatedEvent
    from .rule import Rule

COUNTED = {
    "lost": "lost", "discounted": "discounted", "changed": "changed", "moved": "moved", "reinstated": "reinstated",
    "restored": "restored", "link_added": "added", "page_found": "found", "baseline": "known from the start",
}  # fmt: skip
"""Kind of event -> its word after a number, in the order of a headline."""
ANCHOR, VALUE, NAME = 80, 120, 60
"""Most characters of an anchor, of an old or new value, of the name of a rule, a target or a domain."""


def title(events: Sequence[Event]) -> str:
    """``example.com: 3 lost, 1 changed``."""
    kinds = Counter(event.kind for event in events)
    counts = (f"{kinds[kind]:,} {word}" for kind, word in COUNTED.items() if kinds[kind])
    targets = {event.target for event in events}
    about = f"{len(targets):,} targets" if len(targets) > 1 else plain(events[0].target, NAME)
    return f"{about}: {', '.join(counts)}"


def body(rule: Rule, events: Sequence[RatedEvent]) -> str:
    """The rule, the weightiest events, and how many more there are."""
    high = sum(importance(event) == IMPORTANCES[-1] for event in events)
    weight = f", {high:,} of high importance" if high else ""
    head = f"{plain(rule.name, NAME)}: {len(events):,} event{'s' * (len(events) > 1)}{weight}."
    shown = heapq.nlargest(rule.at_most, events, key=_weight)
    left = len(events) - len(shown)
    rest = [f"… and {left:,} more."] if left else []
    return "\n".join([head, "", *map(line, shown), *rest])


def _weight(event: RatedEvent) -> tuple[int, float, str, str]:
    """The more it matters, then the better its source is rated, then the newer it is, the more it weighs."""
    rating = -1.0 if event.rating is None else event.rating
    return IMPORTANCES.index(importance(event)), rating, event.seen_at or "", event.event_id


def line(event: RatedEvent) -> str:
    """An event on one line, with the rating that it is weighed by; ``!`` marks those of high importance."""
    mark = "!" if importance(event) == IMPORTANCES[-1] else "-"
    rated = [] if event.rating is None else [f"rating {event.rating:.1f}"]
    traits = [event.rel_type or event.link_type, *({event.placement} - {"unknown"}), *rated]
    anchor = f' "{plain(event.anchor, ANCHOR)}"' if event.anchor else ""
    where = f"{plain_url(event.source_url)} -> {plain_url(event.target_url)}"
    return f"{mark} {what(event)}: {where}{anchor} ({', '.join(traits)})"


def what(event: Event) -> str:
    """What happened, without where: ``lost (page not found)``, ``changed rel from "dofollow" to "nofollow"``."""
    if event.kind in ("changed", "moved"):
        attribute = f" {event.field}" if event.kind == "changed" else ""
        return f"{event.kind}{attribute} from {_value(event.old)} to {_value(event.new)}"
    reason = f" ({event.reason.replace('_', ' ')})" if event.reason else ""
    return event.kind.replace("_", " ") + reason


def _value(value: str | None) -> str:
    if not value:
        return "nothing"
    return (
        plain_url(value, VALUE) if value.startswith(("http://", "https://")) else f'"{plain(value, VALUE)}"'
    )
