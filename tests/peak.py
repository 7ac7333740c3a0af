"""The peak memory of a process that a test started."""

from __future__ import annotations

import subprocess
import time
from contextlib import suppress
from pathlib import Path


def watch(process: subprocess.Popen[bytes], seconds: float) -> float:
    """Wait for its end; its peak resident memory in MB (what wait4(2) tells would count the parent's own in)."""
    peak = 0
    until = time.monotonic() + seconds
    while process.poll() is None:
        assert time.monotonic() < until, "it does not end by itself"
        with suppress(OSError):
            for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
                peak = max(peak, int(line.split()[1]) if line.startswith("VmHWM") else 0)
        time.sleep(0.05)
    return peak / 1000
