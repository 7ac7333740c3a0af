"""Brave Search, by the answers of its reference (api-dashboard.search.brave.com/api-reference/web/search/get)."""

from __future__ import annotations

from pathlib import Path

import pytest

from backlink_crawler.discovery import query
from backlink_crawler.discovery.brave import Brave
from tests.replay_server import ReplayServer, Reply, Request
from tests.source_walk import KEY, TARGET, assert_named, fault_of, walked, web_of

PATH = "/res/v1/web/search"


def page(*results: object, more: bool = False) -> Reply:
    return Reply(
        {
            "type": "search",
            "query": {"original": "q", "more_results_available": more},
            "web": {"type": "search", "results": list(results)},
        }
    )


def hit(url: str, title: str = "A page") -> dict[str, str]:
    return {"type": "search_result", "url": url, "title": title, "description": "…"}


def test_pages_to_the_last_then_the_next_query(tmp_path: Path) -> None:
    with ReplayServer() as server, web_of(server, tmp_path, key=KEY, queries=("one", "two")) as web:
        server.on(
            PATH,
            page(hit("https://a.test/"), more=True),
            page(hit("https://b.test/x")),
            page(hit("https://c.test/")),
        )
        found = walked(Brave, web)
    assert [(one.source_url, one.why, one.kind, one.page_title) for one in found] == [
        ("https://a.test/", "search: one", "hint", "A page"),
        ("https://b.test/x", "search: one", "hint", "A page"),
        ("https://c.test/", "search: two", "hint", "A page"),
    ]
    assert [(asked.query["q"], asked.query["offset"]) for asked in server.requests] == [
        ("one", "0"),
        ("one", "1"),
        ("two", "0"),
    ]
    assert all(asked.query["count"] == "20" for asked in server.requests)
    assert all(asked.headers["x-subscription-token"] == KEY for asked in server.requests)
    assert not any(KEY in asked.target for asked in server.requests)
    assert found[1].origin.startswith(f"{server.url}{PATH}?q=one&count=20&offset=1")


def test_the_usual_queries(tmp_path: Path) -> None:
    with ReplayServer(page()) as server, web_of(server, tmp_path, key=KEY) as web:
        assert walked(Brave, web) == []
    assert [asked.query["q"] for asked in server.requests] == query.texts(TARGET)


def test_no_offset_past_nine(tmp_path: Path) -> None:
    """It says: "offset … the maximum is 9"."""

    def endless(request: Request) -> Reply:
        return page(hit(f"https://site{request.query['offset']}.test/"), more=True)

    with ReplayServer(endless) as server, web_of(server, tmp_path, key=KEY, queries=("q",)) as web:
        found = walked(Brave, web)
    assert [one.source_url for one in found] == [f"https://site{number}.test/" for number in range(10)]


def test_own_pages_and_odd_results_are_passed_over(tmp_path: Path) -> None:
    odd = [
        hit("https://www.example.com/"),
        hit("http://blog.example.com/post"),
        hit("ftp://a.test/"),
        {"title": "no url"},
        {"url": 7},
        "text",
        {"url": "https://good.test/a b", "title": None},
        hit("https://good.test/a%20b", "Again"),
    ]
    with ReplayServer(page(*odd)) as server, web_of(server, tmp_path, key=KEY, queries=("q",)) as web:
        (found,) = walked(Brave, web)
    assert (found.source_url, found.page_title) == ("https://good.test/a%20b", "Again")


def test_nothing_found_is_an_answer_without_web(tmp_path: Path) -> None:
    nothing = Reply({"type": "search", "query": {"original": "q", "more_results_available": False}})
    with ReplayServer(nothing) as server, web_of(server, tmp_path, key=KEY, queries=("q",)) as web:
        assert walked(Brave, web) == []


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply({"type": "ErrorResponse", "error": {"code": "SUBSCRIPTION_TOKEN_INVALID", "detail": KEY}}, 403), "it refuses the key"),
        (Reply({"type": "ErrorResponse", "error": {"code": "SUBSCRIPTION_TOKEN_INVALID"}}, 422), "it does not take the question"),
        (Reply({"type": "ErrorResponse", "error": {"code": "RATE_LIMITED"}}, 429), "its quota is spent"),
        (Reply("<html>", 200), "its answer is no JSON"),
    ],
    ids=["forbidden", "unprocessable", "quota", "html"],
)  # fmt: skip
def test_faults(tmp_path: Path, reply: Reply, reason: str) -> None:
    fault = fault_of(Brave, reply, tmp_path, key=KEY)
    assert fault.reason == reason
    assert KEY not in str(fault)


def test_a_rate_limit_that_says_when_to_come_again_is_waited_for(tmp_path: Path) -> None:
    replies = (Reply(status=429, headers={"Retry-After": "1"}), page(hit("https://a.test/")))
    with ReplayServer(*replies) as server, web_of(server, tmp_path, key=KEY, queries=("q",)) as web:
        assert [one.source_url for one in walked(Brave, web)] == ["https://a.test/"]


@pytest.mark.parametrize(
    "body", [{}, [], {"query": {}, "web": {"results": 5}}, {"query": None}, {"web": 3, "query": {}}], ids=str
)
def test_nonsense_raises_what_the_runner_names(tmp_path: Path, body: object) -> None:
    assert_named(Brave, body, tmp_path, key=KEY)
