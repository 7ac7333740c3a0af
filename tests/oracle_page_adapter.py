"""read_page() as check_extraction.py calls it: one dict in, one dict out."""

from __future__ import annotations

import base64
from typing import Any

from backlink_crawler import read_page


def extract(record: dict[str, Any]) -> dict[str, Any]:
    page = read_page(
        base64.b64decode(record["body_b64"]), record["url"], [tuple(pair) for pair in record["headers"]]
    )
    links = [link for link in page.links if link.link_type in ("text", "image", "area")]
    return {
        "id": record["id"],
        "links": [{"url": link.url, "rel": link.rel, "text": link.text} for link in links],
        "charset": page.charset,
        "base": page.base_url,
        "title": page.title or "",
        "canonical": page.canonical_url,
    }
