"""Retry-After by RFC 9110, section 10.2.3: seconds or an HTTP-date."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from backlink_crawler.middlewares.patience import retry_after

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (b"120", 120.0),
        (b" 0 ", 0.0),
        (b"Sun, 22 Nov 2026 12:01:30 GMT", 90.0),
        (b"Sunday, 22-Nov-26 12:01:30 GMT", 90.0),  # RFC 850
        (b"Sun Nov 22 12:01:30 2026", 90.0),  # asctime
        (b"Sun, 22 Nov 2026 13:00:00 +0100", 0.0),
        (b"Sat, 21 Nov 2026 12:00:00 GMT", 0.0),
        (b"-5", 0.0),
        (b"1.5", 0.0),
        (b"soon", 0.0),
        (b"\xff\xfe", 0.0),
        (b"Sun, 99 Nov 99999 12:00:00 GMT", 0.0),
        (b"9" * 400, 999_999_999_999.0),
        (b"", 0.0),
        (None, 0.0),
    ],
)
def test_retry_after(value: bytes | None, seconds: float) -> None:
    assert retry_after(value, NOW) == seconds
