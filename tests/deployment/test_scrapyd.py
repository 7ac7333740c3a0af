"""A real Scrapyd with the egg of the checkout: crawls that store, stop and go on, and what its page and logs tell of them."""

from __future__ import annotations

import json
import re
import subprocess
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from backlink_crawler import __version__
from backlink_crawler.localweb.server import LocalWeb
from backlink_crawler.localweb.site import load
from tests.index_rows import stored
from tests.installation import clean_environment
from tests.scrapyd_server import Scrapyd
from tests.waiting import SECONDS, Gate

SEEDS = "greenfingers.example,harbour-news.example"
PATIENTLY = {"CONCURRENT_REQUESTS_PER_DOMAIN": "1", "DOWNLOAD_TIMEOUT": str(SECONDS)}
STOPS = "Received SIGINT, shutting down gracefully"


@pytest.fixture(scope="module")
def gates() -> Gate:
    sites = {host: load(host) for host in SEEDS.split(",")}
    return Gate({host: site for host, site in sites.items() if site is not None})


@pytest.fixture(scope="module")
def web(gates: Gate) -> Iterator[LocalWeb]:
    with LocalWeb(handlers=gates.handlers) as web:
        yield web


@pytest.fixture(autouse=True)
def opened(gates: Gate) -> Iterator[None]:
    """What a test that failed has held back passes."""
    yield
    gates.open()


def stop(server: Scrapyd, gates: Gate, job: str) -> str:
    """Cancel a job that waits for a page, and let it have that; returns its log when it has ended."""
    server.wait_until(lambda: bool(gates.waiting), job)
    assert server.cancel(job) == "running"
    server.wait_until(lambda: STOPS in server.job_log(job), job)
    gates.open()
    return server.wait(job)


@pytest.fixture(scope="module")
def server(web: LocalWeb, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scrapyd]:
    with Scrapyd(tmp_path_factory.mktemp("scrapyd"), proxy=web.proxy_url, items=True) as server:
        server.deploy()
        yield server


@pytest.fixture(scope="module")
def crawled(server: Scrapyd) -> str:
    """A job that nothing disturbed; its index is called whole."""
    job = server.schedule(target="acme.example", seeds=SEEDS, index="whole")
    log = server.wait(job)
    assert server.exit_status(job) == 0, log
    return job


def links(directory: Path) -> Counter[tuple[str, ...]]:
    """What an index says of links, but for when and by which run they were seen."""
    told = ("source_url", "target_url", "anchor", "rel_type", "placement", "link_path", "html")
    return Counter(tuple(str(row[name]) for name in told) for row in stored(directory, "links"))


def visits(directory: Path) -> Counter[tuple[str, str]]:
    return Counter((row["requested_url"], row["outcome"]) for row in stored(directory, "visits"))


def runs(directory: Path) -> dict[str, dict[str, Any]]:
    """The rows that tell how runs ended, by what Scrapyd calls them."""
    return {row["run"]: row for row in stored(directory, "crawls") if row["finished_at"]}


def with_version(egg: Path, version: str, to: Path) -> Path:
    """An egg of our code as another version of it."""
    with zipfile.ZipFile(egg) as old, zipfile.ZipFile(to, "w") as new:
        for name in old.namelist():
            if not name.startswith("backlink_crawler/__pycache__/__init__."):
                new.writestr(
                    name, re.sub(rb'(__version__ = )"[^"]+"', rb'\1"%b"' % version.encode(), old.read(name))
                )
    return to


def is_inner(url: str) -> bool:
    """Neither a home page nor robots.txt."""
    return not url.endswith((".example/", "/robots.txt"))


def test_its_python_has_no_other_copy_of_the_package(server: Scrapyd) -> None:
    program = [server.python, "-c", "import scrapyd.runner, backlink_crawler"]
    ran = subprocess.run(
        program, cwd=server.directory, env=clean_environment(), capture_output=True, text=True, check=False
    )
    assert "No module named 'backlink_crawler'" in ran.stderr


def test_a_job_stores_and_shows_what_it_found(server: Scrapyd, crawled: str) -> None:
    row = runs(server.directory / "whole")[crawled]
    assert (row["program_version"], row["exit_code"], row["spider"]) == (__version__, 0, "backlinks")
    kept = links(server.directory / "whole")
    assert kept.total() > 20
    shown = next(job for job in server.call("listjobs")["finished"] if job["id"] == crawled)
    page = requests.get(f"{server.url}jobs", timeout=SECONDS).text
    assert shown["log_url"] in page
    assert shown["items_url"] in page
    assert (
        "Spider closed (finished)"
        in requests.get(f"{server.url}{shown['log_url'][1:]}", timeout=SECONDS).text
    )
    items = requests.get(f"{server.url}{shown['items_url'][1:]}", timeout=SECONDS).content.decode()
    rows = [json.loads(line) for line in items.splitlines()]
    assert Counter(row["source_url"] for row in rows) == Counter(source for source, *_ in kept.elements())


