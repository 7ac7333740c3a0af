"""Runs that are watched from outside: their figures for Prometheus, their state, and the limits that they pass."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from backlink_crawler.localweb import site
from backlink_crawler.localweb.message import Request, response
from backlink_crawler.localweb.server import LocalWeb
from tests.crawl.conftest import SECONDS, started
from tests.index_rows import stored
from tests.program import backlinks
from tests.waiting import Gate, until

QUICK = ("-s", "DOWNLOAD_DELAY=0", "-s", "AUTOTHROTTLE_ENABLED=False", "-s", "BACKLINKS_RETRY_DELAYS=0")
HOSTS = ("greenfingers.example", "harbour-news.example", "spadeforum.example")
PATIENT = ("-s", "DOWNLOAD_TIMEOUT=3600")
PLACE = re.compile(r"figures for Prometheus at http://127\.0\.0\.1:(\d+)/metrics")


@pytest.fixture(scope="module")
def web() -> Iterator[LocalWeb]:
    with LocalWeb() as served:
        yield served


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the runs of this module leave their index and jobs, one after another."""
    return tmp_path_factory.mktemp("watched")


def start(home: Path, web: LocalWeb, *arguments: str) -> AbstractContextManager[subprocess.Popen[str]]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BACKLINKS_")}
    clean |= {"SCRAPY_SETTINGS_MODULE": "backlink_crawler.settings", "http_proxy": web.proxy_url}
    options = ("-a", "target=acme.example", "-a", f"seeds={','.join(HOSTS)}", *arguments)
    command = [sys.executable, "-m", "scrapy", "crawl", "backlinks", *options, *QUICK, *PATIENT]
    return started(command, cwd=home, env=clean, stderr=subprocess.PIPE, text=True)


def status(home: Path) -> tuple[int, list[dict[str, Any]], str]:
    code, shown, said = backlinks("status", "--json", cwd=home)
    return code, json.loads(shown), said


def samples(text: str) -> dict[str, float]:
    """Every sample of a page of figures, by its name and what is told apart by."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = [value for name, value in sorted(sample.labels.items()) if name != "crawl"]
            found[" ".join((sample.name, *labels))] = sample.value
    return found


def scrape(port: int) -> dict[str, float]:
    """The figures that are served."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=SECONDS) as answer:
        return samples(answer.read().decode())


def test_a_run_is_watched_stopped_killed_and_ends(home: Path) -> None:
    gate = Gate({host: site.load(host) for host in HOSTS})
    gate.hold(lambda url: url == f"http://{HOSTS[-1]}/")  # so that no run comes to its end
    with LocalWeb(handlers=gate.handlers) as web:
        job = watched_and_stopped(home, web)
        killed_and_told_how_to_go_on(home, web, gate, job)


def watched_and_stopped(home: Path, web: LocalWeb) -> dict[str, Any]:
    """The state of the job when its run has been stopped."""
    log = home / "crawl.log"
    with start(home, web, "-a", "metrics=0", "--logfile", str(log)) as run:
        until(lambda: log.exists() and PLACE.search(log.read_text()), lambda: "it serves no figures")
        port = int(PLACE.findall(log.read_text())[0])
        until(lambda: scrape(port).get("backlinks_links_total dofollow"), log.read_text)
        until(lambda: scrape(port).get("backlinks_pages_total ok", 0) > 2, log.read_text)
        found = scrape(port)
        assert found["backlinks_requests_total"] >= found["backlinks_pages_total ok"]
        assert found["backlinks_response_seconds_count"] > 0
        assert found["process_resident_memory_bytes"] > 1e6
        assert "backlinks_run_exit_code" not in found
        refused_before_the_first_request(home, web, port)
        code, (job, other), _ = status(home)
        assert (job["state"], job["pid"], other["exit_code"]) == ("running", run.pid, 2)
        run.send_signal(signal.SIGTERM)
        assert run.wait(SECONDS) == 130, log.read_text()
    (home / "data/jobs" / f"{other['job']}.sqlite").unlink()
    code, (job,), said = status(home)
    assert (code, said, job["state"], job["exit_code"]) == (0, "", "stopped", 130)
    assert job["done"] > 2
    assert job["pending"] > 0
    return job


def refused_before_the_first_request(home: Path, web: LocalWeb, port: int) -> None:
    """A second run cannot have the port of the first."""
    with start(home, web, "-a", "job=second", "-a", f"metrics={port}", "--loglevel", "ERROR") as second:
        said = second.communicate(timeout=SECONDS)[1].splitlines()
    assert second.returncode == 2
    assert said[0] == f"error: metrics=127.0.0.1:{port}: Address already in use"
    assert said[1].startswith("hint: a port that is free")
    assert len(said) == 2


