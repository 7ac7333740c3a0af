"""A job: what makes one crawl the same crawl when it is started again. One process works on a job at a time."""

from __future__ import annotations

import fcntl
import hashlib
import json
import re
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import attrs

from ..errors import IndexFault
from .store import JobStore


def job_name(target: str, identity: Mapping[str, Any]) -> str:
    """A file name that people recognise, unique to the arguments in ``identity``."""
    digest = hashlib.blake2b(json.dumps(identity, sort_keys=True).encode(), digest_size=4).hexdigest()
    readable = re.sub(r"[^a-z0-9.-]+", "-", target.lower()).strip("-.")[:60] or "all-links"
    return f"{readable}-{digest}"


@attrs.define
class Job:
    """An open job. ``app`` names it to the index, ``crawl_id`` names this round, ``resumed`` tells that it goes on."""

    name: str
    path: Path
    store: JobStore
    app: str
    crawl_id: str
    resumed: bool
    _lock: IO[str]

    @classmethod
    def open(cls, directory: Path, name: str) -> Job:
        """Take up an unfinished round, or begin a new one. Raises IndexFault when another process has the job."""
        path = directory / f"{name}.sqlite"
        try:
            directory.mkdir(parents=True, exist_ok=True)
            lock = path.with_suffix(".lock").open("w")
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise IndexFault(
                f"the job {name} is running in another process",
                "wait for it, or give this run another name with job=NAME",
            ) from None
        except OSError as error:
            raise IndexFault(
                f"the job directory {directory} cannot be written: {error.strerror}",
                "choose another with jobs=DIR",
            ) from None
        store = JobStore(path)
        resumed = store.get("state") == "running"
        app = store.get("app") or uuid.uuid4().hex
        if not resumed:
            number = int(store.get("round") or 0) + 1
            store.clear(
                app=app, round=str(number), crawl_id=f"{name}-{app[:8]}-{number}", state="running", seeded=""
            )
        return cls(name, path, store, app, store.get("crawl_id") or "", resumed, lock)

    def finish(self) -> None:
        """The round has ended by itself: the same command starts a new one."""
        self.store.put(state="finished")

    def close(self) -> None:
        """Close the file and let others have the job."""
        self.store.close()
        self._lock.close()
