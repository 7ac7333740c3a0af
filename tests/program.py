"""The command line, run as a person runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SECONDS = 600
"""For a command that ends by itself: one that takes longer hangs."""


def backlinks(*arguments: str, cwd: Path | None = None, **environment: str) -> tuple[int, str, str]:
    """(exit code, standard output, standard error) of a ``backlinks`` command, without what this machine has configured."""
    program = [sys.executable, "-c", "from backlink_crawler.cli import main; main()", *arguments]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("BACKLINKS_", "AWS_"))}
    search = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    ran = subprocess.run(
        program, capture_output=True, cwd=cwd, timeout=SECONDS, check=False, stdin=subprocess.DEVNULL,
        env={**clean, "PYTHONPATH": search, "COLUMNS": "200", **environment},
    )  # fmt: skip
    return ran.returncode, ran.stdout.decode(), ran.stderr.decode()
