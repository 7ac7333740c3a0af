"""Several processes that make parts of archives: one that dies takes nobody with it, an archive that fails is tried again.

The processes are spawned, not forked: the libraries that write tables have threads of their own. Each has one archive at a time.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import attrs

from ..errors import ArchiveFault, IndexFault
from .part import Part
from .unit import mine

if TYPE_CHECKING:
    from ..classify.target import Targets
    from .paths import Archive

logger = logging.getLogger(__name__)

TRIES = 3
"""How often an archive is tried; the further ones come after all others."""
IN_A_ROW = 50
"""So many archives without a single success in between, and it is not the archives: the run ends, and the same command goes on."""
SECONDS_TO_LOOK = 0.5
PATIENCE = 5.0
"""Seconds in which a process that hung up is to end by itself, so that the reason is known."""


@attrs.frozen
class Work:
    """What all processes of a run are told. ``into`` is where they put their parts."""

    targets: Targets
    into: Path | str
    crawl_id: str
    provenance: str

    def part_of(self, archive: Archive, on_read: Callable[[int], object] = lambda _: None) -> Part:
        """Mine one archive. Raises what :func:`.unit.mine` does."""
        return mine(
            archive.location, self.targets, self.into, kind=archive.kind, crawl_id=self.crawl_id,
            provenance=self.provenance, file=archive.file, on_read=on_read,
        )  # fmt: skip

    def answer(self, archive: Archive, on_read: Callable[[int], object] = lambda _: None) -> Answer:
        """What comes of an archive; whatever it holds, the others go on."""
        try:
            return self.part_of(archive, on_read)
        except ArchiveFault as fault:
            return Failed(archive.file, fault.reason, isinstance(fault.__cause__, FileNotFoundError))
        except IndexFault as fault:
            return IndexFault(fault.reason, fault.hint)
        except Exception as error:
            logger.exception("%s cannot be mined", archive.file)
            return Failed(archive.file, f"{archive.file}: {type(error).__name__}: {error}")


@attrs.frozen
class Failed:
    """An archive that could not be mined, for people; ``is_missing`` tells that there is no such file."""

    file: str
    reason: str
    is_missing: bool = False


Answer = Part | Failed | IndexFault
"""What came of an archive; the last where its part cannot be kept."""


class Pool:
    """Mines archives with ``processes``. Use it once, as a context manager: at its end no process is left.

    ``on_part`` and ``on_failed`` are called in this thread, with each part that is done and each archive that failed for good;
    ``on_look`` twice a second.
    """

    def __init__(
        self,
        work: Work,
        processes: int,
        *,
        on_part: Callable[[Part], object],
        on_failed: Callable[[Failed], object],
        on_look: Callable[[], object],
        stop: threading.Event,
    ) -> None:
        self._work = work
        self._on_part = on_part
        self._on_failed = on_failed
        self._on_look = on_look
        self._stop = stop
        self._workers: list[_Worker | None] = [None] * processes
        """Made when there is something to do for them."""
        self._again: deque[_Task] = deque()
        self._in_a_row = 0
        self._read = 0
        """By processes that are dead."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in filter(None, self._workers):
            worker.end()

    @property
    def under_way(self) -> list[tuple[Archive, int]]:
        """The archives that are being read, and how many bytes of each were."""
        busy = (worker for worker in self._workers if worker is not None and worker.task is not None)
        return [
            (worker.task.archive, worker.read.value - worker.before)
            for worker in busy
            if worker.task is not None
        ]

    @property
    def bytes(self) -> int:
        """What was read, also of archives that failed."""
        return self._read + sum(int(worker.read.value) for worker in self._workers if worker is not None)

    def run(self, archives: Iterable[Archive]) -> None:
        """Mine them all, or until it is told to stop; they are asked for one by one. Raises IndexFault when parts cannot be kept."""
        todo = map(_Task, archives)
        while not self._stop.is_set() and self._give_out(todo):
            for nth in self._ready():
                self._take(nth)
            self._on_look()

    def _give_out(self, todo: Iterator[_Task]) -> bool:
        """Give every process something to do; is any at work?"""
        for nth, worker in enumerate(self._workers):
            if worker is not None and worker.task is not None:
                continue
            task = next(todo, None) or (self._again.popleft() if self._again else None)
            if task is None:
                break
            self._workers[nth] = worker = worker or _Worker(self._work)
            worker.give(task)
        return any(worker is not None and worker.task is not None for worker in self._workers)

    def _ready(self) -> list[int]:
        """Those that have an answer, or are dead."""
        signs = {
            sign: nth
            for nth, worker in enumerate(self._workers)
            if worker is not None and worker.task is not None
            for sign in worker.signs
        }
        return sorted({signs[sign] for sign in wait(list(signs), SECONDS_TO_LOOK)})

    def _take(self, nth: int) -> None:
        """What came of the archive that a process had."""
        worker = self._workers[nth]
        assert worker is not None
        assert worker.task is not None
        task, answer = worker.task, worker.answer()
        if answer is None:
            self._workers[nth] = None
            self._read += worker.read.value
            answer = Failed(
                task.archive.file, f"{task.archive.file}: its process ended, {worker.end(PATIENCE)}"
            )
        if isinstance(answer, IndexFault):
            raise answer
        if isinstance(answer, Part):
            self._in_a_row = 0
            self._on_part(answer)
            return
        logger.info("try %d of %d: %s", task.tries, TRIES, answer.reason)
        if task.tries < TRIES and not answer.is_missing:
            self._again.append(_Task(task.archive, task.tries + 1))
            return
        self._on_failed(answer)
        self._in_a_row += not answer.is_missing
        if self._in_a_row == IN_A_ROW:
            raise ArchiveFault(f"{IN_A_ROW} archives in a row cannot be read, the last: {answer.reason}")


@attrs.frozen
class _Task:
    archive: Archive
    tries: int = 1


class _Worker:
    """A process, and what it has to do."""

    def __init__(self, work: Work) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._pipe, theirs = spawn.Pipe()
        self.read: Any = spawn.RawValue("Q", 0)
        """Bytes, of all that it was given."""
        self.before = 0
        """Those of archives before this."""
        self.task: _Task | None = None
        self._process = spawn.Process(target=_serve, args=(theirs, work, self.read), daemon=True)
        self._process.start()
        theirs.close()
        self.signs: tuple[Any, ...] = (self._pipe, self._process.sentinel)

    def give(self, task: _Task) -> None:
        """Have it mine an archive."""
        self.task = task
        self.before = self.read.value
        with suppress(OSError):  # where it is dead, which its sentinel tells
            self._pipe.send(task.archive)

    def answer(self) -> Answer | None:
        """What came of it; None when the process died."""
        try:
            answer: Answer = self._pipe.recv()
        except (EOFError, OSError):
            return None
        self.task = None
        return answer

    def end(self, patience: float = 0.0) -> str:
        """End the process, with whatever it is at; how it ended, for people. It may have so many seconds to end by itself."""
        self._process.join(patience)
        self._process.kill()
        self._process.join()
        self._pipe.close()
        code = self._process.exitcode or 0
        return f"signal {-code}" if code < 0 else f"exit code {code}"


def _serve(pipe: Connection, work: Work, read: Any) -> None:
    """What the process does: one archive after the other, until nobody has any more for it."""
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C on a terminal is for the process that knows what to do
    threading.Thread(target=_die_with_parent, daemon=True).start()

    def on_read(size: int) -> None:
        read.value += size

    while True:
        try:
            pipe.send(work.answer(pipe.recv(), on_read))
        except (EOFError, OSError):
            return


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
