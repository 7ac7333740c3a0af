"""``backlinks crawl --archive`` and ``--warc``: where the proof is kept, and what is wrong is one line before any request."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from test_crawl_command import PROGRAM, run

from backlink_crawler.localweb.server import LocalWeb

QUICK = ["-s", "DOWNLOAD_DELAY=0", "-s", "AUTOTHROTTLE_ENABLED=False"]
CRAWL = [*PROGRAM, "crawl", "acme.example", "--seeds", "labels.example", "--scope", "page", *QUICK]


@pytest.mark.parametrize(
    ("said", "place"),
    [
        (["--archive"], "data/warc"),
        (["--archive", "--index", "elsewhere/index"], "elsewhere/warc"),
        (["--archive", "--warc", "proof"], "proof"),
        (["--warc", "proof"], "proof"),
    ],
)
def test_where_it_is_kept(tmp_path: Path, said: list[str], place: str) -> None:
    with LocalWeb() as web:
        done = run([*CRAWL, *said], tmp_path, http_proxy=web.proxy_url)
    assert done.returncode == 0, done.stderr
    assert f"archive: 2 responses kept in {place}" in done.stderr
    (path,) = (tmp_path / place).iterdir()
    assert path.name.endswith("-1-00000.warc.gz")
    assert b"GET http://labels.example/ HTTP/1.1\r\n" in gzip.decompress(path.read_bytes())


@pytest.mark.parametrize(
    ("toml", "environment", "said", "place"),
    [
        ("", {"BACKLINKS_INDEX": "by/env/index"}, ["--archive"], "by/env/warc"),
        ('index = "by/file/index"', {}, ["--archive"], "by/file/warc"),
        ('warc = "by/file"', {}, [], "by/file"),
        ("", {"BACKLINKS_WARC": "by/env"}, [], "by/env"),
    ],
)
def test_where_it_is_kept_by_configuration(
    tmp_path: Path, toml: str, environment: dict[str, str], said: list[str], place: str
) -> None:
    (tmp_path / "backlinks.toml").write_text(toml)
    with LocalWeb() as web:
        done = run([*CRAWL, *said], tmp_path, http_proxy=web.proxy_url, **environment)
    assert done.returncode == 0, done.stderr
    assert [path.suffix for path in (tmp_path / place).iterdir()] == [".gz"]


@pytest.mark.parametrize(
    ("said", "code", "reason", "hint"),
    [
        (["--archive", "--index", "s3://bucket/index"], 2, "next to s3://bucket/index", "--warc DIR"),
        (["--warc", "file.txt"], 5, "the archive file.txt cannot be written", "warc=DIR"),
        (["--warc", "file.txt/warc"], 5, "the archive file.txt/warc cannot be written", "warc=DIR"),
    ],
)
def test_no_place_for_it(tmp_path: Path, said: list[str], code: int, reason: str, hint: str) -> None:
    (tmp_path / "file.txt").write_text("a file")
    with LocalWeb() as web:
        done = run([*CRAWL, *said], tmp_path, http_proxy=web.proxy_url)
        assert web.log == []
    lines = done.stderr.splitlines()
    assert done.returncode == code, done.stderr
    assert lines[0].startswith("error: ")
    assert reason in lines[0]
    assert lines[1].startswith("hint: ")
    assert hint in lines[1]
    assert len(lines) == 2


def test_a_crawl_without_it_keeps_nothing(tmp_path: Path) -> None:
    with LocalWeb() as web:
        done = run(CRAWL, tmp_path, http_proxy=web.proxy_url)
    assert done.returncode == 0, done.stderr
    assert "archive" not in done.stderr
    assert not list(tmp_path.rglob("*.warc.gz"))
