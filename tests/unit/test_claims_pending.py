"""Which pages a crawl visits for claims, and in which order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from index_rows import link, visit

from backlink_crawler.claims.pending import AGAIN_AFTER, known_referrers, pending, unvisited
from backlink_crawler.history.fold import fold
from backlink_crawler.index.claims import Staging
from backlink_crawler.index.schema import CLAIMS, to_table
from backlink_crawler.index.store import Index

TARGET = "acme.example"


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return Index.open(tmp_path / "index", create=True)


def claim(index: Index, *urls: str, **values: Any) -> None:
    known = {
        "target": TARGET,
        "kind": "link",
        "provenance": "import:gsc",
        "claimed_at": "2026-11-22T10:00:00Z",
        "why": "",
    }
    rows = []
    for url in urls:
        host = url.split("/")[2]
        place = {
            "source_url": url,
            "source_host": host,
            "source_domain": ".".join(host.split(".")[-2:]),
            "source_site": host,
        }
        rows.append({**known, **place, **values})
    with Staging(index) as staging:
        staging.add(to_table(rows, CLAIMS))
        staging.store()


def see(index: Index, url: str, *links: dict[str, Any], **values: Any) -> None:
    index.append(f"job {url}", 1, [visit(url, **values)], links)
    fold(index)


def test_one_page_of_each_domain_comes_first_the_latest_seen_and_pages_before_sites(index: Index) -> None:
    claim(index, "https://a.example/old", last_seen="2026-01-01T00:00:00Z")
    claim(index, "https://www.a.example/new", last_seen="2026-11-01T00:00:00Z")
    claim(index, "https://b.example/hint", kind="hint", provenance="discover:brave")
    claim(index, "https://b.example/page")
    claim(index, "http://c.example/", kind="site", provenance="import:bing")
    assert pending(index, [TARGET]) == (
        ["https://www.a.example/new", "https://b.example/page", "http://c.example/"],
        ["https://a.example/old", "https://b.example/hint"],
    )


def test_what_is_known_is_not_visited_for_a_claim(index: Index) -> None:
    claim(
        index,
        "https://a.example/seen",
        "https://a.example/never",
        "https://a.example/gone",
        "https://a.example/new",
    )
    see(index, "https://a.example/seen", link("https://a.example/seen"))
    see(index, "https://a.example/never")
    see(index, "https://a.example/gone", outcome="http_404", complete=False, targets_checked=[])
    assert pending(index, [TARGET]) == (["https://a.example/new"], [])


def test_what_could_not_be_read_is_tried_again_on_another_day(index: Index) -> None:
    now = datetime.now(UTC)
    claim(index, "https://a.example/lately", "https://b.example/long-ago")
    claim(index, "http://c.example/", kind="site")
    unread = {"outcome": "http_5xx", "complete": False, "targets_checked": []}
    see(index, "https://a.example/lately", fetched_at=now.isoformat(), **unread)
    see(
        index,
        "https://b.example/long-ago",
        fetched_at=(now - AGAIN_AFTER - timedelta(hours=1)).isoformat(),
        **unread,
    )
    first, others = pending(index, [TARGET])
    assert (first, others) == (["https://b.example/long-ago", "http://c.example/"], [])


def test_a_source_can_be_asked_for_alone(index: Index) -> None:
    claim(index, "https://a.example/1")
    claim(index, "https://a.example/2", provenance="discover:mediawiki")
    assert pending(index, [TARGET], ["discover:mediawiki"]) == (["https://a.example/2"], [])
    assert pending(index, [TARGET], []) == ([], [])


def test_other_targets_have_claims_of_their_own(index: Index) -> None:
    claim(index, "https://a.example/1")
    claim(index, "https://a.example/2", target="other.example")
    assert pending(index, ["other.example"]) == (["https://a.example/2"], [])
    assert pending(index, [TARGET, "other.example"])[0] == ["https://a.example/1", "https://a.example/2"]


def test_pages_that_were_asked_for_are_not_new(index: Index) -> None:
    see(index, "https://a.example/to", requested_url="http://a.example/from")
    pages = ["https://www.a.example/from", "https://a.example/to", "https://a.example/other"]
    assert unvisited(index, pages, [TARGET]) == ["https://a.example/other"]


def test_pages_that_were_read_for_another_target_are_new_to_this_one(index: Index) -> None:
    see(index, "https://a.example/read")
    see(index, "https://a.example/gone", outcome="http_404", targets_checked=[])
    see(index, "https://a.example/all", targets_checked=["*"])
    pages = ["https://a.example/read", "https://a.example/gone", "https://a.example/all"]
    assert unvisited(index, pages, [TARGET]) == []
    assert unvisited(index, pages, ["other.example"]) == pages[:1]
    assert unvisited(index, pages, [TARGET, "other.example"]) == pages[:1]
    assert unvisited(index, pages, ["host:www.other.example"]) == [pages[0], pages[2]]


def test_known_referrers_are_those_that_link_now(index: Index) -> None:
    see(index, "http://a.example/deep/page", link("http://a.example/deep/page"))
    assert known_referrers(index, [TARGET]) == ["http://a.example/", "http://a.example/sitemap.xml"]
    assert known_referrers(index, ["other.example"]) == []
