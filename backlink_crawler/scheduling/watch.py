"""Runs on their servers, followed until each has ended, or nothing more is heard of it."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import attrs

from .server import Server, ServerFault, ask_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .plan import RunId

PATIENCE = 120.0
"""Seconds without an answer after which a server counts as lost."""
SECONDS_UNKNOWN = 5.0
"""A job that its server does not know for so long will not come back."""

WAITING, RUNNING, ENDED, CANCELLED, GONE, SILENT, REFUSED = (
    "waiting", "running", "ended", "cancelled", "gone", "silent", "refused",
)  # fmt: skip
UNDER_WAY = frozenset({WAITING, RUNNING})
_STATES = {"pending": WAITING, "running": RUNNING, "finished": ENDED}
_CRAWLED = re.compile(r"Crawled (\d+) pages \(at ")


@attrs.define
class Watched:
    """One run and how it is: a word of this module. ``fault`` says why it was refused."""

    run: RunId
    server: Server
    state: str = WAITING
    fault: ServerFault | None = None
    is_stopped: bool = False
    """We had it end, whatever it makes of that: a run that has only begun to start just ends."""
    pages: int = 0
    """Answers so far, robots.txt among them, as its log last said."""
    _seen: float = 0.0


@attrs.define
class Watch:
    """Some runs of a spider of a project; ``look`` asks their servers once."""

    project: str
    spider: str
    patience: float = PATIENCE
    now: Callable[[], float] = time.monotonic
    runs: list[Watched] = attrs.field(factory=list)

    def add(self, run: RunId, server: Server, fault: ServerFault | None = None) -> None:
        """Watch a run, or keep that it was refused."""
        self.runs.append(Watched(run, server, REFUSED if fault else WAITING, fault, seen=self.now()))

    @property
    def under_way(self) -> list[Watched]:
        """Those that may still do something."""
        return [one for one in self.runs if one.state in UNDER_WAY]

    def look(self) -> None:
        """See how all are that are under way."""
        for server, jobs in ask_all(
            _servers(self.under_way), lambda server: server.jobs(self.project)
        ).items():
            for one in self.under_way:
                if one.server == server:
                    self._judge(one, None if isinstance(jobs, ServerFault) else jobs)

    def _judge(self, one: Watched, jobs: dict[str, str] | None) -> None:
        state = (jobs or {}).get(str(one.run))
        if state is not None:
            one.state, one._seen = _STATES[state], self.now()
        elif self.now() - one._seen > (self.patience if jobs is None else SECONDS_UNKNOWN):
            one.state = SILENT if jobs is None else GONE

    def measure(self) -> None:
        """Learn from the logs of those that run how far they are."""
        running = [one for one in self.runs if one.state == RUNNING]
        tails = ask_all(
            _servers(running), lambda server: [self._tail(one) for one in running if one.server == server]
        )
        for server, said in tails.items():
            for one, tail in zip((one for one in running if one.server == server), said, strict=True):  # type: ignore[arg-type]
                one.pages = int((_CRAWLED.findall(tail) or [one.pages])[-1])

    def _tail(self, one: Watched) -> str:
        return one.server.log_tail(self.project, self.spider, str(one.run))

    def cancel(self) -> list[Watched]:
        """Have all end that are under way; returns those that cannot be told. Of a silent server one run is tried."""
        asked = self.under_way

        def on(server: Server) -> None:
            for one in asked:
                if one.server == server:
                    self._cancel(one)

        answers = ask_all(_servers(asked), on)
        return [one for one in asked if answers[one.server] is not None and not one.is_stopped]

    def _cancel(self, one: Watched) -> None:
        state = one.server.cancel(self.project, str(one.run))
        one.is_stopped = state is not None
        one.state = CANCELLED if state == "pending" else one.state


def _servers(runs: Iterable[Watched]) -> list[Server]:
    return list(dict.fromkeys(one.server for one in runs))
