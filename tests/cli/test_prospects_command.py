"""`backlinks prospects`: pages that name a target and do not link to it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from backlink_crawler.history.fold import fold
from backlink_crawler.index.schema import Crawl
from backlink_crawler.index.store import Index
from tests.index_rows import link, visit
from tests.program import backlinks

NAMED = {"link_type": "mention", "target_url": "", "target_host": "", "follow": None, "rel_type": None}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    index = Index.open(tmp_path / "data/index", create=True)
    rows: list[dict[str, Any]] = [
        link(
            "https://a.example/1",
            **NAMED,
            anchor="Acme\x1b[2J",
            context_before="=1+1",
            context_after="is good",
        ),
        link("https://b.example/1"),
    ]
    index.append("job", 1, [visit("https://a.example/1"), visit("https://b.example/1")], rows)
    fold(index)
    return tmp_path


def test_they_are_listed_apart_from_the_links(folder: Path) -> None:
    code, shown, _ = backlinks("prospects", "acme.example", "--format", "json", cwd=folder)
    assert code == 0
    [row] = json.loads(shown)
    assert (row["source_url"], row["domain_links"], row["context_after"]) == (
        "https://a.example/1",
        False,
        "is good",
    )
    _, links, _ = backlinks("links", "acme.example", "--format", "json", cwd=folder)
    assert [one["source_url"] for one in json.loads(links)] == ["https://b.example/1"]


def test_what_a_page_says_commands_no_terminal_and_no_spreadsheet(folder: Path) -> None:
    _, table, _ = backlinks("prospects", "acme.example", cwd=folder)
    assert "\x1b" not in table
    _, cells, _ = backlinks("prospects", "acme.example", "--format", "csv", cwd=folder)
    assert '"=1+1"' not in cells
    assert "=1+1" in cells


def test_where_there_are_none_it_is_said(tmp_path: Path) -> None:
    index = Index.open(tmp_path / "data/index", create=True)
    index.append("job", 1, [visit("https://b.example/1")], [link("https://b.example/1")])
    fold(index)
    code, shown, said = backlinks("prospects", "acme.example", cwd=tmp_path)
    assert code == 0
    assert "No page that was visited names acme.example without linking to it." in said
    assert "http" not in shown


def test_of_those_without_a_link_the_best_rated_come_first(tmp_path: Path) -> None:
    index = Index.open(tmp_path / "data/index", create=True)
    pages = [f"https://{name}.example/1" for name in ("a", "b", "c")]
    of_b = {
        "target": "b.example",
        "target_domain": "b.example",
        "target_host": "b.example",
        "target_url": pages[1],
    }
    rows = [link(pages[0], **NAMED), link(pages[1], **NAMED), link(pages[2], **{"href": pages[1], **of_b})]
    index.append("job", 1, [visit(page) for page in pages], rows)
    index.record_crawl(Crawl(crawl_id="c1", targets=["acme.example", "b.example"]))
    fold(index)
    code, shown, said = backlinks("prospects", "acme.example", "--format", "json", cwd=tmp_path)
    assert code == 0, said
    best, unrated = json.loads(shown)
    assert (best["source_domain"], unrated["source_domain"], unrated["rating"]) == (
        "b.example",
        "a.example",
        None,
    )
    assert best["rating"] > 0
