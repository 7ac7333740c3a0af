"""A report as one JSON object: by name of section, figure and table, with the columns that are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..reporting.cells import time_text

if TYPE_CHECKING:
    from .data import Report, Section, Table


def document(report: Report) -> dict[str, Any]:
    """All of a report in JSON-native values, but for times in rows; shares are fractions of 1, what is not known is null."""
    return {
        "target": report.target,
        "made_at": time_text(report.made_at),
        "since": time_text(report.since),
        "until": time_text(report.until),
        "summary": list(report.summary),
        "sections": {section.name: _section(section) for section in report.sections},
    }


def _section(section: Section) -> dict[str, Any]:
    tables = (*(chart.table for chart in section.charts), *section.tables)
    return {
        "title": section.title,
        "sentences": list(section.sentences),
        "figures": {figure.name: figure.value for figure in section.figures},
        "tables": {table.name: _table(table) for table in tables},
    }


def _table(table: Table) -> dict[str, Any]:
    names = [column.name for column in table.columns]
    return {
        "title": table.title,
        "total": table.total,
        "command": table.command or None,
        "rows": [{name: row[name] for name in names} for row in table.rows],
    }
