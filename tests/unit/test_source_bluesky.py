"""Bluesky, by the answers of ``app.bsky.feed.searchPosts`` (docs.bsky.app/docs/api/app-bsky-feed-search-posts)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from backlink_crawler.classify.target import parse_target
from backlink_crawler.discovery.bluesky import Bluesky
from tests.replay_server import ReplayServer, Reply, Request
from tests.source_walk import KEY, assert_named, fault_of, walked, web_of

PATH = "/xrpc/app.bsky.feed.searchPosts"
LINK = "app.bsky.richtext.facet#link"
HOST = parse_target("host:example.com")


def facet(uri: str, start: int = 0, end: int = 0, kind: str = LINK) -> dict[str, Any]:
    return {"index": {"byteStart": start, "byteEnd": end}, "features": [{"$type": kind, "uri": uri}]}


def card(uri: str, title: str = "A card") -> dict[str, Any]:
    return {"$type": "app.bsky.embed.external", "external": {"uri": uri, "title": title, "description": ""}}


def post(key: str, created: str = "2026-05-04T10:00:00.123Z", **record: Any) -> dict[str, Any]:
    content = {"facets": [facet("https://example.com/")], **record}
    return {
        "uri": f"at://did:plc:abc/app.bsky.feed.post/{key}",
        "cid": "bafy",
        "author": {"did": "did:plc:abc", "handle": "ann.bsky.social"},
        "record": {"$type": "app.bsky.feed.post", "text": "", "createdAt": created, **content},
        "indexedAt": "2026-06-01T00:00:00.000Z",
    }


def posts(*views: Any, cursor: str | None = None) -> Reply:
    return Reply({"posts": list(views), "hitsTotal": len(views), **({"cursor": cursor} if cursor else {})})


def name(url: str) -> str:
    return url.rpartition("/")[2]


def test_links_of_text_and_card(tmp_path: Path) -> None:
    text = "Größe: die Seite und mehr"
    start = len("Größe: ".encode())
    full = post(
        "3k1",
        text=text,
        facets=[
            facet("https://www.example.com/a?b#c", start, start + len(b"die Seite")),
            facet("https://elsewhere.test/"),
            facet("https://notexample.com/"),
            facet("did:plc:x", kind="app.bsky.richtext.facet#mention"),
        ],
        embed={"$type": "app.bsky.embed.recordWithMedia", "record": {}, "media": card("http://EXAMPLE.com")},
    )
    with ReplayServer(posts(full)) as server, web_of(server, tmp_path) as web:
        found = walked(Bluesky, web, HOST)
    assert [(one.source_url, one.target_url, one.anchor, one.kind, one.first_seen) for one in found] == [
        (
            "https://bsky.app/profile/ann.bsky.social/post/3k1",
            "http://example.com/",
            "A card",
            "link",
            "2026-05-04T10:00:00Z",
        ),
    ]
    with ReplayServer(posts(full)) as server, web_of(server, tmp_path / "again") as web:
        found = walked(Bluesky, web)[:2]
    assert [(one.target_url, one.anchor) for one in found] == [
        ("https://www.example.com/a?b#c", "die Seite"),
        ("http://example.com/", "A card"),
    ]


def test_without_a_session_one_page_for_each_host(tmp_path: Path) -> None:
    """The operator gives no further pages to those without a session: its cursor is not used then."""
    with ReplayServer() as server, web_of(server, tmp_path) as web:
        server.on(
            PATH, posts(post("1"), cursor="100"), posts(post("2", embed=card("https://www.example.com/x")))
        )
        found = walked(Bluesky, web)
    assert [(name(one.source_url), one.target_url) for one in found] == [
        ("1", "https://example.com/"), ("2", "https://example.com/"), ("2", "https://www.example.com/x"),
    ]  # fmt: skip
    assert [asked.query for asked in server.requests] == [
        {"q": "*", "domain": "example.com", "sort": "latest", "limit": "100"},
        {"q": "*", "domain": "www.example.com", "sort": "latest", "limit": "100"},
    ]
    assert not any("authorization" in asked.headers for asked in server.requests)


def moment(second: int) -> str:
    return f"2026-05-04T10:{second // 60:02d}:{second % 60:02d}.500Z"


def archive(request: Request, *, size: int = 2, deepest: int = 6, inclusive: bool = False) -> Reply:
    """Eleven posts, two of them in each second; pages of two, and no cursor past six posts of one search."""
    times = [second // 2 for second in range(11)][::-1]
    until = request.query.get("until", "9999").replace("Z", ".000Z")
    hits = [
        post(f"p{number}", moment(second))
        for number, second in enumerate(times)
        if moment(second) < until or (inclusive and moment(second)[:19] == until[:19])
    ]
    start = int(request.query.get("cursor", 0))
    end = start + size
    return posts(*hits[start:end], cursor=str(end) if end < min(deepest, len(hits)) else None)


@pytest.mark.parametrize("inclusive", [False, True])
def test_with_a_session_all_pages_and_then_what_is_older(tmp_path: Path, inclusive: bool) -> None:
    """``cursor`` "may not necessarily allow scrolling through entire result set"."""
    with (
        ReplayServer(lambda asked: archive(asked, inclusive=inclusive)) as server,
        web_of(server, tmp_path, key=KEY) as web,
    ):
        found = walked(Bluesky, web, HOST)
    assert [name(one.source_url) for one in found] == [f"p{number}" for number in range(11)]
    assert {asked.headers["authorization"] for asked in server.requests} == {f"Bearer {KEY}"}
    assert not any(KEY in asked.target for asked in server.requests)
    assert any("until" in asked.query and "cursor" in asked.query for asked in server.requests)


def test_a_server_that_ignores_until_or_repeats_its_cursor_comes_to_an_end(tmp_path: Path) -> None:
    with (
        ReplayServer(posts(post("1"), post("2", "2026-05-04T09:00:00Z"), cursor="same")) as server,
        web_of(server, tmp_path, key=KEY) as web,
    ):
        found = walked(Bluesky, web, HOST)
    assert {name(one.source_url) for one in found} == {"1", "2"}
    assert len(server.requests) <= 6


@pytest.mark.parametrize(
    ("created", "expected"),
    [
        ("2026-05-04T12:00:00.5+02:00", "2026-05-04T10:00:00Z"),
        ("2019-01-01T00:00:00Z", "2019-01-01T00:00:00Z"),  # brought along from elsewhere: its author says so
        ("2099-01-01T00:00:00Z", "2026-06-01T00:00:00Z"),  # in the future: when it was indexed
        ("0001-01-01T00:00:00Z", "2026-06-01T00:00:00Z"),
        ("yesterday", "2026-06-01T00:00:00Z"),
        (None, "2026-06-01T00:00:00Z"),
    ],
)
def test_first_seen(tmp_path: Path, created: Any, expected: str) -> None:
    with ReplayServer(posts(post("1", created))) as server, web_of(server, tmp_path) as web:
        (found,) = walked(Bluesky, web, HOST)
    assert found.first_seen == expected


@pytest.mark.parametrize(
    ("author", "profile"),
    [
        ({"did": "did:plc:abc", "handle": "example.org"}, "example.org"),
        (
            {"did": "did:plc:abc", "handle": "handle.invalid"},
            "did:plc:abc",
        ),  # "handle.invalid" stands for none
        ({"did": "did:plc:abc"}, "did:plc:abc"),
    ],
)
def test_the_page_of_a_post(tmp_path: Path, author: dict[str, str], profile: str) -> None:
    with (
        ReplayServer(posts({**post("3k"), "author": author})) as server,
        web_of(server, tmp_path) as web,
    ):
        (found,) = walked(Bluesky, web, HOST)
    assert found.source_url == f"https://bsky.app/profile/{profile}/post/3k"


def test_odd_posts_are_passed_over(tmp_path: Path) -> None:
    odd = [
        None, 5, "text", {}, {**post("a"), "uri": "at://did:plc:abc/app.bsky.feed.like/x"}, {**post("b"), "author": None},
        {**post("c"), "record": []}, {**post("d"), "indexedAt": 5}, post("e", facets=None), post("f", facets=[None, 3, {"features": 7}]),
        post("g", facets=[{"index": 4, "features": [{"$type": LINK, "uri": ["x"]}]}]), post("h", facets=[facet("http://[")]), post("s", text="\ud83d", facets=[facet("https://example.com/\ud83d", 0, 3)]),
        post("i", facets=[], embed=[1]), post("j", facets=[], embed={"external": "x"}), post("k", facets=[facet("https://example.com/", "a", None)]),
    ]  # fmt: skip
    with ReplayServer(posts(*odd, post("good"))) as server, web_of(server, tmp_path) as web:
        assert [name(one.source_url) for one in walked(Bluesky, web, HOST)] == ["k", "good"]


def test_nothing_found(tmp_path: Path) -> None:
    with ReplayServer(posts()) as server, web_of(server, tmp_path, key=KEY) as web:
        assert walked(Bluesky, web) == []
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("reply", "key", "reason"),
    [
        (Reply("Request forbidden by administrative rules.", 403), "", "it refuses us"),
        (Reply({"error": "ExpiredToken", "message": "Token has expired"}, 401), KEY, "it refuses the key"),
        (Reply({"error": "BadQueryString"}, 400), "", "it does not take the question"),
        (Reply({"error": "RateLimitExceeded"}, 429), "", "its quota is spent"),
        (Reply({"error": "UpstreamFailure"}, 502), "", "it is down"),
    ],
    ids=["forbidden", "expired", "query", "limit", "down"],
)
def test_faults(tmp_path: Path, reply: Reply, key: str, reason: str) -> None:
    fault = fault_of(Bluesky, reply, tmp_path, key=key)
    assert fault.reason == reason


@pytest.mark.parametrize("body", [{}, [], {"posts": None}, {"posts": "text"}], ids=str)
def test_nonsense_raises_what_the_runner_names(tmp_path: Path, body: object) -> None:
    assert_named(Bluesky, body, tmp_path)
