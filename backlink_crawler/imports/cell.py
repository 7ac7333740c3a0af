"""Rows of text: what every form of file is read into."""

from __future__ import annotations

import datetime
import json
import re

Row = tuple[int, list[str]]
"""The number of the line or row where it begins, from 1, and its cells."""

_WORDS = {None: "", True: "true", False: "false"}
_NO_TEXT = re.compile("[\0\ud800-\udfff]")
_WHOLE = 1e15
"""Below it every whole number is exact in a double (IEEE 754)."""


def cell_text(value: object) -> str:
    """A value of JSON or of a workbook as the text of a cell.

    Truth values are ``true`` and ``false``, null is empty, whole numbers have no ``.0``, dates and times are ISO 8601,
    lists and objects stay JSON.
    """
    if isinstance(value, str):
        return _NO_TEXT.sub("", value)
    if value is None or isinstance(value, bool):
        return _WORDS[value]
    if isinstance(value, float) and value.is_integer() and abs(value) < _WHOLE:
        return str(int(value))
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, list | dict):
        return _NO_TEXT.sub("", json.dumps(value, ensure_ascii=False))
    return str(value)
