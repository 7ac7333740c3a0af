"""How long a server asks one to wait: the header Retry-After (RFC 9110, section 10.2.3)."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def retry_after(value: bytes | None, now: datetime) -> float:
    """Seconds from ``now`` (with a time zone) that a Retry-After asks for; 0 for none, one of the past, or nonsense.

    >>> retry_after(b"120", datetime.now(UTC))
    120.0
    """
    text = (value or b"").decode("latin-1").strip()
    if text.isascii() and text.isdigit():
        return float(text[:12])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    return max((moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds(), 0.0)
