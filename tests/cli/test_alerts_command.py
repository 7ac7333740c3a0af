"""``backlinks alerts``, as a person and as cron run it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backlink_crawler.alerts.run import run, watch
from backlink_crawler.config.file import load_config
from tests.alert_parts import Receiver, config, receiver, row
from tests.program import backlinks

SECRET = "hunter2"


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with receiver() as server:
        yield server


@pytest.fixture
def home(tmp_path: Path, hook: Receiver, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    config(
        tmp_path,
        f'name = "lost links"\nto = ["json://me:{SECRET}@{hook.place}/", "env:ALERTS_URL"]',
        'name = "all"\nfeed = "all.rss"',
    )
    return tmp_path


def fail_once(home: Path, hook: Receiver) -> None:
    rules, jobs = load_config(home / "backlinks.toml"), home / "data/jobs"
    hook.status = 503
    watch(rules, jobs, index_uri="/i")
    assert run([row()], rules, jobs, index_uri="/i").failed == 2
    hook.status = 200


def test_a_test_message_reaches_each_service_or_says_why_not(home: Path, hook: Receiver) -> None:
    code, out, err = backlinks("alerts", "test", cwd=home)
    assert (code, err) == (1, "")
    assert out.splitlines() == [
        "lost links, json://…: delivered",
        "lost links, env:ALERTS_URL: the environment variable ALERTS_URL is not set",
        "all, all.rss: written after each crawl",
    ]
    code, _, _ = backlinks("alerts", "test", "lost links", cwd=home, ALERTS_URL=f"json://{hook.place}/two")
    assert code == 0
    assert sorted(hook.paths) == ["/", "/", "/two"]
    assert hook.messages[0]["message"] == "The rule lost links reaches you."


def test_a_name_that_no_rule_has(home: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    code, out, err = backlinks("alerts", "test", "lost link", cwd=home)
    assert (code, out) == (2, "")
    assert err == "error: no rule has the name lost link\nhint: did you mean lost links?\n"
    code, _, err = backlinks("alerts", "test", cwd=tmp_path_factory.mktemp("empty"))
    assert (code, err.splitlines()[0]) == (2, "error: no rules: nobody is told anything")


def test_what_is_left_is_listed_with_its_reason_and_sent(home: Path, hook: Receiver) -> None:
    code, out, err = backlinks("alerts", "list", cwd=home)
    assert (code, out, err) == (0, "", "All alerts are delivered.\n")
    fail_once(home, hook)
    code, out, err = backlinks("alerts", "list", cwd=home)
    assert (code, err) == (0, "2 not delivered.\n")
    first, second = (line.rstrip() for line in out.splitlines()[1:])
    assert first.split("  ")[:2] == ["lost links", "json://…"]
    assert first.endswith("the service answered with status 503")
    assert second.endswith("the environment variable ALERTS_URL is not set")
    assert SECRET not in out

    code, out, err = backlinks("alerts", "send", cwd=home)
    assert (code, out, err) == (0, "", "0 delivered, 0 failed, 0 dropped.\n")  # their time has not come
    code, out, err = backlinks("alerts", "send", "--now", cwd=home)
    assert (code, out) == (1, "")
    assert err.splitlines() == [
        "the alert lost links is kept, since env:ALERTS_URL failed: the environment variable ALERTS_URL is not set",
        "1 delivered, 1 failed, 0 dropped.",
    ]
    code, out, err = backlinks("alerts", "send", "--now", cwd=home, ALERTS_URL=f"json://{hook.place}/two")
    assert (code, err) == (0, "1 delivered, 0 failed, 0 dropped.\n")
    assert hook.paths == ["/", "/two"]


def test_the_directory_of_the_jobs_can_be_said(home: Path, hook: Receiver) -> None:
    fail_once(home, hook)
    (home / "data/jobs").rename(home / "elsewhere")
    assert backlinks("alerts", "list", cwd=home)[2] == "All alerts are delivered.\n"
    assert backlinks("alerts", "list", "--jobs", "elsewhere", cwd=home)[2] == "2 not delivered.\n"
    assert backlinks("alerts", "list", cwd=home, BACKLINKS_JOBS="elsewhere")[2] == "2 not delivered.\n"


def test_a_damaged_file_is_one_line(home: Path) -> None:
    path = home / "data/jobs/alerts.db"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no database" * 1_000)
    for command in ("send", "list"):
        code, out, err = backlinks("alerts", command, cwd=home)
        assert (code, out) == (5, "")
        assert err.startswith(
            "error: the alerts data/jobs/alerts.db cannot be kept: file is not a database\nhint: "
        )
