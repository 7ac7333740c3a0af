"""Values as the cells of a CSV file that a spreadsheet opens without harm."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

_FORMULA = re.compile(r"""[\s"';,|]*[=+\-@＝＋－＠]|[\t\r\n]""")
"""What makes a spreadsheet calculate (OWASP, CSV Injection), also behind what may be read as a separator."""


def time_text(moment: datetime) -> str:
    """A UTC time in ISO 8601 with a trailing ``Z``, with fractions only where there are any."""
    return moment.isoformat().replace("+00:00", "Z")


def time_or_null(moment: datetime | None) -> str | None:
    """The same of a time that may be missing."""
    return None if moment is None else time_text(moment)


def share(part: int, whole: int) -> float | None:
    """A fraction of 1, or null where there is nothing to divide by."""
    return round(part / whole, 4) if whole else None


def csv_safe(value: Any) -> Any:
    """The value, with an apostrophe in front when it is text that a spreadsheet would take for a formula.

    A list becomes text parted by commas.
    Write text cells in quotes (``csv.QUOTE_NONNUMERIC``): quotes keep a ``;`` within a cell from starting a
    new one where the spreadsheet parts by semicolons.
    """
    text = ",".join(map(str, value)) if isinstance(value, list) else value
    return "'" + text if isinstance(text, str) and _FORMULA.match(text) else text


def csv_cell(value: Any) -> Any:
    """One value of an item or a row as a cell: lists by comma, times and truth as in JSON, null is empty."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            return time_text(value)
        case _:
            return csv_safe(value)
