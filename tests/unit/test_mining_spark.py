"""What is said before Spark is started, and of what it says."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import pytest

from backlink_crawler.classify.target import Targets, parse_target
from backlink_crawler.errors import UsageError
from backlink_crawler.mining.pool import Work
from backlink_crawler.mining.spark import _cause, packed, run
from tests.program import ROOT

PYTHON = """Job aborted due to stage failure: Task 0 in stage 0.0 failed 4 times, most recent failure: Lost task 0.3 in stage 0.0
org.apache.spark.api.python.PythonException: Traceback (most recent call last):
  File "/usr/lib/python3/worker.py", line 1, in main
    process()
ModuleNotFoundError: No module named 'isal'

	at org.apache.spark.api.python.BasePythonRunner$ReaderIterator.handlePythonException(PythonRunner.scala:1)
"""


def mine(master: str, out: Path) -> None:
    run(master, [], Work(Targets([parse_target("acme.example")]), str(out), "c", "commoncrawl"))


@pytest.mark.parametrize("master", ["", "spark", "local[2", "yarn2", "http://127.0.0.1:7077"])
def test_what_is_no_master_is_told(master: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no master of Spark"):
        mine(master, tmp_path)


def test_java_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(UsageError, match="needs Java"):
        mine("local", tmp_path)


def test_pyspark_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    java = tmp_path / "bin/java"
    java.parent.mkdir()
    java.touch(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(UsageError, match="needs pyspark"):
        mine("local", tmp_path)


def test_all_of_the_program_goes_to_the_executors(tmp_path: Path) -> None:
    with zipfile.ZipFile(packed(tmp_path)) as archive:
        packages = {name for name in archive.namelist() if not name.endswith("/")}
    files = (path for path in (ROOT / "backlink_crawler").rglob("*") if path.is_file())
    assert packages == {
        path.relative_to(ROOT).as_posix() for path in files if "__pycache__" not in path.parts
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (PYTHON, "ModuleNotFoundError: No module named 'isal'"),
        ("\nAll masters are unresponsive! Giving up.\n\tat org.apache.spark", "All masters are unresponsive! Giving up."),
        ("", "RuntimeError"),
    ],
)  # fmt: skip
def test_the_cause_is_what_python_said_or_what_spark_says_first(text: str, said: str) -> None:
    assert _cause(RuntimeError(text)) == said
