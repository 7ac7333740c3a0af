"""How a run ends for the shell."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, cast

import pytest
from scrapy.utils.test import get_crawler

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
    assert exit_code(task, get_crawler()) == 2
    assert capsys.readouterr().err == "error: no seeds\nhint: give some\n"


def test_a_run_with_a_log_file_says_it_there_too(
    task: asyncio.Future[Any], caplog: pytest.LogCaptureFixture
) -> None:
    task.set_exception(UsageError("no\nseeds", "give some"))
    assert exit_code(task, get_crawler(settings_dict={"LOG_FILE": "job.log"})) == 2
    assert caplog.messages == ["no seeds (hint: give some)"]
