"""A crawl with rules of alerts: they are watched for from its start, and never stop it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from backlink_crawler.localweb.server import LocalWeb
from tests.crawl.conftest import QUICK, scrapy

RULE = '[[alerts]]\nname = "mine"\nto = "json://127.0.0.1:1/"\n'
SEED = "http://greenfingers.example/links"


def crawl(home: Path) -> tuple[int, str]:
    with LocalWeb() as web:
        done = scrapy(
            "crawl", "backlinks", "-a", "target=acme.example", "-a", f"seeds={SEED}", "-a", "scope=page", *QUICK,
            cwd=home, proxy=web.proxy_url,
        )  # fmt: skip
    return done.returncode, done.stderr


def test_rules_are_watched_for_from_the_start(tmp_path: Path) -> None:
    (tmp_path / "backlinks.toml").write_text(RULE)
    code, log = crawl(tmp_path)
    assert code == 0, log
    with closing(sqlite3.connect(tmp_path / "data/jobs/alerts.db")) as db:
        assert db.execute("SELECT name, index_uri FROM rule").fetchall() == [
            ("mine", str(tmp_path / "data/index"))
        ]


@pytest.mark.parametrize("text", ["", 'depth = 1\n[targets."acme.example"]\n'])
def test_without_rules_there_is_no_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "backlinks.toml").write_text(text)
    code, log = crawl(tmp_path)
    assert code == 0, log
    assert not (tmp_path / "data/jobs/alerts.db").exists()


def test_a_file_that_cannot_be_used_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "backlinks.toml").write_text(RULE)
    (tmp_path / "data/jobs/alerts.db").mkdir(parents=True)
    code, log = crawl(tmp_path)
    assert code == 0, log
    assert "WARNING: the alerts data/jobs/alerts.db cannot be kept: unable to open database file" in log


def test_a_wrong_rule_is_said_before_the_first_request(tmp_path: Path) -> None:
    (tmp_path / "backlinks.toml").write_text(RULE + "events = 'losst'\n")
    code, log = crawl(tmp_path)
    assert code == 2
    assert "backlinks.toml, line 4: events=losst: losst is none, did you mean lost?" in log
