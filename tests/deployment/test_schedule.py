"""``backlinks schedule`` over two real Scrapyd servers with one index: what it finds, what it survives, what it says."""

from __future__ import annotations

import functools
import json
import os
import re
import signal
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

import attrs
import pytest
import requests

from backlink_crawler.frontier.shard import Shard
from backlink_crawler.items import LINK_FIELDS
from backlink_crawler.localweb.server import LocalWeb
from backlink_crawler.scheduling.server import Server
from tests.crawl.conftest import QUICK, scrapy
from tests.index_rows import stored
from tests.installation import clean_environment
from tests.program import ROOT, SECONDS, backlinks
from tests.random_web import RandomWeb
from tests.scrapyd_server import PROJECT, Scrapyd
from tests.waiting import Gate, until

HOSTS = [f"site{n}.example" for n in range(12)]
SITES = ",".join(f"{host}/0" for n in (1, 2) for host in list(filter(Shard(n, 2).owns, HOSTS))[:2])
"""Two sites of each shard."""
OWN = {"fetched_at", "crawl_id"}
PATIENTLY = ("-s", "CONCURRENT_REQUESTS_PER_DOMAIN=1", "-s", f"DOWNLOAD_TIMEOUT={SECONDS}")
"""Of what a run still has to ask for, one page of each site may be held back, and it waits for that."""
STOPS = "Received SIGINT, shutting down gracefully"
CODE = "import sys; from backlink_crawler.cli import main; main(sys.argv[1:])"


@pytest.fixture(scope="module")
def gates() -> Gate:
    return Gate(RandomWeb(12, 6, seed=7).handlers())


@pytest.fixture(scope="module")
def web(gates: Gate) -> Iterator[LocalWeb]:
    with LocalWeb(handlers=gates.handlers) as web:
        yield web


@pytest.fixture(scope="module")
def servers(web: LocalWeb, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Scrapyd]]:
    places = [tmp_path_factory.mktemp(name) for name in ("one", "two")]
    secret = {"SCRAPYD_USERNAME": "us@er", "SCRAPYD_PASSWORD": "hush:hush/"}
    with (
        Scrapyd(places[0], proxy=web.proxy_url) as one,
        Scrapyd(places[1], proxy=web.proxy_url, **secret) as two,
    ):
        two.deploy(one.deploy())
        yield [one, two]


@attrs.frozen
class Command:
    """A command that runs, and the file of what it says."""

    process: subprocess.Popen[str]
    log: Path

    @property
    def said(self) -> str:
        return self.log.read_text()


@attrs.frozen
class Shared:
    """An index, and the command that fills it."""

    index: Path
    servers: list[Scrapyd]
    started: list[Command] = attrs.field(factory=list)

    def start(self, *said: str, count: int = 2) -> Command:
        """Start the command over the first ``count`` servers."""
        addresses = [self.servers[0].url, self.servers[1].url.replace("//", "//us%40er:hush%3Ahush%2F@")][
            :count
        ]
        where = [word for address in addresses for word in ("--server", address)]
        copies = () if "--recheck" in said else ("--max-copies", "0")
        command = ["schedule", "acme.example", *where, "--index", str(self.index), *copies, *QUICK, *said]
        log = self.index.with_name(f"said-{len(self.started)}.log")
        with log.open("w") as file:
            process = subprocess.Popen(
                [sys.executable, "-c", CODE, *command], cwd=self.servers[0].directory, text=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=file,
                env={**clean_environment(), "PYTHONPATH": os.pathsep.join((str(ROOT), clean_environment()["PYTHONPATH"]))},
            )  # fmt: skip
        self.started.append(Command(process, log))
        return self.started[-1]

    def end(self, command: Command, code: int = 0) -> tuple[dict[str, Any], str]:
        """The summary that it prints, and what it says besides."""
        out, err = command.process.communicate(timeout=SECONDS)[0], command.said
        assert command.process.returncode == code, f"{out}\n{err}"
        assert "hush" not in out + err, "a password was shown"
        return json.loads(out) if out.startswith("{") else {"text": out}, err

    def __call__(self, *said: str, code: int = 0) -> tuple[dict[str, Any], str]:
        return self.end(self.start("--json", *said), code)

    def pages(self) -> set[str]:
        return {row["source_url"] for row in stored(self.index, "visits") if row["outcome"] == "ok"}

    def links(self) -> set[tuple[str, ...]]:
        """Every link with every field but those that name the run."""
        fields = [name for name in LINK_FIELDS if name not in OWN]
        return {tuple(str(row[name]) for name in fields) for row in stored(self.index, "links")}

    def visited(self) -> int:
        return len(stored(self.index, "visits"))

    def stop(self) -> None:
        """End what a test that failed left running."""
        for command in self.started:
            command.process.kill()
            command.process.communicate()
        for server in self.servers:
            for process in running(server).values():
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)


