"""A job: what makes one crawl the same crawl when it is started again. One process works on a job at a time."""

from __future__ import annotations

import fcntl
import hashlib
import json
import re
import sqlite3
import uuid
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import attrs

from ..errors import IndexFault, RunningError, UsageError
from .clock import utc_now
from .store import JobStore, fault

if TYPE_CHECKING:
    from .exchange import Exchange
    from .scope import Scope


def job_name(target: str, identity: Mapping[str, Any]) -> str:
    """A file name that people recognise, unique to the arguments in ``identity``."""
    digest = hashlib.blake2b(json.dumps(identity, sort_keys=True).encode(), digest_size=4).hexdigest()
    readable = re.sub(r"[^a-z0-9.-]+", "-", target.lower()).strip("-.")[:60] or "all-links"
    return f"{readable}-{digest}"


@attrs.define
class Job:
    """An open job. ``app`` names it to the index, ``crawl_id`` names this round, the ``number``th, and is one for all shards
    of a crawl; ``resumed`` tells that it goes on.
    """

    name: str
    path: Path
    store: JobStore
    app: str
    number: int
    crawl_id: str
    resumed: bool
    reopened: bool
    """It goes on although its round had ended: there is nothing to begin, only what was handed over."""
    since: str
    """When the round before this one began (ISO 8601); empty for the first."""
    _lock: IO[str]

    @classmethod
    def open(
        cls,
        directory: Path,
        name: str,
        *,
        index: str = "",
        run: str = "",
        new_round: bool = True,
        scope: Scope | None = None,
        most_hosts: int = 0,
        exchange: Exchange | None = None,
    ) -> Job:
        """Take up an unfinished round, or begin a new one. A shard has an ``exchange``: its last round goes on, too, where
        others handed something over since. Without ``new_round`` a round that has ended is taken up in any case.

        ``scope`` and ``most_hosts`` bound what is taken up; ``index`` is where the job's facts go. Raises
        IndexFault when another process has the job, and UsageError when it has facts for another index.
        """
        path = directory / f"{name}.sqlite"
        with ExitStack() as opened:
            lock = opened.enter_context(_lock(path, name))
            store = JobStore(path)
            opened.callback(store.close)
            store.run, store.shard = run, exchange.shard if exchange else None
            store.most_hosts = most_hosts
            if scope is not None:
                store.bounded_depth, store.bounded_hops = bool(scope.depth), bool(scope.hops)
            _of_one_index(store, name, index)
            state, number = store.get("state"), int(store.get("round") or 0)
            reopened = state == "finished" and (
                not new_round or (exchange is not None and bool(store.add_handed(exchange.handed(number))))
            )
            resumed = state == "running" or reopened
            app = store.get("app") or uuid.uuid4().hex
            try:
                if resumed:
                    store.put(state="running")
                else:
                    number = max(number + 1, exchange.round_to_join() if exchange else 0)
                    crawl_id = exchange.crawl_id(number) if exchange else f"{name}-{app[:8]}-{number}"
                    store.clear(
                        app=app, round=str(number), crawl_id=crawl_id, state="running", seeded="",
                        index=index, since=store.get("begun") or "", begun=utc_now(),
                    )  # fmt: skip
            except sqlite3.Error as error:
                raise fault(path, error) from error
            words = store.get("crawl_id") or "", store.get("since") or ""
            opened.pop_all()
        return cls(name, path, store, app, number, words[0], resumed, reopened, words[1], lock)

    @property
    def round_name(self) -> str:
        """A name that this round of this job shares with no other, not even with another shard's."""
        return f"{self.name}-{self.app[:8]}-{self.number}"

    def finish(self) -> None:
        """The round has ended by itself: the same command starts a new one."""
        self.store.put(state="finished")

    def close(self) -> None:
        """Close the file and let others have the job."""
        self.store.close()
        self._lock.close()


def _lock(path: Path, name: str) -> IO[str]:
    """The lock of a job, held until it is closed. Raises IndexFault when another process has it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.with_suffix(".lock").open("w")
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise RunningError(
            f"the job {name} is running in another process",
            "wait for it, give this run another name with job=NAME, or have it skipped with if_running=skip",
        ) from None
    except OSError as error:
        raise IndexFault(
            f"the job directory {path.parent} cannot be written: {error.strerror}",
            "choose another with jobs=DIR",
        ) from None
    return lock


def _of_one_index(store: JobStore, name: str, index: str) -> None:
    """A round that has not ended, and facts on their way, belong to the index that they were read for."""
    other = store.get("index")
    if other and other != index and (store.get("state") == "running" or store.outbox.waiting()):
        raise UsageError(
            f"the job {name} has pages for the index {other}",
            "let it end there, or give this run another name with job=NAME",
        )
