"""``backlinks mine`` as a person types it: what it says, how it ends, and that the same command goes on."""

from __future__ import annotations

import gzip
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from backlink_crawler.classify.target import Targets, parse_target
from backlink_crawler.index.query import Reader
from backlink_crawler.index.store import Index
from backlink_crawler.mining.unit import mine
from tests import wat_files
from tests.archive_files import Answer, answered, as_zstd, by_warcio
from tests.program import ROOT, SECONDS, backlinks
from tests.waiting import until

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
    begin = partial(
        subprocess.Popen, [*program, *command], cwd=tmp_path, env={**clean, "PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE,
        text=True, start_new_session=True,
    )  # fmt: skip
    with begin() as process:
        try:
            parts = tmp_path / "data/jobs"
            until(
                lambda: list(parts.glob("*/*.json")) or process.poll() is not None, lambda: "no part is made"
            )
            second = backlinks(*command, cwd=tmp_path)
            skipped = backlinks(*command, "--if-running", "skip", cwd=tmp_path)
            running = status(tmp_path)
            os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C on a terminal does
            said = process.communicate(timeout=SECONDS)[1]
        finally:
            process.kill()  # and with it those that it has started
    assert process.returncode == 130, said
    assert "1 of 2 archives mined" in said
    assert "1 archives are left: the same command goes on" in said
    assert (second[0], "is running in another process" in second[2]) == (5, True)
    assert (skipped[0], "skipped: " in skipped[2]) == (0, True)
    code, seen, told = running
    assert (code, seen["state"], seen["pid"], told) == (0, "running", process.pid, "")
    code, seen, told = status(tmp_path)
    assert (code, seen["state"], seen["exit_code"], told) == (0, "stopped", 130, "")
    assert (seen["unit"], seen["done"], seen["pending"], seen["links"]) == ("archives", 1, 1, 3)
    with begin() as process:
        try:
            until(lambda: status(tmp_path)[1]["pid"] == process.pid, lambda: "it does not begin")
        finally:
            process.kill()
        process.communicate(timeout=SECONDS)
    code, seen, told = status(tmp_path)
    assert (code, seen["state"], seen["exit_code"]) == (3, "died", None)
    _, go_on = told.splitlines()
    (tmp_path / "b.warc.gz").unlink()
    (tmp_path / "b.warc.gz").write_bytes(warc(1))
    code, _, said = backlinks(*shlex.split(go_on.removeprefix("  go on: backlinks")), cwd=tmp_path)
    assert (code, "1 of 2 archives mined" in said, "1 archives were in the index before" in said) == (
        0,
        True,
        True,
    )
    assert rows(tmp_path, "SELECT count(*) AS n FROM links") == [{"n": 6}]
    code, seen, told = status(tmp_path)
    assert (code, seen["state"], seen["done"], seen["pending"], told) == (0, "finished", 2, 0, "")


def status(directory: Path) -> tuple[int, dict[str, Any], str]:
    """What is said of the one job."""
    code, shown, said = backlinks("status", "--json", cwd=directory)
    [seen] = json.loads(shown)
    return code, seen, said


def test_parts_whose_archive_is_gone_count_and_names_may_be_no_text(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"a\xff.warc.gz")).write_bytes(warc(0))
    (tmp_path / "b.warc.gz").write_bytes(warc(1))
    command = ("mine", "acme.example", "--paths", "*.gz")
    assert backlinks(*command, cwd=tmp_path)[0] == 0
    [job] = (tmp_path / "data/jobs").iterdir()
    shutil.rmtree(tmp_path / "data/index")
    mine(
        str(tmp_path / "b.warc.gz"), Targets([parse_target("acme.example")]), job, kind="warc",
        crawl_id=status(tmp_path)[1]["crawl_id"], provenance="archive",
    )  # fmt: skip
    (tmp_path / "b.warc.gz").unlink()
    code, _, said = backlinks(*command, cwd=tmp_path)
    assert (code, "2 of 2 archives mined" in said) == (0, True), said
    assert rows(tmp_path, "SELECT count(*) AS n FROM links") == [{"n": 6}]
    code, seen, _ = status(tmp_path)
    assert (code, seen["done"], seen["pending"]) == (0, 2, 0)
    only = os.fsdecode(b"a\xff.warc.gz")
    code, _, said = backlinks(
        "mine", "acme.example", "--paths", only, "--metrics", "127.0.0.1:99999", cwd=tmp_path
    )
    assert code == 2, said
    code, _, said = backlinks("mine", "acme.example", "--paths", only, cwd=tmp_path)
    assert code == 0, said
    code, shown, _ = backlinks("status", "--json", cwd=tmp_path)
    assert {row["command"].count("udcff") for row in json.loads(shown)} == {0, 1}


