"""The egg that ``scrapyd-deploy`` makes of a fresh clone: all of the package, nothing else, and it runs as the zip it is."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import pytest

from backlink_crawler import __version__
from tests.installation import LOOPBACK, ROOT, clean_environment, copy_of_checkout, dependencies_only

PACKAGE = ROOT / "backlink_crawler"
IMPORT_ALL = """
import importlib, json, pkgutil, sys
import backlink_crawler
names = [found.name for found in pkgutil.walk_packages(backlink_crawler.__path__, "backlink_crawler.")]
names = [name for name in names if not name.endswith("__main__")]
print(json.dumps({name: importlib.import_module(name).__file__ for name in names}))
"""
READ_ALL = """
import json, sys
from importlib import resources
from hashlib import sha256
read = {}
for path in json.load(sys.stdin):
    package, *parts = path.split("/")
    read[path] = sha256(resources.files(package).joinpath(*parts).read_bytes()).hexdigest()
print(json.dumps(read))
"""


def package_files() -> set[str]:
    """All files of the package in the checkout, as a clone has them."""
    return {
        path.relative_to(ROOT).as_posix()
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return dependencies_only(tmp_path_factory.mktemp("egg") / "environment")


@pytest.fixture(scope="module")
def egg(tmp_path_factory: pytest.TempPathFactory, python: Path) -> Path:
    """Built as a deploy builds it, in a place with no other Python files."""
    directory = tmp_path_factory.mktemp("deploy")
    made = directory / "1763862000.egg"  # so Scrapyd names it
    build = [python, "-m", "scrapyd_client.deploy", "--build-egg", made]
    checkout = copy_of_checkout(directory / "checkout")
    ran = subprocess.run(
        build, cwd=checkout, env=clean_environment(), check=False, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    return made


def run(python: Path, egg: Path, program: str, cwd: Path, stdin: str = "") -> str:
    """What a program prints that has the egg and the dependencies, and nothing else of ours."""
    ran = subprocess.run(
        [python, "-P", "-c", program], cwd=cwd, input=stdin, capture_output=True, text=True, check=False,
        env={**clean_environment(), "PYTHONPATH": f"{egg}{os.pathsep}{LOOPBACK}"},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_it_holds_the_package_and_nothing_else(egg: Path) -> None:
    with zipfile.ZipFile(egg) as archive:
        files = {name for name in archive.namelist() if not name.endswith("/")}
        metadata = HeaderParser().parsestr(archive.read("EGG-INFO/PKG-INFO").decode())
        settings = archive.read("EGG-INFO/entry_points.txt").decode()
    compiled = {name for name in files if name.endswith(".pyc")}
    described = {name for name in files if name.startswith("EGG-INFO/")}
    assert files - compiled - described == package_files()
    assert "EGG-INFO/zip-safe" in described
    assert (metadata["Name"], metadata["Version"]) == ("backlink-crawler", __version__)
    assert "[scrapy]\nsettings = backlink_crawler.settings" in settings


def test_every_module_is_imported_from_it(egg: Path, python: Path, tmp_path: Path) -> None:
    without = subprocess.run(
        [python, "-P", "-c", "import backlink_crawler"], cwd=tmp_path, env=clean_environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "No module named 'backlink_crawler'" in without.stderr
    imported = json.loads(run(python, egg, IMPORT_ALL, tmp_path))
    modules = {name for name in package_files() if name.endswith(".py")}
    assert len(imported) == len(modules) - 1 - sum(name.endswith("/__main__.py") for name in modules)
    assert all(file.startswith(f"{egg}/") for file in imported.values())


def test_every_data_file_is_read_from_it(egg: Path, python: Path, tmp_path: Path) -> None:
    data = sorted(name for name in package_files() if not name.endswith(".py"))
    from_egg = run(python, egg, READ_ALL, tmp_path, json.dumps(data))
    from_checkout = run(python, ROOT, READ_ALL, tmp_path, json.dumps(data))
    assert json.loads(from_egg) == json.loads(from_checkout)


def test_no_module_asks_where_its_file_is() -> None:
    asks = [
        f"{path.relative_to(ROOT)}, line {node.lineno}: {node.id}"
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Name) and node.id in ("__file__", "__path__", "pkg_resources")
    ]
    assert asks == [], "in a zip there is no such file: read data with importlib.resources"


def test_commands_run_from_it(egg: Path, python: Path, tmp_path: Path) -> None:
    export = "Linking page,Target URL,Last crawled\nhttp://blog.example/a,https://acme.example/,2026-10-01\n"
    (tmp_path / "links.csv").write_text(export)
    program = "from backlink_crawler.cli import main; main({!r})"
    run(python, egg, program.format(["import", "--target", "acme.example", "links.csv"]), tmp_path)
    claims = run(python, egg, program.format(["claims", "acme.example", "--format", "json"]), tmp_path)
    assert [claim["source_url"] for claim in json.loads(claims)] == ["http://blog.example/a"]
