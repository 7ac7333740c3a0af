"""Times as people say them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from backlink_crawler.errors import UsageError
from backlink_crawler.reporting.period import Period, moment

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)  # a Sunday


@pytest.mark.parametrize(
    ("said", "time"),
    [
        ("30d", "2026-10-23T10:30"),
        ("12h", "2026-11-21T22:30"),
        ("2w", "2026-11-08T10:30"),
        (" 1D ", "2026-11-21T10:30"),
        ("2026-11-01", "2026-11-01T00:00"),
        ("2026-11-01T12:00", "2026-11-01T12:00"),
        ("2026-11-01T12:00:00Z", "2026-11-01T12:00"),
        ("2026-11-01T12:00:00z", "2026-11-01T12:00"),
        ("2026-11-01T12:00+02:00", "2026-11-01T10:00"),
        ("20261101", "2026-11-01T00:00"),  # ISO 8601, basic format
        ("2026-W45-1", "2026-11-02T00:00"),  # ISO 8601, week date
    ],
)
def test_moments(said: str, time: str) -> None:
    assert moment(said, NOW) == datetime.fromisoformat(f"{time}Z")


@pytest.mark.parametrize(
    "said", ["", "d", "30", "30x", "-3d", "1e3d", "2026-02-30", "99999999w", "now", "٣٠d", "\x1b[31m"]
)
def test_what_is_no_moment(said: str) -> None:
    with pytest.raises(UsageError, match="no time"):
        moment(said, NOW)


@pytest.mark.parametrize(
    ("said", "until"),
    [
        (None, NOW),
        ("2026-11-10", datetime(2026, 11, 11, tzinfo=UTC)),
        ("2026-11-10T00:00", datetime(2026, 11, 10, tzinfo=UTC)),
        ("1d", datetime(2026, 11, 21, 10, 30, tzinfo=UTC)),
    ],
)
def test_the_day_that_ends_a_period_is_part_of_it(said: str | None, until: datetime) -> None:
    assert Period.read("2026-11-01", said, NOW).until == until


@pytest.mark.parametrize(
    ("since", "until"), [("1d", "2d"), ("2027-01-01", None), ("2026-11-05", "2026-11-01")]
)
def test_an_empty_period_is_refused(since: str, until: str | None) -> None:
    with pytest.raises(UsageError, match="nothing lies between"):
        Period.read(since, until, NOW)


@pytest.mark.parametrize(
    ("since", "unit", "starts"),
    [
        ("2026-11-21", "day", ["2026-11-21", "2026-11-22"]),
        ("2026-11-09", "week", ["2026-11-09", "2026-11-16"]),
        ("2026-11-12", "week", ["2026-11-09", "2026-11-16"]),
        ("2026-09-30", "month", ["2026-09-01", "2026-10-01", "2026-11-01"]),
        (
            "2025-12-31",
            "month",
            [f"{year}-{month:02}-01" for year, month in [(2025, 12), *((2026, n) for n in range(1, 12))]],
        ),
    ],
)
def test_calendar_units(since: str, unit: str, starts: list[str]) -> None:
    assert [f"{start:%Y-%m-%d}" for start in Period.read(since, None, NOW).starts(unit)] == starts
