"""``pip install backlink-crawler``: the wheel, alone in an environment, in a folder with nothing in it."""

from __future__ import annotations

import json
import subprocess
import zipfile
from pathlib import Path

import attrs
import pytest

from backlink_crawler import __version__
from backlink_crawler.localweb.server import LocalWeb
from tests.crawl.conftest import QUICK
from tests.installation import ROOT, build_wheel, clean_environment, dependencies_only, install
from tests.program import SECONDS


@attrs.frozen
class Installed:
    """An environment with the wheel in it."""

    wheel: Path
    programs: Path

    def run(self, *command: str, cwd: Path, proxy: str = "") -> tuple[int, str, str]:
        """(exit code, standard output, standard error) of one of its programs."""
        ran = subprocess.run(
            [self.programs / command[0], *command[1:]], cwd=cwd, capture_output=True, text=True, check=False,
            env=clean_environment(http_proxy=proxy, HOME=str(cwd), COLUMNS="200"), stdin=subprocess.DEVNULL, timeout=SECONDS,
        )  # fmt: skip
        return ran.returncode, ran.stdout, ran.stderr


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    directory = tmp_path_factory.mktemp("wheel")
    python = dependencies_only(directory / "environment")
    wheel = build_wheel(directory)
    install(wheel, python)
    return Installed(wheel, python.parent)


def test_it_holds_the_package_and_nothing_else(installed: Installed) -> None:
    with zipfile.ZipFile(installed.wheel) as archive:
        files = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert files == {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "backlink_crawler").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_it_crawls_in_an_empty_folder(installed: Installed, tmp_path: Path) -> None:
    where = "import backlink_crawler; print(backlink_crawler.__file__)"
    _, place, _ = installed.run("python", "-c", where, cwd=tmp_path)
    assert place.startswith(str(installed.programs.parent))
    assert installed.run("backlinks", "--version", cwd=tmp_path) == (0, f"backlinks {__version__}\n", "")
    with LocalWeb() as web:
        code, _, said = installed.run(
            "backlinks", "crawl", "acme.example", "--seeds", "greenfingers.example", "-o", "links.jsonl", *QUICK,
            cwd=tmp_path, proxy=web.proxy_url,
        )  # fmt: skip
    assert code == 0, said
    rows = [json.loads(line) for line in (tmp_path / "links.jsonl").read_text().splitlines()]
    assert {row["source_host"] for row in rows} == {"greenfingers.example"}
    code, report, said = installed.run(
        "backlinks", "report", "acme.example", "--format", "json", cwd=tmp_path
    )
    assert (code, said) == (0, "")
    assert json.loads(report)["target"] == "acme.example"
    code, checks, said = installed.run("backlinks", "doctor", cwd=tmp_path)
    assert code == 0, checks + said
    assert f"backlink-crawler {__version__}" in checks
    assert "can be read and written" in checks
