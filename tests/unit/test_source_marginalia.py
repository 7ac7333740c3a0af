"""Marginalia Search, by the answers of its reference (about.marginalia-search.com/article/api)."""

from __future__ import annotations

from pathlib import Path

import pytest

from backlink_crawler.discovery.marginalia import Marginalia
from tests.replay_server import ReplayServer, Reply
from tests.source_walk import KEY, assert_named, fault_of, walked, web_of

PATH = "/search"


def page(*results: object, number: int = 1, pages: int = 1) -> Reply:
    said = {
        "license": "CC-BY-NC-SA 4.0",
        "query": "q",
        "page": number,
        "pages": pages,
        "results": list(results),
    }
    return Reply(said)


def hit(url: str, title: str = "A page") -> dict[str, object]:
    return {
        "url": url,
        "title": title,
        "description": "…",
        "quality": 3.2,
        "format": "html",
        "resultsFromDomain": 1,
        "details": [],
    }


def test_it_knows_links_and_finds_names(tmp_path: Path) -> None:
    """It says: "links:example.com: search documents linking to example.com"."""
    replies = (
        page(hit("https://a.test/"), hit("https://example.com/own"), pages=2),
        page(hit("https://b.test/"), number=2, pages=2),
        page(hit("https://c.test/", "Of example.com")),
    )
    with ReplayServer(*replies) as server, web_of(server, tmp_path, key=KEY) as web:
        found = walked(Marginalia, web)
    assert [(one.source_url, one.kind, one.why, one.page_title) for one in found] == [
        ("https://a.test/", "link", "search: links:example.com", "A page"),
        ("https://b.test/", "link", "search: links:example.com", "A page"),
        ("https://c.test/", "hint", 'search: "example.com" -site:example.com', "Of example.com"),
    ]
    assert [
        (asked.query["query"], asked.query["page"], asked.query["count"]) for asked in server.requests
    ] == [
        ("links:example.com", "1", "100"),
        ("links:example.com", "2", "100"),
        ('"example.com" -site:example.com', "1", "100"),
    ]
    assert {asked.path for asked in server.requests} == {PATH}
    assert {asked.headers["api-key"] for asked in server.requests} == {KEY}
    assert not any(KEY in asked.target for asked in server.requests)


def test_without_a_key_the_public_one_is_sent(tmp_path: Path) -> None:
    with ReplayServer(page()) as server, web_of(server, tmp_path) as web:
        assert walked(Marginalia, web) == []
    assert server.requests[0].headers["api-key"] == "public"


def test_an_empty_page_is_the_last(tmp_path: Path) -> None:
    with ReplayServer(page(pages=50)) as server, web_of(server, tmp_path, queries=("q",)) as web:
        assert walked(Marginalia, web) == []
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply({"error": "QPM Limit Exceeded"}, 429), "its quota is spent"),
        (Reply("shared limit", 503), "it is down"),
        (Reply("no such key", 401), "it refuses the key"),
        (Reply("<html>504 Gateway Time-out</html>"), "its answer is no JSON"),
    ],
    ids=["limit", "shared limit", "key", "gateway"],
)  # fmt: skip
def test_faults(tmp_path: Path, reply: Reply, reason: str) -> None:
    fault = fault_of(Marginalia, reply, tmp_path, key=KEY)
    assert fault.reason == reason


@pytest.mark.parametrize(
    "body",
    [{}, [], {"results": None}, {"results": "text"}, {"results": [hit("https://a.test/")], "pages": None}],
    ids=str,
)
def test_nonsense_raises_what_the_runner_names(tmp_path: Path, body: object) -> None:
    assert_named(Marginalia, body, tmp_path)
