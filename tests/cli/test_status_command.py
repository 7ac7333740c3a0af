"""`backlinks status`: what it says of jobs whose files were left in every state that there is."""

from __future__ import annotations

import fcntl
import json
import os
import platform
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from backlink_crawler.frontier.glance import HEARTBEAT, Heartbeat, glance
from backlink_crawler.frontier.job import Job
from tests.program import backlinks

LIVING = {"run": "r", "pid": os.getpid(), "host": platform.node()}
COMMAND = ["backlinks", "crawl", "acme.example", "--seeds", "https://me:secret@a.example/ list.txt"]


def gone() -> int:
    """The id of a process that is no more."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        return process.pid


def job(
    folder: Path, name: str, *, state: str = "running", urls: int = 0, ago: float = 0, **said: Any
) -> Path:
    """The file of a job with a few pages to fetch, as its last run left it."""
    left, now = Job.open(folder, name), time.time()
    left.store.add_seeds(f"https://h{number % 3}.example/{number}" for number in range(urls))
    if said:
        beat = Heartbeat(**{"crawl_id": left.crawl_id, "started_at": now - 600, "at": now - ago, **said})
        left.store.put(**{HEARTBEAT: beat.text()})
    left.store.put(state=state)
    left.close()
    return left.path


STATES = [
    ("running", "", {**LIVING, "ago": 20}),
    ("running", "", {"run": "r", "pid": 1, "host": "another machine", "ago": 20}),
    ("died", "died before", {**LIVING, "pid": gone(), "ago": 1}),
    ("died", "died before", {**LIVING, "ago": 90}),
    ("died", "died before", {"run": "r", "pid": 1, "host": "another machine", "ago": 90}),
    ("died", "died before", {**LIVING, "crawl_id": "that of an older round"}),
    ("died", "died before", {}),
    ("stopped", "", {**LIVING, "exit_code": 130}),
    ("stopped", "", {**LIVING, "exit_code": 0}),
    ("stopped", "exit code 5", {**LIVING, "exit_code": 5}),
    ("finished", "", {"state": "finished", **LIVING, "exit_code": 3}),
]  # fmt: skip


@pytest.mark.parametrize(("state", "problem", "left"), STATES)
def test_state(tmp_path: Path, state: str, problem: str, left: dict[str, Any]) -> None:
    seen = glance(job(tmp_path, "j", urls=5, **left))
    assert seen is not None
    assert seen.state == state
    assert problem in seen.problem
    assert bool(problem) == bool(seen.problem)
    if state == "died":
        assert (seen.heartbeat.pending, seen.heartbeat.done) == (5, 0)


def test_a_job_that_is_held_runs_however_long_it_is_silent(tmp_path: Path) -> None:
    path = job(tmp_path, "j", **{**LIVING, "ago": 300})
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        seen = glance(path)
    assert seen is not None
    assert seen.state == "running"
    assert "no sign of life for 30" in seen.problem


def test_a_job_that_writes_is_read_and_not_disturbed(tmp_path: Path) -> None:
    path = job(tmp_path, "j", urls=3, **LIVING)
    writer = sqlite3.connect(path, isolation_level=None, timeout=0)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("DELETE FROM url")
    seen = glance(path)
    writer.execute("COMMIT")
    writer.close()
    assert seen is not None
    assert seen.state == "running"


def _cut(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\0" + b"\xff" * 200)


def _replace(path: Path) -> None:
    path.write_text("no database, but as long as one would be")


@pytest.mark.parametrize("spoil", [_cut, _replace])
def test_a_broken_file_is_named_and_the_others_are_shown(
    tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    job(tmp_path, "good", state="finished", **LIVING, exit_code=0)
    spoil(job(tmp_path, "bad"))
    code, shown, said = backlinks("status", "--jobs", str(tmp_path))
    assert code == 5
    assert "good" in shown
    assert "bad.sqlite cannot be read" in said


def test_files_that_are_no_jobs_are_passed_over(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "empty.sqlite").execute("CREATE TABLE other (a)").connection.close()
    sqlite3.connect(tmp_path / "alerts.sqlite").execute("CREATE TABLE meta (name, value)").connection.close()
    assert [glance(path) for path in tmp_path.glob("*.sqlite")] == [None, None]


def test_nothing_is_left_beside_a_file_that_is_read(tmp_path: Path) -> None:
    path = job(tmp_path, "j", urls=2, state="finished", **LIVING, exit_code=0)
    before = {file.name: file.stat().st_mtime_ns for file in tmp_path.iterdir()}
    assert getattr(glance(path), "state", "") == "finished"
    assert {file.name: file.stat().st_mtime_ns for file in tmp_path.iterdir()} == before
    assert set(before) == {"j.sqlite", "j.lock"}


def test_shards_are_shown_with_what_is_wrong_and_what_to_do(tmp_path: Path) -> None:
    job(tmp_path, "monday-1-of-2", **LIVING, shard="1/2", pages=50, errors=5, links=7, done=40, pending=10)
    job(
        tmp_path,
        "monday-2-of-2",
        **{**LIVING, "pid": gone()},
        shard="2/2",
        command=COMMAND,
        directory="/srv/x y",
    )
    job(tmp_path, "tuesday", state="finished", **LIVING, exit_code=0)
    code, shown, said = backlinks("status", "monday", "--jobs", str(tmp_path))
    assert code == 3
    rows = [line.split() for line in shown.splitlines()]
    assert [row[:3] for row in rows[1:]] == [
        ["monday-1-of-2", "running", "1/2"],
        ["monday-2-of-2", "died", "2/2"],
    ]
    assert {"40", "10", "10.0%"} <= set(rows[1])
    assert "2 jobs: 1 running, 1 died; 40 pages done" in said
    assert "monday-2-of-2 died before it was done" in said
    assert "cd '/srv/x y' && backlinks crawl acme.example --seeds 'https://***@a.example/ list.txt'" in said
    assert "secret" not in said + shown


def test_json(tmp_path: Path) -> None:
    job(tmp_path, "j", **LIVING, ago=10, pages=4, pages_per_second=1.5, waiting=2)
    code, shown, said = backlinks("status", "--json", BACKLINKS_JOBS=str(tmp_path))
    (row,) = json.loads(shown)
    assert (code, said) == (0, "")
    assert (row["job"], row["state"], row["problem"]) == ("j", "running", None)
    assert (row["pages"], row["pages_per_second"], row["waiting"]) == (4, 1.5, 2)
    assert row["started_at"] < row["at"] < datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert row["silent_seconds"] >= 10


def test_no_jobs_and_no_such_job(tmp_path: Path) -> None:
    assert backlinks("status", cwd=tmp_path) == (0, "", "There are no jobs in data/jobs.\n")
    assert backlinks("status", "--json", cwd=tmp_path)[:2] == (0, "[]\n")
    job(tmp_path, "monday", state="finished")
    code, shown, said = backlinks("status", "mnday", "--jobs", str(tmp_path))
    assert (code, shown) == (2, "")
    assert said.splitlines() == [f"error: there is no job mnday in {tmp_path}", "hint: did you mean monday?"]
