"""Environments in which the package is not installed from the checkout, and copies of the checkout to build from."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOOPBACK = ROOT / "tests" / "loopback"
_LEFT_OUT = shutil.ignore_patterns(
    ".*", "__pycache__", "*.egg-info", "build", "dist", "data", "demo", "_build"
)


def dependencies_only(directory: Path) -> Path:
    """A virtual environment with all that is installed here but the package itself; returns its Python.

    The files are those of this environment, by symbolic link. What makes it find the checkout, an editable install's
    ``.pth`` and metadata, is left behind, and so is every other ``.pth``.
    """
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", directory], check=True)
    library = next(directory.glob("lib/python3*/site-packages"))
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if "backlink_crawler" not in entry.name and entry.suffix != ".pth":
            (library / entry.name).symlink_to(entry)
    return directory / "bin" / "python"


def clean_environment(**variables: str) -> dict[str, str]:
    """The environment of a process that knows nothing of the checkout, of this machine's configuration, or of its keys."""
    ours = ("BACKLINKS_", "AWS_", "SCRAPY", "PYTHON", "COVERAGE")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**inherited, "PYTHONPATH": str(LOOPBACK), "no_proxy": "127.0.0.1", **variables}


def copy_of_checkout(directory: Path) -> Path:
    """What a fresh clone holds of the package and of how it is built; nothing that is built lands in the checkout."""
    return Path(shutil.copytree(ROOT, directory, ignore=_LEFT_OUT))


def build_wheel(directory: Path) -> Path:
    """The wheel of the checkout."""
    checkout = copy_of_checkout(directory / "checkout")
    _pip("wheel", "--no-build-isolation", "-w", str(directory), str(checkout))
    return next(directory.glob("*.whl"))


def install(wheel: Path, python: Path) -> None:
    """Install a wheel, and nothing it depends on, into the environment of a Python."""
    _pip("--python", str(python), "install", str(wheel))


def _pip(*arguments: str) -> None:
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input")
    subprocess.run([*pip, *arguments, "--no-deps", "--no-index"], check=True, env=clean_environment())
