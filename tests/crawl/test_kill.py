"""kill -9 at any moment loses nothing and stores nothing twice: the same command goes on to the same facts."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from backlink_crawler.localweb import truth
from backlink_crawler.localweb.message import response
from backlink_crawler.localweb.server import LocalWeb
from tests.crawl.conftest import SECONDS, started
from tests.index_rows import stored

SLOW = (
    "-s",
    "DOWNLOAD_DELAY=0",
    "-s",
    "AUTOTHROTTLE_ENABLED=False",
    "-s",
    "CONCURRENT_REQUESTS=3",
    "-a",
    "retry_delays=0",
)
RUNS_AT_MOST = 20


def rounds_of(directory: Path) -> list[tuple[Counter[Any], Counter[Any]]]:
    """The visits and links of every round in the index, each as often as it is stored, without what differs by run.

    A crawl that is killed when it has just finished is a new round when it is started again.
    """
    told = (
        "target",
        "source_url",
        "target_url",
        "href",
        "link_type",
        "position",
        "anchor",
        "rel_type",
        "html",
    )
    rounds: dict[str, tuple[Counter[Any], Counter[Any]]] = {}
    for visit in stored(directory / "data/index", "visits"):
        visits, _ = rounds.setdefault(visit["crawl_id"], (Counter(), Counter()))
        if visit["targets_checked"]:
            visits[visit["source_url"], visit["outcome"], visit["body_digest"]] += 1
    for link in stored(directory / "data/index", "links"):
        rounds[link["crawl_id"]][1][tuple(link[name] for name in told)] += 1
    return list(rounds.values())


def facts(directory: Path) -> tuple[Counter[Any], Counter[Any]]:
    """The facts of the only round."""
    (only,) = rounds_of(directory)
    return only


def start(
    directory: Path, proxy: str, *more: str, program: Sequence[str] = ("-m", "scrapy")
) -> AbstractContextManager[subprocess.Popen[bytes]]:
    environment = {**os.environ, "SCRAPY_SETTINGS_MODULE": "backlink_crawler.settings", "http_proxy": proxy}
    arguments = [
        "-a",
        f"target={','.join(truth.targets())}",
        "-a",
        "seeds=seeds.txt",
        *SLOW,
        "--logfile",
        "crawl.log",
        *more,
    ]
    return started(
        [sys.executable, *program, "crawl", "backlinks", *arguments], cwd=directory, env=environment
    )


def run(directory: Path, proxy: str) -> int:
    """A crawl to its end: its exit code."""
    with start(directory, proxy) as process:
        return process.wait(SECONDS)


def wait_for(process: subprocess.Popen[bytes], happened: Callable[[], bool]) -> None:
    """Wait for something that happens while a process runs."""
    until = time.monotonic() + SECONDS
    while not happened():
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.01)


def said(directory: Path, text: str) -> Callable[[], bool]:
    """Whether the log of a crawl has a text."""
    return lambda: text in (directory / "crawl.log").read_text("utf-8")


def test_killed_crawls_end_with_the_facts_of_an_uninterrupted_one(
    web_run: Any, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    kills_wanted = pytestconfig.getoption("--kills")
    moments = random.Random(9)
    expected = facts(web_run.directory)
    kills = crawls = 0
    with LocalWeb() as web:
        while kills < kills_wanted:
            directory = tmp_path / str(crawls)
            directory.mkdir()
            crawls += 1
            (directory / "backlinks.toml").write_text(truth.config(), encoding="utf-8")
            (directory / "seeds.txt").write_text("\n".join(truth.seeds()), encoding="utf-8")
            for _ in range(RUNS_AT_MOST):
                if kills == kills_wanted:
                    assert run(directory, web.proxy_url) == 0
                    break
                with start(directory, web.proxy_url) as process:
                    try:
                        assert process.wait(timeout=moments.uniform(0.8, 4.0)) == 0
                        break
                    except subprocess.TimeoutExpired:
                        process.send_signal(signal.SIGKILL)
                        kills += 1
            else:
                assert run(directory, web.proxy_url) == 0
            for visits, links in rounds_of(directory):
                assert (visits - expected[0], expected[0] - visits) == (Counter(), Counter()), (
                    f"{kills} kills"
                )
                assert (links - expected[1], expected[1] - links) == (Counter(), Counter()), f"{kills} kills"


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_cleanly_and_the_same_command_goes_on(
    web_run: Any, tmp_path: Path, stop: signal.Signals
) -> None:
    (tmp_path / "backlinks.toml").write_text(truth.config(), encoding="utf-8")
    (tmp_path / "seeds.txt").write_text("\n".join(truth.seeds()), encoding="utf-8")
    with LocalWeb() as web:
        with start(tmp_path, web.proxy_url) as process:
            wait_for(process, lambda: len(web.log) >= 60)
            process.send_signal(stop)
            assert process.wait(SECONDS) == 130
        fetched = len(web.log)
        assert fetched < len(web_run.requests), "it ends before all is done"
        assert run(tmp_path, web.proxy_url) == 0
        assert len(web.log) - fetched < fetched + len(web_run.requests)
    assert facts(tmp_path) == facts(web_run.directory)


PATIENT = ("-s", f"DOWNLOAD_TIMEOUT={2 * SECONDS}")
"""Who waits for a page that hangs does not end in time."""
LENIENT = "from backlink_crawler.extensions import shutdown; shutdown.SECONDS_TO_FINISH = 3600; from scrapy.cmdline import execute; execute()"
"""A program that, told once, lets what is in flight come in for an hour."""


async def hang(_request: Any, _writer: Any) -> int:
    await asyncio.sleep(2 * SECONDS)
    return 0


@contextmanager
def begun(directory: Path, web: LocalWeb, **how: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A crawl that has read a page, and waits for one that hangs."""
    seeds = ("labels.example", "hang.example")
    (directory / "backlinks.toml").write_text(truth.config(), encoding="utf-8")
    (directory / "seeds.txt").write_text("\n".join(seeds), encoding="utf-8")
    with start(directory, web.proxy_url, *PATIENT, **how) as process:
        wait_for(process, lambda: any(seen.url == "http://hang.example/" for seen in web.log))
        wait_for(process, lambda: any(seen.status == 200 for seen in web.log))
        yield process


