"""Findings as rows, for every format that lists are written in."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import attrs
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .finding import Finding

_TEXT, _TEXTS, _POINTS = pa.string(), pa.list_(pa.string()), pa.float64()
_COLUMNS: dict[str, pa.DataType] = {
    "name": _TEXT, "site_weight": _POINTS, "signal": _TEXT, "sure": _TEXT, "weight": _POINTS, "links": pa.int64(),
    "evidence": _TEXTS, "examples": _TEXTS,
}  # fmt: skip
SCHEMA = pa.schema(_COLUMNS)
"""One row of a finding. ``site_weight`` is the sum of the weights of all that stands against the site: it orders, and judges nothing."""


def sums(found: Iterable[Finding]) -> dict[str, float]:
    """Site -> the sum of the weights of its findings."""
    totals: defaultdict[str, float] = defaultdict(float)
    for one in found:
        totals[one.name] += one.weight
    return {name: round(total, 1) for name, total in totals.items()}


def as_table(found: Sequence[Finding], totals: dict[str, float]) -> pa.Table:
    """The findings as a table; ``totals`` are :func:`sums` of all of them, also where only some are listed."""
    rows = [{**attrs.asdict(one), "site_weight": totals[one.name]} for one in found]
    return pa.Table.from_pylist(rows, schema=SCHEMA)
