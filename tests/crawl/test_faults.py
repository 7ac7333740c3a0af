"""What happens around a crawl that is not its fault: locks, damage, full disks, other people's components. It ends
with one clear line, keeps what it read, and goes on when the cause is gone."""

from __future__ import annotations

import ctypes
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import pytest
from test_kill import facts

from backlink_crawler.frontier.store import JobStore
from backlink_crawler.localweb import truth
from backlink_crawler.localweb.server import LocalWeb
from tests.crawl.conftest import SECONDS
from tests.index_rows import stored

INDEX_FAULT = 5
SETTINGS = {
    "DOWNLOAD_DELAY": 0,
    "AUTOTHROTTLE_ENABLED": False,
    "CONCURRENT_REQUESTS": 3,
    "BACKLINKS_RETRY_DELAYS": 0,
}
ENOUGH_PAGES = 60
"""So many requests, and a crawl is in its middle."""


class Crawls:
    """Runs of one job on the bundled web, each as a user starts it; none outlives the block in which they are used."""

    def __init__(self, directory: Path, web: LocalWeb) -> None:
        self.directory = directory
        self.web = web
        self._started: list[subprocess.Popen[str]] = []
        (directory / "backlinks.toml").write_text(truth.config(), encoding="utf-8")
        (directory / "seeds.txt").write_text("\n".join(truth.seeds()), encoding="utf-8")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._started:
            with process:
                process.kill()

    def start(
        self, *more: str, first: Callable[[], None] | None = None, **settings: object
    ) -> subprocess.Popen[str]:
        """Start one; ``first`` is what its process does before all else."""
        values = {**SETTINGS, **settings}
        flags = [part for pair in values.items() for part in ("-s", "{}={}".format(*pair))]
        flags += ["-a", f"target={','.join(truth.targets())}", "-a", "seeds=seeds.txt", *more]
        environment = {
            **os.environ,
            "SCRAPY_SETTINGS_MODULE": "backlink_crawler.settings",
            "http_proxy": self.web.proxy_url,
        }
        environment["PYTHONPATH"] = os.pathsep.join((environment["PYTHONPATH"], str(self.directory)))
        process = subprocess.Popen(
            [sys.executable, "-m", "scrapy", "crawl", "backlinks", *flags],
            cwd=self.directory, env=environment, stderr=subprocess.PIPE, text=True, preexec_fn=first,
        )  # fmt: skip
        self._started.append(process)
        return process

    def run(self, *more: str, first: Callable[[], None] | None = None, **settings: object) -> tuple[int, str]:
        """Run one to its end: exit code and log."""
        return self.end(self.start(*more, first=first, **settings))

    def end(self, process: subprocess.Popen[str]) -> tuple[int, str]:
        """Wait for its end: exit code and log."""
        _, log = process.communicate(timeout=SECONDS)
        return process.returncode, log

    def start_and_reach_the_middle(self, **how: Any) -> subprocess.Popen[str]:
        """Start one and return when it has fetched some pages."""
        process = self.start(**how)
        until = time.monotonic() + SECONDS
        while len(self.web.log) < ENOUGH_PAGES and process.poll() is None and time.monotonic() < until:
            time.sleep(0.01)
        assert process.poll() is None, process.communicate()[1]
        assert len(self.web.log) >= ENOUGH_PAGES
        return process

    @property
    def job(self) -> Path:
        """The job's file."""
        (path,) = (self.directory / "data/jobs").glob("*.sqlite")
        return path

    @property
    def kept(self) -> int:
        """How many pages wait in the outbox."""
        store = JobStore(self.job)
        try:
            return store.outbox.waiting()
        finally:
            store.close()


@pytest.fixture
def crawls(tmp_path: Path) -> Iterator[Crawls]:
    with LocalWeb() as web, Crawls(tmp_path, web) as crawls:
        yield crawls


@contextmanager
def paused(process: subprocess.Popen[str]) -> Iterator[None]:
    """Nothing that it does meets what happens in the block."""
    process.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)  # all of its threads
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


def told(log: str) -> list[str]:
    """The lines that say what is wrong."""
    assert "Traceback" not in log
    return [line for line in log.splitlines() if line.startswith("error: ") or " ERROR: " in line]


def bound_by_permissions() -> None:
    """Give up what lets root write where permissions forbid it (capabilities(7)); to others it means nothing."""
    drop_from_bounding_set, dac_override = 24, 1  # PR_CAPBSET_DROP, CAP_DAC_OVERRIDE
    ctypes.CDLL(None).prctl(drop_from_bounding_set, dac_override, 0, 0, 0)


