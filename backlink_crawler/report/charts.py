"""Charts as inline SVG, by leather: no script, no style sheet, and colours that are variables of the page's own."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

import leather
from leather import theme
from leather.shapes import Columns
from markupsafe import Markup

if TYPE_CHECKING:
    from .data import Chart, Series

WIDTH, HEIGHT = 560, 210
_ROOM = 8
"""Around the drawing, for the halves of labels that reach over its edge."""
_MOST_LABELS = 5
_LEAST_TOP = 4
"""The scale goes to this number at least: below it the steps between would be fractions."""

theme.margin = 0.0
theme.background_color = "none"
theme.tick_color = "var(--line)"
theme.zero_color = "var(--quiet)"
theme.label_color = "var(--quiet)"
theme.tick_font_family = "inherit"
theme.tick_font_size = 13
theme.legend_font_char_height = theme.legend_gap = 0


class _Bare(Columns):  # type: ignore[misc]
    """Columns whose legend stands in the page, as text."""

    def legend_to_svg(self, series: Any, palette: Any) -> list[Any]:
        return []


def svg(chart: Chart) -> Markup:
    """The chart as an ``svg`` element that grows and shrinks with the page; losses hang down from zero."""
    drawing = leather.Chart()
    places = [str(nth) for nth in range(len(chart.labels))]
    heights = {series.label: _heights(series) for series in chart.series}
    for series in chart.series:
        points = list(zip(places, heights[series.label], strict=True))
        drawing.add_series(leather.Series(points, name=series.label), _Bare(f"var(--{series.tone})"))
    every = [height for listed in heights.values() for height in listed]
    drawing.add_y_scale(min(0, *every), max(_LEAST_TOP, *every))
    drawing.add_x_axis(tick_formatter=_thinned(chart.labels))
    drawing.add_y_axis(tick_formatter=_whole)
    root = ET.Element(
        "svg",
        {
            "viewBox": f"{-_ROOM} {-_ROOM} {WIDTH + 2 * _ROOM} {HEIGHT + 2 * _ROOM}",
            "role": "img",
            "aria-labelledby": f"{chart.name}-title",
        },
    )
    root.append(title := ET.Element("title", {"id": f"{chart.name}-title"}))
    title.text = f"{chart.title}. The numbers stand in the table below."
    group = drawing.to_svg_group(WIDTH, HEIGHT)
    if (
        half := WIDTH / len(chart.labels) / 2
    ) < _ROOM * 2:  # the last label would reach over the edge of a phone
        *_, last = group.iterfind(".//g[@class='axis bottom']/g/text")
        last.set("text-anchor", "end")
        last.set("dx", f"{half + _ROOM * 2:.0f}")
    root.append(group)
    return Markup(ET.tostring(root, encoding="unicode"))  # noqa: S704 (ElementTree escapes all text and attributes)


def _heights(series: Series) -> list[int]:
    sign = -1 if series.tone == "loss" else 1
    return [sign * value for value in series.values]


def _thinned(labels: tuple[str, ...]) -> Any:
    """At most so many of the labels are written, the last of them always."""
    step = -(-len(labels) // _MOST_LABELS)

    def label(_value: str, nth: int, count: int) -> str:
        return labels[nth] if (count - 1 - nth) % step == 0 else ""

    return label


def _whole(value: Any, _nth: int, _count: int) -> str:
    """A whole number without its sign: what hangs down is called lost."""
    return f"{abs(int(value)):,}" if value == int(value) else ""
