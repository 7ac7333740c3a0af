"""Rows of the table ``events``, with the rating of their source, whatever they were read with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import attrs

from ..states import EVENT_FIELDS, Event

if TYPE_CHECKING:
    from collections.abc import Mapping


@attrs.define(kw_only=True)
class RatedEvent(Event):
    """An event as alerts weigh it."""

    rating: float | None = None
    """That of ``source_domain``, from 0 to 100, as the index had it when the event was weighed; null where it had none."""


def event_of(row: Mapping[str, Any]) -> RatedEvent:
    """An event; other columns are left, and ``seen_at`` becomes text of one precision, so that it sorts."""
    said = {name: row[name] for name in (*EVENT_FIELDS, "rating") if name in row}
    return RatedEvent(**said | {"seen_at": timestamp(row["seen_at"])})


def timestamp(when: datetime | str) -> str:
    """UTC, ISO 8601 to the microsecond: ``2026-11-22T17:04:05.123000Z``. What has no offset is UTC."""
    moment = datetime.fromisoformat(when) if isinstance(when, str) else when
    moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
