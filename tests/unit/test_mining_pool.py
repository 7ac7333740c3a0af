"""Processes that mine: what fails is tried again and named, who dies takes nobody with them, and none is left."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import attrs
import pytest

from backlink_crawler.classify.target import Targets, parse_target
from backlink_crawler.errors import ArchiveFault, IndexFault
from backlink_crawler.mining import pool as pools
from backlink_crawler.mining.part import Part
from backlink_crawler.mining.paths import Archive
from backlink_crawler.mining.pool import Failed, Pool, Work
from tests.archive_files import PAGE, Answer, by_warcio
from tests.waiting import until

ROOT = Path(__file__).parents[2]


def archive(path: Path) -> Archive:
    """A page that links to example.com."""
    path.write_bytes(by_warcio([Answer(f"https://{path.name.partition('.')[0]}.example/", PAGE)]))
    return named(path)


def named(path: Path) -> Archive:
    return Archive(str(path), path.name, "warc")


def stuck(tmp_path: Path, name: str = "stuck.warc.gz") -> Archive:
    """An archive that never comes to its end: who reads it waits."""
    os.mkfifo(tmp_path / name)
    return named(tmp_path / name)


def test_what_was_read_never_gets_less(tmp_path: Path) -> None:
    """Also when an archive is tried again, and when it fails for good."""
    good = [archive(tmp_path / f"{nth}.warc.gz") for nth in range(2)]
    (tmp_path / "bad.warc.gz").write_bytes(b"no archive" * 1_000)
    seen = [0]
    ran = run(
        [*good, named(tmp_path / "bad.warc.gz")], tmp_path / "out", 1, lambda pool: seen.append(pool.bytes)
    )
    assert (len(ran.parts), len(ran.failed)) == (2, 1)
    assert seen == sorted(seen)
    assert seen[-1] > sum(Path(one.location).stat().st_size for one in good) + 10_000


@attrs.define
class Ran:
    """What a pool did."""

    parts: list[Part] = attrs.field(factory=list)
    failed: list[Failed] = attrs.field(factory=list)

    @property
    def files(self) -> list[str]:
        return sorted(part.file for part in self.parts)


def run(
    archives: Iterable[Archive],
    into: Path,
    processes: int = 2,
    on_look: Callable[[Pool], object] = lambda _: None,
    stop: threading.Event | None = None,
    ran: Ran | None = None,
) -> Ran:
    ran = ran or Ran()
    work = Work(Targets([parse_target("example.com")]), into, "c1", "commoncrawl")
    with Pool(
        work, processes, on_part=ran.parts.append, on_failed=ran.failed.append, on_look=lambda: on_look(pool),
        stop=stop or threading.Event(),
    ) as pool:  # fmt: skip
        pool.run(archives)
    assert multiprocessing.active_children() == []
    return ran


def test_all_are_mined_and_the_bad_ones_named(tmp_path: Path) -> None:
    good = [archive(tmp_path / f"{name}.warc.gz") for name in "abcd"]
    broken = tmp_path / "broken.warc.gz"
    broken.write_bytes(b"no archive")
    ran = run([good[0], named(tmp_path / "missing.warc.gz"), named(broken), *good[1:]], tmp_path / "parts")
    assert ran.files == [one.file for one in good]
    missing, unread = sorted(ran.failed, key=lambda one: not one.is_missing)
    assert (missing.file, missing.is_missing) == ("missing.warc.gz", True)
    assert (unread.file, unread.is_missing) == ("broken.warc.gz", False)
    assert "no record of broken.warc.gz can be read" in unread.reason
    assert [part.links for part in ran.parts] == [1] * 4


def test_an_archive_that_can_be_read_later_is_read_later(tmp_path: Path) -> None:
    late = tmp_path / "late.warc.gz"
    late.write_bytes(b"")
    good = archive(tmp_path / "good.warc.gz")

    def mend(_: Pool) -> None:
        if ran.parts:
            archive(late)

    ran = Ran()
    run([named(late), good], tmp_path / "parts", 1, mend, ran=ran)
    assert (ran.files, ran.failed) == (["good.warc.gz", "late.warc.gz"], [])


def test_a_process_that_dies_ends_nobody_else(tmp_path: Path) -> None:
    deadly, good = stuck(tmp_path), [archive(tmp_path / f"{name}.warc.gz") for name in "abc"]

    def kill(pool: Pool) -> None:
        if [one for one, _ in pool.under_way] == [deadly]:
            [child] = multiprocessing.active_children()
            child.kill()

    ran = run([deadly, *good], tmp_path / "parts", 1, kill)
    assert ran.files == [one.file for one in good]
    assert ran.failed == [Failed("stuck.warc.gz", "stuck.warc.gz: its process ended, signal 9")]
    assert not list((tmp_path / "parts").glob("stuck*"))


def test_a_stop_is_soon_and_leaves_no_process(tmp_path: Path) -> None:
    stop = threading.Event()
    good = archive(tmp_path / "a.warc.gz")

    def look(pool: Pool) -> None:
        if len(pool.under_way) == 1 and ran.parts:
            stop.set()

    ran = Ran()
    begun = [stuck(tmp_path), good]
    run(begun, tmp_path / "parts", 2, look, stop, ran)
    assert (ran.files, ran.failed) == (["a.warc.gz"], [])


def test_when_nothing_can_be_read_any_more_it_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "IN_A_ROW", 5)
    archives = [named(tmp_path / f"{nth}.warc.gz") for nth in range(9)]
    for one in archives:
        Path(one.location).write_bytes(b"an answer of a proxy that asks for a password")
    ran = Ran()
    with pytest.raises(ArchiveFault, match="5 archives in a row cannot be read"):
        run(archives, tmp_path / "parts", ran=ran)
    assert len(ran.failed) == 5
    assert (
        len(run([named(tmp_path / f"no{nth}.warc.gz") for nth in range(9)], tmp_path / "parts").failed) == 9
    )


def test_a_spool_that_is_full_ends_it(tmp_path: Path) -> None:
    (tmp_path / "parts").write_text("in the way")
    with pytest.raises(IndexFault, match="cannot be kept") as fault:
        run([archive(tmp_path / "a.warc.gz")], tmp_path / "parts")
    assert not isinstance(fault.value, ArchiveFault)


def test_archives_are_asked_for_as_they_are_wanted(tmp_path: Path) -> None:
    asked: list[int] = []
    most: list[int] = []

    def archives() -> Iterable[Archive]:
        for nth in range(5):
            asked.append(nth)
            yield archive(tmp_path / f"{nth}.warc.gz")

    ran = Ran()
    run(archives(), tmp_path / "parts", 1, lambda _: most.append(len(asked) - len(ran.parts)), ran=ran)
    assert len(ran.parts) == 5
    assert max(most) <= 1


PARENT = """
import sys, threading
from pathlib import Path
from backlink_crawler.classify.target import Targets, parse_target
from backlink_crawler.mining.paths import Archive
from backlink_crawler.mining.pool import Pool, Work
import multiprocessing
if __name__ == "__main__":
    work = Work(Targets([parse_target("example.com")]), Path(sys.argv[2]), "c1", "commoncrawl")
    def look():
        print(*(child.pid for child in multiprocessing.active_children()), flush=True)
    with Pool(work, 1, on_part=print, on_failed=print, on_look=look, stop=threading.Event()) as pool:
        pool.run([Archive(sys.argv[1], "stuck.warc.gz", "warc")])
"""


def test_processes_end_with_the_one_that_began_them(tmp_path: Path) -> None:
    program = tmp_path / "parent.py"
    program.write_text(PARENT)
    command = [sys.executable, str(program), stuck(tmp_path).location, str(tmp_path / "parts")]
    environment: dict[str, Any] = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        until(lambda: not is_alive(child), lambda: "it outlives its parent")


def is_alive(pid: int) -> bool:
    try:
        return "(zombie)" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
