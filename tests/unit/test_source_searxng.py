"""SearXNG, by the answers of its search API (docs.searxng.org/dev/search_api.html), and the query templates."""

from __future__ import annotations

from pathlib import Path

import pytest

from backlink_crawler.classify.target import parse_target
from backlink_crawler.discovery import query
from backlink_crawler.discovery.searxng import SearXNG
from backlink_crawler.errors import SourceFault, UsageError
from tests.replay_server import ReplayServer, Reply, Request
from tests.source_walk import TARGET, assert_named, fault_of, walked, web_of


def page(*urls: str, silent: object = ()) -> Reply:
    results = [
        {"url": url, "title": f"At {url}", "content": "…", "engine": "brave", "engines": ["brave"]}
        for url in urls
    ]
    return Reply(
        {
            "query": "q",
            "number_of_results": 0,
            "results": results,
            "answers": [],
            "unresponsive_engines": silent,
        }
    )


def test_pages_until_one_is_empty_then_the_next_query(tmp_path: Path) -> None:
    replies = (
        page("https://a.test/", "https://www.example.com/x"),
        page("https://b.test/"),
        page(),
        page("https://c.test/"),
        page(),
    )
    with ReplayServer(*replies) as server, web_of(server, tmp_path, queries=("one", "two")) as web:
        found = walked(SearXNG, web)
    assert [(one.source_url, one.why, one.kind, one.page_title) for one in found] == [
        ("https://a.test/", "search: one", "hint", "At https://a.test/"),
        ("https://b.test/", "search: one", "hint", "At https://b.test/"),
        ("https://c.test/", "search: two", "hint", "At https://c.test/"),
    ]
    assert [(asked.path, asked.query["q"], asked.query["pageno"]) for asked in server.requests] == [
        ("/search", "one", "1"), ("/search", "one", "2"), ("/search", "one", "3"), ("/search", "two", "1"), ("/search", "two", "2"),
    ]  # fmt: skip
    assert {asked.query["format"] for asked in server.requests} == {"json"}
    assert found[0].origin == f"{server.url}/search?q=one&format=json&pageno=1"


def test_ten_pages_of_a_query_at_most(tmp_path: Path) -> None:
    with (
        ReplayServer(lambda asked: page(f"https://s{asked.query['pageno']}.test/")) as server,
        web_of(server, tmp_path, queries=("q",)) as web,
    ):
        assert len(walked(SearXNG, web)) == 10


@pytest.mark.parametrize(
    "reply", [Reply("403 Forbidden", 403), Reply("<!doctype html><title>searx</title>")], ids=["403", "html"]
)
def test_an_instance_without_json_says_so(tmp_path: Path, reply: Reply) -> None:
    """It says: "Requesting an unset format will return a 403 Forbidden error"."""
    fault = fault_of(SearXNG, reply, tmp_path)
    assert fault.reason == "its instance gives no JSON"
    assert "search.formats" in fault.hint


def test_the_next_instance_goes_on_where_one_failed(tmp_path: Path) -> None:
    def limited(asked: Request) -> Reply:
        return (
            page(f"https://{asked.query['q']}{asked.query['pageno']}.test/")
            if asked.query["pageno"] == "1"
            else Reply(status=429)
        )

    second = (page("https://one2.test/"), page(), page("https://two1.test/"), page())
    with (
        ReplayServer(limited) as first,
        ReplayServer(*second) as other,
        web_of(first, tmp_path, endpoints=(first.url, other.url + "/"), queries=("one", "two")) as web,
    ):
        found = walked(SearXNG, web)
    assert [one.source_url for one in found] == [
        "https://one1.test/",
        "https://one2.test/",
        "https://two1.test/",
    ]
    assert [(asked.query["q"], asked.query["pageno"]) for asked in other.requests] == [
        ("one", "2"),
        ("one", "3"),
        ("two", "1"),
        ("two", "2"),
    ]


def test_all_instances_failed(tmp_path: Path) -> None:
    with (
        ReplayServer(Reply(status=500)) as first,
        ReplayServer(Reply(status=404)) as other,
        web_of(first, tmp_path, endpoints=(first.url, other.url)) as web,
        pytest.raises(SourceFault) as raised,
    ):
        walked(SearXNG, web)
    assert raised.value.reason == "there is nothing at its address"


def test_no_instance(tmp_path: Path) -> None:
    with (
        ReplayServer() as server,
        web_of(server, tmp_path, endpoints=()) as web,
        pytest.raises(SourceFault, match="no instance"),
    ):
        walked(SearXNG, web)


def test_engines_that_are_blocked_are_no_empty_result(tmp_path: Path) -> None:
    """An instance whose engines see a CAPTCHA answers 200 and nothing."""
    blocked = page(silent=[["google", "Suspended: CAPTCHA"], ["duckduckgo", "timeout"]])
    with (
        ReplayServer(page("https://a.test/"), page(), blocked) as server,
        web_of(server, tmp_path, queries=("one", "two")) as web,
        pytest.raises(SourceFault, match="engines that it asks did not answer"),
    ):
        walked(SearXNG, web)


@pytest.mark.parametrize(
    "body", [{}, [], {"results": None}, {"results": {"url": "https://a.test/"}}], ids=str
)
def test_nonsense_raises_what_the_runner_names(tmp_path: Path, body: object) -> None:
    assert_named(SearXNG, body, tmp_path)


@pytest.mark.parametrize(
    ("target", "brand", "expected"),
    [
        ("example.com", (), ['"example.com" -site:example.com', '"www.example.com" -site:example.com',
                             '"example.com" links -site:example.com', '"example.com" resources -site:example.com']),
        ("host:blog.example.com", (), ['"blog.example.com" -site:blog.example.com', '"blog.example.com" links -site:blog.example.com',
                                       '"blog.example.com" resources -site:blog.example.com']),
        ("prefix:example.com/shop", ('Acme "Inc"', "Acme"), ['"example.com" -site:example.com', '"www.example.com" -site:example.com',
                                      '"example.com" links -site:example.com', '"example.com" resources -site:example.com',
                                      '"Acme  Inc" -site:example.com', '"Acme" -site:example.com']),
    ],
)  # fmt: skip
def test_usual_queries(target: str, brand: tuple[str, ...], expected: list[str]) -> None:
    assert query.texts(parse_target(target, brand=brand)) == expected


def test_own_templates_replace_the_usual_ones() -> None:
    templates = ("{brand} review", "inurl:{domain}", "{{x}} {domain}", "inurl:{domain}")
    assert query.texts(TARGET, templates) == ["example review", "inurl:example.com", "{x} example.com"]


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{domian}", "did you mean domain?"),
        ("{}", "unknown field {}"),
        ("{0}", "unknown field {0}"),
        ("{domain.part}", "unknown field {domain.part}"),
        ("{domain!r}", "unknown field {domain!r}"),
        ("{brand:{domain}}", "unknown field {brand:{domain}}"),
        ("{domain", "a brace itself is written twice"),
        ("50} off", "a brace itself is written twice"),
        ("  ", "an empty query"),
    ],
)
def test_templates_are_checked(template: str, words: str) -> None:
    with pytest.raises(UsageError) as raised:
        query.check(["{domain}", template], "discover.brave.queries")
    assert words in str(raised.value)
    assert str(raised.value).startswith("discover.brave.queries")


def test_good_templates_pass() -> None:
    query.check((*query.DOMAIN_QUERIES, *query.BRAND_QUERIES, "{{literal}} {domain}"))
