"""A place that is named by an empty text is none: not the directory that one happens to be in."""

from __future__ import annotations

import importlib
from keyword import iskeyword
from pathlib import Path

import click
import pytest

from backlink_crawler.cli import COMMANDS, main
from backlink_crawler.cli.place import Place
from backlink_crawler.errors import UsageError
from backlink_crawler.options import collect

WRITING = [
    ("report", "acme.example", "-o", ""), ("export", "acme.example", "-o", " "), ("disavow", "acme.example", "--output="),
    ("crawl", "acme.example", "-o", ""), ("recheck", "acme.example", "-o", ""), ("demo", "--dir", ""),
    ("import", "a.csv", "--rejects", ""),
]  # fmt: skip
READING = [
    ("report", "acme.example", "--index", ""), ("links", "acme.example", "--index="), ("targets", "--index", " "),
    ("compact", "--index", ""), ("import", "a.csv", "--target", "acme.example", "--index", ""), ("status", "--jobs", ""),
]  # fmt: skip


@pytest.mark.parametrize("said", [*WRITING, *READING], ids=" ".join)
def test_on_the_command_line(
    said: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(list(said))
    out, err = capsys.readouterr()
    reason, hint = err.splitlines()
    assert (ended.value.code, out) == (UsageError.exit_code, "")
    assert reason.startswith("error: ")
    assert reason.endswith(("it is empty", "names no place"))
    assert hint.startswith("hint: ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("on", ["spider", "recheck", "mine"])
@pytest.mark.parametrize("name", ["index", "jobs"])
def test_wherever_it_is_said(on: str, name: str) -> None:
    assert collect(on, {name: " here "})[name] == "here"
    for said in ({"arguments": {name: ""}}, {"arguments": {}, "toml": {name: ""}}):
        with pytest.raises(UsageError, match="names no place"):
            collect(on, **said)
    with pytest.raises(UsageError, match=f"environment {name}=: names no place"):
        collect(on, {}, environment={f"BACKLINKS_{name.upper()}": ""})


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_writes_to_another_kind_of_place(name: str) -> None:
    module = importlib.import_module(f"backlink_crawler.cli.{COMMANDS[name][0]}")
    of = name.replace("-", "_")
    command: click.Command = getattr(module, f"{of}_" if iskeyword(of) else of)
    paths = [
        one for one in command.params if isinstance(one, click.Option) and isinstance(one.type, click.Path)
    ]
    assert [one.name for one in paths if not (one.type.exists or isinstance(one.type, Place))] == []
    outputs = [one for one in command.params if "-o" in one.opts]
    assert all(isinstance(one.type, Place) for one in outputs)
