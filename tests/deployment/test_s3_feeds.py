"""Crawls that write feeds to S3, as users run them: all of it is there once, and what went wrong is one line and the exit code."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import re
import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from fault_proxy import Asked, Fault, FaultProxy
from object_store import ObjectStore, moto_server, s3rver

from backlink_crawler.localweb.server import LocalWeb
from tests.index_rows import stored
from tests.program import SECONDS, backlinks

Row = tuple[str, str, int]
Server = Callable[[Path], Any]
SEEDS = ("--seeds", "bookworm.example,labels.example,greenfingers.example")
QUICK = (
    "-s", "DOWNLOAD_DELAY=0", "-s", "AUTOTHROTTLE_ENABLED=False", "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=4", "-s", "BACKLINKS_RETRY_DELAYS=0",
)  # fmt: skip
READ: dict[str, Callable[[bytes], list[dict[str, Any]]]] = {
    "jsonl": lambda data: [json.loads(line) for line in data.splitlines()],
    "json": json.loads,
    "csv": lambda data: list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))),
    "parquet": lambda data: pq.ParquetFile(io.BytesIO(data)).read(use_threads=False).to_pylist(),
}


@pytest.fixture(scope="module")
def web() -> Iterator[LocalWeb]:
    with LocalWeb() as web:
        yield web


@pytest.fixture(scope="module")
def moto() -> Iterator[ObjectStore]:
    with moto_server() as store:
        yield store


@pytest.fixture
def proxy(moto: ObjectStore) -> Iterator[FaultProxy]:
    with FaultProxy(moto) as proxy:
        yield proxy


def crawl(
    directory: Path, web: LocalWeb, store: ObjectStore, *more: str, target: str = "acme.example", **environment: str
) -> tuple[int, list[str]]:  # fmt: skip
    """(exit code, lines of standard error) of a crawl that tries each request to S3 twice."""
    code, out, said = backlinks(
        "crawl", *filter(None, [target]), *SEEDS, *QUICK, *more, cwd=directory,
        http_proxy=web.proxy_url, no_proxy="127.0.0.1", **store.environment, AWS_MAX_ATTEMPTS="2", **environment,
    )  # fmt: skip
    assert out == ""
    assert "Traceback" not in said
    return code, said.splitlines()


def unpacked(name: str, data: bytes) -> list[dict[str, Any]]:
    plain = gzip.decompress(data) if name.endswith(".gz") else data
    return READ[name.removesuffix(".gz").rpartition(".")[2]](plain)


def identity(row: dict[str, Any]) -> Row:
    return row["source_url"], row["target_url"], int(row["position"])


def rows(files: dict[str, bytes]) -> Counter[Row]:
    return Counter(identity(row) for name, data in files.items() for row in unpacked(name, data))


def objects(store: ObjectStore, prefix: str) -> dict[str, bytes]:
    client = store.client()
    return {key: client.get_object(Bucket=store.bucket, Key=key)["Body"].read() for key in store.keys(prefix)}


def unsent(directory: Path) -> dict[str, bytes]:
    """What was kept, by the key it was meant for."""
    folder = directory / "data/jobs/unsent"
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder / "backlinks")): path.read_bytes() for path in files}


def truth(directory: Path) -> Counter[Row]:
    return Counter(identity(row) for row in stored(directory / "data/index", "links"))


@contextmanager
def _moto(_: Path) -> Iterator[ObjectStore]:
    with moto_server() as store:
        yield store


@pytest.mark.parametrize("server", [_moto, s3rver], ids=["moto", "s3rver"])
def test_feeds_of_every_kind(tmp_path: Path, web: LocalWeb, server: Server) -> None:
    feeds = {
        "batches/%(target)s/%(time)s-%(batch_id)05d.jsonl.gz": "application/gzip",
        "whole/%(crawl_id)s.parquet": "application/vnd.apache.parquet",
        "whole/links.csv": "text/csv; charset=utf-8",
        "whole/links.csv.gz": "application/gzip",
        "whole/links.json": "application/json",
    }
    per_target = "s3://backlinks/apart/%(target)s/%(crawl_id)s-%(batch_id)05d.jsonl.gz"
    with server(tmp_path / "objects") as store:
        said = [part for key in feeds for part in ("-o", f"s3://backlinks/{key}")]
        code, lines = crawl(
            tmp_path, web, store, *said, "-o", "local-%(batch_id)d.csv.gz", "--per-target", per_target,
            "-s", "FEED_EXPORT_BATCH_ITEM_COUNT=20", target="",
        )  # fmt: skip
        assert code == 0, lines
        types = {
            key: store.client().head_object(Bucket=store.bucket, Key=key)["ContentType"]
            for key in store.keys("")
        }
        batches, whole, apart = (objects(store, prefix) for prefix in ("batches/", "whole/", "apart/"))
    every = truth(tmp_path)
    assert set(every.values()) == {1}
    assert len(every) > 40
    for name, data in whole.items():
        assert rows({name: data}) == every, name
        assert types[name] == next(media for key, media in feeds.items() if key[-6:] == name[-6:]), name
    assert len(whole) == 4

    assert rows(batches) == every
    sizes = [len(unpacked(*one)) for one in sorted(batches.items())]
    assert all(size >= 20 for size in sizes[:-1])
    assert len(sizes) > 2
    assert all(re.fullmatch(r"batches/all/[0-9T:+-]+-0000\d\.jsonl\.gz", name) for name in batches)
    local = {path.name: path.read_bytes() for path in tmp_path.glob("local-*")}
    assert rows(local) == every
    assert len(local) == len(batches)

    assert rows(apart) == every
    by_target = Counter(row["target"] for row in stored(tmp_path / "data/index", "links"))
    assert len(by_target) > 5
    assert Counter(name.split("/")[1] for name in apart) == {
        name: (n + 19) // 20 for name, n in by_target.items()
    }
    assert {types[name] for name in (*batches, *apart)} == {"application/gzip"}
    assert unsent(tmp_path) == {}


def test_scrapy_crawl_that_is_stopped_and_one_that_finds_nothing(
    tmp_path: Path, web: LocalWeb, moto: ObjectStore
) -> None:
    command = [
        sys.executable, "-m", "scrapy", "crawl", "backlinks", "-a", "target=acme.example", "-a", f"seeds={SEEDS[1]}", *QUICK,
        "-s", "CLOSESPIDER_ITEMCOUNT=3", "-O", "s3://backlinks/project/%(run)s.jsonl.gz",
    ]  # fmt: skip
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("BACKLINKS_", "AWS_"))}
    variables = {"http_proxy": web.proxy_url, "no_proxy": "127.0.0.1", "SCRAPY_SETTINGS_MODULE": "backlink_crawler.settings"}  # fmt: skip
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS, check=False,
        env=clean | moto.environment | variables,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "stored" in done.stderr
    assert rows(objects(moto, "project/")) == truth(tmp_path)
    code, lines = crawl(
        tmp_path, web, moto, "-o", "s3://backlinks/empty.csv.gz", "-o", "s3://backlinks/none-%(batch_id)d.parquet",
        target="nobody-links-here.example",
    )  # fmt: skip
    assert code == 0, lines
    assert rows(objects(moto, "empty")) == rows(objects(moto, "none")) == Counter()
    assert moto.keys("empty") == ["empty.csv.gz"]
    assert moto.keys("none") == ["none-1.parquet"]


BEFORE = [
    ("s3://nowhere-at-all/x.csv", 2, "there is no such bucket", "make the bucket"),
    ("s3://key:geheim@backlinks/x.csv", 2, "holds no keys", "AWS_ACCESS_KEY_ID"),
    ("gopher://backlinks/x.csv", 2, "cannot be written as it is set", ""),
]


@pytest.mark.parametrize(("feed", "code", "reason", "hint"), BEFORE, ids=[row[0] for row in BEFORE])
def test_what_is_wrong_is_said_before_the_crawl(
    tmp_path: Path, web: LocalWeb, moto: ObjectStore, feed: str, code: int, reason: str, hint: str
) -> None:
    asked = len(web.log)
    ended, lines = crawl(tmp_path, web, moto, "-o", feed)
    assert ended == code, lines
    assert reason in lines[-2]
    assert lines[-2].startswith("error: ")
    assert hint in lines[-1]
    assert "geheim" not in "".join(lines)
    assert len(web.log) == asked


def test_nobody_there_and_no_boto3(tmp_path: Path, web: LocalWeb, proxy: FaultProxy) -> None:
    (tmp_path / "without").mkdir()
    (tmp_path / "without/boto3.py").write_text("raise ModuleNotFoundError(name='boto3')")
    asked, feed = len(web.log), ("-o", "s3://backlinks/x.csv")
    path = os.pathsep.join(
        (str(tmp_path / "without"), os.environ["PYTHONPATH"], str(Path(__file__).parents[2]))
    )
    code, lines = crawl(tmp_path, web, proxy.store, *feed, PYTHONPATH=path)
    assert (code, len(lines)) == (2, 2), lines
    assert "needs boto3, which is not installed" in lines[0]
    assert "pip install" in lines[1]
    proxy.down()
    code, lines = crawl(
        tmp_path, web, proxy.store, "--per-target", "s3://backlinks/%(target)s/%(batch_id)d.csv"
    )
    assert (code, len(lines)) == (1, 2), lines
    assert "the server does not answer" in lines[0]
    assert len(web.log) == asked
    proxy.up()
    code, lines = crawl(tmp_path, web, proxy.store, *feed)
    assert code == 0, "the job that could not begin begins"


def test_s3_that_goes_away_in_the_middle(tmp_path: Path, web: LocalWeb, proxy: FaultProxy) -> None:
    """Nothing is lost, and nothing twice: what is there and what is kept are together what was found."""
    put: list[str] = []

    def third_is_the_end(asked: Asked) -> Fault | None:
        if asked.method == "PUT" and asked.key not in put:
            put.append(asked.key)
        return Fault(reset=True) if asked.method == "PUT" and asked.key not in put[:2] else None

    proxy.judge = third_is_the_end
    code, lines = crawl(
        tmp_path, web, proxy.store, "-o", "s3://backlinks/middle/%(batch_id)05d.jsonl.gz", "-s", "FEED_EXPORT_BATCH_ITEM_COUNT=10",
    )  # fmt: skip
    assert code == 1, lines
    there, kept = objects(proxy._behind, "middle/"), unsent(tmp_path)
    assert len(there) == 2
    assert kept.keys() == set(put) - there.keys()
    assert rows(there) + rows(kept) == truth(tmp_path)
    complaints = [line for line in lines if "ERROR" in line]
    assert len(complaints) == len(kept)
    for key in kept:
        (line,) = [line for line in complaints if key in line]
        assert "the server does not answer" in line
        command = shlex.split(line.partition("then: ")[2].rstrip(")"))
        assert command[:3] == ["aws", "s3", "cp"]
        assert (tmp_path / command[3]).read_bytes() == kept[key]
        assert command[4:] == [f"s3://backlinks/{key}", "--content-type", "application/gzip"]


def test_no_permission_to_write(tmp_path: Path, web: LocalWeb, proxy: FaultProxy) -> None:
    proxy.judge = lambda asked: Fault(status=403, code="AccessDenied")
    code, lines = crawl(
        tmp_path, web, proxy.store, "--per-target", "s3://backlinks/denied/%(target)s.jsonl", "-o", "s3://backlinks/denied.csv",
        "--summary-json", "summary.json", target="",
    )  # fmt: skip
    assert code == 1
    complaints = [line for line in lines if "ERROR" in line]
    assert len(complaints) == 2
    assert all("no permission to write there (AccessDenied)" in line for line in complaints)
    kept = unsent(tmp_path)
    assert rows({"x.csv": kept.pop("denied.csv")}) == truth(tmp_path)
    assert rows(kept) == truth(tmp_path)
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["exit_code"] == 1
    assert summary["feeds_failed"] == len(kept) + 1
    (line,) = [line for line in complaints if "--recursive" in line]
    assert "aws s3 cp --recursive data/jobs/unsent/backlinks s3://backlinks" in line


def test_a_full_disk_is_one_line(tmp_path: Path, web: LocalWeb, moto: ObjectStore) -> None:
    feeds = json.dumps({"/dev/full": {"format": "jsonl"}})
    code, lines = crawl(tmp_path, web, moto, "-s", f"FEEDS={feeds}")
    assert code == 1
    (line,) = [line for line in lines if "ERROR" in line]
    assert line.endswith("the feed /dev/full was not stored: No space left on device")
    assert sum(truth(tmp_path).values()) > 20