@pytest.fixture
def shared(servers: list[Scrapyd], gates: Gate, tmp_path: Path) -> Iterator[Shared]:
    shared = Shared(tmp_path / "index", servers)
    yield shared
    gates.open()
    shared.stop()


@pytest.fixture(scope="module")
def whole(
    web: LocalWeb, servers: list[Scrapyd], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Shared]:
    """What one crawl on one machine finds."""

    @functools.cache
    def crawl(**said: str) -> Shared:
        place = tmp_path_factory.mktemp("whole")
        said = {"target": "acme.example", "max_copies": "0", "index": str(place / "index"), **said}
        given = [word for name, value in said.items() for word in ("-a", f"{name}={value}")]
        done = scrapy("crawl", "backlinks", *given, *QUICK, cwd=place, proxy=web.proxy_url)
        assert done.returncode == 0, done.stderr[-3000:]
        return Shared(place / "index", servers)

    return crawl


def running(server: Scrapyd) -> dict[str, int]:
    """Jobs that run, and their processes."""
    return {job["id"]: job["pid"] for job in server.call("listjobs", project=PROJECT)["running"]}


def late(url: str, shards: tuple[int, ...] = (1, 2)) -> bool:
    """Is this one of the last pages of a site of these shards?"""
    host, page = url.split("/")[2:4]
    return page in ("3", "4", "5") and any(Shard(number, 2).owns(host) for number in shards)


def shards_of(urls: set[str]) -> set[int]:
    return {number for number in (1, 2) for url in urls if late(url, (number,))}


def test_the_union_is_the_crawl(shared: Shared, whole: Callable[..., Shared]) -> None:
    """Hops lead from shard to shard: both are run until nothing is handed over."""
    one = whole(seeds="site0.example/0", hops="1")
    summary, said = shared("--seeds", "site0.example/0", "--hops", "1")
    assert shared.links() == one.links()
    assert shared.pages() == one.pages()
    assert summary["pages"] == shared.visited() == sum(summary["outcomes"].values())
    assert (summary["exit_code"], summary["left"], summary["remarks"]) == (0, [], [])
    assert summary["rounds"] > 1
    assert summary["handed_over"] > 0
    assert len(summary["crawl_ids"]) == 1
    shards = {shard["shard"]: shard for shard in summary["shards"]}
    assert [shards[name]["server"] for name in ("1/2", "2/2")] == [server.url for server in shared.servers]
    assert {shard["exit_code"] for shard in shards.values()} == {0}
    assert f"{summary['pages']:,} pages (" in said
    ran = {job["id"] for server in shared.servers for job in server.call("listjobs")["finished"]}
    assert {run for shard in shards.values() for run in shard["runs"]} <= ran
    linking = {row["source_url"] for row in stored(shared.index, "links")}
    summary, _ = shared("--recheck", "--older-than", "0")
    assert summary["pages"] >= len(linking)
    assert all(shard["pages"] for shard in summary["shards"])


