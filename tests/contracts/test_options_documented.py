"""Nothing a user can say or meet is undocumented: options, commands, settings, outcomes, exit codes, pipelines, stats, fields."""

from __future__ import annotations

import html
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import attrs
import pytest

from backlink_crawler import errors, items, options, wiring
from backlink_crawler.claims.state import STATES
from backlink_crawler.cli import COMMANDS
from backlink_crawler.discovery.catalogue import SOURCES
from backlink_crawler.imports.kind import BY_NAME, CLAIMED, HELPERS
from backlink_crawler.imports.run import REASONS
from backlink_crawler.index.schema import Crawl

PROJECT = Path(__file__).parents[2]
PACKAGE = PROJECT / "backlink_crawler"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documentation, built as `make docs` builds it: a warning fails."""
    folder = tmp_path_factory.mktemp("docs")
    command = ["-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", "docs", str(folder)]
    done = subprocess.run(
        [sys.executable, *command], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert " ".join(command[2:-1]) in (PROJECT / "Makefile").read_text("utf-8")
    return folder


def cells(page: Path) -> set[str]:
    """What stands as code in the first column of the tables of a built page."""
    rows = re.findall(
        r'<tr class="row-(?:odd|even)"><td><p><code[^>]*>(.*?)</code>', page.read_text("utf-8"), re.DOTALL
    )
    return {html.unescape(re.sub("<[^>]+>", "", row)) for row in rows}


def names(cls: type) -> Iterable[str]:
    return attrs.fields_dict(cls)


def counted() -> set[str]:
    """Stats in the source, however they are quoted, with what is put in at run time as ``*``."""
    source = "\n".join(file.read_text("utf-8") for file in PACKAGE.rglob("*.py"))
    return {
        re.sub(r"\{.*?\}", "*", name) for name in re.findall(r"""["'](backlinks/[\w/{}.*]+)["']""", source)
    }


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("options", {option.name for option in options.OPTIONS}),
        ("settings", set(wiring.SPIDER_SETTINGS)),
        ("outcomes", set(items.OUTCOMES)),
        ("stats", counted()),
        (
            "fields",
            {
                *names(items.Link),
                *names(items.Visit),
                *names(items.Claim),
                *names(Crawl),
                *items.CLAIM_KINDS,
                *STATES,
                *items.LINK_TYPES,
                *items.ANCHOR_SOURCES,
                *items.EVIDENCE,
                *items.FETCH_MODES,
            },
        ),
        ("imports", {*BY_NAME, *REASONS, *CLAIMED, *HELPERS}),
    ],
)
def test_table_is_the_code(built: Path, page: str, expected: set[str]) -> None:
    assert expected <= cells(built / "reference" / f"{page}.html")


@pytest.mark.parametrize("name", ["", *COMMANDS, "alerts test", "alerts send", "alerts list"])
def test_help_of_command_is_current(built: Path, name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from backlink_crawler.cli import main; main()", *name.split(), "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    page = html.unescape(re.sub("<[^>]+>", "", (built / "reference/command-line.html").read_text("utf-8")))
    assert " ".join(done.stdout.split()) in " ".join(page.split())


def test_exit_codes(built: Path) -> None:
    page = (built / "reference/exit-codes.html").read_text("utf-8")
    kinds = [
        kind for kind in vars(errors).values() if isinstance(kind, type) and kind is not errors.BacklinkError
    ]
    assert kinds
    for kind in kinds:
        assert re.search(
            rf"<p>{kind.exit_code}</p></td>\s*<td><p><code[^>]*><span class=\"pre\">{kind.__name__}<", page
        )
    assert {"0", "1", "130"} <= set(re.findall(r"<td><p>(\d+)</p>", page))


@pytest.mark.parametrize("name", SOURCES)
def test_source_has_a_heading(name: str) -> None:
    assert f"\n## {name}\n" in (PROJECT / "docs/reference/sources.md").read_text("utf-8")


@pytest.mark.parametrize("path", wiring.PIPELINES)
def test_pipeline_has_a_heading(path: str) -> None:
    assert f"\n## {path.rpartition('.')[2]}\n" in (PROJECT / "docs/reference/pipelines.md").read_text("utf-8")


@pytest.mark.parametrize("cls", [items.Link, items.Visit, items.Claim])
def test_every_field_says_what_it_means(built: Path, cls: type) -> None:
    page = (built / "reference/fields.html").read_text("utf-8")
    section = re.search(rf'<section id="{cls.__name__.lower()}">(.*?)</section>', page, re.DOTALL)
    assert section
    meanings = re.findall(
        r"<td><p><code[^>]*>(.*?)</code></p></td>\s*<td>.*?</td>\s*<td>(.*?)</td>", section[1], re.DOTALL
    )
    assert len(meanings) == len(attrs.fields(cls))
    assert all(re.sub("<[^>]+>|\\W", "", meaning) for _, meaning in meanings)


def test_report_in_the_readme_is_that_of_the_tutorial() -> None:
    tutorial = " ".join((PROJECT / "docs/tutorial/first-crawl.md").read_text("utf-8").split())
    excerpt = re.search(
        r"```text\n(Backlinks of.*?)```", (PROJECT / "README.md").read_text("utf-8"), re.DOTALL
    )
    assert excerpt
    for line in filter(None, excerpt[1].split("\n")):
        assert " ".join(line.split()) in tutorial


def test_links_of_the_texts_on_top_lead_somewhere() -> None:
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        text = (PROJECT / name).read_text("utf-8")
        for place in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
            assert (PROJECT / place).exists(), f"{name}: {place}"
