"""`backlinks recheck`: what is wrong is one line with a hint before any request; what is done is told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from backlink_crawler.localweb.server import LocalWeb
from tests.program import SECONDS

PROGRAM = str(Path(sys.executable).with_name("backlinks"))
QUICK = ("-s", "DOWNLOAD_DELAY=0", "-s", "AUTOTHROTTLE_ENABLED=False")
PAGE = "http://greenfingers.example/links"


def run(cwd: Path, *arguments: str, proxy: str = "") -> subprocess.CompletedProcess[str]:
    variables = {name: value for name, value in os.environ.items() if not name.startswith("BACKLINKS_")}
    variables |= {"http_proxy": proxy}
    return subprocess.run(
        [PROGRAM, *arguments], cwd=cwd, env=variables, capture_output=True, text=True, timeout=SECONDS
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with an index of one page."""
    directory = tmp_path_factory.mktemp("home")
    with LocalWeb() as web:
        done = run(
            directory,
            "crawl",
            "acme.example",
            "--seeds",
            PAGE,
            "--scope",
            "page",
            *QUICK,
            proxy=web.proxy_url,
        )
    assert done.returncode == 0, done.stderr
    return directory


@pytest.mark.parametrize(
    ("arguments", "code", "reason", "hint"),
    [
        (["example.con"], 2, "target example.con", "did you mean example.com?"),
        (["acme.example", "--index", "nowhere"], 5, "there is no index at", "backlinks crawl"),
        (
            ["acme.example", "--older-than", "soon"],
            2,
            "older_than=soon: needs a time such as 24h",
            "last visit",
        ),
        (["acme.example", "--older-than", "999999w"], 2, "needs a time", ""),
        (["acme.example", "--confirm-after", "-1h"], 2, "confirm_after=-1h", ""),
        (["acme.example", "--statuses", "live,dead"], 2, "needs one of live, unverified, lost", ""),
        (["acme.example", "--seeds", "a.example"], 2, "No such option", "backlinks recheck --help"),
    ],
)
def test_bad_input_is_one_line(home: Path, arguments: list[str], code: int, reason: str, hint: str) -> None:
    with LocalWeb() as web:
        done = run(home, "recheck", *arguments, proxy=web.proxy_url)
        assert web.log == []
    lines = done.stderr.strip().splitlines()
    assert (done.returncode, done.stdout, len(lines)) == (code, "", 2), done.stderr
    assert reason in lines[0]
    assert hint in lines[1]
    assert not (home / "nowhere").exists()


def test_an_argument_of_the_crawl_alone_is_none_of_the_recheck(home: Path) -> None:
    command = [sys.executable, "-m", "scrapy", "crawl", "recheck", "-a", "depth=2", "--loglevel", "ERROR"]
    variables = {**os.environ, "SCRAPY_SETTINGS_MODULE": "backlink_crawler.settings"}
    done = subprocess.run(command, cwd=home, env=variables, capture_output=True, text=True, timeout=SECONDS)
    assert (done.returncode, done.stderr.splitlines()[0]) == (2, "error: unknown argument depth")


def test_nothing_due_and_everything(home: Path) -> None:
    with LocalWeb() as web:
        idle = run(home, "recheck", "acme.example", *QUICK, proxy=web.proxy_url)
        assert web.log == []
        done = run(home, "recheck", "acme.example", "--all", "--limit", "5", *QUICK, proxy=web.proxy_url)
        assert [seen.url for seen in web.log if not seen.url.endswith("/robots.txt")] == [PAGE]
    assert (idle.returncode, idle.stdout) == (0, "")
    assert idle.stderr.startswith("none of the 1 known pages is due; the next is due at 20")
    assert len(idle.stderr.splitlines()) == 1
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "1 pages (1 not_modified), 0 links kept in data/index\n"


def test_no_server_that_answers_is_exit_code_4(home: Path) -> None:
    proxy = "http://127.0.0.1:9"
    done = run(
        home,
        "recheck",
        "acme.example",
        "--all",
        "--retry-delays",
        "0",
        *QUICK,
        "-s",
        "RETRY_ENABLED=False",
        proxy=proxy,
    )
    assert done.returncode == 4, done.stderr
