"""How a run ends for the shell."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, cast

import pytest

from backlink_crawler.errors import UsageError
from backlink_crawler.runner import exit_code


@pytest.fixture
def task() -> Iterator[asyncio.Future[Any]]:
    loop = asyncio.new_event_loop()
    yield loop.create_future()
    loop.close()


def test_a_run_that_was_interrupted_before_it_began_is_interrupted(task: asyncio.Future[Any]) -> None:
    assert exit_code(task, cast("Any", None)) == 130


def test_a_run_that_cannot_begin_says_why(
    task: asyncio.Future[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    task.set_exception(UsageError("no seeds", "give some"))
    assert exit_code(task, cast("Any", None)) == 2
    assert capsys.readouterr().err == "error: no seeds\nhint: give some\n"