def test_a_part_that_broke_meanwhile_is_mined_anew(tmp_path: Path) -> None:
    files = [tmp_path / "a.warc.gz", tmp_path / "b.warc.gz"]
    for nth, file in enumerate(files):
        file.write_bytes(warc(nth))
    command = ("mine", "acme.example", "--paths", "*.gz", "--summary-json", "end.json")
    assert backlinks(*command, cwd=tmp_path)[0] == 0
    [job] = (tmp_path / "data/jobs").iterdir()
    crawl_id = json.loads((job / "heartbeat").read_text())["crawl_id"]

    def leave() -> None:
        """What a run that was killed leaves, before the index has anything; the first part is broken then."""
        shutil.rmtree(tmp_path / "data/index")
        for file in files:
            mine(
                str(file),
                Targets([parse_target("acme.example")]),
                job,
                kind="warc",
                crawl_id=crawl_id,
                provenance="archive",
            )
        next(job.glob("a.*.links.parquet")).write_bytes(b"PAR1")

    leave()
    code, _, said = backlinks(*command, cwd=tmp_path)
    summary = json.loads((tmp_path / "end.json").read_text())
    assert (code, summary["mined"], summary["failed"], summary["broken"]) == (0, 2, 0, 1), said
    [told] = [line for line in said.splitlines() if line.startswith("broken part: ")]
    assert told.startswith(f"broken part: {files[0]}: a.warc.gz-")
    assert rows(tmp_path, "SELECT count(*) AS n, count(DISTINCT source_url) AS m FROM links") == [
        {"n": 6, "m": 6}
    ]
    assert len(list(job.glob("*.broken"))) == 3
    leave()
    files[0].write_bytes(b"no archive any more")
    code, _, said = backlinks(*command, cwd=tmp_path)
    summary = json.loads((tmp_path / "end.json").read_text())
    assert (code, summary["mined"], summary["failed"], summary["broken"]) == (1, 1, 1, 1), said
    assert f"not mined: no record of {files[0]} can be read" in said
    files[0].write_bytes(warc(0))
    assert backlinks(*command, cwd=tmp_path)[0] == 0
    assert rows(tmp_path, "SELECT count(*) AS n, count(DISTINCT source_url) AS m FROM links") == [
        {"n": 6, "m": 6}
    ]


def test_a_place_for_figures_that_is_taken(tmp_path: Path) -> None:
    (tmp_path / "a.warc.gz").write_bytes(warc(0))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        code, _, said = backlinks(
            "mine", "acme.example", "--paths", "a.warc.gz", "--metrics", place, cwd=tmp_path
        )
    assert (code, said.splitlines()[0]) == (2, f"error: metrics={place}: Address already in use")
    code, shown, said = backlinks("status", cwd=tmp_path)
    assert (code, "stopped (2)" in shown, "0 archives" in shown) == (3, True, True)
    code, _, said = backlinks(
        "mine", "acme.example", "--paths", "a.warc.gz", "--metrics", "m.prom", cwd=tmp_path
    )
    assert code == 0, said
    told = (tmp_path / "m.prom").read_text()
    [job] = (tmp_path / "data/jobs").iterdir()
    for line in (
        f'backlinks_mining_archives{{crawl="{job.name}",state="mined"}} 1.0',
        f'backlinks_mining_links_total{{crawl="{job.name}"}} 3.0',
        f'backlinks_run_exit_code{{crawl="{job.name}"}} 0.0',
    ):
        assert line in told.splitlines()
    assert (tmp_path / "a.warc.gz").stat().st_size == int(
        float(told.partition("_bytes_total{")[2].split()[1])
    )


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
