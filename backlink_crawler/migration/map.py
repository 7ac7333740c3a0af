"""A map of a migration, old page to new page, and what is wrong with the map itself. Pure: rows in, destinations and faults out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import attrs

from ..errors import UsageError
from ..seeds import parse_seed
from ..urls import domain_of, host_of, is_http, known_suffix, resolve, site_of, url_key
from .table import HOW, read_pairs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from ..classify.target import Target
    from .table import Pair

_LOGIN = re.compile(r"//[^/]*@")
GONE = frozenset({"410", "gone", "404"})
"""What stands in place of a new page where an old one is to go without one."""
FAULTS = {
    "unreadable": "The row is no pair of URLs. It is left out.",
    "foreign": "The old page is on no site of the target's own. It is left out: name the site in `aliases` or `own`.",
    "repeated": "The same old page leads to the same new page in an earlier row.",
    "two_destinations": "The same old page leads to another new page in an earlier row: neither is believed.",
    "itself": "The old page is the new page, to the letter.",
    "loop": "The new page is an old page, and so on around: none of them leads anywhere.",
    "unclear": "The new page is an old page that leads nowhere: into a loop, or to two destinations.",
    "chain": "The new page is an old page of another row: redirect to the end of that chain at once.",
}
"""What can be wrong with a row of a map. A chain is judged by its end; other faults leave the page without a destination, but for
``repeated`` and ``itself``.
"""


@attrs.frozen
class Fault:
    """What is wrong with one row; ``kind`` is one of :data:`FAULTS`."""

    line: int
    kind: str
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


@attrs.frozen
class Entry:
    """One old page and where the map ends for it: ``new_url`` is empty where it is to be gone, and null where that is unclear."""

    line: int
    old_url: str
    new_url: str | None


@attrs.frozen
class Match:
    """What the map says of a URL. It is not ``whole`` when the map names the URL without its query."""

    entry: Entry
    whole: bool


@attrs.frozen
class Map:
    """Entries by the key of the old page, and the faults by line."""

    entries: Mapping[str, Entry]
    faults: tuple[Fault, ...] = ()

    def find(self, key: str) -> Match | None:
        """What the map says of a page by its key; of one with a query it may be the page without."""
        if key in self.entries:
            return Match(self.entries[key], True)
        page, query, _ = key.partition("?")
        return Match(self.entries[page], False) if query and page in self.entries else None


def read_map(path: Path, target: Target, *, old_site: str = "", new_site: str = "") -> Map:
    """The map in a file. Paths of old pages lie on ``old_site``, those of new ones on ``new_site``: both by default the target's host.

    Raises UsageError where the file cannot be read, is no map, has no row that can be used, or a site is none.
    """
    found = build(read_pairs(path), target, _site(old_site, "--old-site"), _site(new_site, "--new-site"))
    if not found.entries:
        first = next(iter(found.faults), None)
        is_foreign = first is not None and first.kind == "foreign"
        raise UsageError(
            f"{path.name}: no row of it can be used{f': {first}' if first else ''}",
            f'put its domain into aliases below [targets."{target.name}"] in backlinks.toml'
            if is_foreign
            else HOW,
        )
    return found


def build(pairs: Iterable[Pair], target: Target, old_site: str = "", new_site: str = "") -> Map:
    """The map that rows make. The sites are origins such as ``https://example.com``, where paths lie."""
    home = f"https://{target.part.host}"
    faults: list[Fault] = []
    rows: dict[str, Entry] = {}
    for line, old, new in _urls(pairs, target, old_site or home, new_site or home, faults):
        key = url_key(old)
        entry = Entry(line, old, new)
        first = rows.setdefault(key, entry)
        if first is entry:
            if old == new:
                faults.append(Fault(line, "itself", f"{old} leads to itself"))
        elif _key(first.new_url) == _key(new):
            faults.append(Fault(line, "repeated", f"{old} says the same as line {first.line}"))
        else:
            rows[key] = attrs.evolve(first, new_url=None)
            reason = f"{old} leads to {new or 'nothing'}, in line {first.line} to another page"
            faults.append(Fault(line, "two_destinations", reason))
    return Map(_led(rows, faults), tuple(sorted(faults, key=lambda fault: fault.line)))


