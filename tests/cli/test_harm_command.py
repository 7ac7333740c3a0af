"""`backlinks harm`: reasons to look at linking sites, with their evidence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from backlink_crawler.history.fold import fold
from backlink_crawler.index.store import Index
from tests.index_rows import link, visit
from tests.program import backlinks


def index_with(folder: Path, links: list[dict[str, Any]]) -> None:
    index = Index.open(folder / "data/index", create=True)
    index.append("job", 1, [visit(url) for url in dict.fromkeys(row["source_url"] for row in links)], links)
    fold(index)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("harm")
    spam = {"anchor": "=cheap\x1b[2J viagra\u202e", "anchor_type": "other"}
    index_with(
        folder,
        [
            *(link(f"https://pills.example/{nth}", **spam) for nth in range(3)),
            link("https://menu.example/", hidden=True),
            link("https://blog.example/"),
        ],
    )
    return folder


def test_reasons_stand_with_their_evidence(folder: Path) -> None:
    code, shown, said = backlinks("harm", "acme.example", cwd=folder)
    assert code == 0
    lines = shown.splitlines()
    assert lines[0] == "pills.example  8"
    assert lines[1] == "    spam_anchor  8, high, 3 links"
    assert "viagra" in lines[2]
    assert lines[3:6] == [f"        https://pills.example/{nth}" for nth in range(3)]
    assert lines[6] == "menu.example  1"
    assert "blog.example" not in shown
    assert "nothing is disavowed" in said
    assert "backlinks mark acme.example SITE --tag disavow" in said
    assert "No keywords of it are configured" in said


def test_what_pages_say_commands_no_terminal_and_no_spreadsheet(folder: Path) -> None:
    _, table, _ = backlinks("harm", "acme.example", cwd=folder)
    assert "\x1b" not in table
    assert "\u202e" not in table
    _, cells, _ = backlinks("harm", "acme.example", "--format", "csv", cwd=folder)
    assert not any(cell.startswith("=") for row in cells.splitlines() for cell in row.split('"'))


def test_formats_and_filters(folder: Path) -> None:
    _, shown, _ = backlinks("harm", "acme.example", "--format", "json", cwd=folder)
    rows = json.loads(shown)
    assert [(row["name"], row["signal"], row["sure"], row["weight"], row["site_weight"], row["links"]) for row in rows] == [
        ("pills.example", "spam_anchor", "high", 8.0, 8.0, 3),
        ("menu.example", "hidden_link", "low", 1.0, 1.0, 1),
    ]  # fmt: skip
    for flags in (("--sure", "medium"), ("--signal", "spam_anchor"), ("--limit", "1")):
        _, shown, _ = backlinks("harm", "acme.example", "--format", "json", *flags, cwd=folder)
        assert json.loads(shown) == rows[:1]
    _, _, said = backlinks("harm", "acme.example", "--limit", "1", cwd=folder)
    assert "The first 1 of 2 sites are shown" in said


def test_keywords_of_the_configuration_count(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "backlinks.toml").write_text('[targets."acme.example"]\nkeywords = ["viagra"]\n')
    code, shown, said = backlinks("harm", "acme.example", "--index", str(folder / "data/index"), "--format", "json", cwd=tmp_path)  # fmt: skip
    assert code == 0
    assert [row["name"] for row in json.loads(shown)] == ["menu.example"]
    assert "No keywords" not in said


def test_where_there_is_nothing_it_is_said(tmp_path: Path) -> None:
    index_with(tmp_path, [link("https://blog.example/")])
    code, shown, said = backlinks("harm", "acme.example", cwd=tmp_path)
    assert (code, shown) == (0, "")
    assert "Nothing of what is looked for was found among 1 backlink of acme.example." in said


def test_bad_input(folder: Path, tmp_path: Path) -> None:
    assert backlinks("harm", "other.example", cwd=folder)[0] == 2
    assert backlinks("harm", "acme.example", "--sure", "very", cwd=folder)[0] == 2
    code, _, said = backlinks("harm", "acme.example", cwd=tmp_path)
    assert code != 0
    assert said.startswith("error: ")
