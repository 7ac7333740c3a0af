"""``backlinks mine`` as a person types it: what it says, how it ends, and that the same command goes on."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from backlink_crawler.index.query import Reader
from backlink_crawler.index.store import Index
from tests import wat_files
from tests.archive_files import Answer, answered, as_zstd, by_warcio
from tests.program import ROOT, backlinks

CRAWL = "CC-MAIN-2026-43"
SEGMENT = f"crawl-data/{CRAWL}/segments/1760000000000.1"


def page(nth: int, *urls: str) -> Answer:
    links = "".join(f'<p>See <a href="{url}">Acme {number}</a> here.' for number, url in enumerate(urls))
    return Answer(f"https://page{nth}.example/", f"<title>Page {nth}</title>{links}".encode())


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    """Two WARC files and two WAT files of a crawl, a third of each missing, and their lists."""
    for kind, ending in (("warc", "warc.gz"), ("wat", "warc.wat.gz")):
        paths = [f"{SEGMENT}/{kind}/CC-MAIN-20261012103000-{nth:05}.{ending}" for nth in range(3)]
        for nth, path in enumerate(paths[:2]):
            file = tmp_path / "mirror" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(warc(nth) if kind == "warc" else wat(nth))
        listed = tmp_path / "mirror/crawl-data" / CRAWL / f"{kind}.paths.gz"
        listed.write_bytes(gzip.compress("\n".join(paths).encode()))
    return tmp_path / "mirror"


def warc(nth: int) -> bytes:
    return by_warcio(
        [page(10 * nth + one, "https://acme.example/", "https://other.example/") for one in range(3)]
    )


def wat(nth: int) -> bytes:
    links = [
        wat_files.link("https://acme.example/", "Acme"),
        wat_files.link("https://other.example/", "Other"),
    ]
    return wat_files.wat(
        record
        for one in range(3)
        for record in wat_files.capture(
            wat_files.response(f"https://page{10 * nth + one}.example/", links, offset=one)
        )
    )


def rows(directory: Path, statement: str) -> list[dict[str, Any]]:
    return Reader(Index.open(directory / "data/index")).rows(statement)


def test_a_crawl_of_which_a_file_is_missing(tmp_path: Path, mirror: Path) -> None:
    command = (
        "mine",
        "acme.example",
        "--crawl",
        CRAWL,
        "--mirror",
        "mirror",
        "--summary-json",
        "summary.json",
    )
    code, out, said = backlinks(*command, cwd=tmp_path)
    assert (code, out) == (1, "")
    assert "2 of 3 archives mined" in said
    assert "6 pages with 6 links kept in data/index" in said
    assert f"{SEGMENT}/wat/CC-MAIN-20261012103000-00002.warc.wat.gz cannot be read: No such file" in said
    assert "1 archives are left: the same command goes on" in said
    assert "acme.example: 6 links from 6 domains" in said
    assert "next: backlinks report acme.example\n" in said
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert {name: summary[name] for name in ("archives", "mined", "failed", "missing", "left", "exit_code")} == {
        "archives": 3, "mined": 2, "failed": 1, "missing": 1, "left": 0, "exit_code": 1,
    }  # fmt: skip
    assert rows(tmp_path, "SELECT DISTINCT evidence, provenance, crawl_id FROM links") == [
        {"evidence": "wat", "provenance": "commoncrawl", "crawl_id": summary["crawl_id"]}
    ]
    told = rows(
        tmp_path, "SELECT spider, job, exit_code, targets, provenance FROM crawls WHERE summary IS NOT NULL"
    )
    assert told == [
        {"spider": "commoncrawl", "job": summary["job"], "exit_code": 1, "targets": ["acme.example"], "provenance": "commoncrawl"}
    ]  # fmt: skip

    (mirror / SEGMENT / "wat/CC-MAIN-20261012103000-00002.warc.wat.gz").write_bytes(wat(2))
    code, _, said = backlinks(*command, cwd=tmp_path)
    assert (code, "1 of 3 archives mined" in said, "2 archives were in the index before" in said) == (
        0,
        True,
        True,
    )
    assert rows(tmp_path, "SELECT count(*) AS n, count(DISTINCT source_url) AS m FROM links") == [
        {"n": 9, "m": 9}
    ]


def test_the_index_makes_sense_of_it(tmp_path: Path, mirror: Path) -> None:
    code, _, said = backlinks(
        "mine", "acme.example", "--crawl", CRAWL, "--kind", "warc", "--mirror", "mirror", "--shard", "1/1",
        "--fail-on", "files_failed>10%, links>1000", cwd=tmp_path,
    )  # fmt: skip
    assert (code, "limit passed: files_failed>10% (33.3 %: 1 of 3 archives)" in said) == (1, True)
    code, out, _ = backlinks("links", "acme.example", cwd=tmp_path)
    assert (code, out.count("https://acme.example/"), out.count("Acme 0")) == (0, 6, 6)
    code, out, _ = backlinks("show", "https://page11.example/", "--to", "acme.example", cwd=tmp_path)
    file = f"{SEGMENT}/warc/CC-MAIN-20261012103000-00001.warc.gz"
    [place] = [line for line in out.splitlines() if file in line]
    assert code == 0
    assert place.partition(": ")[2].startswith(f"{file} at ")
    code, out, _ = backlinks("show", "https://page11.example/", "--source", "--warc", "mirror", cwd=tmp_path)
    assert (code, '<a href="https://acme.example/">' in out) == (0, True)
    code, out, _ = backlinks("report", "acme.example", cwd=tmp_path)
    assert code == 0


def test_everything_without_a_target(tmp_path: Path) -> None:
    (tmp_path / "a.warc.gz").write_bytes(warc(0))
    code, _, said = backlinks("mine", "--paths", "a.warc.gz", cwd=tmp_path)
    assert (code, "3 pages with 6 links" in said) == (0, True)
    assert rows(tmp_path, "SELECT target, count(*) AS n FROM links GROUP BY target ORDER BY target") == [
        {"target": "acme.example", "n": 3}, {"target": "other.example", "n": 3},
    ]  # fmt: skip
    assert rows(tmp_path, "SELECT DISTINCT provenance FROM visits") == [{"provenance": "archive"}]


def test_the_proof_wherever_it_lies(tmp_path: Path) -> None:
    (tmp_path / "a.warc.zst").write_bytes(
        as_zstd([answered(page(nth, "https://acme.example/")) for nth in range(2)])
    )
    code, _, said = backlinks("mine", "acme.example", "--paths", "a.warc.zst", "--index", "i", cwd=tmp_path)
    assert (code, "2 pages with 2 links kept in i" in said) == (0, True)
    code, out, said = backlinks("show", "https://page1.example/", "--source", "--index", "i", cwd=tmp_path)
    assert (code, "<title>Page 1</title>" in out, "a.warc.zst at " in said) == (0, True, True)
    (tmp_path / "a.warc.zst").unlink()
    code, out, said = backlinks("show", "https://page1.example/", "--source", "--index", "i", cwd=tmp_path)
    assert (code, out, "cannot be read: No such file" in said) == (5, "", True)


def test_damage_is_told_and_may_fail_the_run(tmp_path: Path) -> None:
    content = warc(0)
    (tmp_path / "a.warc.gz").write_bytes(content[: len(content) - 40])
    code, _, said = backlinks(
        "mine", "acme.example", "--paths", "*.gz", "--fail-on", "damaged>0", cwd=tmp_path
    )
    assert code == 3
    assert "left out: 1 damaged places, 0 records that are too large" in said
    assert "limit passed: damaged>0 (1)" in said


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("acme.example",), 2, "nothing to mine"),
        (("acme.example", "--paths", "bad.warc.gz"), 4, "no record of"),
        (("acme.example", "--paths", "bad.warc.gz", "--index", "bad.warc.gz"), 5, "a file is in its way"),
        (("acme.example", "--paths", "bad.warc.gz", "--jobs", "bad.warc.gz"), 5, "cannot be kept"),
    ],
)
def test_what_cannot_be(tmp_path: Path, arguments: tuple[str, ...], code: int, words: str) -> None:
    (tmp_path / "bad.warc.gz").write_bytes(b"no archive")
    ended, out, said = backlinks("mine", *arguments, cwd=tmp_path)
    assert (ended, out) == (code, "")
    assert words in said
    assert "Traceback" not in said


def test_interrupted_it_goes_on(tmp_path: Path) -> None:
    (tmp_path / "a.warc.gz").write_bytes(warc(0))
    os.mkfifo(tmp_path / "b.warc.gz")  # who opens it waits for ever
    program = [sys.executable, "-c", "from backlink_crawler.cli import main; main()"]
    command = ["mine", "acme.example", "--paths", "*.gz", "--processes", "2"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("BACKLINKS_", "AWS_"))}
    with subprocess.Popen(
        [*program, *command], cwd=tmp_path, env={**clean, "PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    ) as process:  # fmt: skip
        while not list((tmp_path / "data/jobs").glob("*/*.json")) and process.poll() is None:
            time.sleep(0.05)
        second = backlinks(*command, cwd=tmp_path)
        skipped = backlinks(*command, "--if-running", "skip", cwd=tmp_path)
        os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C on a terminal does
        said = process.communicate(timeout=60)[1]
    assert process.returncode == 130, said
    assert "1 of 2 archives mined" in said
    assert "1 archives are left: the same command goes on" in said
    assert (second[0], "is running in another process" in second[2]) == (5, True)
    assert (skipped[0], "skipped: " in skipped[2]) == (0, True)
    (tmp_path / "b.warc.gz").unlink()
    (tmp_path / "b.warc.gz").write_bytes(warc(1))
    code, _, said = backlinks(*command, cwd=tmp_path)
    assert (code, "1 of 2 archives mined" in said, "1 archives were in the index before" in said) == (
        0,
        True,
        True,
    )
    assert rows(tmp_path, "SELECT count(*) AS n FROM links") == [{"n": 6}]


@pytest.mark.parametrize(
    "command",
    [
        ["mine", "example.com", "--paths", "x.warc.gz"],
        ["mine", "example.com", "--paths", "x.warc.gz", "--spark", "local", "--out", "parts"],
        ["crawl", "example.com", "--discover", "commoncrawl"],
    ],
)
def test_what_is_not_installed_is_named(tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "isal.py").write_text("raise ModuleNotFoundError(name='isal')")
    code, _, said = backlinks(*command, cwd=tmp_path, PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}")
    assert code == 2
    assert "needs isal, which is not installed" in said
    assert "pip install 'backlink-crawler[mine]'" in said
