"""Values of Scrapy's stats as JSON has them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


def native(value: Any) -> Any:
    """The value in JSON's types: times as ISO 8601, sets as sorted lists, what JSON cannot say as text."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        case Mapping():
            return {str(name): native(part) for name, part in value.items()}
        case set() | frozenset():
            return sorted(map(str, value))
        case list() | tuple():
            return [native(part) for part in value]
    return str(value)
