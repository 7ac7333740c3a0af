"""Visits counted by where they came from, in bounded memory."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import attrs
import pyarrow as pa

from ..claims.normalise import LONGEST_URL
from ..history.answer import without_user
from ..imports.access_log import MOST, Origins, utc
from ..index.schema import TIME, column
from ..url_columns import each, hosts_and_keys, keys
from ..urls import domain_of
from .program import is_program

if TYPE_CHECKING:
    from ..classify.target import Target
    from ..imports.access_log import Hit, Referral

_TEXT, _NUMBER = pa.string(), pa.int64()
_COLUMNS: dict[str, pa.DataType] = {
    "source_url": _TEXT, "source_key": _TEXT, "source_host": _TEXT, "source_domain": _TEXT, "is_origin": pa.bool_(),
    "target_url": _TEXT, "target_key": _TEXT, "visits": _NUMBER, "failed": _NUMBER, "parts": _NUMBER, "programs": _NUMBER,
    "last_visit": TIME,
}  # fmt: skip
VISITS = pa.schema(_COLUMNS)
"""Visits from one page, or one site where the referer ``is_origin``, to one URL of the target. ``visits`` are of people, as far as
can be told; ``failed`` those of them that were answered by an error, ``parts`` loaded a part of a page such as an image, and
``programs`` said that they are no people: these are in no other number.
"""
MOST_CHARACTERS = 32 << 20
"""Of the pages that are counted in memory: referers can be as long as a server lets them be."""


@attrs.define
class Tally:
    """What all lines were. Times are ISO 8601 in UTC, null where no line told one."""

    lines: int = 0
    malformed: int = 0
    before: int = 0
    """Requests before the time that was asked for."""
    programs: int = 0
    """Requests of programs, wherever they say they come from."""
    first: str | None = None
    last: str | None = None
    origins: Counter[str] = attrs.field(factory=Counter)
    """Requests of people by what their referer names, one of :data:`~backlink_crawler.imports.access_log.ORIGINS`."""

    @property
    def tells_referers(self) -> bool:
        """Whether any line names a page or site that was left for it; where none does, the log may not have them at all."""
        return not self.origins.keys() <= {"none"}


@attrs.define
class _Count:
    referral: Referral
    visits: int = 0
    failed: int = 0
    parts: int = 0
    programs: int = 0
    last: str | None = None


class Visits:
    """Counts the requests of logs; a pair of pages that comes again after it was given out is counted anew, and adds up."""

    def __init__(self, target: Target, since: str | None = None, most: int = MOST) -> None:
        self.tally = Tally()
        self._since = since
        self._origins = Origins(target)
        self._most = most
        self._found: dict[tuple[str, str, str], _Count] = {}
        self._size = 0

    @property
    def is_full(self) -> bool:
        """Whether it is time to :meth:`take` them."""
        return len(self._found) >= self._most or self._size >= MOST_CHARACTERS

    def add(self, hit: Hit | None) -> None:
        """Count one request, or a line that is none."""
        tally = self.tally
        tally.lines += 1
        if hit is None:
            tally.malformed += 1
            return
        at = utc(hit.time)
        if self._since and at is not None and at < self._since:
            tally.before += 1
            return
        if at is not None:
            tally.first = at if tally.first is None or at < tally.first else tally.first
            tally.last = at if tally.last is None or at > tally.last else tally.last
        is_human = not is_program(hit.agent)
        tally.programs += not is_human
        origin = self._origins.of(hit.referer)
        tally.origins[origin] += is_human
        if origin == "elsewhere":
            self._count(hit, at, is_human=is_human)

    def _count(self, hit: Hit, at: str | None, *, is_human: bool) -> None:
        key = (hit.referer, hit.host, hit.path)
        if key not in self._found:
            is_short = max(map(len, key)) <= LONGEST_URL
            referral = self._origins.referral(hit) if is_short else None
            if referral is None:
                return
            self._found[key] = _Count(referral)
            self._size += sum(map(len, key))
        count = self._found[key]
        if not is_human:
            count.programs += 1
        elif count.referral.kind == "hint":
            count.parts += 1
        else:
            count.visits += 1
            count.failed += hit.status >= 400
            count.last = max(filter(None, (count.last, at)), default=None)

    def take(self) -> pa.Table:
        """All that was counted since the last time, with the columns of :data:`VISITS`."""
        counts = list(self._found.values())
        self._found, self._size = {}, 0
        pages = pa.array([without_user(count.referral.source_url) for count in counts], _TEXT)
        links = pa.array([count.referral.target_url for count in counts], _TEXT)
        hosts, source_keys = hosts_and_keys(pages)
        columns: dict[str, Any] = {
            "source_url": pages,
            "source_key": source_keys,
            "source_host": hosts,
            "source_domain": each(hosts, domain_of),
            "is_origin": [count.referral.kind == "site" for count in counts],
            "target_url": links,
            "target_key": keys(links),
            **{
                name: [getattr(count, name) for count in counts]
                for name in ("visits", "failed", "parts", "programs")
            },
            "last_visit": column([count.last for count in counts], TIME),
        }
        return pa.table([columns[name] for name in VISITS.names], schema=VISITS)
