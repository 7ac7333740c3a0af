"""Rows of the table ``events`` as :class:`~backlink_crawler.states.Event`, whatever they were read with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ..states import EVENT_FIELDS, Event

if TYPE_CHECKING:
    from collections.abc import Mapping


def event_of(row: Mapping[str, Any]) -> Event:
    """An event; other columns are left, and ``seen_at`` becomes text of one precision, so that it sorts."""
    said = {name: row[name] for name in EVENT_FIELDS if name in row}
    return Event(**said | {"seen_at": timestamp(row["seen_at"])})


def timestamp(when: datetime | str) -> str:
    """UTC, ISO 8601 to the microsecond: ``2026-11-22T17:04:05.123000Z``. What has no offset is UTC."""
    moment = datetime.fromisoformat(when) if isinstance(when, str) else when
    moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
