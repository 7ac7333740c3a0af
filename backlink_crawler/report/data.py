"""A report as data: sections of sentences, figures, charts and tables, from which every form of it is made.

Values are JSON-native, but for times; what is not known is None. Text is as it was crawled: whoever writes it makes it harmless.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

KINDS = (
    "text", "word", "name", "url", "number", "signed", "share", "rating", "status", "day", "time", "texts", "urls", "truth",
)  # fmt: skip
"""What a value is, and so how people read it."""
TABLES = frozenset(
    {
        "changes", "by_rel_type", "by_placement", "by_link_type", "by_page_language", "domains_over_time", "links_over_time",
        "top_links", "lost_links", "anchor_classes", "top_anchors", "overused", "top_target_pages", "broken_pages", "gap", "harm",
        "outcomes", "unverified", "cut", "sources", "runs",
    }
)  # fmt: skip
"""The names of all tables that a report can have, by which its files are known again."""
NO_LINK = "No link stands now."
"""What a list of links says without any."""
NUMBERS = frozenset({"number", "signed", "share", "rating", "status"})
"""Kinds that stand right in a column."""


@attrs.frozen
class Column:
    """One column of a table: the name of its values in a row, its heading, and one of :data:`KINDS`."""

    name: str
    heading: str
    kind: str = "text"


@attrs.frozen
class Table:
    """A list, most important rows first. Of ``total`` rows it has the first few; ``command`` lists all of them. ``name`` is one of
    :data:`TABLES`.
    """

    name: str = attrs.field(validator=attrs.validators.in_(TABLES))
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Mapping[str, Any], ...] = ()
    empty: str = "Nothing to list."
    """The sentence that stands for a table without rows."""
    total: int | None = None
    command: str = ""

    @property
    def left_out(self) -> int:
        """How many rows it leaves out, where that is known."""
        return max(0, (self.total or 0) - len(self.rows))


@attrs.frozen
class Figure:
    """One number that people look at, with what is to be known of it in a few words."""

    name: str
    label: str
    value: Any
    kind: str = "number"
    note: str = ""


@attrs.frozen
class Series:
    """The values of one thing at each label of a chart. ``tone`` is ``gain``, ``loss`` or ``plain``; losses hang down."""

    label: str
    values: tuple[int, ...]
    tone: str = "plain"


@attrs.frozen
class Chart:
    """Columns over time. All that it shows stands in ``table`` too."""

    name: str
    title: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    table: Table

    @property
    def is_empty(self) -> bool:
        """There is nothing to draw."""
        return not any(any(series.values) for series in self.series)


@attrs.frozen
class Section:
    """One subject of a report."""

    name: str
    title: str
    sentences: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()


@attrs.frozen
class Report:
    """All of it. ``since`` and ``until`` bound the time that lists of what happened are of."""

    target: str
    made_at: datetime
    since: datetime
    until: datetime
    summary: tuple[str, ...]
    sections: tuple[Section, ...]

    def tables(self) -> Iterator[Table]:
        """Every table, also those behind charts, in the order of the report."""
        for section in self.sections:
            yield from (chart.table for chart in section.charts)
            yield from section.tables
