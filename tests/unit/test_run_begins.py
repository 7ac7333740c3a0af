"""The first word of a run stands in the job's file before anything that may take long."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import pytest
from scrapy.utils.test import get_crawler

from backlink_crawler.errors import UsageError
from backlink_crawler.extensions.heartbeat import Heart, command, first, refuse
from backlink_crawler.extensions.metrics import Metrics
from backlink_crawler.frontier.glance import HEARTBEAT, Heartbeat, glance
from backlink_crawler.frontier.job import Job
from backlink_crawler.mining.note import Notes
from backlink_crawler.options import OPTIONS


def crawler_of(folder: Path, **options: str) -> Any:
    """A crawler whose spider has a job of the folder, before it is opened."""
    crawler: Any = get_crawler()
    options = {"target": "acme.example", "shard": "", **options}
    job = Job.open(folder, "monday", run="now")
    crawler.spider = SimpleNamespace(name="backlinks", plan=None, job=job, run="now", options=options)
    return crawler


@pytest.mark.parametrize("exit_code", [None, 130], ids=["killed", "stopped"])
def test_a_run_that_goes_on_is_not_silent_since_the_last_one(tmp_path: Path, exit_code: int | None) -> None:
    crawler = crawler_of(tmp_path)
    job = crawler.spider.job
    yesterday = attrs.evolve(
        first(crawler.spider), run="before", at=time.time() - 86_400, exit_code=exit_code
    )
    job.store.put(**{HEARTBEAT: yesterday.text()})
    Heart.from_crawler(crawler)
    seen = glance(job.path)
    job.close()
    assert seen is not None
    assert (seen.state, seen.problem, seen.heartbeat.run) == ("running", "", "now")


def test_the_command_that_goes_on_with_mining_has_no_key() -> None:
    said = {
        "paths": ["in", "https://u:secret@w.example/a.warc.gz?token=secret", "s3://b/k"],
        "mirror": "https://m.example/a,b?key=sec,secret",
    }
    options = {option.name: option.parse(option.default) for option in OPTIONS if "mine" in option.on}
    assert command("commoncrawl", {**options, "target": "acme.example", "crawl": "", **said}) == [
        "backlinks", "mine", "acme.example", "--paths", "in,https://***@w.example/a.warc.gz?***,s3://b/k",
        "--mirror", "https://m.example/a,b?***",
    ]  # fmt: skip


def test_a_run_that_is_refused_keeps_how_far_the_job_is(tmp_path: Path) -> None:
    store = Notes(tmp_path)
    store.put(**{HEARTBEAT: Heartbeat(run="now", done=7, pending=2).text()})
    refuse(SimpleNamespace(job=SimpleNamespace(store=store, close=lambda: None)))
    said = Heartbeat.read(store.get(HEARTBEAT))
    assert said is not None
    assert (said.reason, said.exit_code, said.done, said.pending) == ("refused", 2, 7, 2)


@pytest.mark.parametrize("place", ["a..b:9410", f"{'a' * 64}:9410"])
def test_a_name_that_no_host_can_have_leaves_the_job_to_others(tmp_path: Path, place: str) -> None:
    crawler = crawler_of(tmp_path, metrics=place)
    with pytest.raises(UsageError, match="metrics=a"):
        Metrics.from_crawler(crawler)
    Job.open(tmp_path, "monday").close()