def test_a_cancelled_job_goes_on_under_another_id(server: Scrapyd, gates: Gate, crawled: str) -> None:
    wanted = {"target": "acme.example", "seeds": SEEDS, "index": "stopped"}
    gates.hold(is_inner)
    stopped = server.schedule(**wanted, settings=PATIENTLY)
    assert "Spider closed (shutdown)" in stop(server, gates, stopped)
    assert server.exit_status(stopped) == 130
    whole, index = (server.directory / name for name in ("whole", "stopped"))
    assert 0 < visits(index).total() < visits(whole).total()
    again = server.schedule(**wanted)
    assert server.wait(again)
    assert server.exit_status(again) == 0
    assert visits(index) == visits(whole)
    assert links(index) == links(whole)
    ended = runs(index)
    assert (ended[stopped]["exit_code"], ended[again]["exit_code"]) == (130, 0)
    assert ended[stopped]["crawl_id"] == ended[again]["crawl_id"]


def test_jobs_at_once_on_one_index(server: Scrapyd, gates: Gate, crawled: str) -> None:
    one, other = ({"target": "acme.example", "seeds": seed, "index": "shared"} for seed in SEEDS.split(","))
    gates.hold(lambda url: is_inner(url) and one["seeds"] in url)
    first = server.schedule(**one, settings=PATIENTLY)
    server.wait_until(lambda: "Spider opened" in server.job_log(first), first)
    second, twice = server.schedule(**other), server.schedule(**one)
    refused = server.wait(twice)
    assert server.exit_status(twice) == 5
    assert "is running in another process" in refused.splitlines()[-1]
    server.wait(second)
    stop(server, gates, first)
    server.wait(again := server.schedule(**one))
    assert [server.exit_status(job) for job in (first, second, again)] == [130, 0, 0]
    shared = server.directory / "shared"
    assert links(shared) == links(server.directory / "whole")
    assert runs(shared).keys() == {first, second, again}
    recheck = server.schedule("recheck", target="acme.example", index="shared", older_than="0", max_pages="5")
    log = server.wait(recheck)
    assert server.exit_status(recheck) == 0, log
    assert runs(shared)[recheck]["spider"] == "recheck"
    assert sum(row["provenance"] == "recheck" for row in stored(shared, "visits")) == 5


WRONG = (
    ({"sharde": "1/2"}, "unknown argument sharde (hint: "),
    ({"depth": "deep"}, "argument depth=deep: needs a whole number of 0 or more (hint: "),
    ({"seeds": "missing.txt"}, "missing.txt"),
)


def test_a_wrong_argument_is_one_line_of_the_log(server: Scrapyd) -> None:
    usual = {"target": "acme.example", "seeds": SEEDS, "index": "unused"}
    jobs = {server.schedule(**(usual | said)): told for said, told in WRONG}
    for job, told in jobs.items():
        errors = [line for line in server.wait(job).splitlines() if "ERROR" in line]
        assert len(errors) == 1
        assert told in errors[0]
        assert "Traceback" not in server.job_log(job)
        assert server.exit_status(job) == 2
    assert not (server.directory / "unused").exists()


def test_feeds_and_versions_are_chosen_where_no_items_are_kept(
    web: LocalWeb, server: Scrapyd, crawled: str, tmp_path: Path
) -> None:
    egg = next((server.directory / "var" / "eggs" / "backlink_crawler").glob("*.egg"))
    assert re.fullmatch(r"\d{10}\.egg", egg.name), "the time of its deployment, which sorts as a number"
    feeds = json.dumps({"%(target)s-%(run)s.csv": {"format": "csv"}})
    with Scrapyd(tmp_path, proxy=web.proxy_url, BACKLINKS_INDEX="by-environment") as plain:
        plain.deploy(with_version(egg, "0.0.9", tmp_path / "old.egg"), version="99")
        plain.deploy(egg, version="100")
        assert plain.call("listversions", project="backlink_crawler")["versions"] == ["99", "100"]
        wanted = {"target": "acme.example", "seeds": "greenfingers.example", "scope": "page"}
        old = plain.schedule(**wanted, _version="99", job="old")
        new = plain.schedule(**wanted, settings={"FEEDS": feeds})
        for job, version in ((old, "0.0.9"), (new, __version__)):
            log = plain.wait(job)
            assert plain.exit_status(job) == 0, log
            assert f"backlink_crawler/{version})" in log, "the user agent names the version"
            assert runs(tmp_path / "by-environment")[job]["program_version"] == version
        assert {job["items_url"] for job in plain.call("listjobs")["finished"]} == {None}
    assert (
        (tmp_path / f"acme.example-{new}.csv")
        .read_text(encoding="utf-8-sig")
        .startswith('"target","source_url"')
    )
