"""A disavow file line by line: what each covers in the index, what is wrong with it, what was marked and seen of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from ..classify.source import PAGE
from ..index.schema import TIME
from ..urls import site_of
from .merge import idle_lines
from .platform import PLATFORM

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ..harm.finding import Finding
    from ..index.query import Reader
    from ..index.schema import Mark
    from .cover import Coverage, Covered
    from .line import Line

_TEXT, _NUMBER, _TEXTS = pa.string(), pa.int64(), pa.list_(pa.string())
_COLUMNS: dict[str, pa.DataType] = {
    "line": _NUMBER, "entry": _TEXT, "problem": _TEXT, "remark": _TEXT, "tags": _TEXTS, "note": _TEXT, "backlinks": _NUMBER,
    "live": _NUMBER, "lost": _NUMBER, "referring_domains": _NUMBER, "follow": _NUMBER, "counts": _NUMBER,
    "rating": pa.float64(), "last_seen": TIME, "harm": _TEXTS,
}  # fmt: skip
SCHEMA = pa.schema(_COLUMNS)
"""Numbers are of backlinks that are not lost, but for ``lost``; ``rating`` is the highest of the domains that link."""
UNKNOWN = "covers no backlink that is known"
MOST_URLS = 20
"""So many forms of a page's URL are written."""


def explained(
    lines: Sequence[Line], coverage: Coverage, marks: Iterable[Mark], findings: Iterable[Finding]
) -> pa.Table:
    """A row of :data:`SCHEMA` for each line that disavows something or is meant to."""
    marked = {(mark.name, mark.kind == PAGE): mark for mark in marks}
    harm: dict[str, list[str]] = {}
    for finding in findings:
        harm.setdefault(finding.name, []).append(f"{finding.signal} ({finding.sure})")
    idle = {line.number: why for line, why in idle_lines(lines)}
    rows = []
    for line in lines:
        if line.is_entry:
            behind = coverage.of(line)
            mark = marked.get((line.name or line.key, bool(line.key)))
            rows.append(
                _row(line, behind, idle.get(line.number))
                | _said(mark)
                | {"harm": _signals(line, behind, harm)}
            )
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def remark(line: Line, behind: Covered, idle: str | None = None) -> str | None:
    """Why a line need not be there; None for one that should be."""
    if idle is not None or line.problem or behind.backlinks:
        return idle
    return f"covers {behind.lost:,} backlinks, all of them lost" if behind.lost else UNKNOWN


def shared(line: Line, behind: Covered) -> str:
    """What is wrong with a name of which the index alone tells that different publishers have sites below it; else empty."""
    if not line.name or not behind.others:
        return ""
    return f"{line.name} {PLATFORM}: {behind.others:,} of them link (name the site, or say --allow-platforms)"


def urls_of(reader: Reader, marks: Iterable[Mark]) -> dict[str, list[str]]:
    """The URLs under which the index knows the pages that are marked, by key. Raises IndexFault."""
    keys = [mark.name for mark in marks if mark.kind == PAGE]
    reader.lend("marked_pages", pa.table({"key": pa.array(keys, pa.string())}))
    rows = reader.rows(
        f"SELECT source_key, list_sort(list(DISTINCT source_url))[:{MOST_URLS}] AS urls FROM links"  # noqa: S608
        " WHERE source_key IN (SELECT key FROM marked_pages) GROUP BY source_key"
    )
    return {row["source_key"]: row["urls"] for row in rows}


def _row(line: Line, behind: Covered, idle: str | None) -> dict[str, Any]:
    return {
        "line": line.number, "entry": line.text, "problem": line.problem or None, "remark": remark(line, behind, idle),
        "backlinks": behind.backlinks, "live": behind.live, "lost": behind.lost, "referring_domains": behind.domains,
        "follow": behind.follow, "counts": behind.counts, "rating": behind.rating, "last_seen": behind.last_seen,
    }  # fmt: skip


def _said(mark: Mark | None) -> dict[str, Any]:
    return {"tags": mark.tags if mark else [], "note": mark.note or None if mark else None}


def _signals(line: Line, behind: Covered, harm: Mapping[str, Sequence[str]]) -> list[str]:
    """What speaks against the sites behind a line, each word once."""
    return list(dict.fromkeys(word for site in _sites(line, behind) for word in harm.get(site, ())))


def _sites(line: Line, behind: Covered) -> Iterator[str]:
    yield from behind.sites or ([site_of(line.host)] if not line.problem else [])
