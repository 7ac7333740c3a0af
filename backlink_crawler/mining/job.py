"""A mining job from its beginning to its summary: archives become parts, parts go into the index, and then they are done.

Killed at any moment nothing is lost or stored twice: a part is there whole or not at all, and the index takes it over once. One
process works on a job at a time. The same command goes on with what is not done.
"""

from __future__ import annotations

import fcntl
import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import IO, Any

from ..errors import ArchiveFault, BacklinkError, IndexFault, RunningError
from .done import Done
from .note import Notes
from .part import Broken, Part, drop, parts_on
from .paths import Archive
from .plan import Plan
from .pool import Failed, Pool, Work
from .progress import Progress
from .shelf import Folder
from .summary import begun, end
from .takeover import MOST_PARTS, MOST_ROWS, take_over

logger = logging.getLogger(__name__)

SECONDS_BETWEEN = 60.0
"""Parts wait no longer to be stored."""
ASKED_AT_ONCE = 64
"""Archives that the index is asked for together."""


class Mining:
    """One run of a job, which it holds from now on, so that no other process works on it.

    ``stop`` ends the run soon, and cleanly; ``run`` names it in the index. Raises RunningError, and IndexFault where the job
    cannot be kept.
    """

    def __init__(self, plan: Plan, run: str, stop: threading.Event) -> None:
        self.plan = plan
        self.name = plan.name
        self.crawl_id = plan.crawl_id
        self.store = Notes(plan.directory)
        """What it says of itself."""
        self.progress = Progress(len(plan.archives))
        self.run_id = run
        self.started_at = datetime.now(UTC)
        self._stop = stop
        self._lock = _lock(plan)
        self._shelf = Folder(plan.directory)
        self._taken_at = time.monotonic()
        self._mined: set[str] = set()
        self._lost: dict[str, Failed] = {}
        """Archives whose parts are broken, until they are mined anew."""

    def close(self) -> None:
        """Leave the job to others."""
        self._lock.close()

    def run(self, settle: Callable[[], object]) -> dict[str, Any]:
        """Mine what is not done, store it, and ``settle`` what that means for the history; the summary, with the exit code."""
        fault: BacklinkError | None = None
        try:
            self._mine()
            if not self._stop.is_set():
                settle()
        except BacklinkError as error:
            fault = error
        except Exception as error:
            logger.exception("mining ended")
            fault = BacklinkError(f"{type(error).__name__}: {error}", "report the traceback in the log")
        self.progress.failed += self._lost.values()
        return end(self, fault, is_stopped=self._stop.is_set())

    def _mine(self) -> None:
        plan = self.plan
        self._shelf.tidy()
        self._done = Done(plan.index, plan.directory)
        plan.index.record_crawl(begun(self))
        listed = {one.file for one in plan.archives}
        for part in parts_on(self._shelf, self._lose):
            self.progress.archives += (
                part.file not in listed
            )  # such as one that was mined, and is not there any more
            self._take(part)
        self._take_over()
        work = Work(plan.targets, plan.directory, plan.crawl_id, plan.provenance)
        try:
            with Pool(work, plan.processes, on_part=self._take, on_failed=self._fail,
                      on_look=self._look, stop=self._stop) as self._pool:  # fmt: skip
                self._pool.run(self._todo())
        except ArchiveFault:
            self._take_over()
            raise
        finally:
            self.progress.under_way = []
            self._shelf.tidy()
        self._take_over()

    def _todo(self) -> Iterator[Archive]:
        """The archives that the index does not have, asked for as they are wanted."""
        plan = self.plan
        for begin in range(0, len(plan.archives), ASKED_AT_ONCE):
            batch = {
                Part(one.file, one.kind, plan.crawl_id, plan.provenance).app: one
                for one in plan.archives[begin : begin + ASKED_AT_ONCE]
            }
            known = self._done.of(batch)
            self.progress.known += len(known - self._mined)
            yield from (one for app, one in batch.items() if app not in known)

    def _take(self, part: Part) -> None:
        """A part is done, and waits for others to be stored with it."""
        self.progress.waiting.append(part)
        self._mined.add(part.app)
        self._lost.pop(part.file, None)

    def _fail(self, failed: Failed) -> None:
        """An archive cannot be mined."""
        self.progress.failed.append(failed)
        self._lost.pop(failed.file, None)

    def _lose(self, broken: Broken) -> None:
        """A part is broken: its archive is not done, and is mined anew, now or by the next run."""
        logger.warning("%s", broken.reason)
        self.progress.broken.append(broken.reason)
        if broken.part is None:
            return
        file = broken.part.file
        self._mined.discard(broken.part.app)
        if any(one.file == file for one in self.plan.archives):
            self._lost[file] = Failed(file, broken.reason)
        else:
            self.progress.archives -= 1

    def _look(self) -> None:
        """Show how far it is, and store what waits long enough, or is enough."""
        self.progress.under_way, self.progress.bytes = self._pool.under_way, self._pool.bytes
        waiting = self.progress.waiting
        is_much = len(waiting) >= MOST_PARTS or sum(part.links for part in waiting) >= MOST_ROWS
        if is_much or time.monotonic() - self._taken_at > SECONDS_BETWEEN:
            self._take_over()

    def _take_over(self) -> None:
        if waiting := self.progress.waiting:
            take_over(self.plan.index, self._shelf, waiting, self._lose)
            stored = [part for part in waiting if part.app in self._mined]
            self._done.note([part.app for part in stored])
            self.progress = self.progress.stored(stored)
            for part in stored:
                drop(self._shelf, part)
        self._taken_at = time.monotonic()


def _lock(plan: Plan) -> IO[str]:
    """The lock of a job, held until it is closed."""
    directory = plan.directory
    try:
        directory.mkdir(parents=True, exist_ok=True)
        lock = (directory / "lock").open("w")
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise RunningError(
            f"the job {plan.name} is running in another process",
            "wait for it, or have this run skipped with if_running=skip",
        ) from None
    except OSError as error:
        reason = f"the job {directory} cannot be kept: {error.strerror}"
        raise IndexFault(reason, "choose another place with jobs=DIR") from None
    return lock
