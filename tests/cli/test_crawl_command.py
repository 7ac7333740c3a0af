"""`backlinks crawl` and `scrapy crawl backlinks`: what is wrong is one line with a hint and an exit code, before any request."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from backlink_crawler.localweb.server import LocalWeb
from tests.program import SECONDS

PROGRAM = [str(Path(sys.executable).with_name("backlinks"))]
SCRAPY = [sys.executable, "-m", "scrapy", "crawl", "backlinks"]


def run(command: list[str], cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    variables = {name: value for name, value in os.environ.items() if not name.startswith("BACKLINKS_")}
    variables |= {"SCRAPY_SETTINGS_MODULE": "backlink_crawler.settings", **environment}
    return subprocess.run(command, cwd=cwd, env=variables, capture_output=True, text=True, timeout=SECONDS)


def flags(arguments: dict[str, str]) -> list[str]:
    return [part for name, value in arguments.items() for part in ("-a", f"{name}={value}")]


GOOD = {"target": "acme.example", "seeds": "labels.example"}
WRONG = [
    ({"targt": "acme.example"}, 2, "unknown argument targt", "did you mean target?"),
    ({"target": "192.0.2.7"}, 2, "192.0.2.7", ""),
    ({"target": "co.uk"}, 2, "co.uk", ""),
    ({"target": "example.con"}, 2, "example.con", "did you mean example.com?"),
    ({"target": "me@example.com"}, 2, "me@example.com", ""),
    ({"target": "example.com/shop"}, 2, "example.com/shop", "prefix:example.com/shop"),
    ({"target": "@missing.txt"}, 2, "missing.txt", ""),
    ({"seeds": "", "discover": "none"}, 2, "no seeds", "seeds="),
    ({"seeds": "", "target": ""}, 2, "no seeds", "discover=auto"),
    ({"discover": "mediawki"}, 2, "unknown source mediawki", "did you mean mediawiki?"),
    ({"discover": "github"}, 2, "github: it has no key", "GITHUB_TOKEN"),
    (
        {"discover": "hackernews", "target": ""},
        2,
        "discover: pages are found for a target",
        "target=example.com",
    ),
    ({"seeds": "missing.txt"}, 2, "missing.txt", ""),
    ({"seeds": "empty.txt"}, 2, "empty.txt", ""),
    ({"seeds": "lines.txt"}, 2, "lines.txt, line 3", ""),
    ({"seeds": "ftp://example.com/"}, 2, "ftp", "http"),
    ({"depth": "-1"}, 2, "depth=-1", ""),
    ({"hops": "99"}, 2, "hops=99", ""),
    ({"max_pages": "many"}, 2, "max_pages=many", ""),
    ({"scope": "planet"}, 2, "scope=planet", ""),
    ({"per_target": "all.jsonl"}, 2, "all.jsonl", "%(target)s"),
    ({"per_target": "%(target)s.doc"}, 2, "doc", "jsonl"),
    ({"index": "file.txt"}, 5, "file.txt", ""),
    ({"index": "/proc/index"}, 5, "/proc/index", ""),
    ({"jobs": "file.txt/jobs"}, 5, "file.txt", "jobs=DIR"),
]


@pytest.mark.parametrize(("arguments", "code", "reason", "hint"), WRONG, ids=[str(row[0]) for row in WRONG])
def test_bad_input_is_one_line_before_any_request(
    tmp_path: Path, arguments: dict[str, str], code: int, reason: str, hint: str
) -> None:
    (tmp_path / "empty.txt").write_text("# nothing\n\n")
    (tmp_path / "lines.txt").write_text("acme.example\n\nhttp://exa mple/\n")
    (tmp_path / "file.txt").write_text("a file")
    with LocalWeb() as web:
        done = run(
            [*SCRAPY, *flags(GOOD | arguments), "--loglevel", "ERROR"], tmp_path, http_proxy=web.proxy_url
        )
        assert web.log == []
    lines = done.stderr.strip().splitlines()
    assert done.returncode == code, done.stderr
    assert lines[0].startswith("error: ")
    assert reason in lines[0]
    assert len(lines) <= 2
    assert not hint or hint in lines[1]
    assert "Traceback" not in done.stderr


def test_the_console_script_says_the_same(tmp_path: Path) -> None:
    done = run([*PROGRAM, "crawl", "example.con", "--seeds", "bookworm.example"], tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[0].startswith("error: target example.con")
    assert run([*PROGRAM, "crawl", "acme.example", "--seed", "x"], tmp_path).returncode == 2


def test_a_crawl_from_the_console(tmp_path: Path) -> None:
    quick = ["-s", "DOWNLOAD_DELAY=0", "-s", "AUTOTHROTTLE_ENABLED=False"]
    with LocalWeb() as web:
        command = [
            *PROGRAM,
            "crawl",
            "acme.example",
            "--seeds",
            "labels.example",
            *quick,
            "-o",
            "l.csv",
            "--summary-json",
            "s.json",
        ]
        done = run(command, tmp_path, http_proxy=web.proxy_url)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert "next: backlinks report acme.example" in done.stderr
    summary = json.loads((tmp_path / "s.json").read_text())
    assert summary["links"] > 0
    assert summary["exit_code"] == 0
    assert summary["outcomes"]["ok"] == summary["pages"] - sum(
        n for word, n in summary["outcomes"].items() if word != "ok"
    )
    report = run([*PROGRAM, "report", "acme.example"], tmp_path)
    assert report.returncode == 0
    assert "Referring domains" in report.stdout


def test_no_seed_that_answers_is_exit_code_4(tmp_path: Path) -> None:
    quick = [
        *flags(GOOD | {"seeds": "nowhere.invalid"}),
        "-s",
        "DOWNLOAD_DELAY=0",
        "-s",
        "RETRY_ENABLED=False",
    ]
    with LocalWeb() as web:
        assert run([*SCRAPY, *quick], tmp_path, http_proxy=web.proxy_url).returncode == 4


def test_a_feed_that_cannot_be_stored_is_exit_code_1(tmp_path: Path) -> None:
    (tmp_path / "file.txt").write_text("a file")
    quick = ["-s", "DOWNLOAD_DELAY=0", "-s", "AUTOTHROTTLE_ENABLED=False"]
    with LocalWeb() as web:
        done = run(
            [*SCRAPY, *flags(GOOD | {"per_target": "file.txt/%(target)s.jsonl"}), *quick],
            tmp_path,
            http_proxy=web.proxy_url,
        )
    assert done.returncode == 1


def test_per_target_files(tmp_path: Path) -> None:
    quick = ["-s", "DOWNLOAD_DELAY=0", "-s", "AUTOTHROTTLE_ENABLED=False"]
    with LocalWeb() as web:
        arguments = {"seeds": "bookworm.example,labels.example", "per_target": "out/%(target)s.jsonl"}
        done = run(
            [*SCRAPY, *flags(arguments), *quick, "-o", "all.jsonl"], tmp_path, http_proxy=web.proxy_url
        )
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in (tmp_path / "all.jsonl").read_text().splitlines()]
    files = {path.stem: path.read_text().splitlines() for path in (tmp_path / "out").iterdir()}
    assert set(files) == {row["target"] for row in rows}
    assert {name: len(lines) for name, lines in files.items()} == {
        name: sum(row["target"] == name for row in rows) for name in files
    }
    assert "acme.example" in files
