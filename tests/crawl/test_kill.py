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
from pathlib import Path
from typing import Any

import pytest

from backlink_crawler.localweb import truth
from backlink_crawler.localweb.message import response
from backlink_crawler.localweb.server import LocalWeb
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


def start(directory: Path, proxy: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "SCRAPY_SETTINGS_MODULE": "backlink_crawler.settings", "http_proxy": proxy}
    arguments = [
        "-a",
        f"target={','.join(truth.targets())}",
        "-a",
        "seeds=seeds.txt",
        *SLOW,
        "--logfile",
        "crawl.log",
    ]
    return subprocess.Popen(
        [sys.executable, "-m", "scrapy", "crawl", "backlinks", *arguments], cwd=directory, env=environment
    )


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
                process = start(directory, web.proxy_url)
                try:
                    assert (
                        process.wait(timeout=moments.uniform(0.8, 4.0) if kills < kills_wanted else 120) == 0
                    )
                    break
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)
                    process.wait()
                    kills += 1
            else:
                assert start(directory, web.proxy_url).wait(timeout=120) == 0
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
        process = start(tmp_path, web.proxy_url)
        while len(web.log) < 60:
            time.sleep(0.01)
        process.send_signal(stop)
        began = time.monotonic()
        assert process.wait(timeout=30) == 130
        assert time.monotonic() - began < 10
        fetched = len(web.log)
        assert start(tmp_path, web.proxy_url).wait(timeout=120) == 0
        assert len(web.log) - fetched < fetched + len(web_run.requests)
    assert facts(tmp_path) == facts(web_run.directory)


async def hang(_request: Any, _writer: Any) -> int:
    await asyncio.sleep(60)
    return 0


def begin(directory: Path, web: LocalWeb, *seeds: str) -> subprocess.Popen[bytes]:
    """Start a crawl, and wait until it has asked for a page of the last seed."""
    (directory / "backlinks.toml").write_text(truth.config(), encoding="utf-8")
    (directory / "seeds.txt").write_text("\n".join(seeds), encoding="utf-8")
    process = start(directory, web.proxy_url)
    while not any(seen.url == f"http://{seeds[-1]}/" for seen in web.log):
        time.sleep(0.01)
    return process


def test_what_hangs_is_abandoned_and_asked_for_again(tmp_path: Path) -> None:
    with LocalWeb(handlers={"hang.example": with_no_rules(hang)}) as web:
        process = begin(tmp_path, web, "labels.example", "hang.example")
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        assert process.wait(timeout=30) == 130
        assert time.monotonic() - began < 10
    assert "hang.example" not in {visit["source_host"] for visit in stored(tmp_path / "data/index", "visits")}
    with LocalWeb(handlers={"hang.example": with_no_rules(answer)}) as web:
        assert start(tmp_path, web.proxy_url).wait(timeout=60) == 0
        assert [seen.url for seen in web.log if seen.url.endswith("hang.example/")]
    outcomes = {visit["source_host"]: visit["outcome"] for visit in stored(tmp_path / "data/index", "visits")}
    assert outcomes["hang.example"] == "ok"


def test_a_second_signal_ends_at_once_and_damages_nothing(tmp_path: Path) -> None:
    with LocalWeb(handlers={"hang.example": with_no_rules(hang)}) as web:
        process = begin(tmp_path, web, "labels.example", "hang.example")
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        assert process.wait(timeout=30) != 0
        assert time.monotonic() - began < 3
    with LocalWeb(handlers={"hang.example": with_no_rules(answer)}) as web:
        assert start(tmp_path, web.proxy_url).wait(timeout=60) == 0
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
