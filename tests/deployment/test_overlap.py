"""Two runs of one job never overlap: one works, the other says so and ends, and what is stored is stored once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from backlink_crawler.localweb.server import LocalWeb
from backlink_crawler.localweb.site import load
from tests.index_rows import stored
from tests.program import ROOT, SECONDS
from tests.waiting import Gate, until

SEED = "harbour-news.example"
OPTIONS = {"target": "acme.example", "seeds": SEED, "max_pages": "4", "retry_delays": "0"}
SETTINGS = ("-s", "DOWNLOAD_DELAY=0", "-s", "AUTOTHROTTLE_ENABLED=False", "-s", f"DOWNLOAD_TIMEOUT={SECONDS}")
BACKLINKS = "from backlink_crawler.cli import main; main()"
RUNNING = "is running in another process"


def backlinks(**more: str) -> list[str]:
    flags = [
        f"--{name.replace('_', '-')}={value}" for name, value in (OPTIONS | more).items() if name != "target"
    ]
    return [sys.executable, "-c", BACKLINKS, "crawl", OPTIONS["target"], *flags, *SETTINGS]


def scrapy(**more: str) -> list[str]:
    said = [part for pair in (OPTIONS | more).items() for part in ("-a", "=".join(pair))]
    return [sys.executable, "-m", "scrapy", "crawl", "backlinks", *said, *SETTINGS, "--loglevel=ERROR"]


@pytest.fixture
def gate() -> Gate:
    """Through it the seed answers only when it is opened."""
    site = load(SEED)
    assert site is not None
    gate = Gate({SEED: site})
    gate.hold(lambda url: True)
    return gate


@pytest.fixture
def web(gate: Gate) -> Iterator[LocalWeb]:
    with LocalWeb(handlers=gate.handlers) as web:
        yield web


@pytest.fixture
def start(tmp_path: Path, web: LocalWeb) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts runs of one job, and ends what is left of them."""
    started: list[subprocess.Popen[str]] = []

    def start(command: list[str], **variables: str) -> subprocess.Popen[str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("BACKLINKS_")}
        search = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        known = {"SCRAPY_SETTINGS_MODULE": "backlink_crawler.settings", "http_proxy": web.proxy_url}
        process = subprocess.Popen(
            command, cwd=tmp_path, env={**clean, "PYTHONPATH": search, **known, **variables},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def end(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Its exit code, and what it said."""
    _, said = process.communicate(timeout=SECONDS)
    return process.returncode, said


def visits(directory: Path) -> Counter[str]:
    """How often each page is stored."""
    return Counter(visit["requested_url"] for visit in stored(directory / "data/index", "visits"))


def runs_of(directory: Path) -> set[str]:
    """The runs that the index knows."""
    return {row["run"] for row in stored(directory / "data/index", "crawls")}


def test_two_that_start_at_once(tmp_path: Path, gate: Gate, start: Callable[..., Any]) -> None:
    runs = [start(command()) for command in (backlinks, scrapy)]
    ended = threading.Event()
    for process in runs:
        threading.Thread(target=lambda one=process: (one.wait(), ended.set()), daemon=True).start()
    assert ended.wait(SECONDS)
    gate.open()
    (code, said), (other, why) = sorted(map(end, runs))
    assert (code, other) == (0, 5), said + why
    assert why.count("error: ") == why.count("hint: ") == 1, why
    assert RUNNING in why
    assert "Traceback" not in why
    assert len(visits(tmp_path)) == 4
    assert set(visits(tmp_path).values()) == {1}
    assert len(runs_of(tmp_path)) == 1


def test_one_that_finds_it_running(tmp_path: Path, gate: Gate, start: Callable[..., Any]) -> None:
    worker = start(backlinks())
    until(lambda: gate.waiting, lambda: "it does not begin")
    later = [
        start(scrapy()),
        start(backlinks(if_running="skip")),
        start(scrapy(), BACKLINKS_IF_RUNNING="skip"),
    ]
    told = [end(process) for process in later]
    assert [code for code, _ in told] == [5, 0, 0], told
    assert all(RUNNING in said and "Traceback" not in said for _, said in told)
    assert [said.startswith("skipped: ") for _, said in told] == [False, True, True]
    assert ["error: " in said for _, said in told] == [True, False, False]
    gate.open()
    assert end(worker)[0] == 0
    assert set(visits(tmp_path).values()) == {1}
    assert len(runs_of(tmp_path)) == 1


def test_a_run_that_was_killed_leaves_no_lock(tmp_path: Path, gate: Gate, start: Callable[..., Any]) -> None:
    first = start(backlinks())
    until(lambda: gate.waiting, lambda: "it does not begin")
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert list((tmp_path / "data/jobs").glob("*.lock"))
    gate.open()
    assert end(start(backlinks(if_running="skip")))[0] == 0
    assert len(visits(tmp_path)) == 4  # so it worked, and was not skipped


OPEN = """
import sys
from pathlib import Path
from backlink_crawler.errors import RunningError
from backlink_crawler.frontier.job import Job
print("ready", flush=True)
sys.stdin.readline()
try:
    job = Job.open(Path("jobs"), "weekly")
except RunningError:
    print("running", flush=True)
else:
    print("mine", flush=True)
    sys.stdin.readline()
"""


def test_of_many_that_race_for_a_job_one_has_it(tmp_path: Path) -> None:
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for _ in range(4)
    ]  # fmt: skip
    try:
        for racer in racers:
            assert racer.stdout.readline() == "ready\n"
        for racer in racers:
            racer.stdin.write("go\n")
            racer.stdin.flush()
        words = [racer.stdout.readline().strip() for racer in racers]
        assert sorted(words) == ["mine", "running", "running", "running"]
    finally:
        for racer in racers:
            racer.kill()
            racer.communicate()
