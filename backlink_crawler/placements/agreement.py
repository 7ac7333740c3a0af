"""A file of placements: links that were agreed on, one a row, with the terms that were promised.

Its columns are those of :data:`COLUMNS`, in any order and under any of their names; only ``source`` and ``target`` must be
there. All rows are read before anything is done: a file with one that is wrong is refused, with the lines and what is wrong.
"""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, time, timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import attrs

from ..classify.rel import WITHHOLDING, tokens
from ..classify.target import parse_target
from ..errors import UsageError
from ..imports.moment import day_first, moment
from ..imports.table import tables
from ..items import PLACEMENTS
from ..seeds import parse_seed
from ..urls import domain_of, host_of, site_of, url_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from ..classify.target import Targets

COLUMNS: dict[str, tuple[str, ...]] = {
    "source": ("source_url",), "target": ("target_url",), "anchor": (), "rel": (), "placement": (), "agreed_on": (),
    "until": (), "price": (), "campaign": (),
}  # fmt: skip
"""Name -> further names of the same column. Only letters and digits of a heading are looked at, without case."""

FOLLOWED = frozenset({"dofollow", "follow"})
"""The words that promise a vote; ``follow`` is a common way to write it."""
LINK_TYPES = frozenset(
    "alternate author bookmark external help license me next nofollow noopener noreferrer opener prev privacy-policy search"
    " tag terms-of-service sponsored ugc".split()
)
"""What a link of a page can say of itself (HTML Standard, 4.6.7, and Google's two)."""
DATES = ("agreed_on", "until")
PROMISED = tuple(word for word in PLACEMENTS if word != "unknown")
"""Where on the page a link can be promised to stand."""
MOST_SHOWN = 5
"""So many wrong rows are named in the one line of an error; the others are counted."""
_HOW = "name them so in the first row, and any of anchor, rel, placement, agreed_on, until, price, campaign"
_NAMES = {name.replace("_", ""): column for column, others in COLUMNS.items() for name in (column, *others)}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@attrs.frozen
class Placement:
    """One link that was agreed on. Null and empty terms were not promised."""

    line: int
    source_url: str
    target_url: str
    target: str
    """Name of the target that pages are looked through for: the site of ``target_url``."""
    anchors: tuple[str, ...] = ()
    """Any of these texts."""
    rel: tuple[str, ...] = ()
    """``dofollow``, or tokens that must all be there."""
    placement: str = ""
    agreed_on: date | None = None
    until: date | None = None
    price: str = ""
    campaign: str = ""
    source_key: str = attrs.field(init=False)
    target_key: str = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "source_key", url_key(self.source_url))
        object.__setattr__(self, "target_key", url_key(self.target_url))

    @property
    def start(self) -> datetime | None:
        """Midnight (UTC) of the day of the agreement."""
        return None if self.agreed_on is None else datetime.combine(self.agreed_on, time(), UTC)

    def is_over(self, moment: datetime) -> bool:
        """Has the last day of the promise passed (in UTC)?"""
        return self.until is not None and moment >= datetime.combine(self.until, time(), UTC) + timedelta(1)


