"""What is wrong with a linked page, by what its last visit found."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from backlink_crawler.classify.target import parse_target
from backlink_crawler.history.answer import ANSWERS, FAULTS
from backlink_crawler.history.fold import fold
from backlink_crawler.index.query import Reader
from backlink_crawler.index.ratings import replace_ratings
from backlink_crawler.index.schema import RATINGS
from backlink_crawler.index.store import Index
from backlink_crawler.items import OUTCOMES
from backlink_crawler.reporting.broken import (
    PROBLEMS,
    SCHEMA,
    TO_REPAIR,
    LinkedPages,
    Report,
    problem_of,
)
from tests.index_rows import NOFOLLOW, link, visit

TARGET = parse_target(
    "acme.example", aliases=["acme-old.example"], own=["acme.test"], exclude=["prefix:acme.example/tmp"]
)
A = "acme.example/a"


@pytest.mark.parametrize(
    ("outcome", "leads_to", "problem"),
    [
        ("ok", None, None), ("not_modified", None, None), ("non_html", None, None), ("truncated", None, None),
        ("http_404", None, "http_404"), ("http_410", None, "http_410"), ("http_4xx", None, "http_4xx"),
        ("http_5xx", None, "http_5xx"), ("soft_404", None, "soft_404"), ("parked", None, "parked"),
        ("dns_error", None, "dns_error"), ("domain_gone", None, "domain_gone"), ("timeout", None, "timeout"),
        # through redirects
        ("http_404", "acme.example/b", "redirect_to_error"), ("soft_404", "acme.example/b", "redirect_to_error"),
        ("domain_gone", "acme-old.example/a", "redirect_to_error"), ("redirect_loop", "acme.example/b", "redirect_loop"),
        ("ok", "acme.example/b", "redirect"), ("ok", "acme.test/a", "redirect"), ("ok", "acme-old.example/a", "redirect"),
        ("ok", "acme.example/a", None),  # to https or www alone
        ("ok", "acme.example/", "redirect_to_home"), ("ok", "acme.example/en/", "redirect_to_home"),
        ("ok", "shop.acme.example/", "redirect_to_home"),
        ("ok", "stranger.example/a", "redirect_offsite"), ("ok", "acme.example.stranger.test/", "redirect_offsite"),
        ("moved_offsite", None, "redirect_offsite"),
        # what only kept us from reading says nothing
        *((word, None, "unread") for word in ("http_401", "http_403", "http_429", "robots_disallowed", "bot_challenge", "login_wall", "consent_wall", "error")),
        ("http_403", "acme.example/b", "unread"),
    ],
)  # fmt: skip
def test_problem(outcome: str, leads_to: str | None, problem: str | None) -> None:
    final = leads_to or A
    domain = ".".join(final.split("/")[0].split(".")[-2:])
    page = {
        "page_key": A, "outcome": outcome, "redirects": [f"https://{leads_to}"] if leads_to else [],
        "final_key": final, "final_domain": domain, "final_site": domain,
    }  # fmt: skip
    assert problem_of(page, TARGET) == problem


def test_a_redirect_of_one_home_to_another_is_none() -> None:
    page = {"page_key": "acme.example/index.html", "outcome": "ok", "redirects": ["x"], "final_key": "acme.example/", "final_domain": "acme.example", "final_site": "acme.example"}  # fmt: skip
    assert problem_of(page, TARGET) == "redirect"


def test_words_are_known() -> None:
    assert set(FAULTS) | ANSWERS <= set(OUTCOMES)
    assert set(PROBLEMS) > TO_REPAIR


def report(
    folder: Path, visits: list[dict[str, Any]], links: list[dict[str, Any]], **said: Any
) -> tuple[list[str], Report]:
    """The URLs that are due now, and the report."""
    index = Index.open(folder / "index", create=True)
    sources = {row["source_url"]: visit(row["source_url"]) for row in links}
    index.append("job", 0, [*sources.values(), *visits], links)
    fold(index)
    rows = [
        {"scope": "domain", "name": name, "rating": rating} for name, rating in said.pop("rated", {}).items()
    ]
    replace_ratings(index, pa.Table.from_pylist(rows, schema=RATINGS).to_reader(), 1, 1)
    pages = LinkedPages(Reader(Index.open(index.uri), "acme.example"), said.pop("limit", None))
    return list(pages.due(said.pop("since", None))), pages.report(TARGET, **said)


def own(path: str, minute: int, **values: Any) -> dict[str, Any]:
    return visit(f"https://acme.example{path}", minute, **values)


def gone(path: str, minute: int) -> dict[str, Any]:
    return own(path, minute, outcome="http_404", http_status=404, complete=False)


SITES = [f"http://site{number}.example/" for number in range(4)]


def test_pages_are_one_by_key_and_asked_for_as_most_links_write_them(tmp_path: Path) -> None:
    links = [
        link(SITES[0], "/a?utm_source=x"), link(SITES[1], "/a"), link(SITES[2], "/a"),
        link(SITES[3], "/", target_url="http://me:secret@www.acme.example/b", target_host="www.acme.example"),
    ]  # fmt: skip
    due, found = report(tmp_path, [], links)
    assert due == ["https://acme.example/a", "http://www.acme.example/b"]
    assert (found.linked, found.looked_at, found.unchecked, found.rows.num_rows) == (2, 2, 2, 0)


def test_a_link_through_a_shortener_stands_for_its_end(tmp_path: Path) -> None:
    short = link(SITES[0], "/", target_url="https://sho.rt/x", target_host="sho.rt", target_domain="sho.rt", redirects=["https://acme.example/gone"], redirect_statuses=[301])  # fmt: skip
    due, found = report(tmp_path, [gone("/gone", 1)], [short, link(SITES[1], "/gone")])
    assert due == ["https://acme.example/gone"]
    assert found.rows.to_pylist()[0]["backlinks"] == 2


def test_the_last_visit_tells(tmp_path: Path) -> None:
    visits = [gone("/back", 1), own("/back", 2), own("/gone", 1, title="Rocket boots"), gone("/gone", 2)]
    _, found = report(tmp_path, visits, [link(SITES[0], "/back"), link(SITES[0], "/gone")])
    assert found.rows["target_url"].to_pylist() == ["https://acme.example/gone"]


def test_what_is_lost_ranks(tmp_path: Path) -> None:
    links = [
        *(link(site, "/many-nofollow", **NOFOLLOW) for site in SITES), *(link(site, "/two") for site in SITES[:2]),
        link(SITES[0], "/one"), *(link(f"{SITES[0]}{n}", "/one-often") for n in range(5)),
    ]  # fmt: skip
    paths = ("/many-nofollow", "/two", "/one", "/one-often")
    _, found = report(tmp_path, [gone(path, 1) for path in paths], links)
    assert [url.removeprefix("https://acme.example") for url in found.rows["target_url"].to_pylist()] == [
        "/two", "/one-often", "/one", "/many-nofollow",
    ]  # fmt: skip
    assert found.rows.schema == SCHEMA
    _, first = report(tmp_path / "limited", [gone(path, 1) for path in paths], links, limit=2)
    assert (first.rows.num_rows, first.looked_at, first.linked) == (2, 2, 4)


def test_what_the_best_rated_link_to_is_lost_first(tmp_path: Path) -> None:
    links = [
        *(link(site, "/many") for site in SITES), link(SITES[0], "/one"), link(SITES[0], "/nofollow", **NOFOLLOW),
        link(SITES[1], "/unrated"), link(SITES[2], "/unrated"), *(link(SITES[3], f"/{path}") for path in ("least", "one")),
    ]  # fmt: skip
    paths = ("/least", "/many", "/nofollow", "/one", "/unrated")
    rated = {"site0.example": 40.1, "site1.example": None, "site3.example": 0.0}
    due, found = report(tmp_path, [gone(path, 1) for path in paths], links, rated=rated)
    expected = [("/many", 40.1), ("/one", 40.1), ("/least", 0.0), ("/unrated", None), ("/nofollow", None)]
    assert [
        (row["target_url"].removeprefix("https://acme.example"), row["domain_ratings"])
        for row in found.rows.to_pylist()
    ] == expected
    assert [url.removeprefix("https://acme.example") for url in due] == [path for path, _ in expected]
    assert found.rows["best_pages"].to_pylist()[0] == [SITES[0], SITES[3], SITES[1]]


def test_what_answered_well_lately_is_not_asked_again(tmp_path: Path) -> None:
    visits = [own("/fine", 1), own("/old", 1, fetched_at="2026-11-01T00:00:00Z"), gone("/gone", 1)]
    links = [link(SITES[0], path) for path in ("/fine", "/old", "/gone", "/never")]
    due, _ = report(tmp_path, visits, links, since=datetime(2026, 11, 22, tzinfo=UTC) - timedelta(days=1))
    assert {url.removeprefix("https://acme.example") for url in due} == {"/old", "/gone", "/never"}


def test_only_living_pages_of_ones_own_are_suggested(tmp_path: Path) -> None:
    visits = [
        gone("/x/rocket-boots", 9),
        own("/a/rocket-boots", 1), gone("/a/rocket-boots", 2),  # gone since
        own("/b/rocket-boots", 1, noindex=True), own("/c/rocket-boots", 1, canonical_url="https://acme.example/other"),
        own("/tmp/rocket-boots", 1), visit("http://stranger.example/rocket-boots"),
        own("/d/rocket-boots", 1), own("/e/other", 3, requested_url="https://acme.example/d/rocket-boots", redirects=["https://acme.example/e/other"]),
    ]  # fmt: skip
    _, found = report(
        tmp_path, visits, [link(SITES[0], "/x/rocket-boots", anchor="this", anchor_type="generic")]
    )
    assert found.rows["suggestion"].to_pylist() == [None]
    _, found = report(
        tmp_path / "more", [*visits, own("/f/rocket-boots", 1, canonical_url="http://www.acme.example/f/rocket-boots")],
        [link(SITES[0], "/x/rocket-boots")],
    )  # fmt: skip
    assert found.rows["suggestion"].to_pylist() == ["https://acme.example/f/rocket-boots"]