def test_what_hangs_is_abandoned_and_asked_for_again(tmp_path: Path) -> None:
    with LocalWeb(handlers={"hang.example": with_no_rules(hang)}) as web, begun(tmp_path, web) as process:
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 130
    assert "hang.example" not in {visit["source_host"] for visit in stored(tmp_path / "data/index", "visits")}
    with LocalWeb(handlers={"hang.example": with_no_rules(answer)}) as web:
        assert run(tmp_path, web.proxy_url) == 0
        assert [seen.url for seen in web.log if seen.url.endswith("hang.example/")]
    outcomes = {visit["source_host"]: visit["outcome"] for visit in stored(tmp_path / "data/index", "visits")}
    assert outcomes["hang.example"] == "ok"


def test_a_second_signal_ends_at_once_and_damages_nothing(tmp_path: Path) -> None:
    with (
        LocalWeb(handlers={"hang.example": with_no_rules(hang)}) as web,
        begun(tmp_path, web, program=("-c", LENIENT)) as process,
    ):
        process.send_signal(signal.SIGINT)
        wait_for(process, said(tmp_path, "Received SIGINT, shutting down gracefully"))
        process.send_signal(signal.SIGINT)
        assert process.wait(SECONDS) != 0
    assert said(tmp_path, "forcing unclean shutdown")()
    assert not said(tmp_path, "Spider closed")(), "nothing in flight was waited for"
    with LocalWeb(handlers={"hang.example": with_no_rules(answer)}) as web:
        assert run(tmp_path, web.proxy_url) == 0
    visits = Counter(visit["requested_url"] for visit in stored(tmp_path / "data/index", "visits"))
    assert visits["http://hang.example/"] == 1
    assert set(visits.values()) == {1}


async def answer(request: Any, writer: Any) -> int:
    writer.write(response(request, 200, [("Content-Type", "text/html")], b"<p>at last"))
    await writer.drain()
    return 200


def with_no_rules(handler: Any) -> Any:
    """A host that answers for robots.txt that there is none."""

    async def handle(request: Any, writer: Any) -> int:
        if request.url.endswith("/robots.txt"):
            writer.write(response(request, 404, [], b""))
            await writer.drain()
            return 404
        return await handler(request, writer)

    return handle
