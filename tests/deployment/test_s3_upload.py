"""Files on their way to S3: what goes wrong is tried again, said in words, and nothing is lost, stored twice or half."""

from __future__ import annotations

import os
import shlex
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fault_proxy import Asked, Fault, FaultProxy
from object_store import ObjectStore, moto_server

from backlink_crawler.errors import BacklinkError, UsageError
from backlink_crawler.index.query import Reader
from backlink_crawler.index.store import Index
from backlink_crawler.reporting import upload
from backlink_crawler.reporting.address import Place
from backlink_crawler.reporting.per_target import AT_ONCE, PATIENCE, Apart, send_files
from backlink_crawler.reporting.spool import spool
from backlink_crawler.reporting.upload import PART, Access, Uploader
from tests.index_rows import link, visit
from tests.waiting import SECONDS, until

MEDIA = "application/gzip"


@pytest.fixture(scope="module")
def store() -> Iterator[ObjectStore]:
    with moto_server() as store:
        yield store


@pytest.fixture
def proxy(store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultProxy]:
    """What stands before the store, where the environment leads to; pauses between tries are short."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0.01)
    with FaultProxy(store) as proxy:
        for name, value in proxy.store.environment.items():
            monkeypatch.setenv(name, value)
        yield proxy


@pytest.fixture
def uploader(tmp_path: Path) -> Uploader:
    return Uploader(Access(), tmp_path / "unsent")


def send(uploader: Uploader, key: str, content: bytes) -> None:
    with spool(uploader.unsent) as file:
        file.write(content)
        uploader.send(file, Place("backlinks", key), MEDIA)


def kept(uploader: Uploader) -> dict[str, bytes]:
    files = (path for path in uploader.unsent.rglob("*") if path.is_file())
    return {str(path.relative_to(uploader.unsent)): path.read_bytes() for path in files}


def held(store: ObjectStore, key: str) -> bytes:
    answer = store.client().get_object(Bucket=store.bucket, Key=key)
    assert (answer["ContentType"], answer.get("ContentEncoding")) == (MEDIA, None)
    return bytes(answer["Body"].read())


def first(number: int, fault: Fault) -> Any:
    """Only so many of the objects' requests fail."""
    left = iter(range(number))
    return lambda asked: fault if asked.method in ("PUT", "POST") and next(left, None) is not None else None


@pytest.mark.parametrize(
    "fault",
    [Fault(status=503, code="SlowDown"), Fault(status=500, code="InternalError"), Fault(reset=True), Fault(lost=True)],
    ids=["busy", "failing", "reset", "answer lost"],
)  # fmt: skip
def test_what_fails_for_a_while_is_stored_once(
    store: ObjectStore, proxy: FaultProxy, uploader: Uploader, fault: Fault
) -> None:
    proxy.judge = first(3, fault)
    send(uploader, "while.gz", b"content")
    assert len(proxy.faults) == 3
    assert held(store, "while.gz") == b"content"
    assert kept(uploader) == {}


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (403, "AccessDenied", "no permission to write"),
        (403, "SignatureDoesNotMatch", "AWS keys are wrong"),
        (403, "InvalidAccessKeyId", "AWS keys are wrong"),
        (403, "RequestTimeTooSkewed", "clock of this machine is wrong"),
        (400, "ExpiredToken", "session token has expired"),
        (404, "NoSuchBucket", "no such bucket"),
        (503, "SlowDown", "busy or failing"),
        (507, "XMinioStorageFull", "storage is full"),
        (400, "Unheard\x1b[31mOf", "S3 refused it"),
    ],
)
def test_a_file_that_is_refused_is_kept_and_named(
    store: ObjectStore, proxy: FaultProxy, uploader: Uploader, status: int, code: str, words: str
) -> None:
    proxy.judge = lambda asked: Fault(status=status, code=code) if asked.method == "PUT" else None
    with pytest.raises(BacklinkError) as caught:
        send(uploader, "refused/1.gz", b"content")
    assert words in caught.value.reason
    assert str(caught.value).isprintable()
    assert caught.value.exit_code == 1
    assert kept(uploader) == {"backlinks/refused/1.gz": b"content"}
    command = shlex.split(caught.value.hint.partition("then: ")[2])
    assert command == [
        "aws", "s3", "cp", str(uploader.unsent / "backlinks/refused/1.gz"), "s3://backlinks/refused/1.gz", "--content-type", MEDIA,
    ]  # fmt: skip
    assert store.keys("refused/1.gz") == []


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (403, "SignatureDoesNotMatch", UsageError),
        (403, "InvalidAccessKeyId", UsageError),
        (403, "RequestTimeTooSkewed", UsageError),
        (400, "ExpiredToken", UsageError),
        (403, "AccessDenied", None),  # who may write need not be allowed to read
        (503, "SlowDown", None),  # gone when the crawl ends
    ],
)
def test_what_is_known_before_the_crawl(
    proxy: FaultProxy, uploader: Uploader, status: int, code: str, kind: type[UsageError] | None
) -> None:
    proxy.judge = lambda asked: Fault(status=status, code=code)
    if kind is None:
        uploader.check("backlinks")
        asked = len(proxy.log)
        uploader.check("backlinks")
        assert len(proxy.log) == asked, "a bucket is asked once"
    else:
        with pytest.raises(kind, match=code):
            uploader.check("backlinks")


