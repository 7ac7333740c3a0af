"""What one process costs: its processor time and its peak memory, as the kernel counted them (wait4(2))."""

from __future__ import annotations

import os
import re
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LIMIT = 1_800
"""Seconds after which a process that does not end is killed."""
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024
_NOT_INHERITED = re.compile(r"_proxy$|^SCRAPY_|^BACKLINKS_", re.IGNORECASE)
"""Environment variables that would change what is measured."""


class Failed(Exception):
    """A measured process did not do what it should have done: its figures mean nothing."""


@dataclass(frozen=True)
class Usage:
    """Seconds of processor time (user and system, all threads), seconds by the clock, peak resident bytes."""

    cpu: float
    wall: float
    peak: int

    @property
    def peak_mb(self) -> float:
        """Peak resident memory in megabytes of 1,000,000 bytes."""
        return self.peak / 1e6


def run(command: Sequence[str | Path], folder: Path, environment: Mapping[str, str] | None = None) -> Usage:
    """Run a command in a folder until it ends; raises Failed with the end of its output unless it exits with 0.

    The kernel counts what the parent held when it started the child towards the child's peak, so that a program
    that measures memory must itself stay small: it imports nothing large.
    """
    inherited = {name: value for name, value in os.environ.items() if not _NOT_INHERITED.search(name)}
    log = folder / "output.log"
    with log.open("wb") as output:
        started = time.perf_counter()
        child = subprocess.Popen(
            list(map(str, command)),
            cwd=folder,
            env={**inherited, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
        limit = threading.Timer(LIMIT, os.kill, (child.pid, signal.SIGKILL))
        limit.start()
        _, status, spent = os.wait4(child.pid, 0)
        wall = time.perf_counter() - started
        limit.cancel()
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        tail = log.read_text("utf-8", "replace")[-2_000:]
        raise Failed(f"{' '.join(map(str, command))}: exit code {child.returncode}\n{tail}")
    return Usage(spent.ru_utime + spent.ru_stime, wall, spent.ru_maxrss * _RSS_UNIT)


def median(usages: Iterable[Usage]) -> Usage:
    """The median of each figure by itself."""
    kept = list(usages)
    return Usage(
        statistics.median(usage.cpu for usage in kept),
        statistics.median(usage.wall for usage in kept),
        int(statistics.median(usage.peak for usage in kept)),
    )


def tool(name: str) -> Path:
    """A program of the environment that runs this one."""
    return Path(sys.executable).with_name(name)


def verdict(ratio: float, goal: float) -> str:
    """A ratio against the most it should be: ``0.27 (goal 0.30: met)``."""
    return f"{ratio:.2f} (goal at most {goal:.2f}: {'met' if ratio <= goal else 'MISSED'})"
