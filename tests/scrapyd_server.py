"""A real Scrapyd on a loopback port, whose Python has our dependencies but not the package: that comes in the egg."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Callable
from configparser import ConfigParser
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests

from tests.installation import ROOT, clean_environment, copy_of_checkout, dependencies_only
from tests.ports import kept_port
from tests.waiting import SECONDS, until

PROJECT = "backlink_crawler"
CONFIGURATION = ROOT / "deploy" / "scrapyd" / "scrapyd.conf"


class Scrapyd:
    """``with Scrapyd(tmp_path) as server: server.deploy(); log = server.wait(server.schedule(target=…))``.

    It runs with the configuration that we ship, in ``directory``, where its files lie in ``var`` and what relative
    paths of jobs name. ``environment`` is what its jobs see besides; a ``proxy`` is a local web's. With ``items`` it
    keeps the rows of each job for its page.
    """

    def __init__(self, directory: Path, *, proxy: str = "", items: bool = False, **environment: str) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self.python = dependencies_only(directory / "environment")
        self.url = ""
        self.configuration = [CONFIGURATION]
        self._items = items
        self._environment = clean_environment(HOME=str(directory), http_proxy=proxy, **environment)
        self._ending = ExitStack()
        self._process: subprocess.Popen[bytes] | None = None
        self._http = requests.Session()
        self._http.trust_env = False
        if user := environment.get("SCRAPYD_USERNAME"):
            self._http.auth = (user, environment["SCRAPYD_PASSWORD"])

    def __enter__(self) -> Self:
        port = self._ending.enter_context(kept_port())
        self.url = f"http://127.0.0.1:{port}/"
        self._configure(port)
        with (self.directory / "scrapyd.log").open("wb") as log:
            self._process = subprocess.Popen(
                [self.python, "-m", "scrapyd", "--pidfile="], cwd=self.directory, env=self._environment,
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        try:
            self._await_start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._ending.close()

    def stop(self) -> None:
        """End the server and its jobs at once. Nothing else listens at its port."""
        self._http.close()
        if self._process is not None:
            with suppress(ProcessLookupError):  # it ended by itself
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    @property
    def log(self) -> str:
        """What Scrapyd itself has said so far."""
        return (self.directory / "scrapyd.log").read_text(encoding="utf-8", errors="replace")

    def call(self, service: str, data: dict[str, str] | None = None, **query: str) -> dict[str, Any]:
        """The answer of one of its services: by POST where there is ``data``."""
        url = f"{self.url}{service}.json"
        answer = (
            self._http.post(url, data=data, timeout=SECONDS)
            if data
            else self._http.get(url, params=query, timeout=SECONDS)
        )
        return answer.json()

    def deploy(self, egg: Path | None = None, *, version: str = "") -> Path:
        """Deploy by ``scrapyd-deploy``: from a clean copy of the checkout, or an egg. Returns the egg, for another server."""
        checkout = self.directory / "checkout"
        if egg is None and not checkout.exists():
            copy_of_checkout(checkout)
        told = ("--version", version) if version else ()
        said = self.scrapyd_deploy(
            "here", *told, *(("--egg", str(egg)) if egg else ()), cwd=checkout if egg is None else ROOT
        )
        assert '"status": "ok"' in said, f"{said}\n{self.log[-4000:]}"
        return max(
            (self.directory / "var" / "eggs" / PROJECT).iterdir(), key=lambda file: file.stat().st_mtime_ns
        )

    def scrapyd_deploy(self, *arguments: str, cwd: Path) -> str:
        """Run ``scrapyd-deploy``, which knows this server by the name ``here``; returns what it prints."""
        known = self.directory / ".config"
        known.mkdir(exist_ok=True)
        user, password = self._http.auth or ("", "")  # type: ignore[misc]
        login = f"username = {user}\npassword = {password}\n" if user else ""
        (known / "scrapy.cfg").write_text(f"[deploy:here]\nurl = {self.url}\n{login}", encoding="utf-8")
        ran = subprocess.run(
            [self.python, "-m", "scrapyd_client.deploy", *arguments], cwd=cwd, check=False, capture_output=True, text=True, timeout=SECONDS,
            env=self._environment | {"XDG_CONFIG_HOME": str(known)},
        )  # fmt: skip
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout + ran.stderr

    def schedule(
        self, spider: str = "backlinks", *, settings: dict[str, str] | None = None, **arguments: str
    ) -> str:
        """Schedule a job; returns its id. It crawls quickly, as the tests do."""
        quick = {"DOWNLOAD_DELAY": "0", "AUTOTHROTTLE_ENABLED": "0", "CONCURRENT_REQUESTS_PER_DOMAIN": "4", "BACKLINKS_RETRY_DELAYS": "0"}  # fmt: skip
        pairs: list[tuple[str, str]] = [("project", PROJECT), ("spider", spider), *arguments.items()]
        pairs += [("setting", f"{name}={value}") for name, value in (quick | (settings or {})).items()]
        answer = self._http.post(f"{self.url}schedule.json", data=pairs, timeout=SECONDS).json()
        assert answer["status"] == "ok", answer
        return str(answer["jobid"])

    def cancel(self, job: str) -> str | None:
        """Cancel a job; returns the state it was in."""
        answer = self.call("cancel", {"project": PROJECT, "job": job})
        assert answer["status"] == "ok", answer
        return answer["prevstate"]

    def state(self, job: str) -> str | None:
        """pending, running, finished, or None where it knows no such job."""
        return self.call("status", job=job)["currstate"]

    def wait(self, job: str) -> str:
        """Return the job's log when it has ended."""
        self.wait_until(lambda: self.state(job) == "finished", job)
        return self.job_log(job)

    def wait_until(self, done: Callable[[], bool], job: str) -> None:
        """Return when something is so while a job runs."""
        until(done, lambda: f"{self.job_log(job)[-4000:]}\n{self.log[-4000:]}")

    def job_log(self, job: str) -> str:
        """The log of a job so far."""
        return self._file("logs", job, "log")

    def items(self, job: str) -> str:
        """The rows of a job that Scrapyd's page links to."""
        return self._file("items", job, "jl")

    def exit_status(self, job: str) -> int:
        """How a job that has ended did so, as Scrapyd's own log tells: nothing else of it does."""
        found = re.search(rf"Process (?:finished:|died: exitstatus=(\w+)) .*job='{re.escape(job)}'", self.log)
        assert found, self.log[-4000:]
        return int(found[1] or 0)

    def _file(self, kind: str, job: str, ending: str) -> str:
        found = list((self.directory / "var" / kind).glob(f"*/*/{job}.{ending}"))
        return found[0].read_text(encoding="utf-8") if found else ""

    def _configure(self, port: int) -> None:
        """Our configuration, with places, port and times of a test."""
        parser = ConfigParser(interpolation=None)
        parser.read(self.configuration, encoding="utf-8")
        var = self.directory / "var"
        parser["scrapyd"].update({
            "http_port": str(port), "poll_interval": "0.2", "max_proc": "4", "jobs_to_keep": "100",
            **{f"{name}_dir": str(var / name) for name in ("eggs", "logs", "dbs")},
            "items_dir": str(var / "items") if self._items else "",
        })  # fmt: skip
        with (self.directory / "scrapyd.conf").open("w", encoding="utf-8") as file:
            parser.write(file)

    def _await_start(self) -> None:
        def started() -> bool:
            assert self._process is not None
            assert self._process.poll() is None, self.log[-4000:]
            try:
                return self._http.get(f"{self.url}daemonstatus.json", timeout=SECONDS).status_code < 500
            except requests.ConnectionError:
                return False

        until(started, lambda: self.log[-4000:])
