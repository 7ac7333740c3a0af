"""The crawl of the bundled web reports just what its truth states: every link, every field, every page, nothing more."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from backlink_crawler.localweb import truth
from backlink_crawler.urls import url_key
from tests.index_rows import stored

TRUTH = truth.load()
IDENTITY = ("target", "source_url", "target_url", "link_type")


def identity(link: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(link[name] for name in IDENTITY)


def shown(link: dict[str, Any], field: str) -> str:
    """A field as it is compared; a reason for withholding endorsement by its kind."""
    if field != "follow_reason":
        return repr(link[field])
    kinds = {"rel:": "rel", "meta": "meta", "X-Ro": "header"}
    return repr([kinds.get(reason[:4], reason) for reason in link[field]])


def test_recall_and_precision_are_100_percent(web_run: Any) -> None:
    expected = Counter(map(identity, TRUTH.links))
    reported = Counter(map(identity, web_run.links))
    assert sorted((expected - reported).elements()) == []
    assert sorted((reported - expected).elements()) == []


@pytest.mark.parametrize("field", sorted({name for link in TRUTH.links for name in link} - set(IDENTITY)))
def test_every_field_is_right(web_run: Any, field: str) -> None:
    stated = [link for link in TRUTH.links if field in link]
    assert stated
    wrong = []
    for key in {identity(link) for link in stated}:
        expected = [link for link in TRUTH.links if identity(link) == key]
        if any(field not in link for link in expected):
            continue  # one of several equal links leaves the field open
        found = [link for link in web_run.links if identity(link) == key]
        if Counter(shown(link, field) for link in expected) != Counter(shown(link, field) for link in found):
            wrong.append((key, [link[field] for link in expected], [link[field] for link in found]))
    assert wrong == []


def test_every_page_ends_as_stated(web_run: Any) -> None:
    visits = stored(web_run.directory / "data/index", "visits")
    outcomes: dict[str, set[str]] = {}
    for visit in visits:
        outcomes.setdefault(visit["source_url"], set()).add(visit["outcome"])
        outcomes.setdefault(visit["requested_url"], set()).add(visit["outcome"])
    wrong = [
        (page.url, page.outcome, outcomes.get(page.url))
        for page in TRUTH.visits
        if page.outcome not in outcomes.get(page.url, set())
    ]
    assert wrong == []


def test_nothing_forbidden_was_fetched(web_run: Any) -> None:
    fetched = {url for _, url in web_run.requests}
    assert {url: why for url, why in TRUTH.forbidden.items() if url in fetched} == {}


def test_no_page_was_fetched_twice(web_run: Any) -> None:
    asked = Counter(
        url for method, url in web_run.requests if method == "GET" and not url.endswith("/robots.txt")
    )
    retried = {page.url for page in TRUTH.visits if page.outcome in ("http_5xx", "http_429", "timeout")}
    assert {
        url: count
        for url, count in asked.items()
        if count > 1 and url not in retried and ".invalid" not in url
    } == {}
    assert len({url_key(url) for url in asked}) > 250
