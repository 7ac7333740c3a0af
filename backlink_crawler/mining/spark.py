"""Mining on Apache Spark: each archive is a task, which an executor does with the same :func:`~.unit.mine` as any other process.

Parts are put whole or not at all, and who makes one again makes the same one: a task may run twice, at once or after another, and
nothing counts twice. A job that was stopped is given again: what has its part is not mined anew.
https://spark.apache.org/docs/latest/configuration.html
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from ..errors import ArchiveFault, BacklinkError, IndexFault, UsageError
from .part import Part
from .paths import Archive
from .pool import IN_A_ROW, TRIES, Answer, Failed, Work
from .shelf import Folder, shelf_at

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from pyspark import Broadcast, SparkContext, TaskContext

Answered = tuple[str, Answer]
"""What came of the archive of this name."""

SUBMITTED = "submitted"
"""The master of a program that ``spark-submit`` has started, which knows it."""
DEATHS = 3
"""So often an archive may end the process that mines it, before it is left alone: the next could take others with it."""
SETTINGS = {
    "spark.app.name": "backlinks mine",
    "spark.log.level": "ERROR",
    "spark.task.maxFailures": "8",  # of one task, before Spark gives up all: more than we let it come to
}
"""What holds where neither spark-submit nor spark-defaults.conf says otherwise."""
ALONE = {
    "spark.ui.enabled": "false",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
}
"""The same on one machine, where nobody else is to talk to it."""
NO_JAVA = "install one: apt-get install default-jre-headless; or set JAVA_HOME"
NO_SPARK = "pip install 'backlink-crawler[spark]'"
GO_ON = "what has its part is not mined again: give the same command"

_MASTER = re.compile(
    r"(local(?:\[([^\],]+)\])?)|(local(?:-cluster)?\[.+\])|yarn|(?:spark|k8s)://.+|" + SUBMITTED
)
_RAISED = re.compile(r"^(?:[\w.]+\.)?(\w+(?:Error|Exception|Fault)\b.*)$", re.MULTILINE)


@attrs.frozen
class Deadly(Failed):
    """An archive whose process ended each time that it was tried."""


@attrs.frozen
class Mined:
    """What a job came to: all its parts, those that were there before among them, and the archives that have none."""

    parts: list[Part]
    failed: list[Failed]


def run(
    master: str, archives: Sequence[Archive], work: Work, on_ready: Callable[[], object] = lambda: None
) -> Mined:
    """Mine archives on the cluster of ``master``, or as spark-submit has said (:data:`SUBMITTED`).

    ``work.into`` is a directory that all executors share, or ``s3://bucket/prefix``. An archive that fails is tried again, and the
    rest goes on. ``on_ready`` is called before the first. Raises UsageError when Spark does not start or its executors cannot run
    this program, IndexFault when parts cannot be kept, BacklinkError when Spark gives up; what was made stays, and the same call
    goes on.
    """
    shelf = shelf_at(work.into)
    try:
        with _context(master) as spark:
            _prove(spark)
            on_ready()
            return _in_rounds(spark, archives, partial(_mine, told=spark.broadcast(work)))
    finally:
        if isinstance(shelf, Folder):  # processes that were ended left something behind
            shelf.tidy()


def _in_rounds(
    spark: SparkContext, archives: Sequence[Archive], task: Callable[[Iterable[Archive]], Iterable[Answered]]
) -> Mined:
    """All archives, then those again that failed."""
    from py4j.protocol import Py4JJavaError

    known: dict[str, Answer] = {}
    for nth in range(TRIES):
        todo = [one for one in archives if _is_open(known.get(one.file))]
        if not todo:
            break
        try:
            known |= spark.parallelize(todo, len(todo)).mapPartitions(task).collect()
        except Py4JJavaError as error:  # what was made is found in the next round
            if nth == TRIES - 1:
                raise BacklinkError(f"Spark gave up: {_cause(error)}", GO_ON) from error
    for answer in known.values():
        if isinstance(answer, IndexFault):
            raise IndexFault(answer.reason, GO_ON)
    answers = known.values()
    return Mined(
        [one for one in answers if isinstance(one, Part)], [one for one in answers if isinstance(one, Failed)]
    )


def _is_open(answer: Answer | None) -> bool:
    """Is there something to be hoped for from another try?"""
    return not (isinstance(answer, Part | Deadly) or (isinstance(answer, Failed) and answer.is_missing))


_in_a_row = 0
"""Archives that could not be read, one after the other, in this process of an executor."""


def _mine(archives: Iterable[Archive], *, told: Broadcast[Work]) -> Iterator[Answered]:
    """What an executor does. Raises ArchiveFault when it is not the archives that are to blame, so that Spark gives up."""
    global _in_a_row
    from pyspark import TaskContext

    for archive in archives:
        answer = _answer(archive, told.value, TaskContext.get())
        _in_a_row = 0 if isinstance(answer, Part) else _in_a_row + _is_open(answer)
        if _in_a_row == IN_A_ROW:
            _in_a_row = 0
            raise ArchiveFault(f"{IN_A_ROW} archives in a row cannot be mined, the last: {answer}")
        yield archive.file, answer


def _answer(archive: Archive, work: Work, task: TaskContext | None) -> Answer:
    if task is not None and task.attemptNumber() >= DEATHS:
        return Deadly(archive.file, f"{archive.file}: the process that mined it ended {DEATHS} times")
    return work.answer(archive)


@contextmanager
def _context(master: str) -> Iterator[SparkContext]:
    """Spark, with this program on the way to its executors. Raises UsageError."""
    known = _MASTER.fullmatch(master)
    if known is None:
        raise UsageError(
            f"{master}: that is no master of Spark", "such as local[4], spark://HOST:7077, yarn or k8s://URL"
        )
    if not (shutil.which("java") or shutil.which(f"{os.environ.get('JAVA_HOME', '')}/bin/java")):
        raise UsageError("mining on Spark needs Java, 17 or newer, and there is none", NO_JAVA)
    try:
        from py4j.protocol import Py4JError
        from pyspark import SparkConf, SparkContext
        from pyspark.errors import PySparkException
    except ImportError:
        raise UsageError("mining on Spark needs pyspark, which is not installed", NO_SPARK) from None
    logging.getLogger().addFilter(lambda record: "py4j" not in record.pathname)  # what it logs it raises, too
    settings = dict(SETTINGS)
    if known[1] or known[3]:
        settings |= ALONE
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    try:
        conf = SparkConf()
        if (
            master != SUBMITTED
        ):  # local takes from its name how often a task may fail, and else gives up at once
            conf.setMaster(
                f"local[{known[2] or 1},{SETTINGS['spark.task.maxFailures']}]" if known[1] else master
            )
        for name, value in settings.items():
            conf.setIfMissing(name, value)
        conf.setIfMissing("spark.ui.showConsoleProgress", str(sys.stderr.isatty()).lower())
        spark = SparkContext(conf=conf)
    except (Py4JError, PySparkException) as error:
        raise UsageError(f"Spark does not start: {_cause(error)}", "what it says above tells why") from error
    with tempfile.TemporaryDirectory(prefix="backlinks-spark-") as scratch:
        try:
            spark.addPyFile(str(packed(Path(scratch))))
            yield spark
        finally:
            spark.stop()


def _prove(spark: SparkContext) -> None:
    """Raises UsageError when an executor cannot run this program."""
    from py4j.protocol import Py4JJavaError

    try:
        [lacks] = spark.parallelize([0], 1).map(_lacks).collect()
    except Py4JJavaError as error:
        lacks = _cause(error)
    if lacks:
        raise UsageError(
            f"the executors cannot run this program: {lacks}",
            "install what it needs there: pip install 'backlink-crawler[mine,s3]'",
        )


def _lacks(_: object) -> str:
    """What keeps this process from mining; empty when nothing does."""
    try:
        from . import unit  # noqa: F401
    except ImportError as error:
        return str(error)
    return ""


def packed(directory: Path) -> Path:
    """This program, as it runs here, as a zip that Python imports; its dependencies are none of it."""
    path = directory / "backlink_crawler.zip"
    package = __name__.partition(".")[0]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, file in _files(resources.files(package), package):
            archive.writestr(name, file.read_bytes())
    return path


def _files(folder: Traversable, name: str) -> Iterator[tuple[str, Traversable]]:
    for one in folder.iterdir():
        path = f"{name}/{one.name}"
        if one.is_file():
            yield path, one
        elif one.name != "__pycache__":
            yield from _files(one, path)


def _cause(error: BaseException) -> str:
    """What went wrong in one line: what a process of ours raised, or else what Spark says first."""
    exception = getattr(error, "java_exception", None)
    text = str(exception.getMessage() if exception is not None else error)
    raised = _RAISED.findall(text)
    first = next((line for line in text.splitlines() if line.strip()), type(error).__name__)
    return (raised[-1] if raised else first).strip()[:300]