@attrs.frozen
class Fault:
    """What is wrong with one row."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


@attrs.frozen
class Agreements:
    """What a file says, and the headings of the columns in it that are not read."""

    placements: tuple[Placement, ...]
    unread: tuple[str, ...]


def read_agreements(path: Path, targets: Callable[[Iterable[str]], Targets]) -> Agreements:
    """All placements of a file. ``targets`` gives the targets of these names, with what is configured of them.

    Raises UsageError where the file cannot be read, has no such columns, or has rows that are wrong.
    """
    placements: list[Placement] = []
    faults: list[Fault] = []
    known: dict[Any, int] = {}
    unread: list[str] = []
    rows = list(_rows(path, unread))
    order = day_first(said.get(name, "") for _, said in rows for name in DATES)
    for line, said in rows:
        try:
            placement = parse_row(line, said, order)
        except ValueError as error:
            faults.append(Fault(line, str(error)))
            continue
        first = known.setdefault(_identity(placement), line)
        if first == line:
            placements.append(placement)
        else:
            faults.append(Fault(line, f"says the same as line {first}"))
    faults += unwatched(placements, targets(sorted({placement.target for placement in placements})))
    if faults:
        raise UsageError(_told(path, faults), "nothing was visited: correct them first")
    if not placements:
        raise UsageError(f"{path}: no placements in it", "write one a line below the headings source,target")
    return Agreements(tuple(placements), tuple(unread))


def parse_row(line: int, said: Mapping[str, str], order: bool | None = None) -> Placement:
    """One placement from its cells, by the names of :data:`COLUMNS`. Raises ValueError with the first thing wrong.

    ``order`` tells whether dates have the day first; null where the file does not tell.
    """
    source, target = (_url(said.get(name, ""), name) for name in ("source", "target"))
    agreed_on, until = (_date(said.get(name, ""), name, order) for name in DATES)
    if agreed_on and until and until < agreed_on:
        raise ValueError(f"until {until} is before agreed_on {agreed_on}")
    return Placement(
        line=line,
        source_url=source,
        target_url=target,
        target=_site(target),
        anchors=tuple(part.strip() for part in said.get("anchor", "").split("|") if part.strip()),
        rel=_rel(said.get("rel", "")),
        placement=_place(said.get("placement", "")),
        agreed_on=agreed_on,
        until=until,
        price=said.get("price", ""),
        campaign=said.get("campaign", ""),
    )


def unwatched(placements: Iterable[Placement], targets: Targets) -> Iterator[Fault]:
    """The placements whose link no crawl keeps, since it is none from outside or its page is excluded."""
    for one in placements:
        host = host_of(one.source_url)
        if targets.matching(one.target_url, host_of(one.target_url), domain_of(host), site_of(host)):
            continue
        target = targets.get(one.target)
        own = target is not None and target.owns(domain_of(host), site_of(host))
        reason = f"a page of {one.target}'s own" if own else f"backlinks.toml excludes it from {one.target}"
        yield Fault(one.line, f"{one.source_url if own else one.target_url}: {reason}")


def _rows(path: Path, unread: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of all tables of the file that have the columns; headings of others are added to ``unread``."""
    headings: list[str] = []
    found = False
    for table in tables(path):
        rows = itertools.chain.from_iterable(table.chunks())
        headings = next((cells for _, cells in rows if any(cells)), [])
        names = [_NAMES.get(_folded(heading), "") for heading in headings]
        if not {"source", "target"} <= set(names):
            continue
        found = True
        unread += [heading for heading, name in zip(headings, names, strict=True) if not name and heading]
        for line, cells in rows:
            said = {name: cell.strip() for name, cell in zip(names, cells, strict=False) if name}
            if any(said.values()):
                yield line, said
    if not found:
        has = ", ".join(filter(None, headings)) or "nothing"
        raise UsageError(f"{path}: needs the columns source and target, and has {has}"[:500], _HOW)


def _identity(one: Placement) -> Any:
    """What makes two rows the same; a promise that was renewed has another day of agreement."""
    return one.source_key, one.target_key, one.anchors, one.agreed_on


def _told(path: Path, faults: list[Fault]) -> str:
    listed = "; ".join(map(str, sorted(faults, key=attrgetter("line"))[:MOST_SHOWN]))
    more = f"; and {len(faults) - MOST_SHOWN:,} more" if len(faults) > MOST_SHOWN else ""
    rows = "1 row is wrong" if len(faults) == 1 else f"{len(faults):,} rows are wrong"
    return f"{path}: {rows}: {listed}{more}"


def _url(text: str, name: str) -> str:
    if not text:
        raise ValueError(f"no {name}")
    try:
        return parse_seed(text, name).url
    except UsageError as error:
        raise ValueError(error.reason) from None


def _site(url: str) -> str:
    try:
        return parse_target(site_of(host_of(url))).name
    except UsageError as error:
        raise ValueError(error.reason) from None


def _date(text: str, name: str, order: bool | None) -> date | None:
    """A day, also of a time; one that can be read in two ways is none: a term must be certain."""
    if not text:
        return None
    days = {moment(text, one) for one in ((True, False) if order is None else (order,))}
    at = days.pop()
    if days or at is None:
        is_what = "can be two days" if days else "is no date"
        raise ValueError(f"{name} {text[:50]} {is_what}: write it as 2026-11-22")
    return (_EPOCH + timedelta(microseconds=at)).date()


def _rel(text: str) -> tuple[str, ...]:
    said = tokens(text)
    words = ["dofollow" if word in FOLLOWED else word for word in said]
    if unknown := [word for word in words if word not in LINK_TYPES and word != "dofollow"]:
        raise ValueError(f"rel {' '.join(unknown)[:50]} is unknown: write dofollow, nofollow, sponsored, ugc")
    if "dofollow" in words and not set(words).isdisjoint(WITHHOLDING):
        raise ValueError(f"rel {' '.join(said)} contradicts itself")
    return tuple(dict.fromkeys(words))


def _place(text: str) -> str:
    word = text.lower()
    if word and word not in PROMISED:
        raise ValueError(f"placement {text[:50]} is none of {', '.join(PROMISED)}")
    return word


def _folded(heading: str) -> str:
    return "".join(filter(str.isalnum, heading.lower()))
