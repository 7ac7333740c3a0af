"""Rows for a small index, in the shape in which a crawl appends them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import pyarrow as pa
from deltalake import DeltaTable, QueryBuilder

from backlink_crawler.items import Link, Visit


def visit(url: str, minute: int = 0, **values: Any) -> dict[str, Any]:
    """A whole reading of a page that looked for acme.example, at 10:MM on a day."""
    host = url.split("/")[2]
    known = {
        "source_url": url, "requested_url": url, "source_host": host, "source_domain": host, "source_site": host,
        "fetched_at": f"2026-11-22T10:{minute:02}:00Z", "targets_checked": ["acme.example"], "crawl_id": "c1",
    }  # fmt: skip
    return attrs.asdict(Visit(**{**known, **values}), filter=attrs.filters.exclude("links", "found"))


def link(source: str, path: str = "/", minute: int = 0, **values: Any) -> dict[str, Any]:
    """A followed text link to a page of acme.example."""
    host = source.split("/")[2]
    known = {
        "target": "acme.example", "source_url": source, "source_host": host, "source_domain": host,
        "source_site": host, "target_url": f"https://acme.example{path}", "target_host": "acme.example",
        "target_domain": "acme.example", "href": f"https://acme.example{path}", "anchor": "Acme",
        "anchor_source": "text", "anchor_type": "branded", "follow": True, "rel_type": "dofollow",
        "placement": "content", "fetched_at": f"2026-11-22T10:{minute:02}:00Z", "crawl_id": "c1",
    }  # fmt: skip
    return attrs.asdict(Link(**{**known, **values}))


NOFOLLOW = {"follow": False, "nofollow": True, "rel": ["nofollow"], "rel_type": "nofollow"}
UGC = {"follow": False, "ugc": True, "rel": ["ugc"], "rel_type": "ugc"}
SPONSORED = {"follow": False, "sponsored": True, "rel": ["sponsored"], "rel_type": "sponsored"}


def stored(directory: Path | str, name: str) -> list[dict[str, Any]]:
    """All rows of a table of the index in ``directory``, read without the threads that pyarrow's own reader leaves behind.

    The engine reads files at once and gives rows as they come: here they are sorted by their fields, in the order of the columns.
    """
    engine = QueryBuilder().register(name, DeltaTable(f"{directory}/{name}"))
    return sorted(pa.table(engine.execute(f"SELECT * FROM {name}").read_all()).to_pylist(), key=repr)
