"""Packages of npm that a test needs, installed once into a folder beside other temporary files."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.system import lacks, require

SECONDS = 900


def installed(name: str, version: str) -> Path:
    """The folder of that version of a package; without it the test is skipped by name, as :func:`tests.system.require` does."""
    if not shutil.which("npm"):
        require(("nodejs", "npm"))
    home = Path(tempfile.gettempdir(), f"backlink_crawler-{name}-{version}-{os.getuid()}")
    home.mkdir(exist_ok=True, mode=0o700)
    done = home / "installed"
    quiet = ("--no-audit", "--no-fund", "--ignore-scripts")
    command = ("npm", "install", *quiet, "--prefix", str(home), f"{name}@{version}")
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            ran = subprocess.run(
                command,
                capture_output=True,
                text=True,
                check=False,
                timeout=SECONDS,
                stdin=subprocess.DEVNULL,
            )
            if ran.returncode != 0:
                last = (ran.stderr.strip().splitlines() or ["npm failed"])[-1]
                lacks(f"needs {name} {version} of npm ({last}); install it: {' '.join(command)}")
            done.touch()
    return home / "node_modules" / name
