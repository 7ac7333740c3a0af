"""A report as Markdown (CommonMark with the tables of GitHub), in which crawled text is text and only http(s) links lead anywhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ..printable import printable
from .data import NUMBERS
from .words import UNKNOWN, is_link, moment, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .data import Column, Report, Section, Table

_SPECIAL = re.compile(r"[\\`*\[\]<>|~&$@]|(?<![^\W_])_|_(?![^\W_])|:(?=//)|(?<=www)\.", re.IGNORECASE)
"""What begins markup within a line (CommonMark 0.31, 6), or a link by itself (GitHub Flavored Markdown, 6.9)."""
_IN_LINK = str.maketrans({"<": "%3C", ">": "%3E", "|": "%7C", "\\": "%5C", " ": "%20", "`": "%60"})


def markdown(report: Report) -> str:
    """The whole report, ended by a line break."""
    return "\n".join(_lines(report)) + "\n"


def plain(text: str) -> str:
    """Text that means itself: every character that could be markup has a backslash (CommonMark 0.31, 2.4)."""
    return _SPECIAL.sub(r"\\\g<0>", printable(text).strip())


def _lines(report: Report) -> Iterator[str]:
    yield f"# Backlinks of {plain(report.target)}"
    since, until, made = moment(report.since), moment(report.until), moment(report.made_at, whole=True)
    yield from ("", f"{since} to {until}, made {made}. Times are UTC.", "")
    yield from (f"- {plain(sentence)}" for sentence in report.summary)
    for section in report.sections:
        yield from _section(section)


def _section(section: Section) -> Iterator[str]:
    yield from ("", f"## {plain(section.title)}")
    for sentence in section.sentences:
        yield from ("", plain(sentence))
    if section.figures:
        yield ""
    for figure in section.figures:
        note = f" ({plain(figure.note)})" if figure.note else ""
        yield f"- {plain(figure.label)}: **{plain(shown(figure.value, figure.kind))}**{note}"
    for table in (*(chart.table for chart in section.charts), *section.tables):
        yield from _table(table)


def _table(table: Table) -> Iterator[str]:
    yield from ("", f"### {plain(table.title)}", "")
    if not table.rows:
        yield plain(table.empty)
        return
    yield _row(plain(column.heading) for column in table.columns)
    yield _row("--:" if column.kind in NUMBERS else "---" for column in table.columns)
    for row in table.rows:
        yield _row(_cell(row[column.name], column) for column in table.columns)
    if table.left_out or (table.total is None and table.command):
        more = f"{table.left_out:,} more. " if table.left_out else ""
        yield from ("", f"{more}All of them: `{printable(table.command).replace('`', '')}`")


def _row(cells: Iterator[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(value: Any, column: Column) -> str:
    if isinstance(value, list):
        kind = "url" if column.kind == "urls" else "text"
        return "<br>".join(_one(each, kind) for each in value) or UNKNOWN
    return _one(value, column.kind)


def _one(value: Any, kind: str) -> str:
    if kind == "url" and is_link(value):
        return f"[{plain(shown(value, kind))}](<{value.translate(_IN_LINK)}>)"
    return plain(shown(value, kind))
