"""Runs handed to the servers: who is there, what runs already, and each shard where it ran before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from .plan import RunId, placed
from .server import Server, ServerFault, ask_all

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .watch import Watch


@attrs.define
class Dispatch:
    """The shards of one crawl, the servers they run on, and what each run is told. ``watch`` follows what is scheduled."""

    name: str
    count: int
    servers: list[Server]
    arguments: Mapping[str, str]
    settings: Mapping[str, str]
    watch: Watch
    _places: dict[int, Server] = attrs.field(factory=dict)

    def check(self) -> None:
        """Prove that every server can run it. Raises ServerFault: nothing was scheduled anywhere."""
        answers = ask_all(self.servers, lambda server: server.check(self.watch.project, self.watch.spider))
        faults = [fault for fault in answers.values() if isinstance(fault, ServerFault)]
        if faults:
            raise ServerFault("; ".join(fault.reason for fault in faults), faults[0].hint)

    def take_up(self) -> set[int]:
        """Learn where the shards ran before, and watch those that are under way; returns these. Raises ServerFault."""
        latest: dict[int, RunId] = {}
        before: dict[int, str] = {}
        for server, jobs in ask_all(self.servers, lambda server: server.jobs(self.watch.project)).items():
            if isinstance(jobs, ServerFault):
                raise jobs
            for job, state in jobs.items():
                run = RunId.read(job, self.name, self.count)
                if run is not None and state != "finished":
                    self.watch.add(run, server)
                if run is not None and (run.shard not in latest or latest[run.shard].order < run.order):
                    latest[run.shard], before[run.shard] = run, server.url
        by_url = {server.url: server for server in self.servers}
        places = placed(self.count, list(by_url), before)
        self._places = {shard: by_url[url] for shard, url in places.items()}
        return {one.run.shard for one in self.watch.runs}

    def schedule(self, wanted: Mapping[int, bool], stamp: str, wave: int) -> None:
        """Schedule shards, each with whether it may begin a new round; what a server refuses is watched as refused."""
        runs = [RunId(self.name, shard, self.count, stamp, wave) for shard in wanted]

        def on(server: Server) -> dict[RunId, ServerFault | None]:
            faults: dict[RunId, ServerFault | None] = {}
            for run in runs:
                if self._places[run.shard] == server:
                    broken = next(filter(None, faults.values()), None)
                    faults[run] = broken or self._schedule(server, run, anew=wanted[run.shard])
            return faults

        for server, faults in ask_all(self.servers, on).items():
            assert not isinstance(faults, ServerFault)
            for run, fault in faults.items():
                self.watch.add(run, server, fault)

    def _schedule(self, server: Server, run: RunId, *, anew: bool) -> ServerFault | None:
        own = {"shard": f"{run.shard}/{run.count}", **({} if anew else {"new_round": "no"})}
        said = {**self.arguments, **own}
        try:
            server.schedule(self.watch.project, self.watch.spider, str(run), said, self.settings)
        except ServerFault as fault:
            return fault
        return None
