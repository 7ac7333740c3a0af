"""`backlinks status`: what it says of jobs whose files were left in every state that there is."""

from __future__ import annotations

import fcntl
import json
import math
import os
import platform
import re
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from backlink_crawler.frontier.glance import HEARTBEAT, Heartbeat, glance
from backlink_crawler.frontier.job import Job
from tests.program import backlinks

LIVING = {"run": "r", "pid": os.getpid(), "host": platform.node()}
COMMAND = ["backlinks", "crawl", "acme.example", "--seeds", "https://me:secret@a.example/ list.txt"]


NOBODY = int(Path("/proc/sys/kernel/pid_max").read_text())
"""No process has this id: all are smaller (proc(5))."""


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
    ("running", "", {**LIVING, "ago": 1}),
    ("running", "", {"run": "r", "pid": 1, "host": "another machine", "ago": 1}),
    ("died", "died before", {**LIVING, "pid": NOBODY, "ago": 1}),
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
    assert re.search(r"no sign of life for [3-9]\d\d seconds", seen.problem)


def test_a_job_that_writes_is_read_and_not_disturbed(tmp_path: Path) -> None:
    path = job(tmp_path, "j", urls=3, **LIVING)
    with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM url")
        seen = glance(path)
        writer.execute("COMMIT")
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
        **{**LIVING, "pid": NOBODY},
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


def mining(folder: Path, name: str, **said: Any) -> Path:
    """The directory of a job of mining, as its last run left it."""
    now = time.time()
    beat = Heartbeat(**{"unit": "archives", "started_at": now - 600, "at": now + 600, **LIVING, **said})
    (folder / name).mkdir()
    (folder / name / "lock").touch()
    (folder / name / HEARTBEAT).write_text(beat.text())
    return folder / name


def test_mining_is_shown_in_the_same_words(tmp_path: Path) -> None:
    job(tmp_path, "crawl", **LIVING, pages=40, done=40, pending=10)
    mining(
        tmp_path,
        "mine-1",
        done=1_200,
        pending=800,
        waiting=3,
        errors=4,
        links=7,
        bytes_per_second=74.2e6,
        seconds_left=7_300,
    )
    mining(
        tmp_path,
        "mine-2",
        pid=NOBODY,
        done=3,
        pending=9,
        command=["backlinks", "mine", "a.example"],
        directory="/srv",
    )
    mining(tmp_path, "mine-3", done=12, errors=1, reason="finished", exit_code=1)
    mining(tmp_path, "mine-4", done=6, pending=6, reason="shutdown", exit_code=130)
    with (mining(tmp_path, "mine-5", pid=NOBODY, at=0) / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        code, shown, said = backlinks("status", "--jobs", str(tmp_path))
    rows = {line.split()[0]: " ".join(line.split()) for line in shown.splitlines()[1:]}
    assert code == 3
    assert "1,200 archives 800 archives 7 74.2 MB/s 2 h 0.3% 3" in rows["mine-1"]
    states = ["running", "died", "finished (1)", "stopped (130)", "running"]
    assert [f" {state} " in rows[f"mine-{nth}"] for nth, state in enumerate(states, 1)] == [True] * 5
    first, *complaints = said.splitlines()
    assert "40 pages done, 10 pending; 1,221 archives done, 815 pending" in first
    assert complaints[:2] == [
        "mine-2 died before it was done",
        "  go on: cd /srv && backlinks mine a.example",
    ]
    assert complaints[2].startswith("mine-5 gave no sign of life for ")
    (tmp_path / "mine-5" / HEARTBEAT).write_text("{}}")
    code, shown, said = backlinks("status", "mine", "--jobs", str(tmp_path), "--json")
    assert (code, [row["job"] for row in json.loads(shown)]) == (5, ["mine-1", "mine-2", "mine-3", "mine-4"])
    assert "mine-5/heartbeat cannot be read: it holds no heartbeat" in said


STRANGE = [
    {"at": math.nan}, {"at": 1e300}, {"at": -1e12}, {"seconds_left": math.inf}, {"done": 10**400}, {"pid": 1.5}, {"command": [1]},
]  # fmt: skip


def test_what_is_no_heartbeat_is_told(tmp_path: Path) -> None:
    for nth, said in enumerate(STRANGE):
        mining(tmp_path, f"s{nth}", **said)
    for name, text in {"deep": "[" * 100_000, "list": "[]", "text": '""'}.items():
        (mining(tmp_path, name) / HEARTBEAT).write_text(text)
    (tmp_path / "dir" / HEARTBEAT).mkdir(parents=True)
    mining(tmp_path, "far", pid=10**10)
    code, shown, said = backlinks("status", "--jobs", str(tmp_path), "--json")
    assert (code, [(row["job"], row["state"]) for row in json.loads(shown)]) == (5, [("far", "died")])
    told = [line for line in said.splitlines() if " cannot be read: " in line]
    assert [line for line in told if not line.endswith("it holds no heartbeat")] == [
        f"{tmp_path}/dir/heartbeat cannot be read: Is a directory"
    ]
    assert len(told) == len(STRANGE) + 4


def test_names_that_are_no_text_and_names_of_two(tmp_path: Path) -> None:
    job(tmp_path, "mine-1", **LIVING, done=7)
    mining(
        tmp_path, "mine-1", command=["backlinks", "mine", "--paths", "\udcff.warc.gz"], directory="/\udcff"
    )
    code, shown, _ = backlinks("status", "--jobs", str(tmp_path), "--json")
    crawl, mined = sorted(json.loads(shown), key=lambda row: -int(row["done"]))
    assert (code, crawl["unit"], crawl["done"], mined["unit"]) == (0, "pages", 7, "archives")
    assert mined["directory"] == "/\udcff"


def test_a_run_that_was_refused_takes_nothing_from_the_job(tmp_path: Path) -> None:
    seen = glance(job(tmp_path, "j", urls=3, **LIVING, reason="refused", exit_code=2))
    assert seen is not None
    assert (seen.state, seen.heartbeat.pending) == ("stopped", 3)


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
