"""A real cluster of Apache Spark on this machine: a master and two workers, each of which is a host of its own to Spark."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import attrs

from tests.program import ROOT
from tests.system import lacks, require

JAVA = "default-jre-headless"
HOSTS = ("127.0.0.1", "127.0.0.2")
"""Of the workers: Spark runs no copy of a task on a host where one runs already."""
_SECONDS = 300
"""How long a process may take to begin."""
_PORT = re.compile(r"Successfully started service '(?:sparkMaster|sparkWorker)' on port (\d+)")
_REGISTERED = "Successfully registered with master"


@attrs.frozen
class Cluster:
    """``master`` is its URL, ``directory`` where all that Spark writes goes, ``python`` what executors run."""

    master: str
    directory: Path
    python: Path

    def submit(self, *arguments: str | Path, **variables: str) -> tuple[int, str]:
        """(exit code, all that it says) of ``spark-submit``, to which the program's two outputs are one."""
        program = [_home() / "bin/spark-submit", "--master", self.master, *arguments]
        ran = subprocess.run(
            program, env=environment(self.directory, PYSPARK_PYTHON=str(self.python), **variables), cwd=self.directory, capture_output=True,
            stdin=subprocess.DEVNULL, timeout=900, check=False, text=True,
        )  # fmt: skip
        return ran.returncode, ran.stderr + ran.stdout


def needed() -> None:
    """Return when Spark can run here; else the test is skipped by the name of what is missing."""
    if not shutil.which("java"):
        require((JAVA,))
    if importlib.util.find_spec("pyspark") is None:
        lacks("needs pyspark; install it: pip install pyspark")


def environment(directory: Path, **variables: str) -> dict[str, str]:
    """What a process of Spark is started with: nothing of this machine's configuration, and its files below ``directory``."""
    ours = ("BACKLINKS_", "AWS_", "SPARK_", "PYSPARK_", "HADOOP_")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {
        **inherited,
        "SPARK_HOME": str(_home()),
        "SPARK_LOCAL_IP": HOSTS[0],
        "JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",  # they live for seconds
        "SPARK_LOCAL_DIRS": str(directory / "scratch"),
        "SPARK_WORKER_DIR": str(directory / "work"),
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
        "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH")))),
        "TMPDIR": str(directory),
        **variables,
    }


@contextmanager
def cluster(directory: Path, python: Path, **variables: str) -> Iterator[Cluster]:
    """A standalone cluster with a core on each of :data:`HOSTS`, whose executors find ``variables`` in their environment."""
    needed()
    with ExitStack() as started:
        begin = (
            "org.apache.spark.deploy.master.Master",
            "--host",
            HOSTS[0],
            "--port",
            "0",
            "--webui-port",
            "0",
        )
        log = started.enter_context(_running(begin, directory, "master", {}))
        master = f"spark://{HOSTS[0]}:{_waited(log, _PORT)}"
        logs = []
        for host in HOSTS:
            begin = (
                "org.apache.spark.deploy.worker.Worker", "--host", host, "--port", "0", "--webui-port", "0",
                "--cores", "1", "--memory", "1g", master,
            )  # fmt: skip
            logs.append(started.enter_context(_running(begin, directory, f"worker-{host}", variables)))
        for log in logs:
            _waited(log, re.compile(f"({_REGISTERED})"))
        yield Cluster(master, directory, python)


@contextmanager
def _running(
    command: Sequence[str], directory: Path, name: str, variables: Mapping[str, str]
) -> Iterator[Path]:
    """A process of Spark, with all that it starts; yields its log."""
    log = directory / f"{name}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [_home() / "bin/spark-class", *command], cwd=directory, env=environment(directory, **variables, SPARK_LOCAL_IP=""),
            stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        yield log
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _waited(log: Path, pattern: re.Pattern[str]) -> str:
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end:
        if found := pattern.search(log.read_text(errors="replace")):
            return found[1]
        time.sleep(0.1)
    raise RuntimeError(f"{log.name}: {log.read_text(errors='replace')[-2000:]}")


def _home() -> Path:
    found = importlib.util.find_spec("pyspark")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent
