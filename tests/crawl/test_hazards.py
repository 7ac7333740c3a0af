"""A crawl of every hazard of the bundled web and all its good hosts at once: it ends, and harms neither them nor us."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from contextlib import closing
from functools import cached_property
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import attrs
import pytest
from test_truth import TRUTH, identity

from backlink_crawler.items import OUTCOMES
from backlink_crawler.localweb import truth
from backlink_crawler.localweb.hazards.table import HAZARDS, Hazard, handlers, seeds
from backlink_crawler.localweb.server import LocalWeb
from backlink_crawler.urls import domain_of, host_of, resolve
from tests.crawl.conftest import SECONDS, started
from tests.index_rows import stored
from tests.peak import watch

MOST_MEGABYTES = 600
"""Resident, at the peak, with bombs of 300 MB."""
PAGES_PER_DOMAIN = 120
SLOW = (
    "http://rules-hang.example/robots.txt",
    *(hazard.url for hazard in HAZARDS if hazard.outcome in ("timeout", "truncated")),
)
"""What may end by the time it takes; all else has time enough, however slow the machine."""
SETTINGS = {
    "DOWNLOAD_DELAY": 0,
    "AUTOTHROTTLE_ENABLED": False,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 4,
    "BACKLINKS_RETRY_DELAYS": 0.5,
    "RETRY_TIMES": 1,
    "DOWNLOAD_TIMEOUT": SECONDS,
    "DOWNLOADER_MIDDLEWARES": '{"hostile_server.Impatience": 1}',
    "IMPATIENT_WITH": json.dumps(dict.fromkeys(SLOW, 12)),
    "DOWNLOAD_MAXSIZE": 11_000_000,
    "LOG_LEVEL": "INFO",
}


@attrs.frozen(slots=False)
class Run:
    """What the crawl left behind, and what it cost."""

    directory: Path
    code: int
    peak_mb: float
    requests: list[str]

    @cached_property
    def log(self) -> str:
        return (self.directory / "crawl.log").read_text("utf-8")

    @cached_property
    def links(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.directory / "links.jsonl").read_text("utf-8").splitlines()]

    @cached_property
    def visits(self) -> list[dict[str, Any]]:
        return stored(self.directory / "data/index", "visits")


@pytest.fixture(scope="module")
def hazard_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """All of them, crawled once from their front pages."""
    directory = tmp_path_factory.mktemp("hazard_run")
    (directory / "backlinks.toml").write_text(truth.config(), encoding="utf-8")
    (directory / "seeds.txt").write_text("\n".join([*seeds(), *truth.seeds()]), encoding="utf-8")
    arguments = {
        "target": ",".join(truth.targets()),
        "seeds": "seeds.txt",
        "max_pages_per_domain": PAGES_PER_DOMAIN,
    }
    flags = [part for pair in arguments.items() for part in ("-a", "{}={}".format(*pair))]
    flags += [part for pair in SETTINGS.items() for part in ("-s", "{}={}".format(*pair))]
    command = [
        sys.executable,
        "-m",
        "scrapy",
        "crawl",
        "backlinks",
        *flags,
        "-O",
        "links.jsonl",
        "--logfile",
        "crawl.log",
    ]
    with LocalWeb(handlers=handlers()) as web:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("BACKLINKS_")}
        environment |= {"SCRAPY_SETTINGS_MODULE": "backlink_crawler.settings"}
        environment |= dict.fromkeys(("http_proxy", "https_proxy"), web.proxy_url)
        environment["PYTHONPATH"] = os.pathsep.join((environment["PYTHONPATH"], str(Path(__file__).parent)))
        with started(command, cwd=directory, env=environment) as process:
            peak = watch(process, SECONDS)
        return Run(
            directory,
            process.returncode,
            peak,
            [seen.url for seen in web.log if seen.method == "GET"],
        )


def test_it_ends_by_itself_and_well(hazard_run: Run) -> None:
    assert hazard_run.code == 0
    assert "Spider closed (finished)" in hazard_run.log


def test_its_memory_is_bounded(hazard_run: Run) -> None:
    assert 50 < hazard_run.peak_mb < MOST_MEGABYTES


def test_nothing_in_it_is_an_error_of_ours(hazard_run: Run) -> None:
    assert [
        line for line in hazard_run.log.splitlines() if " ERROR: " in line or line.startswith("Traceback")
    ] == []


def test_the_good_hosts_are_complete(hazard_run: Run) -> None:
    hazards = {domain_of(host_of(hazard.url)) for hazard in HAZARDS}
    expected = Counter(map(identity, TRUTH.links))
    found = Counter(identity(link) for link in hazard_run.links if link["source_domain"] not in hazards)
    assert (expected - found, found - expected) == (Counter(), Counter())


def test_the_table_speaks_of_outcomes_in_their_words() -> None:
    assert {hazard.outcome for hazard in HAZARDS} <= set(OUTCOMES)
    assert len({hazard.host for hazard in HAZARDS}) == len(HAZARDS) > 60


@pytest.mark.parametrize("hazard", HAZARDS, ids=lambda hazard: hazard.host)
def test_each_hazard_ends_as_its_table_says(hazard_run: Run, hazard: Hazard) -> None:
    visits = [
        visit for visit in hazard_run.visits if visit["requested_url"] == resolve(hazard.url, hazard.url)
    ]
    assert [visit["outcome"] for visit in visits] == [hazard.outcome]
    links = [link for link in hazard_run.links if link["source_domain"] == visits[0]["source_domain"]]
    assert len(links) == hazard.links


@pytest.mark.parametrize("host", ["log-in.example", "consent.example", "not-a-bot.example", "shell.example"])
def test_what_hides_its_page_proves_no_absence(hazard_run: Run, host: str) -> None:
    (visit,) = [visit for visit in hazard_run.visits if visit["requested_url"] == f"http://{host}/"]
    assert not visit["complete"]


@pytest.mark.parametrize(
    "hazard", [hazard for hazard in HAZARDS if not hazard.asked], ids=lambda hazard: hazard.host
)
def test_what_must_not_be_asked_is_not(hazard_run: Run, hazard: Hazard) -> None:
    host = host_of(hazard.url)
    asked = [url for url in hazard_run.requests if host_of(url) == host]
    may_be_asked = "/robots.txt" if hazard.outcome != "blocked_address" else "nothing"
    assert [url for url in asked if not url.endswith(may_be_asked)] == []


def test_paths_that_a_long_robots_txt_closes_are_not_asked_for(hazard_run: Run) -> None:
    closed = {f"http://{hazard.host}{hazard.forbidden}" for hazard in HAZARDS if hazard.forbidden}
    assert closed
    assert closed.isdisjoint(hazard_run.requests)


@pytest.mark.parametrize(
    "hazard", [hazard for hazard in HAZARDS if hazard.endless], ids=lambda hazard: hazard.host
)
def test_hosts_without_end_are_left(hazard_run: Run, hazard: Hazard) -> None:
    domain = domain_of(host_of(hazard.url))
    pages = [
        url
        for url in hazard_run.requests
        if domain_of(host_of(url)) == domain and not url.endswith("/robots.txt")
    ]
    assert 1 < len(pages) <= PAGES_PER_DOMAIN


def test_the_command_serves_them_when_told() -> None:
    command = [sys.executable, "-m", "backlink_crawler.localweb", "--hazards", "--print-port"]
    with (
        started(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server,
        closing(HTTPConnection("127.0.0.1", int(server.stdout.readline()), timeout=SECONDS)) as connection,
    ):
        connection.request("GET", "http://failing.example/")
        assert connection.getresponse().status == 500
