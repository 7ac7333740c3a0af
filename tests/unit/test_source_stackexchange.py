"""Stack Exchange, by the wrapper its documentation describes (api.stackexchange.com/docs/wrapper, …/error-handling)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest

from backlink_crawler.classify.target import parse_target
from backlink_crawler.discovery.source import Candidate
from backlink_crawler.discovery.stackexchange import ENDPOINTS, SPENT, StackExchange
from backlink_crawler.errors import SourceFault
from tests.replay_server import ReplayServer, Reply, Request
from tests.source_walk import KEY, walked, web_of

DAY = 1_700_006_400
ONE_HOST = parse_target("host:example.com")  # one pattern, where a domain has two


def question(number: int, at: int = DAY, **more: Any) -> dict[str, Any]:
    return {
        "tags": ["http"], "owner": {"user_id": 1}, "is_answered": True, "question_id": number, "creation_date": at,
        "last_activity_date": at + 5, "link": f"https://stackoverflow.com/questions/{number}/q", "title": f"Question {number}",
        **more,
    }  # fmt: skip


def said(*items: Any, more: bool = False, **wrapper: Any) -> Reply:
    return Reply(
        {"items": list(items), "has_more": more, "quota_max": 300, "quota_remaining": 299, **wrapper}
    )


def throttled(
    words: str = "too many requests from this IP, more requests available in 82216 seconds",
) -> Reply:
    return Reply({"error_id": 502, "error_message": words, "error_name": "throttle_violation"}, status=400)


def site(questions: list[dict[str, Any]], most: int) -> Callable[[Request], Reply]:
    """Sorted by creation, newest first, up to ``todate``."""

    def answer(asked: Request) -> Reply:
        until = int(asked.query.get("todate", 1 << 40))
        found = sorted(
            (one for one in questions if one["creation_date"] <= until), key=lambda one: -one["creation_date"]
        )
        return said(*found[:most], more=len(found) > most)

    return answer


def numbers(candidates: list[Candidate]) -> list[int]:
    return [int(one.source_url.split("/")[4]) for one in candidates]


def test_every_site_for_every_form_of_the_address(tmp_path: Path) -> None:
    with ReplayServer(said()) as server:
        sites = (f"{server.url}/search/advanced?site=superuser", f"{server.url}/search/advanced?site=math")
        server.on("/search/advanced", said(question(7, title="What&#39;s &lt;a&gt;?")), said())
        with web_of(server, tmp_path, endpoints=sites) as web:
            (found,) = walked(StackExchange, web)
    assert attrs.evolve(found, origin="") == Candidate(
        "https://stackoverflow.com/questions/7/q",
        "question or answer, stackoverflow.com",
        page_title="What's <a>?",
    )
    assert found.origin == f"{sites[0]}&url=example.com%2F%2A&pagesize=100&sort=creation&order=desc"
    assert [(asked.query["site"], asked.query["url"]) for asked in server.requests] == [
        ("superuser", "example.com/*"),
        ("superuser", "*.example.com/*"),
        ("math", "example.com/*"),
        ("math", "*.example.com/*"),
    ]
    assert not any("key" in asked.query for asked in server.requests)


@pytest.mark.parametrize(
    ("target", "patterns", "kind"),
    [
        ("host:blog.example.com", ["blog.example.com/*"], "link"),
        (
            "prefix:example.com/shop",
            ["example.com/shop*", "www.example.com/shop*"],
            "hint",
        ),  # /shopping is found too
        ("prefix:example.com", ["example.com/*", "www.example.com/*"], "link"),
        ("url:https://example.com/a?x=1", ["example.com/a?x=1", "www.example.com/a?x=1"], "link"),
    ],
)
def test_what_is_searched_for(tmp_path: Path, target: str, patterns: list[str], kind: str) -> None:
    with ReplayServer(said(question(1))) as server, web_of(server, tmp_path) as web:
        found = walked(StackExchange, web, parse_target(target))
    assert [asked.query["url"] for asked in server.requests] == patterns
    assert {one.kind for one in found} == {kind}


@pytest.mark.parametrize(
    ("days", "most"),
    [(list(range(250)), 100), ([0, 1, 1, 1, 2, 2], 3), ([0, 0, 0], 3), ([3, 3, 2, 2, 2, 1], 2), ([], 3)],
)
def test_slices_of_time_lose_nothing_and_repeat_nothing(tmp_path: Path, days: list[int], most: int) -> None:
    questions = [question(number, DAY + day) for number, day in enumerate(days)]
    expected = set(range(len(days))) - (
        {4} if most == 2 else set()
    )  # three of one second, of which two fit an answer
    with ReplayServer(site(questions, most)) as server, web_of(server, tmp_path) as web:
        found = numbers(walked(StackExchange, web, ONE_HOST))
    assert (len(found), set(found)) == (len(expected), expected)
    assert not any("page" in asked.query for asked in server.requests)


def test_backoff_is_waited_for(tmp_path: Path) -> None:
    """ "backoff … the application must wait … before hitting the same method again" (docs/throttle)."""
    slept: list[float] = []
    with (
        ReplayServer(said(question(1), more=True, backoff=10), said()) as server,
        web_of(server, tmp_path) as web,
    ):
        web._sleep = slept.append
        assert numbers(walked(StackExchange, web, ONE_HOST)) == [1]
    assert [round(seconds) for seconds in slept] == [10]


def test_a_key_is_sent_and_shown_nowhere(tmp_path: Path) -> None:
    with ReplayServer(said(question(1))) as server, web_of(server, tmp_path, key=KEY) as web:
        (found,) = walked(StackExchange, web, ONE_HOST)
    assert server.requests[0].query["key"] == KEY
    assert KEY not in repr(found)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (throttled(), SPENT),
        (throttled(f"Violation of backoff parameter {KEY}"), SPENT),
        (attrs.evolve(throttled(), status=200), SPENT),
        (Reply(status=503), "it is down"),
        (Reply("<html>"), "its answer is no JSON"),
    ],
)
def test_faults(tmp_path: Path, reply: Reply, words: str) -> None:
    with (
        ReplayServer(reply) as server,
        web_of(server, tmp_path, key=KEY) as web,
        pytest.raises(SourceFault) as raised,
    ):
        walked(StackExchange, web)
    assert raised.value.reason == words


def test_what_was_found_before_the_quota_was_spent_is_kept(tmp_path: Path) -> None:
    with (
        ReplayServer(said(question(1), more=True, quota_remaining=0), throttled()) as server,
        web_of(server, tmp_path) as web,
    ):
        answer = StackExchange().ask(web, ONE_HOST, StackExchange().begin(ONE_HOST))
        assert numbers(list(answer.candidates)) == [1]
        with pytest.raises(SourceFault, match="its quota is spent"):
            StackExchange().ask(web, ONE_HOST, answer.cursor or {})


@pytest.mark.parametrize(
    "odd",
    [
        None,
        "question",
        {},
        question(5) | {"link": None},
        question(5) | {"link": "javascript:alert(1)"},
        question(5) | {"question_id": "5"},
    ],
)
def test_an_odd_question_is_passed_over(tmp_path: Path, odd: Any) -> None:
    with ReplayServer(said(odd, question(1))) as server, web_of(server, tmp_path) as web:
        assert numbers(walked(StackExchange, web, ONE_HOST)) == [1]


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"items": []},
        {"items": None, "has_more": False},
        {"items": [], "has_more": True, "backoff": "x"},
    ],
)
def test_nonsense(tmp_path: Path, body: Any) -> None:
    with (
        ReplayServer(Reply(body)) as server,
        web_of(server, tmp_path) as web,
        pytest.raises((KeyError, TypeError, ValueError)),
    ):
        walked(StackExchange, web)


def test_more_that_is_none_is_no_endless_loop(tmp_path: Path) -> None:
    with ReplayServer(said(more=True)) as server, web_of(server, tmp_path) as web:
        assert walked(StackExchange, web) == []


def test_endpoints() -> None:
    assert ENDPOINTS[0] == "https://api.stackexchange.com/2.3/search/advanced?site=stackoverflow"
    assert len(ENDPOINTS) == len(set(ENDPOINTS))
