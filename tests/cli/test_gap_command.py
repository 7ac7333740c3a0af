"""`backlinks gap`: who links to rivals and not to a target."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from backlink_crawler.cli import main
from backlink_crawler.history.fold import fold
from backlink_crawler.index.schema import Crawl
from backlink_crawler.index.store import Index
from tests.index_rows import link, visit
from tests.program import backlinks

TARGETS = ["acme.example", "rival.example", "other.example"]


def to(host: str) -> dict[str, Any]:
    return {
        "target": host, "target_url": f"https://{host}/", "href": f"https://{host}/", "target_host": host, "target_domain": host,
    }  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("gap")
    index = Index.open(home / "data/index", create=True)
    read = {"targets_checked": TARGETS}
    index.record_crawl(Crawl(crawl_id="c1", targets=TARGETS))
    hostile = {"page_title": "\x1b[2J\u202egnp.exe", "anchor": "=HYPERLINK(1)"}
    index.append(
        "job",
        1,
        [
            visit(
                "https://a.example/1", **read, contacts=["mailto:ada@a.example", "https://a.example/contact"]
            ),
            visit("https://b.example/1", **{**read, "targets_checked": ["rival.example"]}),
            visit("https://c.example/1", **read),
        ],
        [
            link("https://a.example/1", **to("rival.example"), **hostile),
            link("https://a.example/1", **to("other.example")),
            link("https://b.example/1", **to("rival.example"), page_title="Useful links"),
            link("https://c.example/1"),
            link("https://c.example/1", **to("rival.example")),
        ],
    )
    fold(index)
    return home


def rows(folder: Path, *said: str) -> list[dict[str, Any]]:
    code, shown, complaint = backlinks("gap", *said, "--format", "json", cwd=folder)
    assert code == 0, complaint
    return json.loads(shown)


def test_it_lists_domains_and_pages(folder: Path) -> None:
    found = rows(folder, "www.acme.example", "rival.example", "https://other.example/", "rival.example")
    assert {row["source_domain"]: (row["k"], row["n"], row["links_to"]) for row in found} == {
        "a.example": (2, 2, ["other.example", "rival.example"]),
        "b.example": (1, 2, ["rival.example"]),
    }
    assert [
        row["source_url"]
        for row in rows(
            folder, "acme.example", "rival.example", "other.example", "--least", "2", "--by", "pages"
        )
    ] == ["https://a.example/1"]
    assert len(rows(folder, "acme.example", "rival.example", "--all")) == 3
    assert len(rows(folder, "acme.example", "rival.example", "--limit", "1")) == 1


def test_a_table_says_what_is_not_known(folder: Path) -> None:
    code, table, said = backlinks("gap", "acme.example", "nobody.example", "rival.example", cwd=folder)
    assert code == 0
    assert "backlinks links rival.example --source-domain DOMAIN" in said
    assert "mailto:ada@a.example" in table
    assert "No link to nobody.example is known: it adds nothing." in said
    assert "1 of them were not read for links to acme.example: whether they link is not known." in said
    _, _, said = backlinks("gap", "new.example", "rival.example", cwd=folder)
    assert "new.example was never looked for: whether these link to it is not known." in said
    code, shown, said = backlinks(
        "gap", "acme.example", "rival.example", "other.example", "--limit", "1", cwd=folder
    )
    assert (code, shown.count("\n")) == (0, 2)
    assert "The first 1 are shown; --limit shows more." in said


def test_where_there_is_none_it_is_said(folder: Path) -> None:
    code, shown, said = backlinks("gap", "rival.example", "acme.example", cwd=folder)
    assert (code, shown) == (0, "")
    assert "No source was seen that links to 1 or more of the rivals and not to rival.example." in said


def test_competitors_of_the_configuration(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "backlinks.toml"
    file.write_text(
        '[targets."acme.example"]\ncompetitors = ["rival.example", "other.example"]\n'
        '[targets."rival.example"]\nown = ["b.example"]\n'
    )
    code, shown, said = backlinks(
        "gap", "acme.example", "--format", "json", cwd=folder, BACKLINKS_CONFIG=str(file)
    )
    assert code == 0, said
    assert [(row["source_domain"], row["n"]) for row in json.loads(shown)] == [("a.example", 2)]


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        (["acme.example"], "no rivals"),
        (["acme.example", "shop.acme.example"], "rival shop.acme.example: belongs to acme.example itself"),
        (["acme.example", "rival.example", "--least", "2"], "--least 2: more than the rivals named, 1"),
        (["acme.example", "rival.example", "--least", "0"], "least"),
        (["acme.example", "nobody.example"], "no link to nobody.example is known"),
        (["acme.example", "rival.exampel"], "rival.exampel"),
        (["not a domain", "rival.example"], "has white space in it"),
        (["acme.example", "\x1b[2Jrival.example"], "is no domain name"),
    ],
)
def test_bad_input_is_one_line(
    folder: Path,
    said: list[str],
    complaint: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(folder)
    with pytest.raises(SystemExit) as ended:
        main(["gap", *said])
    shown, complained = capsys.readouterr()
    assert (ended.value.code, shown) == (2, "")
    assert complaint in complained
    assert "\x1b" not in complained
    assert complained.count("\n") == 2  # what is wrong, and a hint


def test_an_empty_index(tmp_path: Path) -> None:
    Index.open(tmp_path / "data/index", create=True)
    code, _, said = backlinks("gap", "acme.example", "rival.example", "other.example", cwd=tmp_path)
    assert code == 2
    assert "no link to rival.example or other.example is known" in said


def test_what_pages_say_commands_no_terminal_and_no_spreadsheet(folder: Path) -> None:
    _, table, _ = backlinks("gap", "acme.example", "rival.example", "--by", "pages", cwd=folder)
    assert "\\x1b[2J\\u202egnp.exe" in table
    assert "\x1b" not in table
    _, cells, _ = backlinks("gap", "acme.example", "rival.example", "--format", "csv", cwd=folder)
    assert '"=HYPERLINK' not in cells
    assert "=HYPERLINK(1)" in cells
