"""``backlinks show``: the whole life of a link, and the response that proves it, as a person sees them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from test_crawl_command import PROGRAM, run

from backlink_crawler.localweb.server import LocalWeb

PAGE = "http://greenfingers.example/links"
QUICK = ["-s", "DOWNLOAD_DELAY=0", "-s", "AUTOTHROTTLE_ENABLED=False"]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an index of one page, and its archive."""
    folder = tmp_path_factory.mktemp("kept")
    with LocalWeb() as web:
        done = run(
            [*PROGRAM, "crawl", "acme.example", "--seeds", PAGE, "--scope", "page", "--archive", *QUICK],
            folder,
            http_proxy=web.proxy_url,
        )
    assert done.returncode == 0, done.stderr
    return folder


def test_the_life_of_a_link(kept: Path) -> None:
    done = run([*PROGRAM, "show", PAGE], kept)
    assert done.returncode == 0, done.stderr
    assert "Live since" in done.stdout
    assert "baseline" in done.stdout
    assert '<a href="' in done.stdout
    assert ".warc.gz" in done.stdout


def test_the_kept_response(kept: Path) -> None:
    done = run([*PROGRAM, "show", PAGE, "--source"], kept)
    assert done.returncode == 0, done.stderr
    assert "text/html" in done.stdout
    assert "</html>" in done.stdout


def test_as_json(kept: Path) -> None:
    lives = json.loads(run([*PROGRAM, "show", PAGE, "--format", "json"], kept).stdout)
    one = lives[0] if isinstance(lives, list) else lives
    assert one["backlink"]["status"] == "live"
    assert [event["kind"] for event in one["events"]] == ["baseline"]


def test_a_response_that_is_gone(kept: Path) -> None:
    (archive,) = (kept / "data" / "warc").iterdir()
    moved = archive.rename(kept / archive.name)
    try:
        done = run([*PROGRAM, "show", PAGE, "--source"], kept)
    finally:
        moved.rename(archive)
    assert done.returncode != 0
    assert done.stderr.startswith("error: ")


def test_a_page_that_is_not_known(kept: Path) -> None:
    done = run([*PROGRAM, "show", "http://nobody.example/"], kept)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
