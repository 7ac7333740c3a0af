"""A job: what makes one crawl the same crawl when it is started again. One process works on a job at a time."""

from __future__ import annotations

import fcntl
import hashlib
import json
import re
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import attrs

from ..errors import IndexFault, RunningError
from .store import JobStore

if TYPE_CHECKING:
    from .exchange import Exchange


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
    _lock: IO[str]

    @classmethod
    def open(
        cls,
        directory: Path,
        name: str,
        *,
        run: str = "",
        new_round: bool = True,
        nearest: bool = False,
        most_hosts: int = 0,
        exchange: Exchange | None = None,
    ) -> Job:
        """Take up an unfinished round, or begin a new one. A shard has an ``exchange``: its last round goes on, too, where
        others handed something over since. Without ``new_round`` a round that has ended is taken up in any case.

        ``nearest`` and ``most_hosts`` are as in :class:`.store.JobStore`. Raises IndexFault when another process has the job.
        """
        path = directory / f"{name}.sqlite"
        lock = _lock(path, name)
        store = JobStore(path)
        store.run, store.shard = run, exchange.shard if exchange else None
        store.nearest, store.most_hosts = nearest, most_hosts
        state, number = store.get("state"), int(store.get("round") or 0)
        resumed = state == "running" or (
            state == "finished" and (not new_round or (exchange is not None and _is_wanted(store, exchange)))
        )
        app = store.get("app") or uuid.uuid4().hex
        if resumed:
            store.put(state="running")
        else:
            number = max(number + 1, exchange.latest_round() if exchange else 0)
            crawl_id = exchange.crawl_id(number) if exchange else f"{name}-{app[:8]}-{number}"
            store.clear(app=app, round=str(number), crawl_id=crawl_id, state="running", seeded="")
        return cls(name, path, store, app, number, store.get("crawl_id") or "", resumed, lock)

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


def _is_wanted(store: JobStore, exchange: Exchange) -> bool:
    """Was something handed over that the last round does not know?"""
    return bool(store.add_handed(exchange.handed(store.get("crawl_id") or "")))
