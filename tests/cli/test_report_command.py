"""``backlinks report -o`` as a person runs it: (code, standard output, standard error)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import report_index
from tests.program import backlinks
from tests.report_index import RIVAL, TARGET


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("cli") / "index"
    report_index.build(folder)
    return str(folder)


def test_a_file_and_a_directory(index: str, tmp_path: Path) -> None:
    code, out, err = backlinks("report", TARGET, "-o", "r.html", "--index", index, cwd=tmp_path)
    assert (code, out) == (0, ""), err
    assert "domains link to acme.example" in err
    assert "The report is in r.html" in err
    assert (tmp_path / "r.html").read_bytes().startswith(b"<!DOCTYPE html>")
    for more, has_gap in (("--against", RIVAL), True), (("--top", "2"), False):
        code, _, err = backlinks("report", TARGET, "-o", "bundle", *more, "--index", index, cwd=tmp_path)
        assert code == 0, err
        assert (tmp_path / "bundle" / "gap.csv").exists() == has_gap
    assert (tmp_path / "bundle" / "top_links.csv").read_text("utf-8-sig").count("\n") == 3


def test_rivals_are_those_named_or_the_competitors_of_the_configuration(index: str, tmp_path: Path) -> None:
    (tmp_path / "backlinks.toml").write_text(
        f'[targets."{TARGET}"]\ncompetitors = ["{RIVAL}"]\nown = ["acme.test"]\n'
    )

    def gap(*said: str) -> list[str]:
        code, _, err = backlinks("report", TARGET, "-o", "r.json", *said, "--index", index, cwd=tmp_path)
        assert code == 0, err
        section = json.loads((tmp_path / "r.json").read_text())["sections"]["gap"]
        return [row["source_domain"] for row in section["tables"]["gap"]["rows"]]

    assert sorted(gap()) == ["gap-one.example", "gap-two.example"]
    assert gap("--against", "nowhere.example") == []
    code, _, err = backlinks(
        "report", TARGET, "-o", "x.json", "--against", "acme.test", "--index", index, cwd=tmp_path
    )
    assert code == 2
    assert "belongs to acme.example itself" in err
    assert not (tmp_path / "x.json").exists()


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ((TARGET, "-o", "r.pdf"), "names no form of a report"), ((TARGET, "--against", RIVAL), "--against is of a report in a file"),
        ((TARGET, "-o", "-"), "not to standard output"), ((TARGET, "-o", "r.md", "--format", "json"), "the ending says the form"),
        (("stranger.example", "-o", "r.html"), "is no target of the index"), ((TARGET, "-o", "r.html", "--since", "soon"), "soon is no time"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_one_line_with_a_hint(
    index: str, tmp_path: Path, said: tuple[str, ...], reason: str
) -> None:
    code, out, err = backlinks("report", *said, "--index", index, cwd=tmp_path)
    assert (code, out) == (2, "")
    assert reason in err.splitlines()[0]
    assert err.splitlines()[1].startswith("hint: ")
    assert list(tmp_path.iterdir()) == []


def test_without_a_file_it_is_the_overview(index: str, tmp_path: Path) -> None:
    code, out, err = backlinks("report", TARGET, "--index", index, cwd=tmp_path)
    assert code == 0, err
    assert "Referring domains" in out
    assert f"All links: backlinks links {TARGET}" in err