def killed_and_told_how_to_go_on(home: Path, web: LocalWeb, gate: Gate, before: dict[str, Any]) -> None:
    with start(home, web, "-a", "fail_on=pages<1000", "-a", "metrics=%(job)s.prom") as run:
        until(
            lambda: (found := status(home)[1][0])["pid"] == run.pid and found["state"] == "running",
            lambda: str(status(home)),
        )
        run.kill()
    gate.open()
    code, (job,), said = status(home)
    assert (code, job["state"], job["exit_code"]) == (3, "died", None)
    assert job["pending"] > 0
    assert job["job"] == before["job"]
    line = next(line for line in said.splitlines() if line.startswith("  go on: "))
    words = shlex.split(line.removeprefix("  go on: "))
    assert words[0] == "backlinks"
    clean = {"http_proxy": web.proxy_url, "no_proxy": "127.0.0.1"}
    code, _, said = backlinks(*words[1:], *QUICK, "--summary-json", "end.json", cwd=home, **clean)
    summary = json.loads((home / "end.json").read_text())
    assert (code, summary["exit_code"], summary["resumed"]) == (3, 3, True), said
    told = f"pages<1000 ({summary['pages']})"
    assert summary["limits_passed"] == [told]
    assert said.splitlines()[-1] == f"limit passed: {told}"
    assert summary["stats"]["backlinks/exit_code"] == 3
    assert summary["stats"]["downloader/request_count"] > 0
    assert summary["stats"]["start_time"].endswith("Z")
    (row,) = (row for row in stored(home / "data/index", "crawls") if row["exit_code"] == 3)
    assert (row["run"], json.loads(row["summary"])["limits_passed"]) == (summary["run"], [told])
    figures = samples((home / f"{job['job']}.prom").read_text())
    assert figures["backlinks_run_exit_code"] == 3
    assert figures["backlinks_run_limits_passed"] == 1
    assert figures["backlinks_frontier_pages pending"] == 0
    assert figures["backlinks_pages_total ok"] == summary["outcomes"]["ok"]
    assert not any(
        name.startswith("process_") for name in figures
    )  # another file may tell of another process
    code, (job,), said = status(home)
    assert (code, said, job["state"], job["exit_code"]) == (0, "", "finished", 3)
    assert job["done"] == summary["stats"]["backlinks/frontier/done"]
    assert job["waiting"] == 0


async def _gone(request: Request, writer: asyncio.StreamWriter) -> int:
    writer.write(response(request, 410, [], b"gone\n"))
    return 410


def test_a_recheck_that_finds_too_many_links_gone_fails(tmp_path: Path, web: LocalWeb) -> None:
    page = "http://greenfingers.example/links"
    crawl = ("crawl", "acme.example", "--seeds", page, "--scope", "page", "--fail-on", "errors>0%", *QUICK)
    code, _, said = backlinks(*crawl, "--fail-on", "lost>0,new>0", cwd=tmp_path, http_proxy=web.proxy_url)
    assert code == 0, said  # what the first crawl finds is no news
    with LocalWeb(handlers={"greenfingers.example": _gone}) as later:
        limits = ("--fail-on", "lost>=50%,http_410<1", "--fail-on", "changed>0")
        code, _, said = backlinks(
            "recheck", "--all", *limits, *QUICK, cwd=tmp_path, http_proxy=later.proxy_url
        )
    assert code == 3, said
    passed = [line for line in said.splitlines() if line.startswith("limit passed: ")]
    assert len(passed) == 1
    assert passed[0].startswith("limit passed: lost>=50% (100.0 %: ")
    assert passed[0].endswith("backlinks that stood before)")


def test_a_worse_end_is_not_hidden(tmp_path: Path, web: LocalWeb) -> None:
    nowhere = ("crawl", "acme.example", "--seeds", "nowhere.invalid", "--fail-on", "errors>0%", *QUICK)
    code, _, said = backlinks(*nowhere, cwd=tmp_path, http_proxy=web.proxy_url)
    assert code == 4
    assert "limit passed: errors>0% (100.0 %: 1 of 1 pages)" in said


def test_a_limit_on_nothing_known_is_refused_before_the_first_request(tmp_path: Path) -> None:
    with LocalWeb() as unseen:
        code, shown, said = backlinks(
            "crawl", "acme.example", "--seeds", "labels.example", "--fail-on", "errrs>5%", cwd=tmp_path,
            http_proxy=unseen.proxy_url,
        )  # fmt: skip
        assert unseen.log == []
    assert (code, shown) == (2, "")
    assert said.splitlines()[0].endswith("there is no figure errrs, did you mean errors?")
    assert not list(tmp_path.iterdir())
