"""Which pages of known backlinks are due for another visit, the most urgent first.

A page is left alone for a share of the time for which its link has been as it is, divided by one more than the turns its
life has taken, within bounds. What changes often is seen often, and what stood for years seldom. A page with several links
is due with the first of them. The first row that fits a link holds:

==============================================  =========  ========  ===========
a link that                                     at least   at most   share
==============================================  =========  ========  ===========
could not be read for a fault that may pass     6 hours    14 days   all
could not be judged for another reason          3 days     60 days   all
is lost                                         3 days     90 days   a fifth
counts, and stands in the content               1 day      14 days   a tenth
counts                                          2 days     21 days   a tenth
is followed, or stands in the content           3 days     30 days   a tenth
is any other                                    7 days     60 days   a tenth
==============================================  =========  ========  ===========

A loss that waits for a second look is due when the option ``confirm_after`` says, neither sooner nor later, and before all
others; among these the one whose time was passed by the largest share comes first.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import attrs

from ..index.current import literal
from ..items import RULES_VERSION
from ..states import STATUSES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..index.query import Reader

PASSING = (
    "timeout", "dns_error", "connection_error", "tls_error", "http_429", "http_5xx", "truncated", "error",
)  # fmt: skip
"""Outcomes of a fault that may be over soon."""
WHOLE_EVERY = 5
"""Of so many checks of a page one is unconditional: a server may say of a page that changed that it did not."""

_US = timedelta(microseconds=1)
_FIELD_VALUE = re.compile(r"[\x21-\x7e\x80-\xff](?:[\x20-\x7e\x80-\xff]{0,998}[\x21-\x7e\x80-\xff])?")


@attrs.frozen
class Interval:
    """How long the page of such a link is left alone; ``where`` is a condition in SQL on a row of ``backlinks``."""

    where: str
    soonest: timedelta
    latest: timedelta
    share: float


INTERVALS: tuple[Interval, ...] = (
    Interval(f"status = 'unverified' AND reason IN {PASSING}", timedelta(hours=6), timedelta(days=14), 1),
    Interval("status = 'unverified'", timedelta(days=3), timedelta(days=60), 1),
    Interval("status = 'lost'", timedelta(days=3), timedelta(days=90), 0.2),
    Interval("counts AND placement = 'content'", timedelta(days=1), timedelta(days=14), 0.1),
    Interval("counts", timedelta(days=2), timedelta(days=21), 0.1),
    Interval("follow OR placement = 'content'", timedelta(days=3), timedelta(days=30), 0.1),
    Interval("TRUE", timedelta(days=7), timedelta(days=60), 0.1),
)


@attrs.frozen
class Choice:
    """Which pages are wanted. ``targets`` is empty for all; a limit of 0 is none.

    With ``older_than`` it is not asked what is due, but whose last visit is at least that long ago.
    """

    targets: tuple[str, ...] = ()
    statuses: tuple[str, ...] = STATUSES
    older_than: timedelta | None = None
    confirm_after: timedelta = timedelta(hours=24)
    most: int = 0
    most_per_domain: int = 0


@attrs.frozen
class Outlook:
    """How many pages are known, how many of them wanted now, and when the next of the others is due."""

    known: int
    wanted: int
    next_at: datetime | None


@attrs.frozen
class DuePage:
    """A page to visit. With validators, of the last whole reading of this very URL, the visit can be conditional."""

    url: str
    etag: str | None = None
    last_modified: str | None = None

    def headers(self) -> dict[str, str]:
        """The fields of a conditional request (RFC 9110, 13.1.2 and 13.1.3); none where it is not to be one."""
        said = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in said.items() if value and _FIELD_VALUE.fullmatch(value)}


def outlook(reader: Reader, choice: Choice, now: datetime) -> Outlook:
    """What there is to do at ``now``."""
    (row,) = reader.rows(
        f"{_pages(choice)} SELECT count(*) AS known, count(*) FILTER (wanted) AS wanted,"  # noqa: S608
        " min(due) FILTER (due > $now) AS next_at FROM page",
        _values(choice, now),
    )
    next_at = None if row["next_at"] is None else now + (row["next_at"] - _microseconds(now)) * _US
    return Outlook(row["known"], row["wanted"], next_at)


def due(reader: Reader, choice: Choice, now: datetime) -> Iterator[DuePage]:
    """The pages to visit at ``now``, the most urgent first; streamed."""
    urgency = "waits DESC, lateness DESC, source_key"
    within = (
        f"row_number() OVER (PARTITION BY source_domain ORDER BY {urgency}) <= {choice.most_per_domain:d}"
    )
    statement = f"""
        {_pages(choice)}, chosen AS (
            SELECT source_key, waits, lateness FROM page WHERE wanted {f"QUALIFY {within}" if choice.most_per_domain else ""}
            ORDER BY {urgency} {f"LIMIT {choice.most:d}" if choice.most else ""}
        ), whole AS (
            SELECT source_key, waits, lateness, {_NEWEST_URL} AS source_url, {_CONDITIONAL} AS is_conditional,
                max(etag) FILTER (is_on_page) AS etag, max(last_modified) FILTER (is_on_page) AS last_modified
            FROM backlinks JOIN chosen USING (source_key) {_where(choice)} GROUP BY ALL
        )
        SELECT source_url, CASE WHEN is_conditional THEN etag END, CASE WHEN is_conditional THEN last_modified END
        FROM whole ORDER BY {urgency}"""  # noqa: S608
    for batch in reader.batches(statement, _values(choice, now)):
        yield from map(DuePage, *(batch.column(nth).to_pylist() for nth in range(3)))


def _where(choice: Choice) -> str:
    return f"WHERE target IN ({', '.join(map(literal, choice.targets))})" if choice.targets else ""


def _pages(choice: Choice) -> str:
    """The tables ``link`` and ``page`` of a statement."""
    too_old = "max(checked) <= $now - $older_than"
    return f"""
        WITH link AS (
            SELECT source_key, source_domain, epoch_us(last_checked) AS checked, {_WAITS} AS waits,
                CASE WHEN {_WAITS} THEN epoch_us(gone_since) + $confirm_after ELSE epoch_us(last_checked) + {_pause()} END AS due,
                list_contains($statuses, status) AS chosen
            FROM backlinks {_where(choice)}
        ), page AS (
            SELECT source_key, any_value(source_domain) AS source_domain, bool_or(waits AND chosen AND due <= $now) AS waits,
                max(($now - checked) / greatest(due - checked, 1)) FILTER (chosen) AS lateness,
                min(due) FILTER (chosen) AS due,
                {"min(due) FILTER (chosen) <= $now" if choice.older_than is None else too_old} AS wanted
            FROM link GROUP BY source_key HAVING bool_or(chosen)
        )"""  # noqa: S608


_WAITS = "coalesce(status = 'unverified' AND epoch_us(last_checked) < epoch_us(gone_since) + $confirm_after, FALSE)"
"""It was last visited before a second look could confirm its loss."""
_NEWEST_URL = "arg_max(source_url, epoch_us(last_seen) + CASE WHEN is_on_page THEN 1e18::BIGINT ELSE 0 END)"
"""What is on the page has the URL of its last reading."""
_COMPARABLE = (
    "coalesce(outcome IN ('ok', 'not_modified') AND read_at = last_checked AND fetch_mode = 'raw'"
    f" AND rules_version = {RULES_VERSION}, FALSE)"
)
"""The last visit was a whole reading, or said that nothing had changed since one, and today's rules judged it."""
_CONDITIONAL = " AND ".join(
    (
        "bool_or(is_on_page)",
        "bool_and(gone_since IS NULL)",  # a loss is confirmed by a reading
        f"bool_and({_COMPARABLE}) FILTER (is_on_page)",
        *(
            f"min(coalesce({one}, '')) FILTER (is_on_page) = max(coalesce({one}, '')) FILTER (is_on_page)"
            for one in ("source_url", "etag", "last_modified")  # of one reading
        ),
        f"max(checks) % {WHOLE_EVERY} <> 0",
    )
)
"""Only what is on the page gave its URL and validators in the same reading."""


def _pause() -> str:
    """How long to leave a link alone, in microseconds."""
    stood = "greatest(epoch_us(last_checked) - epoch_us(since), 0) / (1 + changes)"
    rows = (
        f"WHEN {one.where} THEN least(greatest({stood} * {one.share}, {one.soonest // _US}), {one.latest // _US})"
        for one in INTERVALS
    )
    return f"CASE {' '.join(rows)} END"


def _values(choice: Choice, now: datetime) -> Mapping[str, Any]:
    values: dict[str, Any] = {
        "now": _microseconds(now),
        "confirm_after": choice.confirm_after // _US,
        "statuses": list(choice.statuses),
    }
    return values if choice.older_than is None else {**values, "older_than": choice.older_than // _US}


def _microseconds(moment: datetime) -> int:
    return (moment - datetime.fromtimestamp(0, moment.tzinfo)) // _US
