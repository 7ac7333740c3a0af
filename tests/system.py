"""System packages that a test needs: installed when that can be done, else the test is skipped by name."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_INSTALL = ("apt-get", "install", "--yes", "--quiet", "--no-install-recommends")
_WAIT = "DPkg::Lock::Timeout=600"  # seconds, for another program that installs something
_KEEP_DOCUMENTATION = "Dpkg::Options::=--path-include=/usr/share/doc/*"  # container images leave it out
_MINUTES = 15


def require(packages: tuple[str, ...]) -> None:
    """Return when all these Debian packages are installed, which root on Debian has done here and now.

    Otherwise the test is skipped with the command that would install them; with ``BACKLINKS_NO_SKIP=1`` it fails.
    """
    if not (missing := _missing(packages)):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        with _one_at_a_time():
            said = _install(missing) if (missing := _missing(packages)) else ""
        if not (missing := _missing(packages)):
            return
    else:
        said = "only root can install them, on Debian"
    command = " ".join((*_INSTALL[:2], *_INSTALL[4:], *missing))
    lacks(f"needs the Debian packages {', '.join(missing)} ({said}); install them: {command}")


def lacks(reason: str) -> None:
    """Skip the test for something the machine lacks; with ``BACKLINKS_NO_SKIP=1`` that is a failure."""
    if os.environ.get("BACKLINKS_NO_SKIP") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def _missing(packages: tuple[str, ...]) -> tuple[str, ...]:
    """Those that dpkg does not know as installed."""
    if not shutil.which("dpkg-query"):
        return packages
    query = ("dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status}\n", *packages)
    listed = subprocess.run(query, capture_output=True, text=True, check=False).stdout.splitlines()
    return tuple(package for package in packages if f"{package} installed" not in listed)


def _install(packages: tuple[str, ...]) -> str:
    """Install them, with new package lists when the old ones do not do; returns the last line of what went wrong."""
    install = (*_INSTALL, "-o", _KEEP_DOCUMENTATION, "-o", _WAIT, *packages)
    for command in (install, ("apt-get", "update", "--quiet"), install):
        try:
            done = _run(command)
        except subprocess.TimeoutExpired:
            return f"apt-get took more than {_MINUTES} minutes"
        if command == install and done.returncode == 0:
            return ""
    return (done.stderr.strip().splitlines() or ["apt-get failed"])[-1]


def _run(command: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment["DEBIAN_FRONTEND"] = "noninteractive"
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment, timeout=_MINUTES * 60
    )


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Test processes take turns: apt-get refuses a second one."""
    with (Path(tempfile.gettempdir()) / "backlink_crawler-tests.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
