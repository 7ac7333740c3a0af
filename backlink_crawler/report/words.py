"""Values as people read them, and crawled text cut."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..printable import printable
from ..urls import is_http

UNKNOWN = "–"
MOST_TEXT = 200
"""Longer text is cut: one page must not fill a report."""
MOST_URL = 1_000
"""A longer URL is shown cut, and is no link."""


def cut(text: str, most: int = MOST_TEXT) -> str:
    """The text, with an ellipsis where it is cut."""
    return text if len(text) <= most else text[: most - 1] + "…"


def is_link(url: Any) -> bool:
    """Whether a value may become a link: a URL of http or https, of ordinary length, that hides nothing."""
    return isinstance(url, str) and len(url) <= MOST_URL and is_http(url) and printable(url) == url


def shown(value: Any, kind: str) -> str:
    """One value of a kind (see :data:`.data.KINDS`) as text on one line."""
    if value is None or value in ("", []):
        return UNKNOWN
    match kind:
        case "number":
            return f"{value:,}"
        case "signed":
            return f"{value:+,}".replace("-", "−") if value else "0"
        case "share":
            return f"{value:.1%}"
        case "rating":
            return f"{value:.1f}"
        case "truth":
            return "yes" if value else "no"
        case "day" | "time":
            return moment(value, whole=kind == "time")
        case "texts" | "urls":
            return cut(printable(", ".join(map(str, value))))
    return cut(printable(str(value)))


def moment(value: datetime | str, *, whole: bool = False) -> str:
    """A time in UTC as ``2026-11-22``, or ``whole`` as ``2026-11-22 10:00``."""
    time = datetime.fromisoformat(value) if isinstance(value, str) else value
    return f"{time:%Y-%m-%d %H:%M}" if whole else f"{time:%Y-%m-%d}"