def set_writable(directory: Path, writable: bool) -> None:
    for path in (directory, *directory.rglob("*")):
        path.chmod((0o755 if path.is_dir() else 0o644) if writable else (0o555 if path.is_dir() else 0o444))


# The job's file


def test_a_second_run_of_a_job_says_that_it_is_running(crawls: Crawls, web_run: Any) -> None:
    first = crawls.start_and_reach_the_middle()
    with paused(first):  # so that it is still there
        code, log = crawls.run()
    assert (code, len(told(log))) == (INDEX_FAULT, 1)
    assert "is running in another process" in told(log)[0]
    assert "hint: " in log
    assert crawls.end(first)[0] == 0
    assert facts(crawls.directory) == facts(web_run.directory)


def test_a_damaged_job_file_is_refused_and_a_new_one_does(crawls: Crawls) -> None:
    assert crawls.run("-a", "max_pages=5")[0] == 0
    stored = facts(crawls.directory)
    crawls.job.write_bytes(b"what is this" + crawls.job.read_bytes()[12:])
    asked = len(crawls.web.log)
    code, log = crawls.run("-a", "max_pages=5")
    assert (code, len(told(log)), len(crawls.web.log)) == (INDEX_FAULT, 1, asked)
    assert str(crawls.job.name) in told(log)[0]
    assert facts(crawls.directory) == stored
    crawls.job.rename(crawls.directory / "damaged.sqlite")
    assert crawls.run("-a", "max_pages=5")[0] == 0


def test_a_job_that_is_damaged_in_the_middle_stops(crawls: Crawls) -> None:
    process = crawls.start_and_reach_the_middle()
    wal = crawls.job.with_name(f"{crawls.job.name}-wal")
    with paused(process), wal.open("r+b") as log_file, crawls.job.open("r+b") as file:
        log_file.truncate(0)  # what was committed is gone from under its feet
        file.write(b"\xff" * 65_536)
    code, log = crawls.end(process)
    assert (code, len(told(log))) == (INDEX_FAULT, 1), log[-3000:]


def test_a_job_directory_that_cannot_be_written_is_refused(crawls: Crawls) -> None:
    jobs = crawls.directory / "data/jobs"
    jobs.mkdir(parents=True)
    set_writable(jobs, False)
    code, log = crawls.run(first=bound_by_permissions)
    assert (code, len(told(log)), len(crawls.web.log)) == (INDEX_FAULT, 1, 0)
    assert "cannot be written" in told(log)[0]


def test_a_job_file_that_cannot_be_written_is_refused(crawls: Crawls) -> None:
    assert crawls.run("-a", "max_pages=5")[0] == 0
    set_writable(crawls.directory / "data/jobs", False)
    code, log = crawls.run("-a", "max_pages=5", first=bound_by_permissions)
    assert (code, len(told(log))) == (INDEX_FAULT, 1)


# The index


def goes_on_to_the_same_facts(crawls: Crawls, web_run: Any) -> None:
    """The same command ends well, and all is stored, once."""
    code, log = crawls.run()
    assert (code, told(log)) == (0, [])
    assert facts(crawls.directory) == facts(web_run.directory)
    assert crawls.kept == 0


def test_an_index_that_is_taken_away_stops_the_crawl_and_loses_nothing(crawls: Crawls, web_run: Any) -> None:
    index = crawls.directory / "data/index"
    process = crawls.start_and_reach_the_middle()
    with paused(process):
        index.rename(crawls.directory / "away")
        index.write_text("something else stands in its place")
    code, log = crawls.end(process)
    assert (code, len(told(log))) == (INDEX_FAULT, 1), log[-3000:]
    assert crawls.kept + len(stored(crawls.directory / "away", "visits")) >= ENOUGH_PAGES // 2
    index.unlink()
    (crawls.directory / "away").rename(index)
    goes_on_to_the_same_facts(crawls, web_run)


def test_an_index_that_is_removed_is_not_written_anew_behind_its_back(crawls: Crawls) -> None:
    process = crawls.start_and_reach_the_middle()
    with paused(process):
        before = len(stored(crawls.directory / "data/index", "visits"))
        shutil.rmtree(crawls.directory / "data/index")
    code, log = crawls.end(process)
    assert (code, len(told(log))) == (INDEX_FAULT, 1), log[-3000:]
    assert crawls.kept + before >= ENOUGH_PAGES // 2


