"""Which runs a crawl in shards needs, where they run, and what their ends make of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from backlink_crawler.errors import UsageError
from backlink_crawler.scheduling.crawl import ShardedCrawl, Stop
from backlink_crawler.scheduling.dispatch import Dispatch
from backlink_crawler.scheduling.ending import Ended, ended, exit_code, summed
from backlink_crawler.scheduling.ledger import Ledger
from backlink_crawler.scheduling.plan import Known, RunId, placed, stamp_after, to_do
from backlink_crawler.scheduling.sending import (
    MOST_BYTES,
    check_feed,
    check_settings,
    check_sizes,
    same_everywhere,
    seeds_to_send,
)
from backlink_crawler.scheduling.server import Server, ServerFault
from backlink_crawler.scheduling.watch import CANCELLED, ENDED, GONE, REFUSED, SILENT, Watch, Watched
from backlink_crawler.seeds import read_seeds

NAME = "acme.example-0123abcd"
SERVER = Server.of("http://127.0.0.1:6800", {})
LINE = "2026-11-22 10:15:00 [backlink_crawler.runner] "


def run(shard: int, wave: int = 1, stamp: str = "20261122T101500", count: int = 3) -> RunId:
    return RunId(NAME, shard, count, stamp, wave)


def known(shard: int, wave: int = 1, *, number: int = 1, code: int | None = 0, **more: Any) -> Known:
    return Known(run(shard, wave), number, f"{NAME}-{number}", code, **more)


def test_a_run_is_known_by_its_id() -> None:
    one = run(3, 12)
    assert str(one) == f"{NAME}-3of3-20261122T101500-12"
    assert RunId.read(str(one), NAME, 3) == one
    for other in (
        f"{NAME}-3of4-20261122T101500-12",
        f"{NAME}-4of3-20261122T101500-12",
        f"x-{one}",
        f"{one}x",
        f"{NAME}-3of3-20261399T101500-12",
        "5f0c",
    ):
        assert RunId.read(other, NAME, 3) is None
    assert run(1, 9).order < run(1, 10).order < run(1, 1, "20261122T101501").order


def test_runs_come_after_those_of_a_machine_whose_clock_is_ahead() -> None:
    present = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)
    assert (
        stamp_after([], present)
        == stamp_after([run(1, stamp="20261122T101459")], present)
        == "20261122T101500"
    )
    assert stamp_after([run(1)], present) == "20261122T101501", "in one second, two commands"
    died = Known(run(1, stamp="20261231T235959"), 1, f"{NAME}-1")
    again = Known(run(1, stamp=stamp_after([died.run, run(2)], present)), 1, f"{NAME}-1", 0)
    assert str(again.run) == f"{NAME}-1of3-20270101T000000-01"
    assert to_do([died, again, known(2), known(3)], (), 3) == {}


def test_each_wave_comes_after_the_runs_of_other_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    ahead, jobs = run(1, 7, "20990101T000000", 1), []
    monkeypatch.setattr(Ledger, "runs", lambda _: {str(ahead): Known(ahead, 1, f"{NAME}-1")})
    monkeypatch.setattr(Server, "schedule", lambda _server, _project, _spider, job, *_: jobs.append(job))
    watch = Watch("p", "backlinks")
    dispatch = Dispatch(NAME, 1, [SERVER], {}, {}, watch, places={1: SERVER})
    crawl = ShardedCrawl(dispatch, watch, Ledger("index", NAME, 1), Stop(), print)
    for _ in range(2):
        crawl._schedule({1: False})
    assert jobs == [f"{NAME}-1of1-20990101T000001-01", f"{NAME}-1of1-20990101T000002-02"]


@pytest.mark.parametrize(
    ("count", "servers", "before", "expected"),
    [
        (5, ["a", "b"], {}, {1: "a", 2: "b", 3: "a", 4: "b", 5: "a"}),
        (3, ["b", "a"], {1: "a", 2: "b", 3: "a"}, {1: "a", 2: "b", 3: "a"}),
        (4, ["a", "b"], {2: "gone", 3: "a", 4: "a", 9: "b"}, {1: "b", 2: "b", 3: "a", 4: "a"}),
    ],
)
def test_a_shard_stays_where_it_was(
    count: int, servers: list[str], before: dict[int, str], expected: dict[int, str]
) -> None:
    assert placed(count, servers, before) == expected


@pytest.mark.parametrize(
    ("runs", "handed", "expected"),
    [
        ([], [], {}),
        ([known(1), known(2), known(3)], [], {}),
        ([known(1, code=3), known(2, code=4), known(3, code=1)], [], {}),  # it did come to its end
        ([known(1), known(2, code=None), known(3, code=130)], [], {2: False, 3: False}),
        ([known(1), known(2, code=None), known(2, 2), known(3, code=5), known(3, 2)], [], {}),
        ([known(1), known(3)], [], {2: True}),  # it has not begun
        (
            [known(1, number=1), known(2, number=2), known(3, number=2)],
            [],
            {1: True},
        ),  # nor has one of a round before
        ([known(1), known(2), known(3)], [(run(1), 2)], {2: False}),
        ([known(1), known(2), known(3), known(2, 2)], [(run(1), 2)], {}),  # it has taken it up
        ([known(1), known(2), known(3), known(2, 2)], [(run(1), 2), (run(2, 2), 1)], {1: False}),
        (
            [known(1, number=1), known(1, 2, number=2), known(2, 2, number=2), known(3, 2, number=2)],
            [(run(1), 2)],
            {},
        ),
    ],
)
def test_what_the_last_round_needs(
    runs: list[Known], handed: list[tuple[RunId, int]], expected: dict[int, bool]
) -> None:
    assert to_do(runs, {(str(by), shard) for by, shard in handed}, 3) == expected


def of(state: str = ENDED, **more: Any) -> Watched:
    return Watched(run(1), SERVER, state, **more)


@pytest.mark.parametrize(
    ("watched", "told", "log", "expected"),
    [
        (of(), known(1), "", (0, "", True, False)),
        (of(), known(1, code=3, summary={"limits_passed": ["errors>5% (7 %)"]}), "", (3, "errors>5% (7 %)", True, False)),
        (of(SILENT), known(1), "", (0, "", True, False)),  # it ended, whatever became of its server
        (of(), known(1, code=130), "", (130, "it was stopped", False, False)),
        (of(), known(1, code=None), LINE + "INFO: Crawled 9 pages", (1, "it broke off", False, True)),
        (of(), None, LINE + "INFO: Spider opened", (1, "it broke off", False, True)),
        (of(), None, "", (1, "it broke off", False, False)),
        (of(GONE), known(1, code=None), "", (1, "its server knows nothing of it any more", False, True)),
        (of(SILENT), known(1, code=None), "", (1, "its server does not answer any more", False, False)),
        (of(CANCELLED, is_stopped=True), None, "", (130, "it was stopped", False, False)),
        (of(is_stopped=True), None, LINE + "INFO: x", (130, "it was stopped", False, False)),
        (of(), None, LINE + "ERROR: no such file (hint: name one)\n", (1, "no such file (hint: name one)", False, False)),
        (of(), None, LINE + "ERROR: unknown argument shard (hint: did you mean scope?)", (1, "the egg there is older than this program", False, False)),
        (of(), known(1, code=None), LINE + "ERROR: disk\n" + LINE + "INFO: the run ends with exit code 5\n", (5, "disk", False, False)),
        (of(), None, LINE + "INFO: the run ends with exit code 0", (1, "it ended well, and the index tells nothing of its end", False, False)),
        (of(REFUSED, fault=ServerFault("a: no Scrapyd answers", "start it")), None, "", (1, "a: no Scrapyd answers", False, False)),
    ],
)  # fmt: skip
def test_how_a_run_ended(
    watched: Watched, told: Known | None, log: str, expected: tuple[int, str, bool, bool]
) -> None:
    end = ended(watched, told, log, with_index=True)
    assert (end.code, end.reason, end.is_whole, end.is_dead) == expected


def test_without_the_index_the_log_is_believed() -> None:
    end = ended(of(), None, LINE + "INFO: the run ends with exit code 0", with_index=False)
    assert (end.code, end.reason, end.is_whole) == (0, "", True)


def end_of(shard: int, code: int, wave: int = 1, *, whole: bool | None = None, **summary: Any) -> Ended:
    told = Known(run(shard, wave), 1, "c-1", code, summary)
    is_whole = code not in (5, 130) if whole is None else whole
    return Ended(
        Watched(told.run, SERVER, ENDED), told, code, f"ended with {code}" if code else "", is_whole=is_whole
    )


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ([end_of(1, 0, pages=3), end_of(2, 0)], 0),
        ([end_of(1, 0, pages=3), end_of(2, 4, pages=1)], 0),  # as one crawl, of which a seed is gone
        ([end_of(1, 0), end_of(2, 4, pages=1)], 4),  # the other shard had none to begin with
        ([end_of(1, 4, pages=1), end_of(2, 4, pages=1)], 4),
        ([end_of(1, 4, pages=1), end_of(1, 0, 2, pages=1)], 0),  # what it was handed answered
        ([end_of(1, 3, pages=9), end_of(2, 4, pages=1)], 3),
        ([end_of(1, 3, pages=9), end_of(2, 1, whole=False)], 1),
        ([end_of(1, 130), end_of(2, 1, whole=False)], 130),
        ([end_of(1, 130), end_of(2, 5)], 5),
        ([end_of(1, 5), end_of(1, 0, 2, pages=1)], 0),  # made up for
        ([end_of(1, 1, whole=False), end_of(1, 3, 2, pages=1)], 3),
        ([end_of(1, 1, pages=1), end_of(1, 0, 2, pages=1)], 1),  # a feed that was lost stays lost
        ([end_of(1, 0, pages=1), end_of(1, 130, 2)], 130),
    ],
)
def test_one_exit_code(runs: list[Ended], expected: int) -> None:
    assert exit_code(runs) == expected


def test_one_summary() -> None:
    first = end_of(1, 0, pages=5, links=2, handed_over=1, not_fetched=7, outcomes={"ok": 4, "http_404": 1})
    again = end_of(1, 0, 2, pages=1, links=0, handed_over=0, not_fetched=2, outcomes={"ok": 1})
    died = Ended(Watched(run(2), SERVER, SILENT), None, 1, "its server does not answer any more")
    found = summed([first, again, died], "p", "backlinks")
    assert {name: found[name] for name in ("pages", "links", "handed_over", "not_fetched", "exit_code", "outcomes")} == {
        "pages": 6, "links": 2, "handed_over": 1, "not_fetched": 2, "exit_code": 1, "outcomes": {"ok": 5, "http_404": 1},
    }  # fmt: skip
    whole, lost = found["shards"]
    assert (whole["shard"], whole["pages"], whole["exit_code"], whole["reason"]) == ("1/3", 6, 0, "")
    assert (lost["pages"], lost["exit_code"]) == (None, 1)
    assert lost["log"] == f"http://127.0.0.1:6800/logs/p/backlinks/{run(2)}.log"


def test_versions_that_differ_are_told() -> None:
    runs = [
        Ended(of(), known(shard, program_version=version, suffix_list_date=date), 0)
        for shard, version, date in ((1, "0.1", "2026-10-22"), (2, "0.2", "2026-10-22"))
    ]
    assert summed(runs, "p", "s")["remarks"] == [
        "the shards ran different versions of the program: 0.1, 0.2; deploy one version to all servers"
    ]


def test_seeds_of_a_file_are_the_same_when_they_are_sent(tmp_path: Any) -> None:
    file = tmp_path / "seeds.txt"
    file.write_text(
        "# ours\nExample.com\nhttps://example.org/a?b=c  # one\nsitemap: https://example.net/pages\nhttps://example.net/sitemap.xml\n"
    )
    sent = seeds_to_send(str(file))
    assert "\n" not in sent
    assert read_seeds(sent).digest == read_seeds(str(file)).digest
    assert [seed.is_sitemap for seed in read_seeds(sent)] == [False, False, True, True]
    assert seeds_to_send("@/srv/seeds.txt") == "@/srv/seeds.txt"


@pytest.mark.parametrize(
    ("seeds", "told"),
    [
        ("https://example.com/a,b\n", "https://example.com/a,b: a comma parts seeds"),
        ("".join(f"https://example.com/{n:0100}\n" for n in range(600)), "600 of them are"),
        ("mailto:a@example.com\n", "no scheme of web pages"),
    ],
)
def test_seeds_that_cannot_be_sent(seeds: str, told: str, tmp_path: Any) -> None:
    file = tmp_path / "seeds.txt"
    file.write_text(seeds)
    with pytest.raises(UsageError) as failure:
        seeds_to_send(str(file))
    assert told in failure.value.reason


def test_what_else_cannot_be_sent() -> None:
    check_sizes({"target": "é" * (MOST_BYTES // 2)})
    with pytest.raises(UsageError, match="at most 50,000 are sent"):
        check_sizes({"target": "é" * (MOST_BYTES // 2 + 1)})
    check_settings({"DOWNLOAD_DELAY": "0", "AWS_ACCESS_KEY_ID": "AKIA"})
    with pytest.raises(UsageError) as failure:
        check_settings({"AWS_SECRET_ACCESS_KEY": "hush"})
    assert "hush" not in str(failure.value)
    check_feed("links.csv", 1)
    check_feed("s3://b/%(run)s.csv", 2)
    with pytest.raises(UsageError) as failure:
        check_feed("s3://b/links.jsonl.gz", 2)
    assert "s3://b/links-%(run)s.jsonl.gz" in failure.value.hint
    assert [same_everywhere(uri) for uri in ("s3://b/p", "/srv/index", "data/index")] == [True, True, False]
