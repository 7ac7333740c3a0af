"""`backlinks reclassify`, `compact`, `forget`, `upgrade` and `rebuild`, as a person runs them."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import CommitProperties, Transaction, write_deltalake

from backlink_crawler.history.fold import fold
from backlink_crawler.index.store import FORMAT, FORMAT_APP, TABLES, Index
from tests.index_rows import link, stored, visit
from tests.program import ROOT, SECONDS, backlinks

BLOG, FORUM = "http://blog.example/post", "http://forum.example/thread"
PATH = "html > body > main > article > p > a"
UPKEEP = ("reclassify", "compact", "forget", "upgrade", "rebuild")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    index = Index.open(tmp_path / "data/index", create=True)
    index.record_crawl({"crawl_id": "c1", "targets": ["acme.example"]})
    index.append("job", 0, [visit(BLOG)], [link(BLOG, "/shop", link_path=PATH, placement="unknown")])
    index.append(
        "job",
        1,
        [visit(FORUM)],
        [link(FORUM, "/", anchor="Coyote", anchor_type="other", link_path=PATH, placement="unknown")],
    )
    fold(index)
    return tmp_path


def said(home: Path, *arguments: str) -> str:
    """The one line on standard error of a command that does its work and has no data to show."""
    code, out, err = backlinks(*arguments, cwd=home)
    assert (code, out) == (0, ""), err
    assert err.count("\n") == 1
    return err.strip()


class TestReclassify:
    def test_it_says_what_changed_and_the_reports_follow(self, home: Path) -> None:
        (home / "backlinks.toml").write_text(
            '[targets."acme.example"]\nbrand = ["Coyote"]\nexclude = ["prefix:acme.example/shop"]\n'
        )
        tried = backlinks("reclassify", "--dry-run", "--format", "jsonl", cwd=home)
        assert tried[2] == "2 of 2 links would be judged otherwise; nothing was written.\n"
        code, out, err = backlinks("reclassify", "acme.example", "--format", "jsonl", cwd=home)
        assert (code, out) == (0, tried[1])
        assert {tuple(json.loads(line).values()) for line in out.splitlines()} == {
            ("anchor_type", "other", "branded", 1),
            ("target", "acme.example", None, 1),
        }
        assert err.startswith("2 of 2 links are judged otherwise; the history of 1 pages was made anew.")
        assert [row["source_url"] for row in stored(home / "data/index", "backlinks")] == [FORUM]
        (home / "backlinks.toml").write_text("")
        backlinks("reclassify", cwd=home)
        assert {row["source_url"] for row in stored(home / "data/index", "backlinks")} == {BLOG, FORUM}

    def test_a_flag_speaks_of_one_target(self, home: Path) -> None:
        out = backlinks("reclassify", "acme.example", "--brand", "Coyote", "--format", "csv", cwd=home)[1]
        assert '"anchor_type","other","branded",1' in out
        code, out, err = backlinks("reclassify", "--brand", "Coyote", cwd=home)
        assert (code, out) == (2, "")
        assert err.startswith("error: --brand: of which target?\nhint: ")

    def test_an_unknown_target(self, home: Path) -> None:
        code, _, err = backlinks("reclassify", "unknown.example", cwd=home)
        assert code == 2
        assert "looked for unknown.example" in err


def test_compact_says_how_many_files_are_left(home: Path) -> None:
    line = said(home, "compact")
    assert line.startswith(f"Files of {home}/data/index: ")
    assert "links 2 to 1" in line
    assert "visits 2 to 1" in line
    assert len(stored(home / "data/index", "links")) == 2


class TestForget:
    def test_it_must_be_said_twice(self, home: Path) -> None:
        code, out, err = backlinks("forget", "acme.example", cwd=home)
        assert (code, out) == (2, "")
        assert "2 links" in err.splitlines()[0]
        assert err.splitlines()[1] == "hint: say --yes to do it"
        assert len(stored(home / "data/index", "links")) == 2

    def test_it_leaves_nothing(self, home: Path) -> None:
        assert said(home, "forget", "acme.example", "--yes").startswith(
            "2 links to acme.example and their history are removed"
        )
        for table in ("links", "visits", "backlinks", "events", "summaries"):
            assert stored(home / "data/index", table) == [], table
        code, out, _ = backlinks("targets", "--format", "jsonl", cwd=home)
        assert (code, [json.loads(line)["backlinks"] for line in out.splitlines()]) == (0, [0])
        said(home, "rebuild")
        assert stored(home / "data/index", "backlinks") == []

    @pytest.mark.parametrize(("answer", "left"), [("n", 2), ("y", 0)])
    def test_on_a_terminal_it_asks(self, home: Path, answer: str, left: int) -> None:
        terminal, end = pty.openpty()
        program = [
            sys.executable,
            "-c",
            "from backlink_crawler.cli import main; main()",
            "forget",
            "acme.example",
        ]
        os.write(terminal, f"{answer}\n".encode())
        try:
            asked = subprocess.run(
                program, cwd=home, stdin=end, stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)},
                timeout=SECONDS, check=False, text=True,
            )  # fmt: skip
        finally:
            os.close(terminal)
            os.close(end)
        assert asked.returncode == 0, asked.stderr
        assert "Remove 2 links to acme.example" in asked.stderr
        assert ("Nothing was removed." in asked.stderr) == bool(left)
        assert len(stored(home / "data/index", "links")) == left

    def test_a_misspelt_target_is_not_guessed(self, home: Path) -> None:
        code, _, err = backlinks("forget", "acne.example", "--yes", cwd=home)
        assert code == 2
        assert "did you mean acme.example?" in err


def test_upgrade_leaves_an_index_of_today_alone(home: Path) -> None:
    assert said(home, "upgrade") == f"{home}/data/index is up to date: format {FORMAT}."


def test_upgrade_brings_an_older_index_along(home: Path) -> None:
    old = _of_format_1(home / "data/index")
    code, _, err = backlinks("compact", "--index", str(old), cwd=home)
    assert code == 5, err
    assert f"backlinks upgrade --index {old}" in err
    assert (
        said(home, "upgrade", "--index", str(old))
        == f"{old} is upgraded to format {FORMAT}, with the history of 2 pages."
    )
    assert len(stored(old, "backlinks")) == 2
    assert stored(old, "visits")[0]["requested_key"] in ("blog.example/post", "forum.example/thread")
    assert said(home, "upgrade", "--index", str(old)).endswith(f"is up to date: format {FORMAT}.")


def _of_format_1(of_today: Path) -> Path:
    """The facts of an index of today as the first version kept them."""
    old = of_today.with_name("old")
    new_columns = {"requested_key", "kept_for"}
    for name in ("visits", "crawls", "links"):
        rows = pa.Table.from_pylist(stored(of_today, name), schema=TABLES[name])
        kept = [column for column in rows.column_names if column not in new_columns]
        mark = CommitProperties(app_transactions=[Transaction(FORMAT_APP, 1)])
        write_deltalake(f"{old}/{name}", rows.select(kept), commit_properties=mark)
    return old


def test_rebuild_makes_the_same(home: Path) -> None:
    before = {name: stored(home / "data/index", name) for name in ("backlinks", "events")}
    assert said(home, "rebuild") == f"{home}/data/index is rebuilt: 2 pages of 1 targets."
    assert {name: stored(home / "data/index", name) for name in before} == before


@pytest.mark.parametrize("command", UPKEEP)
def test_none_makes_an_index(tmp_path: Path, command: str) -> None:
    target = ["acme.example"] if command == "forget" else []
    code, out, err = backlinks(command, *target, cwd=tmp_path)
    assert (code, out) == (5, "")
    assert err.startswith(f"error: there is no index at {tmp_path}/data/index\n")
    assert not list(tmp_path.iterdir())
