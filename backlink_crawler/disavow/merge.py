"""What was marked joined with a file that is there: its lines stay as they are, in their order; what is new comes behind."""

from __future__ import annotations

import itertools
from operator import attrgetter
from typing import TYPE_CHECKING

import attrs

from ..classify.source import PAGE, PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from ..index.schema import Mark
    from .line import Line, Rules

UNSEEN = ("https://", "http://")
"""How a page is written that the index has not seen: by both schemes."""


@attrs.frozen
class Wanted:
    """A line for what was marked, and the comment above it."""

    line: Line
    comment: str


@attrs.frozen
class Merged:
    """The lines of the file, those that were added, and what was marked and left out: the line, and why."""

    lines: tuple[str, ...]
    added: tuple[Line, ...]
    left_out: tuple[tuple[Line, str], ...]


def wanted(marks: Iterable[Mark], urls: Mapping[str, Sequence[str]], rules: Rules, tag: str) -> list[Wanted]:
    """The lines for some marks; ``urls`` has by key the URLs that the index knows of a page. Some may have a problem."""
    listed = []
    for mark in marks:
        forms = [PREFIX + mark.name]
        if mark.kind == PAGE:
            forms = list(urls.get(mark.name, ())) or [scheme + mark.name for scheme in UNSEEN]
        listed += [Wanted(rules.read(0, form), _comment(mark, tag)) for form in forms]
    return listed


def merge(known: Sequence[Line], new: Iterable[Wanted], target: str, today: date) -> Merged:
    """The lines of a file and behind them those that it lacks, but for pages that a line ``domain:NAME`` of either covers."""
    listed = sorted(new, key=lambda one: (one.comment, not one.line.name, one.line.text))
    names = {line.name for line in (*known, *(one.line for one in listed)) if line.name}
    held = {line.text for line in known}
    added, left_out = [], []
    for one in listed:
        if one.line.text in held:
            continue
        held.add(one.line.text)
        if cover := next((name for name in one.line.above() if name in names), None):
            left_out.append((one.line, f"is marked, and covered by {PREFIX}{cover}"))
        else:
            added.append(one)
    lines = [line.text for line in known]
    if added:
        gap = [""] if lines and lines[-1] else []
        lines += [*gap, f"# Written on {today} for {target}", *_grouped(added)]
    return Merged(tuple(lines), tuple(one.line for one in added), tuple(left_out))


def idle_lines(lines: Iterable[Line]) -> Iterator[tuple[Line, str]]:
    """The lines of a file that repeat another or are covered by one, with the reason."""
    entries = [line for line in lines if line.name or line.key]
    named: dict[str, Line] = {}
    for line in entries:
        if line.name:
            named.setdefault(line.name, line)
    seen: dict[str, Line] = {}
    for line in entries:
        first = named[line.name] if line.name else seen.setdefault(line.text, line)
        cover = next((named[name] for name in line.above() if name in named), None)
        if first is not line:
            yield line, f"is the same as line {first.number}"
        elif cover is not None:
            yield line, f"is covered by line {cover.number}, {cover.text}"


def _grouped(added: Iterable[Wanted]) -> Iterator[str]:
    """What shares a comment stands below it once."""
    for comment, group in itertools.groupby(added, attrgetter("comment")):
        yield f"# {comment}"
        yield from (one.line.text for one in group)


def _comment(mark: Mark, tag: str) -> str:
    """When it was marked, with which other tags, and why; on one line, whoever wrote it."""
    others = ", ".join(word for word in mark.tags if word != tag)
    said = f"marked on {(mark.marked_at or '')[:10]}{f' as {others}' if others else ''}"
    said += f": {mark.note}" if mark.note else ""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in said).split())
