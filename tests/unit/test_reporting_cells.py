"""Cells that no spreadsheet calculates (OWASP, CSV Injection)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from backlink_crawler.reporting.cells import csv_cell, csv_safe


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1",
        ";=1",
        '"=1',
        ",@x",
        "＝1",
        "－1",
        "=cmd|' /C calc'!A0",
    ],
)
def test_a_formula_gets_an_apostrophe(text: str) -> None:
    assert csv_safe(text) == "'" + text


@pytest.mark.parametrize("value", ["", "a=b", "https://a.example/?q=-1", "50 - 60", 5, -5, 0.5, True, None])
def test_anything_else_stays(value: Any) -> None:
    assert csv_safe(value) is value


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (True, "true"),
        (False, "false"),
        (-3, -3),
        ([], ""),
        (["nofollow", "ugc"], "nofollow,ugc"),
        ([301, 302], "301,302"),
        (["=cmd()"], "'=cmd()"),
        (datetime(2026, 11, 22, 10, tzinfo=UTC), "2026-11-22T10:00:00Z"),
        ("=1", "'=1"),
    ],
)
def test_cells(value: Any, cell: Any) -> None:
    assert csv_cell(value) == cell