def test_a_shard_that_is_killed_is_run_again_alone(
    shared: Shared, gates: Gate, whole: Callable[..., Shared]
) -> None:
    """First scheduled only, then waited for by the same command, which sees one die and ends with the whole crawl."""
    gates.hold(late)
    jobs, _ = shared.end(shared.start("--no-wait", "--seeds", SITES, *PATIENTLY))
    assert "1/2" in jobs["text"]
    waiting = shared.start("--json", "--seeds", SITES, *PATIENTLY)
    until(lambda: "shards 1, 2 of 2: under way already" in waiting.said, lambda: waiting.said)
    until(lambda: shards_of(gates.waiting) == {1, 2}, lambda: f"{gates.waiting}: {waiting.said}")
    ((job, process),) = running(shared.servers[1]).items()
    os.kill(process, signal.SIGKILL)
    gates.open()
    summary, _ = shared.end(waiting)
    first, killed = summary["shards"]
    assert (len(first["runs"]), len(killed["runs"]), killed["runs"][0]) == (1, 2, job)
    assert (first["exit_code"], killed["exit_code"], summary["left"]) == (0, 0, [])
    one = whole(seeds=SITES)
    assert shared.links() == one.links()
    assert shared.pages() == one.pages()
    assert len(shared.pages()) == shared.visited() - sum(
        row["outcome"] != "ok" for row in stored(shared.index, "visits")
    )


def test_it_is_stopped_goes_on_and_outlives_a_server(
    web: LocalWeb, gates: Gate, shared: Shared, whole: Callable[..., Shared], tmp_path: Path
) -> None:
    seeds = tmp_path / "seeds.txt"
    seeds.write_text("\n".join(SITES.split(",")))
    said = ("--json", "--seeds", str(seeds), "--patience", "2s", *PATIENTLY)
    gates.hold(late)
    command = shared.start(*said)
    until(lambda: shards_of(gates.waiting) == {1, 2}, lambda: f"{gates.waiting}: {command.said}")
    jobs = {server: job for server in shared.servers for job in running(server)}
    command.process.send_signal(signal.SIGINT)
    until(lambda: all(STOPS in server.job_log(job) for server, job in jobs.items()), lambda: command.said)
    gates.open()
    summary, told = shared.end(command, 130)
    assert "the same command goes on" in told
    assert (summary["interrupted"], summary["left"]) == (True, ["1/2", "2/2"])
    assert {shard["reason"] for shard in summary["shards"]} == {"it was stopped"}
    assert not any(map(running, shared.servers))
    assert shared.visited() > 3
    gates.hold(functools.partial(late, shards=(2,)))
    with Scrapyd(tmp_path / "third", proxy=web.proxy_url) as third:
        egg = next((shared.servers[0].directory / "var" / "eggs" / PROJECT).glob("*.egg"))
        third.deploy(egg)
        both = attrs.evolve(shared, servers=[shared.servers[0], third])
        command = both.start(*said)
        until(lambda: gates.waiting, lambda: command.said)
        third.stop()
        gates.open()
        summary, told = both.end(command, 1)
    first, lost = summary["shards"]
    assert (first["exit_code"], lost["exit_code"], summary["left"]) == (0, 1, ["2/2"])
    assert f"shard 2/2 on {third.url}: its server does not answer any more\n  log: {lost['log']}\n" in told
    summary, told = shared(*said[1 : -len(PATIENTLY)])
    assert "the last round goes on with shard 2 of 2" in told
    assert [shard["shard"] for shard in summary["shards"]] == ["2/2"]
    assert len({row["crawl_id"] for row in stored(shared.index, "crawls")}) == 1
    assert shared.links() == whole(seeds=SITES).links()


def without_shards(egg: Path, to: Path) -> Path:
    """An egg as it was before there were shards."""
    with zipfile.ZipFile(egg) as new, zipfile.ZipFile(to, "w") as old:
        for name in new.namelist():
            if not re.match(r"backlink_crawler/__pycache__/options\.", name):
                old.writestr(name, new.read(name).replace(b'Option("shard"', b'Option("sherd"'))
    return to