def test_no_bucket_no_keys_and_nobody_there(
    proxy: FaultProxy, uploader: Uploader, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploader.check("backlinks")
    with pytest.raises(UsageError, match="no such bucket"):
        uploader.check("nowhere")
    proxy.down()
    with pytest.raises(BacklinkError, match="does not answer") as caught:
        uploader.check("another")
    assert caught.value.exit_code == 1
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(UsageError, match="no AWS credentials"):
        Uploader(Access(), uploader.unsent).check("backlinks")


def test_settings_win_over_the_environment(
    store: ObjectStore, proxy: FaultProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    endpoint = proxy.store.endpoint.replace("//", "//user:geheim@")
    settings = {"AWS_ENDPOINT_URL": proxy.store.endpoint, "AWS_ACCESS_KEY_ID": "other", "AWS_SECRET_ACCESS_KEY": "secret"}  # fmt: skip
    access = Access.of(settings)
    assert "secret" not in repr(access)
    send(Uploader(access, tmp_path), "settings.gz", b"content")
    (asked,) = [asked for asked in proxy.log if asked.method == "PUT"]
    assert "Credential=other/" in asked.headers["authorization"]
    assert "/eu-central-1/s3/" in asked.headers["authorization"]
    shown = Uploader(Access.of({"AWS_ENDPOINT_URL": endpoint}), tmp_path).command(Path("x"), "s3://backlinks")
    assert shown == f"aws s3 cp --endpoint-url {proxy.store.endpoint} --recursive x s3://backlinks"


def test_a_large_file_goes_in_parts_whole_or_not_at_all(
    store: ObjectStore, proxy: FaultProxy, uploader: Uploader
) -> None:
    content = os.urandom(1 << 20) * (2 * PART // (1 << 20) + 1)

    def second_part(asked: Asked) -> Fault | None:
        return Fault(status=403, code="AccessDenied") if asked.query.get("partNumber") == "2" else None

    proxy.judge = second_part
    with pytest.raises(BacklinkError, match="no permission"):
        send(uploader, "large.gz", content)
    assert store.keys("large.gz") == []
    assert not store.client().list_multipart_uploads(Bucket=store.bucket).get("Uploads")
    assert kept(uploader) == {"backlinks/large.gz": content}
    proxy.judge = first(2, Fault(status=503, code="SlowDown"))
    send(uploader, "large.gz", content)
    assert held(store, "large.gz") == content


def test_a_server_that_says_nothing_is_given_up(
    proxy: FaultProxy, uploader: Uploader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(upload.SENDING, "read_timeout", 0.2)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    proxy.judge = lambda asked: Fault(delay=SECONDS)
    with pytest.raises(BacklinkError, match="does not answer"):
        send(uploader, "slow.gz", b"content")
    until(lambda: len(proxy.log) == 2, lambda: f"asked {len(proxy.log)} times")
    assert kept(uploader) == {"backlinks/slow.gz": b"content"}


def test_a_full_disk_keeps_nothing_and_says_so(
    store: ObjectStore, proxy: FaultProxy, uploader: Uploader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "backlink_crawler.reporting.spool._unnamed", lambda _: os.open("/dev/full", os.O_RDWR)
    )
    with pytest.raises(BacklinkError, match="could not be written: No space left"):
        send(uploader, "full.gz", b"content")
    assert store.keys("full.gz") == []
    assert kept(uploader) == {}


def test_where_it_cannot_be_kept(proxy: FaultProxy, uploader: Uploader) -> None:
    proxy.judge = lambda asked: Fault(status=403, code="AccessDenied")
    uploader.unsent.mkdir()
    (uploader.unsent / "backlinks").write_text("a file in its way")
    with pytest.raises(BacklinkError, match="nor kept as"):
        send(uploader, "x.gz", b"content")


TARGETS = 120


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    """Three links to each of many targets."""
    index = Index.open(tmp_path_factory.mktemp("index"), create=True)
    page = "http://blog.example/"
    links = [
        link(page, f"/{number}", target=f"t{many}.example", position=number)
        for many in range(TARGETS)
        for number in range(3)
    ]
    index.append("job", 0, [visit(page)], links)
    return index


APART = Apart("s3://backlinks/%(target)s/%(crawl_id)s-%(batch_id)05d.jsonl.gz", {"crawl_id": "c1"}, 2)


def test_objects_of_each_target(
    store: ObjectStore, proxy: FaultProxy, uploader: Uploader, index: Index
) -> None:
    most = 0
    under_way = 0
    turn, several = threading.Lock(), threading.Event()

    def watch(asked: Asked) -> None:
        nonlocal most, under_way
        with turn:
            under_way += 1
            most = max(most, under_way)
        if most > 1:
            several.set()
        several.wait(SECONDS)
        time.sleep(0.01)
        with turn:
            under_way -= 1

    proxy.judge = watch
    done = send_files(Reader(index), "c1", APART, uploader)
    assert (done.files, done.links, done.failed) == (2 * TARGETS, 3 * TARGETS, 0)
    keys = store.keys("t")
    assert len(keys) == len(set(keys)) == 2 * TARGETS
    assert "t7.example/c1-00002.jsonl.gz" in keys
    assert 1 < most <= AT_ONCE
    assert kept(uploader) == {}


def test_objects_that_cannot_be_sent_are_all_kept_and_not_all_tried(
    proxy: FaultProxy, uploader: Uploader, index: Index
) -> None:
    proxy.judge = lambda asked: Fault(status=403, code="AccessDenied")
    done = send_files(Reader(index), "c1", APART, uploader)
    assert (done.files, done.failed) == (0, 2 * TARGETS)
    assert len(kept(uploader)) == 2 * TARGETS
    assert len(proxy.log) < PATIENCE + AT_ONCE + 1
    assert done.first.startswith("s3://backlinks/t0.example/c1-00001.jsonl.gz: no permission")
