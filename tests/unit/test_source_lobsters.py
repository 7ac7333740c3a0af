"""Lobsters, by the JSON that its program renders for the list of a domain (``Story#as_json``)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import pytest

from backlink_crawler.classify.target import parse_target
from backlink_crawler.discovery.lobsters import Lobsters
from backlink_crawler.discovery.source import Candidate
from backlink_crawler.errors import SourceFault
from tests.replay_server import ReplayServer, Reply
from tests.source_walk import walked, web_of

LIST = "/domains/example.com"


def story(name: str, url: str = "https://example.com/", **more: Any) -> dict[str, Any]:
    return {
        "short_id": name, "created_at": "2024-03-01T10:20:30.000-06:00", "title": f"Story {name}", "url": url, "score": 5,
        "flags": 0, "comment_count": 2, "description": "", "description_plain": "", "submitter_user": "someone",
        "user_is_author": False, "tags": ["web"], "short_id_url": f"https://lobste.rs/s/{name}",
        "comments_url": f"https://lobste.rs/s/{name}/story_{name}", **more,
    }  # fmt: skip


def names(candidates: list[Candidate]) -> list[str]:
    return [one.source_url.split("/")[4] for one in candidates]


def test_a_story(tmp_path: Path) -> None:
    with ReplayServer() as server, web_of(server, tmp_path) as web:
        server.on(f"{LIST}.json", Reply([story("abc123", "http://www.example.com/x")])).on(
            f"{LIST}/page/2.json", Reply([])
        )
        (found,) = walked(Lobsters, web)
    assert found == Candidate(
        "https://lobste.rs/s/abc123/story_abc123",
        "story, lobste.rs",
        target_url="http://www.example.com/x",
        anchor="Story abc123",
        page_title="Story abc123",
        first_seen="2024-03-01T16:20:30Z",
        origin=f"{server.url}{LIST}.json",
    )


def test_pages_until_one_is_empty(tmp_path: Path) -> None:
    with ReplayServer() as server, web_of(server, tmp_path) as web:
        server.on(f"{LIST}.json", Reply([story(f"a{number}") for number in range(25)]))
        server.on(f"{LIST}/page/2.json", Reply([story(f"b{number}") for number in range(25)]))
        server.on(f"{LIST}/page/3.json", Reply([story("c0")])).on(f"{LIST}/page/4.json", Reply([]))
        found = names(walked(Lobsters, web))
    assert found == [*(f"a{n}" for n in range(25)), *(f"b{n}" for n in range(25)), "c0"]
    assert [asked.target for asked in server.requests] == [
        f"{LIST}.json",
        *(f"{LIST}/page/{n}.json" for n in (2, 3, 4)),
    ]


def test_a_domain_that_is_unknown_has_none(tmp_path: Path) -> None:
    with ReplayServer(Reply({"error": "not found"}, status=404)) as server, web_of(server, tmp_path) as web:
        assert walked(Lobsters, web) == []
    assert len(server.requests) == 1


def test_one_site_after_the_other(tmp_path: Path) -> None:
    with ReplayServer(Reply(status=404)) as server:
        server.on(f"/two{LIST}.json", Reply([story("xyz", comments_url="/s/xyz/story")]))
        sites = tuple(f"{server.url}/{name}" for name in ("one", "two", "three"))
        with web_of(server, tmp_path, endpoints=sites) as web:
            (found,) = walked(Lobsters, web)
    assert found.source_url == f"{server.url}/s/xyz/story"
    assert [asked.path.split("/")[1] for asked in server.requests] == ["one", "two", "two", "three"]


@pytest.mark.parametrize(
    ("target", "domain"),
    [
        ("example.com", "example.com"),
        ("host:www.example.com", "example.com"),  # "possible www3. in host" is cut off (Story#domain)
        ("host:www2.example.com", "example.com"),
        ("host:blog.example.com", "blog.example.com"),
        ("prefix:www.example.com/a", "example.com"),
        ("url:https://example.com/a", "example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("www.com", "www.com"),
    ],
)
def test_the_domain_of_a_target(tmp_path: Path, target: str, domain: str) -> None:
    with ReplayServer(Reply(status=404)) as server, web_of(server, tmp_path) as web:
        walked(Lobsters, web, parse_target(target))
    assert server.requests[0].target == f"/domains/{domain}.json"


def test_only_what_the_target_covers(tmp_path: Path) -> None:
    stories = [
        story("in1", "https://example.com/a/b"),
        story("out1", "https://example.com/ab"),
        story("out2", ""),
    ]
    with ReplayServer(Reply(stories), Reply([])) as server, web_of(server, tmp_path) as web:
        assert names(walked(Lobsters, web, parse_target("prefix:example.com/a"))) == ["in1"]


@pytest.mark.parametrize(
    "odd", [None, "story", {}, story("x1", url=None), story("x2", comments_url=3), story("x3", "https://[")]
)  # type: ignore[arg-type]
def test_an_odd_story_is_passed_over(tmp_path: Path, odd: Any) -> None:
    with ReplayServer(Reply([odd, story("good")]), Reply([])) as server, web_of(server, tmp_path) as web:
        assert names(walked(Lobsters, web)) == ["good"]


def test_a_time_that_is_none(tmp_path: Path) -> None:
    with (
        ReplayServer(Reply([story("abc", created_at=None)]), Reply([])) as server,
        web_of(server, tmp_path) as web,
    ):
        (found,) = walked(Lobsters, web)
    assert attrs.asdict(found)["first_seen"] is None


def test_nonsense(tmp_path: Path) -> None:
    with (
        ReplayServer(Reply({"stories": []})) as server,
        web_of(server, tmp_path) as web,
        pytest.raises(TypeError),
    ):
        walked(Lobsters, web)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(status=503), "it is down"),
        (Reply(status=429), "its quota is spent"),
        (Reply("<p>"), "its answer is no JSON"),
    ],
)
def test_faults(tmp_path: Path, reply: Reply, words: str) -> None:
    with (
        ReplayServer(reply) as server,
        web_of(server, tmp_path) as web,
        pytest.raises(SourceFault, match=words),
    ):
        walked(Lobsters, web)