def test_what_servers_cannot_do_is_said(shared: Shared, tmp_path: Path) -> None:
    one, two = shared.servers
    egg = without_shards(next((one.directory / "var" / "eggs" / PROJECT).glob("*.egg")), tmp_path / "old.egg")
    form = {"project": "older", "version": "1"}
    answer = requests.post(
        f"{one.url}addversion.json", data=form, files={"egg": egg.read_bytes()}, timeout=SECONDS
    )
    assert answer.json()["status"] == "ok"
    command = shared.start("--json", "--project", "older", "--seeds", "site0.example", count=1)
    summary, said = shared.end(command, 1)
    assert "the egg there is older than this program" in said
    assert "hint: deploy it there, from a checkout: scrapyd-deploy" in said
    assert summary["shards"][0]["log"] in said
    assert requests.get(summary["shards"][0]["log"], timeout=SECONDS).status_code == 200
    before = one.call("listjobs")
    for changed, told in (
        (("--project", "older"), f"error: {two.url}: has no project older\nhint: deploy it there"),
        (("--server", "http://127.0.0.1:9"), "error: http://127.0.0.1:9/: no Scrapyd answers\n"),
        (
            ("--server", two.url),
            f"error: {two.url}: wants a user name and a password\nhint: set SCRAPYD_USERNAME",
        ),
        (
            ("--server", two.url.replace("//", "//u:wrong@")),
            f"error: {two.url}: refuses the user name or password\n",
        ),
    ):
        count = 1 if changed[0] == "--server" else 2
        _, said = shared.end(shared.start("--seeds", "site0.example", *changed, count=count), 1)
        assert told in said
        assert len(said.splitlines()) == 2
    assert one.call("listjobs") == before, "nothing is scheduled where one server is missing"


class Lossy(ThreadingHTTPServer):
    """Passes requests on to a server, and loses the answer to the first job that is scheduled."""

    def __init__(self, url: str) -> None:
        super().__init__(("127.0.0.1", 0), Passing)
        self.to, self.lost = url, 0
        self.http = requests.Session()
        self.http.trust_env = False

    def __enter__(self) -> Self:
        self.thread = threading.Thread(target=self.serve_forever, args=(0.02,))
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.thread.join()
        self.server_close()
        self.http.close()


class Passing(BaseHTTPRequestHandler):
    server: Lossy

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        sent = {"Content-Type": self.headers.get("Content-Type", "")}
        answer = self.server.http.request(
            self.command, self.server.to + self.path[1:], data=body, headers=sent, timeout=SECONDS
        )
        if "schedule" in self.path and not self.server.lost:
            self.server.lost += 1
            return
        self.send_response(answer.status_code)
        self.end_headers()
        self.wfile.write(answer.content)

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_: Any) -> None:
        """Nothing on stderr."""


def test_a_job_is_scheduled_once_when_its_answer_is_lost(
    servers: list[Scrapyd], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Lossy(servers[0].url) as lossy:
        server = Server.of(f"http://127.0.0.1:{lossy.server_port}", {})
        server.schedule(
            PROJECT, "backlinks", "lost-answer", {"seeds": "site0.example/0", "depth": "none"}, {}
        )
        assert lossy.lost == 1
    servers[0].wait("lost-answer")
    known = [
        job["id"]
        for state in ("pending", "running", "finished")
        for job in servers[0].call("listjobs")[state]
    ]
    assert known.count("lost-answer") == 1


def test_without_the_index_the_logs_tell(shared: Shared) -> None:
    where = (
        "schedule",
        "acme.example",
        "--server",
        shared.servers[0].url,
        "--seeds",
        "site0.example/0",
        "--max-pages",
        "2",
    )
    code, out, said = backlinks(
        *where, *QUICK, "--job", "logs", cwd=shared.index.parent, no_proxy="127.0.0.1"
    )
    assert code == 0, said
    assert "how runs end is told by their logs" in said
    assert "1/1" in out