def test_an_index_that_becomes_read_only_stops_the_crawl_and_loses_nothing(
    crawls: Crawls, web_run: Any
) -> None:
    index = crawls.directory / "data/index"
    process = crawls.start_and_reach_the_middle(first=bound_by_permissions)
    with paused(process):
        set_writable(index, False)
    code, log = crawls.end(process)
    assert (code, len(told(log))) == (INDEX_FAULT, 1), log[-3000:]
    set_writable(index, True)
    assert crawls.kept + len(stored(index, "visits")) >= ENOUGH_PAGES // 2
    goes_on_to_the_same_facts(crawls, web_run)


# The disk


@pytest.mark.parametrize("bytes_per_file", [120_000, 400_000])
def test_no_room_for_what_was_read(crawls: Crawls, web_run: Any, bytes_per_file: int) -> None:
    """No file may grow beyond a size, as on a full disk (setrlimit(2)); it hits the job's file and its log."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_per_file, bytes_per_file))

    code, log = crawls.run(first=limit)
    assert (code, len(told(log))) == (INDEX_FAULT, 1), log[-3000:]
    goes_on_to_the_same_facts(crawls, web_run)


# Other people's components

PIPELINES = """
from scrapy.exceptions import DropItem

class Raises:
    def process_item(self, item):
        if item.source_host == "soupkitchen.example":
            raise ValueError("no soup")
        return item

class Drops:
    def process_item(self, item):
        if item.source_host == "soupkitchen.example":
            raise DropItem("no soup")
        return item
"""
MIDDLEWARES = """
from scrapy import Request
from scrapy.exceptions import IgnoreRequest

class Swallows:
    def process_request(self, request):
        if "soupkitchen" in request.url and request.url.endswith(".example/"):
            return Request("http://soupkitchen.example/robots.txt", meta={"dont_obey_robotstxt": True})

class Ignores:
    def process_request(self, request):
        if "soupkitchen" in request.url and not request.url.endswith("robots.txt"):
            raise IgnoreRequest("no soup")
"""
HOST = "soupkitchen.example"


def visits_of(directory: Path) -> tuple[Counter[str], int]:
    """The outcomes of HOST's visits, and how many visits of others there are."""
    visits = stored(directory / "data/index", "visits")
    outcomes = Counter(visit["outcome"] for visit in visits if visit["source_host"] == HOST)
    return outcomes, len(visits) - outcomes.total()


def links_of(directory: Path) -> tuple[int, int]:
    """The links of HOST and of others."""
    links = stored(directory / "data/index", "links")
    ours = sum(link["source_host"] == HOST for link in links)
    return ours, len(links) - ours


def test_a_pipeline_that_raises_fails_the_page(crawls: Crawls, web_run: Any) -> None:
    (crawls.directory / "faulty.py").write_text(PIPELINES)
    code, log = crawls.run(ITEM_PIPELINES='{"faulty.Raises": 600}')
    assert (code, "no soup" in log) == (0, True)
    assert (visits_of(crawls.directory)[0].keys(), links_of(crawls.directory)[0]) == ({"error"}, 0)
    assert visits_of(crawls.directory)[1] == visits_of(web_run.directory)[1]
    assert links_of(crawls.directory)[1] == links_of(web_run.directory)[1]


def test_a_page_that_a_pipeline_drops_is_not_stored(crawls: Crawls, web_run: Any) -> None:
    (crawls.directory / "faulty.py").write_text(PIPELINES)
    assert crawls.run(ITEM_PIPELINES='{"faulty.Drops": 600}')[0] == 0
    assert (visits_of(crawls.directory)[0].total(), links_of(crawls.directory)[0]) == (0, 0)
    assert visits_of(crawls.directory)[1] == visits_of(web_run.directory)[1]
    assert links_of(crawls.directory)[1] == links_of(web_run.directory)[1]


@pytest.mark.parametrize("name", ["Swallows", "Ignores"])
def test_a_middleware_that_swallows_requests_does_not_hang_the_crawl(
    crawls: Crawls, web_run: Any, name: str
) -> None:
    (crawls.directory / "faulty.py").write_text(MIDDLEWARES)
    code, _ = crawls.run(DOWNLOADER_MIDDLEWARES=f'{{"faulty.{name}": 50}}')
    assert code == 0
    outcomes = visits_of(crawls.directory)[0]
    assert outcomes
    assert "ok" not in outcomes
    assert outcomes["error"] == 1  # nobody said that robots.txt forbids it
    assert visits_of(crawls.directory)[1] == visits_of(web_run.directory)[1]
    assert links_of(crawls.directory) == (0, links_of(web_run.directory)[1])
