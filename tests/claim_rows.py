"""Claims for a small index, and an index of facts and claims with its history."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

from index_rows import link, visit

from backlink_crawler.history.fold import fold
from backlink_crawler.index.claims import Staging
from backlink_crawler.index.schema import CLAIMS, to_table
from backlink_crawler.index.store import Index

Row = dict[str, Any]


def claim(url: str, provenance: str = "import:gsc", path: str | None = None, **values: Any) -> Row:
    """A claim that a page links to acme.example, to a page of it where ``path`` says so."""
    host = url.split("/")[2]
    known = {
        "target": "acme.example", "kind": "link", "source_url": url, "source_host": host, "source_domain": host,
        "source_site": host, "target_url": None if path is None else f"https://acme.example{path}",
        "provenance": provenance, "claimed_at": "2026-11-22T09:00:00Z",
    }  # fmt: skip
    return {**known, **values}


def claimed_index(place: Path, pages: Iterable[Row | tuple[Row, list[Row]]], claims: Iterable[Row]) -> Index:
    """An index of visits, some with their links, and of claims; its history is folded."""
    index = Index.open(place, create=True)
    index.record_crawl({"crawl_id": "c1", "targets": ["acme.example"], "started_at": "2026-11-22T10:00:00Z"})
    facts = [page if isinstance(page, tuple) else (page, []) for page in pages]
    index.append("job", 0, [page for page, _ in facts], [one for _, links in facts for one in links])
    with Staging(index) as staging:
        staging.add(to_table(claims, CLAIMS))
        staging.store()
    fold(index, confirm_after=timedelta(0))
    return index


def seen(url: str, path: str = "/", minute: int = 0, **values: Any) -> tuple[Row, list[Row]]:
    """A whole reading of a page that has one link."""
    return visit(url, minute), [link(url, path, minute, **values)]
