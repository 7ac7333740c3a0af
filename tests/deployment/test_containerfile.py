"""The container file: read by its linter, made of files that are there, and its Scrapyd run as it says, without a container."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import zipfile
from fnmatch import fnmatch
from pathlib import Path

import pytest

from backlink_crawler.localweb.server import LocalWeb
from tests.index_rows import stored
from tests.installation import ROOT, build_wheel, clean_environment, install
from tests.scrapyd_server import Scrapyd
from tests.waiting import until

CONTAINERFILE = ROOT / "deploy" / "Containerfile"
INSTALLED = ROOT / "deploy" / "scrapyd" / "installed.conf"


@pytest.fixture(scope="module")
def instructions() -> list[list[str]]:
    """The words of each instruction, in order."""
    text = re.sub(r"^#.*\n", "", CONTAINERFILE.read_text(encoding="utf-8"), flags=re.M).replace("\\\n", " ")
    return [shlex.split(line) if not line.startswith(("CMD", "RUN", "HEALTHCHECK")) else line.split(None, 1) for line in text.splitlines() if line.strip()]  # fmt: skip


def test_its_linter_has_nothing_to_say() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    ran = subprocess.run([hadolint, "--no-color", CONTAINERFILE], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_what_it_copies_is_sent_to_the_builder(instructions: list[list[str]]) -> None:
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    copied = [Path(name) for kind, *names in instructions if kind == "COPY" and "--from=build" not in names for name in names[:-1]]  # fmt: skip
    assert len(copied) > 6
    for path in copied:
        assert (ROOT / path).exists(), path
        assert any(fnmatch(path.as_posix(), one) or Path(one) in path.parents for one in kept), path
    assert all((ROOT / one).exists() for one in kept)


def test_scrapyd_comes_from_the_lock_with_all_it_needs(tmp_path: Path, instructions: list[list[str]]) -> None:
    cut = next(
        words[1].split("&&")[0] for words in instructions if words[0] == "RUN" and "scrapyd.lock" in words[1]
    )
    for lock in ("requirements.lock", "requirements-dev.lock"):
        (tmp_path / lock).symlink_to(ROOT / lock)
    subprocess.run(cut, shell=True, cwd=tmp_path, check=True)
    lines = (tmp_path / "scrapyd.lock").read_text().splitlines()
    assert re.fullmatch(r"scrapyd==[\d.]+ \\", lines[0])
    assert len(lines) > 1
    assert all(re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line) for line in lines[1:])
    locked = set(re.findall(r"^([\w.-]+)==", (ROOT / "requirements.lock").read_text(), re.M))
    assert {"scrapy", "setuptools", "twisted", "w3lib", "zope-interface", "packaging"} <= locked


def broken_egg(path: Path) -> Path:
    """An egg of our name, whose code fails."""
    with zipfile.ZipFile(path, "w") as egg:
        egg.writestr("EGG-INFO/PKG-INFO", "Metadata-Version: 2.1\nName: backlink-crawler\nVersion: 9\n")
        egg.writestr("EGG-INFO/entry_points.txt", "[scrapy]\nsettings = backlink_crawler.settings\n")
        egg.writestr("backlink_crawler/__init__.py", "raise RuntimeError('the egg runs')\n")
    return path


def test_its_scrapyd_runs_the_installed_package(tmp_path: Path, instructions: list[list[str]]) -> None:
    health = json.loads(
        next(words[1] for words in instructions if words[0] == "HEALTHCHECK").partition("CMD ")[2]
    )
    said = dict(pair.split("=", 1) for kind, *pairs in instructions if kind == "ENV" for pair in pairs)
    settings = {"SCRAPY_SETTINGS_MODULE": said["SCRAPY_SETTINGS_MODULE"]}
    login = {"SCRAPYD_USERNAME": "someone", "SCRAPYD_PASSWORD": "secret"}
    with LocalWeb() as web:
        server = Scrapyd(
            tmp_path, proxy=web.proxy_url, BACKLINKS_INDEX=str(tmp_path / "index"), **settings, **login
        )
        server.configuration.append(INSTALLED)
        install(build_wheel(tmp_path), server.python)
        with server:
            port = server.url.rstrip("/").rpartition(":")[2]
            check = [server.python, *health[1:]]
            well = clean_environment(SCRAPYD_HTTP_PORT=port)
            until(
                lambda: subprocess.run(check, env=well, check=False).returncode == 0,
                lambda: server.log[-4000:],
            )
            server.deploy(broken_egg(tmp_path / "9.egg"))  # what is installed comes first
            job = server.schedule(target="acme.example", seeds="greenfingers.example", scope="page")
            log = server.wait(job)
            assert server.exit_status(job) == 0, log
        ended = subprocess.run(check, env=well, check=False, capture_output=True, text=True)
    assert ended.returncode == 1
    assert "Connection refused" in ended.stderr
    assert stored(tmp_path / "index", "visits")
