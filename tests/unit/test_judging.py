"""Which followed links led elsewhere."""

from __future__ import annotations

from typing import Any

import pytest
from scrapy.utils.defer import deferred_f_from_coro_f

from backlink_crawler.classify.target import Targets, parse_target
from backlink_crawler.facts.judging import MOST_ELSEWHERE, judge_target
from backlink_crawler.items import Link, Visit
from backlink_crawler.pipelines.resolver import MOST_HOPS
from backlink_crawler.pipelines.target import TargetPipeline

TARGETS = Targets([parse_target("acme.example", aliases=["old-acme.example"])])
SHORT, OLD, OTHER, GOOD = (
    "http://bit.ly/x",
    "http://old-acme.example/x",
    "http://other.example/",
    "http://acme.example/x",
)


def visit(*urls: str) -> Visit:
    links = [Link(target_url=url, target_host=url.split("/")[2]) for url in urls]
    return Visit(source_domain="page.example", source_site="page.example", links=links)


def test_only_what_was_followed_and_counts_for_nothing_led_elsewhere() -> None:
    seen = visit(SHORT, SHORT, OTHER, OLD, GOOD)
    judge_target(seen, TARGETS, ended={SHORT, GOOD})
    assert seen.led_elsewhere == [SHORT]
    assert [link.target_url for link in seen.links] == [GOOD]


def test_so_many_are_kept() -> None:
    urls = [f"http://bit.ly/{number}" for number in range(MOST_ELSEWHERE + 1)]
    seen = visit(*urls)
    judge_target(seen, TARGETS, ended=set(urls))
    assert seen.led_elsewhere == urls[:MOST_ELSEWHERE]


class Answers:
    """Stands for the resolver with one answer: (URLs sent on to, their statuses, was the last one answered)."""

    def __init__(self, chain: tuple[list[str], list[int], bool]) -> None:
        self.chain = chain

    async def follow(self, url: str) -> tuple[list[str], list[int], bool]:
        return self.chain


class Stats:
    def inc_value(self, name: str, count: int = 1) -> None:
        pass


@pytest.mark.parametrize(
    ("chain", "elsewhere", "complete", "kept"),
    [
        (([], [], True), [SHORT], True, 0),  # 404, or a page that sends nobody on
        (([OTHER], [301], True), [SHORT], True, 0),
        (
            ([OTHER], [301], False),
            [SHORT],
            True,
            0,
        ),  # it left the shortener, though the other site does not answer
        (([GOOD], [301], True), [], True, 1),
        (([], [], False), [], False, 0),  # no answer
        ((["http://t.co/x"], [301], False), [], False, 0),
        ((["http://t.co/x"] * MOST_HOPS, [301] * MOST_HOPS, True), [], False, 0),  # not followed to the end
    ],
)
@deferred_f_from_coro_f
async def test_a_link_led_elsewhere_only_when_its_end_is_known(
    chain: Any, elsewhere: list[str], complete: bool, kept: int
) -> None:
    seen = visit(SHORT)
    pipeline = TargetPipeline(TARGETS, Answers(chain), Stats())  # type: ignore[arg-type]
    await pipeline.process_item(seen)
    assert (seen.led_elsewhere, seen.complete, len(seen.links)) == (elsewhere, complete, kept)


@deferred_f_from_coro_f
async def test_what_was_not_followed_led_nowhere() -> None:
    seen = visit(SHORT)
    await TargetPipeline(TARGETS, None, Stats()).process_item(seen)  # type: ignore[arg-type]
    assert (seen.led_elsewhere, seen.links) == ([], [])
