"""What came and what went over time: by week or month, not added up."""

from __future__ import annotations

import itertools
from datetime import date
from typing import TYPE_CHECKING, Any

from ..wording import counted
from .data import Chart, Column, Section, Series, Table
from .words import moment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .basis import Basis

_DOMAINS = (
    Column("domains_added", "Domains added", "number"),
    Column("domains_lost", "Domains lost", "number"),
    Column("referring_domains", "Domains at its end", "number"),
)
_LINKS = (
    Column("link_added", "Added to pages read before", "number"), Column("restored", "Restored", "number"),
    Column("page_found", "On pages read first", "number"), Column("baseline", "By the first crawl", "number"),
    Column("lost", "Lost", "number"),
)  # fmt: skip
_START = {"day": "Day", "week": "Week of", "month": "Month of"}
_DAY, _MONTH = "{0.day} {0:%b}", "{0:%b} ’{0:%y}"
DAYS_OF_ONE_YEAR = 330
"""In a longer time a day and its month may come twice: the year is said instead of the day."""
_TOLD = tuple(column.name for column in (*_DOMAINS, *_LINKS))


def growth(basis: Basis) -> Section:
    """Domains and links that were seen to come and to go."""
    trend = basis.trend
    by = trend["by"]
    buckets = list(
        itertools.dropwhile(lambda bucket: not any(bucket[name] for name in _TOLD), trend["buckets"])
    )
    labels = labels_of([date.fromisoformat(bucket["start"]) for bucket in buckets], by)
    started = Column("start", _START[by], "day")
    return Section(
        "growth",
        f"New and lost by {by}",
        (
            f"From {moment(basis.asked.period.since)} to {moment(basis.asked.period.until)}. Only links that appeared on pages read"
            " before without them, or came back, are drawn as new: a page that is read for the first time says nothing of when.",
            *_reasons(trend["lost_by_reason"]),
        ),
        charts=(
            Chart(
                "domains_over_time",
                "Referring domains added and lost",
                labels,
                (_series(buckets, "Added", "domains_added"), _series(buckets, "Lost", "domains_lost")),
                _table("domains_over_time", "Referring domains over time", (started, *_DOMAINS), buckets),
            ),
            Chart(
                "links_over_time",
                "Backlinks added and lost",
                labels,
                (_series(buckets, "Added", "link_added", "restored"), _series(buckets, "Lost", "lost")),
                _table("links_over_time", "Backlinks over time", (started, *_LINKS), buckets),
            ),
        ),
    )


def labels_of(starts: Sequence[date], by: str) -> tuple[str, ...]:
    """What stands below each column of a chart; no two times far from each other have one label."""
    is_long = bool(starts) and (starts[-1] - starts[0]).days > DAYS_OF_ONE_YEAR
    form = _MONTH if by == "month" or is_long else _DAY
    return tuple(form.format(start) for start in starts)


def _series(buckets: Sequence[Mapping[str, Any]], label: str, *names: str) -> Series:
    values = tuple(sum(bucket[name] for name in names) for bucket in buckets)
    return Series(label, values, "loss" if label == "Lost" else "gain")


def _table(name: str, title: str, columns: tuple[Column, ...], buckets: Sequence[Mapping[str, Any]]) -> Table:
    return Table(
        name, title, columns, tuple(buckets), "Nothing came or went in this time.", total=len(buckets)
    )


def _reasons(reasons: Mapping[str, int]) -> tuple[str, ...]:
    if not reasons:
        return ()
    told = ", ".join(f"{reason or 'unknown'} {count:,}" for reason, count in reasons.items())
    return (f"{counted(sum(reasons.values()), 'link')} lost in this time, by reason: {told}.",)
