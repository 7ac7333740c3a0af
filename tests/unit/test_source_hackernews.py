"""Hacker News, against a replay of Algolia's search: 1,000 hits of a search at most, newest first."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest

from backlink_crawler.classify.target import parse_target
from backlink_crawler.discovery.hackernews import HackerNews
from backlink_crawler.discovery.source import Candidate
from backlink_crawler.discovery.web import Web
from backlink_crawler.errors import SourceFault
from tests.replay_server import ReplayServer, Reply, Request
from tests.source_walk import TARGET, walked, web_of

NOON = 1_700_049_600  # 2023-11-15T12:00:00Z


def story(
    number: int, at: int = NOON, url: str | None = "https://example.com/", **more: Any
) -> dict[str, Any]:
    """A hit, with the fields that the search gives for a story."""
    return {
        "_tags": ["story", "author_pg", f"story_{number}"], "objectID": str(number), "created_at_i": at, "author": "pg",
        "created_at": "2023-11-15T12:00:00Z", "title": f"Story {number}", "url": url, "points": 3, "num_comments": 0,
        **more,
    }  # fmt: skip


def comment(number: int, text: str) -> dict[str, Any]:
    return {
        "_tags": ["comment", "author_pg", "story_1"], "objectID": str(number), "created_at_i": NOON, "points": None,
        "comment_text": text, "story_title": "Of what it was said", "story_url": "https://example.com/", "parent_id": 1,
    }  # fmt: skip


def said(*hits: Any, total: int | None = None) -> Reply:
    count = len(hits) if total is None else total
    return Reply({"hits": list(hits), "nbHits": count, "page": 0, "nbPages": 1, "hitsPerPage": 1000})


def algolia(hits: list[dict[str, Any]], most: int) -> Callable[[Request], Reply]:
    """The search: of all hits up to a time, newest first, the first ``most``; those of one second in no sure order."""

    def answer(asked: Request) -> Reply:
        until = int(
            asked.query.get("numericFilters", "created_at_i<=9999999999").removeprefix("created_at_i<=")
        )
        found = sorted(
            (hit for hit in hits if hit["created_at_i"] <= until), key=lambda hit: -hit["created_at_i"]
        )
        return said(*found[:most], total=len(found))

    return answer


def make(hits: int) -> Callable[[], HackerNews]:
    return lambda: HackerNews(hits)


def pages(candidates: list[Candidate]) -> list[str]:
    return [one.source_url.partition("=")[2] for one in candidates]


def test_a_story_that_is_a_link(tmp_path: Path) -> None:
    with (
        ReplayServer(
            said(story(7, url="http://www.example.com/a#b"), story(8, url="https://notexample.com/"))
        ) as server,
        web_of(server, tmp_path) as web,
    ):
        (found,) = walked(HackerNews, web)
    assert attrs.evolve(found, origin="") == Candidate(
        "https://news.ycombinator.com/item?id=7",
        "story, Hacker News",
        target_url="http://www.example.com/a#b",
        anchor="Story 7",
        page_title="Story 7",
        first_seen="2023-11-15T12:00:00Z",
    )
    assert found.origin.startswith(server.url)
    assert "?query=%22example.com%22&tags=%28story%2Ccomment%29&" in found.origin
    (asked,) = server.requests
    assert asked.query["tags"] == "(story,comment)"
    assert asked.query["restrictSearchableAttributes"] == "url,story_text,comment_text"
    assert asked.query["hitsPerPage"] == "1000"
    assert "numericFilters" not in asked.query


def test_links_in_texts(tmp_path: Path) -> None:
    """Texts are HTML, with slashes as references, and long addresses cut in what is shown."""
    link = '<a href="https:&#x2F;&#x2F;example.com&#x2F;long" rel="nofollow">https:&#x2F;&#x2F;example.com&#x2F;lo...</a>'
    with (
        ReplayServer(
            said(
                comment(
                    9,
                    f'So it is.<p>See {link} and <a href="https://sub.example.com/x">x</a>, <a href="https://other.test/">y</a>',
                ),
                comment(10, "Only example.com in words, and <a>no</a> link"),
                story(11, url=None, story_text=f"We made {link}"),
                story(12, story_text=link),
            )
        ) as server,
        web_of(server, tmp_path) as web,
    ):
        found = walked(HackerNews, web)
    assert [(one.source_url[-2:], one.why, one.target_url, one.anchor, one.page_title) for one in found] == [
        (
            "=9",
            "comment, Hacker News",
            "https://example.com/long",
            "https://example.com/lo...",
            "Of what it was said",
        ),
        ("=9", "comment, Hacker News", "https://sub.example.com/x", "x", "Of what it was said"),
        (
            "11",
            "text of a story, Hacker News",
            "https://example.com/long",
            "https://example.com/lo...",
            "Story 11",
        ),
        ("12", "story, Hacker News", "https://example.com/", "Story 12", "Story 12"),
        (
            "12",
            "text of a story, Hacker News",
            "https://example.com/long",
            "https://example.com/lo...",
            "Story 12",
        ),
    ]


@pytest.mark.parametrize(
    ("seconds", "most"),
    [
        (list(range(2500)), 1000),
        ([0, 1, 1, 1, 2, 2, 3], 3),
        ([0, 0, 0, 0], 4),
        ([5, 5, 5, 4, 4, 4, 3, 3, 3], 4),
        ([1, 1, 1, 0], 3),  # a second that fills an answer exactly
        ([], 3),
    ],
)
def test_slices_of_time_lose_nothing_and_repeat_nothing(
    tmp_path: Path, seconds: list[int], most: int
) -> None:
    hits = [story(number, NOON + second) for number, second in enumerate(seconds)]
    with ReplayServer(algolia(hits, most)) as server, web_of(server, tmp_path) as web:
        found = pages(walked(make(most), web))  # type: ignore[arg-type]
    assert sorted(found, key=int) == [str(number) for number in range(len(hits))]


def test_more_in_one_second_than_can_be_had_is_no_endless_loop(tmp_path: Path) -> None:
    hits = [*(story(number) for number in range(5)), story(9, NOON - 1)]
    with ReplayServer(algolia(hits, 3)) as server, web_of(server, tmp_path) as web:
        assert pages(walked(make(3), web)) == ["0", "1", "2", "9"]  # type: ignore[arg-type]


def test_a_count_that_lies_is_no_endless_loop(tmp_path: Path) -> None:
    with (
        ReplayServer(said(story(1), total=5000), said(total=5000)) as server,
        web_of(server, tmp_path) as web,
    ):
        assert pages(walked(HackerNews, web)) == ["1"]


@pytest.mark.parametrize(
    ("target", "query"),
    [
        ("example.com", '"example.com"'),
        ("host:blog.example.com", '"blog.example.com"'),
        ("prefix:github.com/user/repo", '"github.com" user repo'),
        (
            "url:https://www.example.com/a/b%20c/größe?x=1",
            '"example.com" a',
        ),  # what is written in several ways
    ],
)
def test_what_is_searched_for(tmp_path: Path, target: str, query: str) -> None:
    with ReplayServer(said()) as server, web_of(server, tmp_path) as web:
        walked(HackerNews, web, parse_target(target))
    assert server.requests[0].query["query"] == query


def test_only_what_the_target_covers(tmp_path: Path) -> None:
    hits = [
        story(1, url="https://github.com/user/repo/issues"),
        story(2, url="https://github.com/user/repository"),
    ]
    with ReplayServer(said(*hits)) as server, web_of(server, tmp_path) as web:
        assert pages(walked(HackerNews, web, parse_target("prefix:github.com/user/repo"))) == ["1"]


@pytest.mark.parametrize(
    "odd",
    [
        None, "hit", {}, {"objectID": "5"}, story(5) | {"objectID": 5}, story(5) | {"objectID": "5&x"},
        story(5) | {"created_at_i": None}, story(5) | {"created_at_i": 10**15}, story(5, url="https://exa mple.com/"),
        story(5, url=17),  # type: ignore[arg-type]
        comment(5, "<a href>example.com</a><a href='https://["), comment(5, "\ud800"),
    ],
)  # fmt: skip
def test_an_odd_hit_is_passed_over(tmp_path: Path, odd: Any) -> None:
    with ReplayServer(said(odd, story(1))) as server, web_of(server, tmp_path) as web:
        assert pages(walked(HackerNews, web)) == ["1"]


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"hits": []},
        {"hits": None, "nbHits": 1},
        {"hits": 3, "nbHits": 3},
        {"hits": [], "nbHits": None},
    ],
)
def test_nonsense(tmp_path: Path, body: Any) -> None:
    """What the runner reports as ``its answer is not of the documented form``."""
    with (
        ReplayServer(Reply(body)) as server,
        web_of(server, tmp_path) as web,
        pytest.raises((KeyError, TypeError, ValueError)),
    ):
        walked(HackerNews, web)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(status=429), "its quota is spent"),
        (Reply(status=500), "it is down"),
        (Reply("oops"), "its answer is no JSON"),
    ],
)
def test_faults(tmp_path: Path, reply: Reply, words: str) -> None:
    with (
        ReplayServer(reply) as server,
        web_of(server, tmp_path) as web,
        pytest.raises(SourceFault, match=words),
    ):
        walked(HackerNews, web)


def test_a_run_goes_on_where_another_was_cut_short(tmp_path: Path) -> None:
    hits = [story(number, NOON - number // 2) for number in range(9)]

    def half(web: Web) -> tuple[list[Candidate], str]:
        first = HackerNews(3).ask(web, TARGET, HackerNews(3).begin(TARGET))
        return list(first.candidates), json.dumps(first.cursor)

    with ReplayServer(algolia(hits, 3)) as server:
        with web_of(server, tmp_path) as web:
            found, kept = half(web)

        class GoesOn(HackerNews):
            def begin(self, target: Any) -> Any:
                return json.loads(kept)

        with web_of(server, tmp_path) as web:
            found += walked(lambda: GoesOn(3), web)  # type: ignore[arg-type]
    assert pages(found) == [str(number) for number in range(9)]
