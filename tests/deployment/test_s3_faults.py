"""What goes wrong with an index on S3: one clear line, the exit code that tells, and nothing stored twice or half."""

from __future__ import annotations

import itertools
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
import pytest

from backlink_crawler.errors import IndexFault
from backlink_crawler.index.exclusive import prove_exclusive
from backlink_crawler.index.query import Reader
from backlink_crawler.index.store import Index
from backlink_crawler.localweb.server import LocalWeb
from tests.crawl.conftest import QUICK
from tests.fault_proxy import Asked, Fault, FaultProxy
from tests.object_store import ObjectStore
from tests.program import backlinks

CRAWL = ("crawl", "acme.example", "--seeds", "greenfingers.example", *QUICK)
Facts = tuple[Counter[tuple[str, str]], Counter[tuple[str, str, int]]]
"""Visits and links, each as often as it is stored."""


@pytest.fixture
def proxy(store: ObjectStore) -> Iterator[FaultProxy]:
    with FaultProxy(store) as proxy:
        yield proxy


@pytest.fixture
def here(store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """This process reaches the store itself: the tables' library would wait for a proxy in it while nothing else may run."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in store.environment.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@attrs.frozen
class Crawler:
    """Someone who crawls to an index behind the proxy."""

    directory: Path
    proxy: FaultProxy
    web: LocalWeb
    index: str

    def __call__(self, *arguments: str) -> tuple[int, list[str]]:
        """The exit code of a command, and the lines that say what is wrong: before a crawl, or in its log."""
        code, _, err = backlinks(
            *arguments, cwd=self.directory, **self.proxy.store.environment, http_proxy=self.web.proxy_url,
            no_proxy="127.0.0.1", HOME=str(self.directory), BACKLINKS_INDEX=self.index,
        )  # fmt: skip
        assert "Traceback" not in err
        return code, [line for line in err.splitlines() if "error: " in line.lower()]


@pytest.fixture
def crawler(tmp_path: Path, proxy: FaultProxy, web: LocalWeb) -> Crawler:
    return Crawler(tmp_path, proxy, web, f"s3://backlinks/{tmp_path.name}")


@pytest.fixture(scope="module")
def truth(store: ObjectStore, web: LocalWeb, tmp_path_factory: pytest.TempPathFactory) -> Facts:
    """What an undisturbed crawl stores."""
    directory = tmp_path_factory.mktemp("undisturbed")
    with FaultProxy(store) as proxy, pytest.MonkeyPatch.context() as patch:
        for name, value in store.environment.items():
            patch.setenv(name, value)
        assert Crawler(directory, proxy, web, "s3://backlinks/undisturbed")(*CRAWL) == (0, [])
        return facts("s3://backlinks/undisturbed")


def facts(uri: str) -> Facts:
    reader = Reader(Index.open(uri))
    visits = reader.rows("SELECT requested_url, outcome FROM visits")
    links = reader.rows("SELECT source_url, target_url, position FROM links")
    return (
        Counter((row["requested_url"], row["outcome"]) for row in visits),
        Counter((row["source_url"], row["target_url"], row["position"]) for row in links),
    )


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(status=403, code="AccessDenied"), "access is denied"),
        (Fault(status=403, code="InvalidAccessKeyId"), "the AWS credentials are wrong"),
        (Fault(status=403, code="SignatureDoesNotMatch"), "the AWS credentials are wrong"),
        (Fault(status=400, code="ExpiredToken"), "the AWS credentials are wrong"),
        (Fault(status=403, code="RequestTimeTooSkewed"), "the clock of this machine is wrong"),
        (Fault(status=400, code="AuthorizationHeaderMalformed"), "the bucket is in another region"),
        (Fault(status=404, code="NoSuchBucket"), "there is no such bucket"),
        (Fault(status=503, code="SlowDown"), "the server is overloaded, or asks for fewer requests"),
        (Fault(status=501, code="NotImplemented"), "the server lacks a request that the index needs"),
        (Fault(reset=True), "the server does not answer"),
    ],
)
def test_what_is_wrong_at_the_start_is_said(
    here: pytest.MonkeyPatch, proxy: FaultProxy, fault: Fault, words: str
) -> None:
    here.setenv("AWS_ENDPOINT_URL", proxy.store.endpoint)
    proxy.judge = lambda asked: fault
    with pytest.raises(IndexFault) as caught:
        prove_exclusive("s3://backlinks/wrong")
    assert caught.value.reason == f"cannot write the index s3://backlinks/wrong: {words}"
    assert not any(secret in str(caught.value) for secret in (proxy.store.key, proxy.store.secret))


def test_a_refusal_is_one_without_a_word_too(here: pytest.MonkeyPatch, proxy: FaultProxy) -> None:
    here.setenv("AWS_ENDPOINT_URL", proxy.store.endpoint)
    proxy.judge = lambda asked: Fault(status=412)
    prove_exclusive("s3://backlinks/kept-apart")
    assert [asked.is_conditional for asked in proxy.log] == [True]


def test_no_keys_are_named_as_that(here: pytest.MonkeyPatch, store: ObjectStore) -> None:
    here.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(IndexFault, match="no AWS credentials were found"):
        prove_exclusive("s3://backlinks/wrong")
    with pytest.raises(IndexFault, match="no AWS credentials were found"):
        Index.open("s3://backlinks/wrong")


def test_a_bucket_that_is_none_and_one_that_may_only_be_read(
    crawler: Crawler, truth: Facts, here: pytest.MonkeyPatch
) -> None:
    """Nothing is fetched when nothing can be kept; what there is can be read."""
    fetched = len(crawler.web.log)
    code, errors = crawler(*CRAWL, "--index", "s3://nosuch/index")
    assert code == 5
    assert errors == ["error: cannot write the index s3://nosuch/index: there is no such bucket"]
    crawler.proxy.judge = lambda asked: (
        None if asked.method in ("GET", "HEAD") else Fault(status=403, code="AccessDenied")
    )
    there = "s3://backlinks/undisturbed"
    assert crawler("report", "acme.example", "--index", there) == (0, [])
    assert crawler(*CRAWL, "--index", there) == (
        5,
        [f"error: cannot write the index {there}: access is denied"],
    )
    assert len(crawler.web.log) == fetched
    assert facts(there) == truth


def data(asked: Asked) -> bool:
    return asked.method == "PUT" and asked.key.endswith(".parquet") and "/links/" in asked.key


def commit(table: str) -> Callable[[Asked], bool]:
    """A commit to a table that there is already."""
    return lambda asked: (
        asked.is_conditional and f"/{table}/_delta_log/" in asked.key and not asked.key.endswith("00.json")
    )


@pytest.mark.parametrize(
    ("moment", "fault"),
    [
        (data, Fault(reset=True)),
        (commit("visits"), Fault(lost=True)),  # it is committed, and nobody was told
        (commit("backlinks"), Fault(reset=True)),
    ],
    ids=("links", "visits", "fold"),
)
def test_a_server_that_goes_away_in_the_middle_and_comes_back(
    crawler: Crawler, truth: Facts, here: pytest.MonkeyPatch, moment: Callable[[Asked], bool], fault: Fault
) -> None:
    proxy = crawler.proxy
    fallen: list[str] = []

    def judge(asked: Asked) -> Fault | None:
        if fallen:
            return Fault(reset=True)
        if moment(asked):
            fallen.append(asked.key)
            return fault
        return None

    proxy.judge = judge
    code, errors = crawler(*CRAWL)
    assert fallen
    assert code == 5
    assert len(errors) == 1
    assert "the server does not answer" in errors[0]
    proxy.judge = lambda asked: None
    assert crawler(*CRAWL) == (0, [])
    assert facts(crawler.index) == truth


def test_nothing_listens_at_the_start_or_in_the_middle(
    crawler: Crawler, truth: Facts, here: pytest.MonkeyPatch
) -> None:
    proxy = crawler.proxy
    proxy.down()
    fetched = len(crawler.web.log)
    code, errors = crawler(*CRAWL)
    assert (code, len(errors)) == (5, 1)
    assert "the server does not answer" in errors[0]
    assert len(crawler.web.log) == fetched
    proxy.up()

    def judge(asked: Asked) -> Fault | None:
        if commit("links")(asked):
            proxy.down()
        return None

    proxy.judge = judge
    assert crawler(*CRAWL)[0] == 5
    proxy.judge = lambda asked: None
    proxy.up()
    assert crawler(*CRAWL) == (0, [])
    assert facts(crawler.index) == truth


def test_a_server_that_is_slow_and_overloaded_is_worked_with(
    crawler: Crawler, truth: Facts, here: pytest.MonkeyPatch
) -> None:
    count, waits = itertools.count(1), iter([2.0, 2.0])

    def judge(asked: Asked) -> Fault | None:
        number = next(count)
        if number % 9 == 0:
            return Fault(status=503, code="SlowDown")
        if number % 17 == 0:
            return Fault(reset=True)
        return Fault(delay=next(waits, 0.05)) if asked.method == "PUT" else None

    crawler.proxy.judge = judge
    assert crawler(*CRAWL) == (0, [])
    assert facts(crawler.index) == truth


def test_a_commit_whose_answer_is_lost_is_made_once(
    crawler: Crawler, truth: Facts, here: pytest.MonkeyPatch
) -> None:
    """The library sends it again, is refused for its own first try, and takes that for another's commit."""
    lost: Counter[str] = Counter()

    def judge(asked: Asked) -> Fault | None:
        if asked.is_conditional and not asked.key.endswith("00.json"):
            table = asked.key.split("/")[1]
            lost[table] += 1
            return Fault(lost=True) if lost[table] == 1 else None
        return None

    crawler.proxy.judge = judge
    assert crawler(*CRAWL) == (0, [])
    assert {"links", "visits", "backlinks", "events"} <= set(lost)
    assert facts(crawler.index) == truth


def test_a_clock_that_is_wrong_is_told_by_the_doctor(crawler: Crawler) -> None:
    crawler.proxy.skew = 3600
    code, out, _ = backlinks(
        "doctor", "--index", crawler.index, cwd=crawler.directory, **crawler.proxy.store.environment
    )
    assert code == 0
    ahead = re.search(r"the server's differs by \+([\d,]+) s", out)
    assert ahead, out
    assert 1800 < int(ahead[1].replace(",", "")) <= 3600, "an hour, but for what the answer took"
