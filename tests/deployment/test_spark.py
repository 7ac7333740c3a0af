"""Mining on a real cluster of Apache Spark: what executors that die, tasks that run twice and archives that fail do to the facts."""

from __future__ import annotations

import http.server
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from socket import inet_aton
from typing import Any

import attrs
import pytest

from backlink_crawler.mining.spark import DEATHS
from tests import wat_files
from tests.index_rows import stored
from tests.installation import dependencies_only
from tests.object_store import ObjectStore, moto_server
from tests.program import ROOT, backlinks
from tests.spark import Cluster, cluster, environment, needed
from tests.waiting import SECONDS

SCRIPT = ROOT / "deploy/spark/mine.py"
TARGET = "acme.example"
DEADLY, FATAL, SLOW, CUT_OFF, MISSING = (
    "deadly.wat.gz",
    "fatal.wat.gz",
    "slow.wat.gz",
    "cut-off.wat.gz",
    "missing.wat.gz",
)
FILES = ("first.wat.gz", SLOW, DEADLY, FATAL, CUT_OFF, MISSING, "last.wat.gz")
_EAGER = {"": "true", ".quantile": "0.1", ".multiplier": "1.01", ".minTaskRuntime": "100ms"}
SPECULATION = [
    part for name, value in _EAGER.items() for part in ("--conf", f"spark.speculation{name}={value}")
]


def archive(seed: int) -> bytes:
    """A small WAT file in which half of the pages link to the target."""
    pages = wat_files.random_captures(seed, 30, {f"https://{TARGET}/{seed}": 0.5})
    return wat_files.packed(wat_files.warcinfo()) + b"".join(page for page, _ in pages)


class Archives(http.server.ThreadingHTTPServer):
    """Serves :data:`FILES`. While it is ``wild``, it kills the executor that first asks for one file and each process that asks for
    another, and lets who first asks for a third wait until somebody else does, too.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files = {name: archive(nth) for nth, name in enumerate(FILES) if name != MISSING}
        self.files[CUT_OFF] = self.files[CUT_OFF][: len(self.files[CUT_OFF]) * 2 // 3]
        self.asked: Counter[str] = Counter()
        self.turn = threading.Lock()
        self.asked_twice = threading.Event()
        self.wild = True

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.server_port}/{name}"

    def handle_error(self, *_: Any) -> None:
        """Whom it sends to may be dead."""


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Archives

    def do_GET(self) -> None:
        name = self.path.lstrip("/")
        with self.server.turn:
            self.server.asked[name] += 1
            nth = self.server.asked[name]
        body = self.server.files.get(name)
        if body is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        half = len(body) // 2
        self.wfile.write(body[:half])
        if self.server.wild:
            self._hazard(name, is_first=nth == 1)
        self.wfile.write(body[half:])

    def _hazard(self, name: str, *, is_first: bool) -> None:
        if name == FATAL and is_first:
            os.kill(_above(_owner(self.client_address), b"CoarseGrainedExecutorBackend"), signal.SIGKILL)
        elif name == DEADLY:
            os.kill(_owner(self.client_address), signal.SIGKILL)
        elif name == SLOW and is_first:
            assert self.server.asked_twice.wait(SECONDS)
        elif name == SLOW:
            self.server.asked_twice.set()

    def log_message(self, *_: Any) -> None:
        """Nothing to standard error."""


def _owner(client: tuple[str, int]) -> int:
    """The process that has a connection from this address and port (proc(5))."""
    place = f"{inet_aton(client[0])[::-1].hex().upper()}:{client[1]:04X}"
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    [inode] = [line[9] for line in lines if line[1] == place]
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if str(link.readlink()) == f"socket:[{inode}]":
                return int(link.parts[2])
        except OSError:
            continue
    raise AssertionError(client)


def _above(process: int, word: bytes) -> int:
    """The process above this one whose command line has a word."""
    while word not in Path(f"/proc/{process}/cmdline").read_bytes():
        process = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
        assert process > 1
    return process


@pytest.fixture(scope="module")
def archives() -> Iterator[Archives]:
    with Archives() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def store() -> Iterator[ObjectStore]:
    with moto_server() as store:
        yield store


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory, store: ObjectStore) -> Iterator[Cluster]:
    """Its nodes have what the program depends on, and not the program."""
    needed()
    home = tmp_path_factory.mktemp("spark")
    bare = dependencies_only(home / "environment")
    with cluster(home, bare, PYTHONPATH="", **store.environment) as running:
        yield running


def rows(index: Path, name: str) -> list[str]:
    """The rows of a table of facts, whatever their order."""
    return sorted(map(repr, stored(index, name)))


def test_a_job_outlives_its_executors_and_counts_nothing_twice(
    spark: Cluster, archives: Archives, store: ObjectStore, tmp_path: Path
) -> None:
    listed = tmp_path / "wat.paths"
    listed.write_text("".join(f"{archives.url(name)}\n" for name in FILES))
    out = f"s3://{store.bucket}/mined"
    arguments = ["--paths", str(listed), "--out", out, TARGET]

    code, said = spark.submit(*SPECULATION, SCRIPT, *arguments, **store.environment)
    assert (code, f"{len(FILES) - 2} of {len(FILES)} archives mined" in said) == (1, True), said
    assert archives.asked[FATAL] > 1
    assert archives.asked[SLOW] > 1
    assert 1 < archives.asked[DEADLY] <= DEATHS
    assert f"{archives.url(DEADLY)}: the process that mined it ended" in said
    assert f"{archives.url(MISSING)}: there is no such file" in said

    # The same job goes on, wherever: what has its part is not mined again.
    archives.wild = False
    before = archives.asked.copy()
    code, _, said = backlinks(
        "mine", "--spark", "local[2]", *arguments, **environment(tmp_path, **store.environment)
    )
    assert (code, f"{len(FILES) - 1} of {len(FILES)} archives mined" in said) == (1, True), said
    assert archives.asked - before == {DEADLY: 1, MISSING: 1}

    one, other = tmp_path / "one", tmp_path / "other"
    for command, new in ((("mine", "--take-over"), len(FILES) - 1), (("import",), 0)):
        code, _, said = backlinks(*command, out, "--index", str(one), cwd=tmp_path, **store.environment)
        assert (code, f"{new} of {len(FILES) - 1} archives of {out} were new" in said) == (0, True), said
    code, _, said = backlinks("mine", "--paths", str(listed), "--index", str(other), TARGET, cwd=tmp_path)
    assert code == 1, said
    assert len(rows(one, "links")) > 2 * len(FILES)
    for name in ("links", "visits"):
        assert rows(one, name) == rows(other, name)


def test_executors_that_lack_something_are_told_of(spark: Cluster, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "empty"], check=True)
    empty = attrs.evolve(spark, python=tmp_path / "empty/bin/python")
    (tmp_path / "a.wat").touch()
    code, said = empty.submit(SCRIPT, "--paths", tmp_path / "a.wat", "--out", tmp_path / "out", TARGET)
    assert code == 2
    assert "error: the executors cannot run this program: " in said
    assert "No module named 'attrs'" in said
