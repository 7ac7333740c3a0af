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
from .part import Part, drop, parts_on
from .paths import Archive
from .plan import Plan
from .pool import Pool, Work
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
        self.progress = Progress(len(plan.archives))
        self.run_id = run
        self.started_at = datetime.now(UTC)
        self._stop = stop
        self._lock = _lock(plan)
        self._shelf = Folder(plan.directory)
        self._waiting: list[Part] = []
        self._taken_at = time.monotonic()
        self._mined: set[str] = set()

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
        finally:
            self._lock.close()
        return end(self, fault, is_stopped=self._stop.is_set())

    def _mine(self) -> None:
        plan, progress = self.plan, self.progress
        self._shelf.tidy()
        self._done = Done(plan.index, plan.directory)
        plan.index.record_crawl(begun(self))
        for part in parts_on(self._shelf):
            self._take(part)
        self._take_over()
        work = Work(plan.targets, plan.directory, plan.crawl_id, plan.provenance)
        try:
            with Pool(work, plan.processes, on_part=self._take, on_failed=progress.failed.append,
                      on_look=self._look, stop=self._stop) as self._pool:  # fmt: skip
                self._pool.run(self._todo())
        except ArchiveFault:
            self._take_over()
            raise
        finally:
            progress.under_way = []
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
        self._waiting.append(part)
        self._mined.add(part.app)
        self.progress.add(part)

    def _look(self) -> None:
        """Show how far it is, and store what waits long enough, or is enough."""
        self.progress.under_way = self._pool.under_way
        is_much = len(self._waiting) >= MOST_PARTS or sum(part.links for part in self._waiting) >= MOST_ROWS
        if is_much or time.monotonic() - self._taken_at > SECONDS_BETWEEN:
            self._take_over()

    def _take_over(self) -> None:
        if self._waiting:
            take_over(self.plan.index, self._shelf, self._waiting)
            self._done.note([part.app for part in self._waiting])
            for part in self._waiting:
                drop(self._shelf, part)
            self._waiting = []
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
