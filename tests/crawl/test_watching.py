"""Runs that are watched from outside: their figures for Prometheus, their state, and the limits that they pass."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from backlink_crawler.localweb.message import Request, response
from backlink_crawler.localweb.server import LocalWeb
from tests.index_rows import stored
from tests.program import backlinks

SLOW = ("-s", "DOWNLOAD_DELAY=0.25", "-s", "AUTOTHROTTLE_ENABLED=False")
QUICK = ("-s", "DOWNLOAD_DELAY=0", "-s", "AUTOTHROTTLE_ENABLED=False", "-s", "BACKLINKS_RETRY_DELAYS=0")
SEEDS = "greenfingers.example,harbour-news.example,spadeforum.example"


@pytest.fixture(scope="module")
def web() -> Iterator[LocalWeb]:
    with LocalWeb() as served:
        yield served


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the runs of this module leave their index and jobs, one after another."""
    return tmp_path_factory.mktemp("watched")


def start(home: Path, web: LocalWeb, *arguments: str) -> subprocess.Popen[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BACKLINKS_")}
    clean |= {"SCRAPY_SETTINGS_MODULE": "backlink_crawler.settings", "http_proxy": web.proxy_url}
    options = ("-a", "target=acme.example", "-a", f"seeds={SEEDS}", *arguments)
    command = [sys.executable, "-m", "scrapy", "crawl", "backlinks", *options, *SLOW]
    return subprocess.Popen(command, cwd=home, env=clean, stderr=subprocess.PIPE, text=True)


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


def until(done: Callable[[], Any], seconds: float = 30) -> Any:
    """What ``done`` returns when it is true."""
    deadline = time.monotonic() + seconds
    while not (result := done()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return result


def scrape(port: int) -> dict[str, float]:
    """The figures that are served, once pages were read; nothing before."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            found = samples(answer.read().decode())
    except OSError:
        return {}
    return found if found.get("backlinks_pages_total ok", 0) > 2 else {}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_a_run_is_watched_stopped_killed_and_ends(home: Path, web: LocalWeb) -> None:
    port = free_port()
    with start(home, web, "-a", f"metrics={port}") as run:
        found = until(lambda: scrape(port))
        assert found["backlinks_requests_total"] >= found["backlinks_pages_total ok"]
        assert found["backlinks_response_seconds_count"] > 0
        assert found["process_resident_memory_bytes"] > 1e6
        assert found["backlinks_links_total dofollow"] > 0
        assert "backlinks_run_exit_code" not in found
        refused_before_the_first_request(home, web, port)
        code, (job, other), _ = status(home)
        assert (job["state"], job["pid"], other["exit_code"]) == ("running", run.pid, 2)
        run.send_signal(signal.SIGTERM)
        said = run.communicate(timeout=30)[1]
        assert run.returncode == 130, said
    (home / "data/jobs" / f"{other['job']}.sqlite").unlink()
    code, (job,), said = status(home)
    assert (code, said, job["state"], job["exit_code"]) == (0, "", "stopped", 130)
    assert job["done"] > 2
    assert job["pending"] > 0
    killed_and_told_how_to_go_on(home, web, job)


def refused_before_the_first_request(home: Path, web: LocalWeb, port: int) -> None:
    """A second run cannot have the port of the first."""
    with start(home, web, "-a", "job=second", "-a", f"metrics={port}", "--loglevel", "ERROR") as second:
        said = second.communicate(timeout=30)[1].splitlines()
    assert second.returncode == 2
    assert said[0] == f"error: metrics=127.0.0.1:{port}: Address already in use"
    assert said[1].startswith("hint: a port that is free")
    assert len(said) == 2


def killed_and_told_how_to_go_on(home: Path, web: LocalWeb, before: dict[str, Any]) -> None:
    with start(home, web, "-a", "fail_on=pages<1000", "-a", "metrics=%(job)s.prom") as run:
        until(lambda: (found := status(home)[1][0])["pid"] == run.pid and found["state"] == "running")
        run.kill()
        run.communicate(timeout=30)
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
