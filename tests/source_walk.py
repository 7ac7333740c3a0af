"""A source of discovery asked to its end over a socket, each answer by a new instance that knows the cursor alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from backlink_crawler.classify.target import Target, parse_target
from backlink_crawler.discovery.source import Candidate, Source
from backlink_crawler.discovery.state import State
from backlink_crawler.discovery.web import SourceSettings, Web
from backlink_crawler.errors import SourceFault
from tests.replay_server import ReplayServer, Reply

KEY = "s3cr3t-k3y"
TARGET = parse_target("example.com")


@contextmanager
def web_of(server: ReplayServer, folder: Path, **settings: Any) -> Iterator[Web]:
    """What asks this server, without waiting; what was answered is kept in the folder."""
    chosen = SourceSettings(**{"endpoints": (server.url + "/",), "pause": 0.0, **settings})
    with State(folder / "discovery.db") as state:
        web = Web(chosen, state, user_agent="test", sleep=lambda _: None)
        try:
            yield web
        finally:
            web.close()


def walked(make: type[Source], web: Web, target: Target = TARGET, most: int = 100) -> list[Candidate]:
    """All candidates of a source, in order."""
    candidates: list[Candidate] = []
    text = json.dumps(make().begin(target))
    for _ in range(most):
        answer = make().ask(web, target, json.loads(text))
        candidates += answer.candidates
        if answer.cursor is None:
            return candidates
        text = json.dumps(answer.cursor)
    raise AssertionError(f"no end after {most} answers")


def fault_of(make: type[Source], reply: Reply, folder: Path, **settings: Any) -> SourceFault:
    """What a source raises that always gets this answer."""
    with (
        ReplayServer(reply) as server,
        web_of(server, folder, **settings) as web,
        pytest.raises(SourceFault) as raised,
    ):
        walked(make, web)
    return raised.value


def assert_named(make: type[Source], body: object, folder: Path, **settings: Any) -> None:
    """A source that always gets this JSON raises what a run names as not of the documented form."""
    with (
        ReplayServer(Reply(body)) as server,
        web_of(server, folder, **settings) as web,
        pytest.raises((KeyError, TypeError, ValueError)),
    ):
        walked(make, web)
