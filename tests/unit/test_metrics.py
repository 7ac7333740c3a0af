"""What of a run Prometheus sees: the table, and nothing else; where it is shown."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import pytest

from backlink_crawler.errors import UsageError
from backlink_crawler.extensions.measure import MEANINGS, MEASURES, MINING_MEASURES
from backlink_crawler.extensions.native import native
from backlink_crawler.items import OUTCOMES
from backlink_crawler.options import BY_NAME

STATS = {
    "backlinks/outcome/ok": 3,
    "backlinks/outcome/http_404": 1,
    "backlinks/outcome/ok\",evil=\"1\n": 9,
    "backlinks/robots/read": 2,
    "backlinks/robots/": 9,
    "downloader/response_status_count/200": 5,
    "downloader/response_status_count/999": 9,
    "downloader/request_count": 7,
    "feedexport/failed_count/S3FeedStorage": 1,
    "feedexport/failed_count/FileFeedStorage": 2,
    "log_count/ERROR": 4,
    "log_count/https://user:secret@evil.example/": 9,
    "memusage/max": 9,
    "run/frontier/pending": 11,
}  # fmt: skip


def shown(figures: dict[str, float]) -> dict[str, float]:
    return {
        f"{measure.name} {word}".strip(): value
        for measure in MEASURES
        for word, value in measure.samples(figures)
    }


def test_only_what_the_table_knows_is_shown() -> None:
    told = {name: value for name, value in shown(STATS).items() if value}
    assert told == {
        "backlinks_pages ok": 3, "backlinks_pages http_404": 1, "backlinks_robots read": 2, "backlinks_responses 200": 5,
        "backlinks_requests": 7, "backlinks_feed_failures": 3, "backlinks_log_messages ERROR": 4,
        "backlinks_frontier_pages pending": 11,
    }  # fmt: skip


def test_counters_begin_at_zero_and_gauges_when_they_are_known() -> None:
    told = shown({})
    assert told["backlinks_requests"] == 0
    assert not {name for name in told if name.startswith(("backlinks_run_", "backlinks_frontier"))}


def test_names_are_those_that_prometheus_advises() -> None:
    for table in (MEASURES, MINING_MEASURES):
        assert len({measure.name for measure in table}) == len(table)
    for measure in (*MEASURES, *MINING_MEASURES):
        assert measure.help.endswith(".")
        assert not measure.name.endswith(("_total", "_count", "_info"))
        assert bool(measure.label) == bool(measure.words)
    assert {"backlinks_pages_total{outcome}", "backlinks_frontier_pages{state}"} <= set(MEANINGS)


def test_every_outcome_is_a_label() -> None:
    told = shown({f"backlinks/outcome/{outcome}": 1 for outcome in OUTCOMES})
    assert {name.removeprefix("backlinks_pages ") for name, value in told.items() if value} == set(OUTCOMES)


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("9410", "127.0.0.1:9410"),  # not to be reached from outside unless one says so
        (9410, "127.0.0.1:9410"),
        ("0.0.0.0:9410", "0.0.0.0:9410"),
        ("[::1]:0", "[::1]:0"),
        ("localhost:09410", "localhost:9410"),
        ("/var/lib/%(job)s.prom", "/var/lib/%(job)s.prom"),
        ("", ""),
    ],
)
def test_place(said: Any, place: str) -> None:
    assert BY_NAME["metrics"].read(said, "argument") == place


@pytest.mark.parametrize(
    "said", ["70000", "host:", ":9410", "http://127.0.0.1:9410", "a b:1", "run.txt", "%(target)s.prom", "5%.prom"]
)  # fmt: skip
def test_another_place_is_refused(said: str) -> None:
    with pytest.raises(UsageError, match="metrics="):
        BY_NAME["metrics"].read(said, "argument")


def test_stats_become_json() -> None:
    at = datetime(2026, 11, 22, 10, 0, 1, 500_000, tzinfo=UTC)
    stats = {"a": at, "b": {"x", "w"}, "c": (1, math.inf, None, True), "d": {1: at.tzinfo}, "e": 0.5}
    assert native(stats) == {
        "a": "2026-11-22T10:00:01.500Z", "b": ["w", "x"], "c": [1, "inf", None, True], "d": {"1": "UTC"}, "e": 0.5,
    }  # fmt: skip
