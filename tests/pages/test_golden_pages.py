"""Pages written for this test, each beside a JSON file that says what is to be read of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from backlink_crawler import read_page
from backlink_crawler.page.link import PageLink
from backlink_crawler.page.placement import placement

EXPECTED = sorted(Path(__file__).parent.glob("*.json"))


def said(link: PageLink, name: str) -> Any:
    """A field of a link; the placement is judged from the others."""
    if name != "placement":
        return getattr(link, name)
    return placement(link.link_path, link.link_type, link.anchor, link.context_before, link.context_after)


@pytest.mark.parametrize("path", EXPECTED, ids=[path.stem for path in EXPECTED])
def test_page(path: Path) -> None:
    expected = json.loads(path.read_text(encoding="utf-8"))
    page = read_page(path.with_suffix("").read_bytes(), expected["url"], expected["headers"])
    assert {name: getattr(page, name) for name in expected["page"]} == expected["page"]
    fields = expected["fields"]
    assert [[said(link, name) for name in fields] for link in page.links] == expected["links"]