def _key(url: str | None) -> str | None:
    return url and url_key(url)


def _urls(
    pairs: Iterable[Pair], target: Target, old_site: str, new_site: str, faults: list[Fault]
) -> Iterator[tuple[int, str, str]]:
    """Line, old and new URL of the rows that can be read; the others are added to the faults."""
    for pair in pairs:
        if pair.odd:
            faults.append(Fault(pair.line, "unreadable", pair.odd))
            continue
        try:
            old = _url(pair.old, old_site, target, "old")
            new = "" if pair.new.lower() in GONE else _url(pair.new, new_site, target, "new")
        except ValueError as error:
            faults.append(Fault(pair.line, "unreadable", str(error)))
            continue
        if not is_own(old, target):
            faults.append(Fault(pair.line, "foreign", f"{old} is on no site of {target.name}'s own"))
            continue
        yield pair.line, old, new


def is_own(url: str, target: Target) -> bool:
    """Does a normalised URL lie on a site of the target's own?"""
    host = host_of(url)
    return target.owns(domain_of(host), site_of(host)) or target.covers(url, host)


def _url(text: str, site: str, target: Target, name: str) -> str:
    """The URL of a cell: a whole one, one without a scheme, or a path. Raises ValueError."""
    if not text:
        raise ValueError(f"no {name} page")
    if "://" not in text[:9] and not text.startswith(("/", "?")):
        text = f"https://{text}" if _names_site(text, target) else f"/{text}"
    url = resolve(text, site)
    if url is None or not is_http(url) or "@" in url.split("/", 3)[2] or any(map(str.isspace, text)):
        raise ValueError(f"the {name} page {_LOGIN.sub('//…@', text)[:200]} is no URL of the web")
    return url.partition("#")[0]


def _names_site(text: str, target: Target) -> bool:
    """Does a text without a scheme begin with a site, and not a path? ``page.zip`` could be both, and is a path."""
    host, slash, _ = text.partition("/")
    host = host.partition("?")[0].partition(":")[0].lower()
    return "." in host and known_suffix(host) and (bool(slash) or target.owns(domain_of(host), site_of(host)))


def _site(said: str, flag: str) -> str:
    """The origin that a flag names. Raises UsageError."""
    if not said:
        return ""
    url = parse_seed(said, flag).url
    scheme = url.partition(":")[0] if "://" in said else "https"
    return f"{scheme}://{url.split('/', 3)[2]}"


def _led(rows: Mapping[str, Entry], faults: list[Fault]) -> dict[str, Entry]:
    """The entries with the end of each chain as their new page; loops and chains are added to the faults."""
    onward = {
        key: after
        for key, entry in rows.items()
        if (after := _key(entry.new_url))
        and after in rows
        and after != key
        and entry.new_url != rows[after].new_url
    }
    ends: dict[str, str | None] = {}
    looped: set[str] = set()
    for start in rows:
        path: dict[str, None] = {}
        key = start
        while key not in ends and key not in path and key in onward:
            path[key] = None
            key = onward[key]
        if key in path:
            loop = [*path][[*path].index(key) :]
            looped.update(loop)
            faults.extend(_loop(loop, rows))
        end = None if key in path else ends.get(key, rows[key].new_url)
        ends.update(dict.fromkeys([*path, key], end))
    faults.extend(
        _sent_on(rows[key], rows[after], ends[key]) for key, after in onward.items() if key not in looped
    )
    return {key: attrs.evolve(entry, new_url=ends[key]) for key, entry in rows.items()}


def _loop(loop: Sequence[str], rows: Mapping[str, Entry]) -> Iterator[Fault]:
    lines = ", ".join(str(rows[key].line) for key in loop[:5]) + (", …" if len(loop) > 5 else "")
    for key in loop:
        yield Fault(rows[key].line, "loop", f"{rows[key].old_url} leads back to itself, by lines {lines}")


def _sent_on(entry: Entry, after: Entry, end: str | None) -> Fault:
    sends = f"{entry.old_url} leads to {entry.new_url}, which line {after.line} sends on"
    if end is None:
        return Fault(entry.line, "unclear", f"{sends} to no clear end")
    return Fault(entry.line, "chain", f"{sends}: redirect it to {end or 'nothing'} at once")
