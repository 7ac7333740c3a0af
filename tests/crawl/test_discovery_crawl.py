"""Crawls without a seed list: pages that sources and imports name are visited, each for itself, and their claims judged."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backlink_crawler.claims.state import define
from backlink_crawler.frontier.scope import MOST_LISTINGS
from backlink_crawler.index.claims import Staging
from backlink_crawler.index.query import Reader
from backlink_crawler.index.schema import CLAIMS, to_table
from backlink_crawler.index.store import Index
from backlink_crawler.localweb.server import LocalWeb
from tests.crawl.conftest import QUICK, scrapy
from tests.crawl.test_recheck import Host, page
from tests.index_rows import stored
from tests.replay_server import ReplayServer, Reply

TARGET = "acme.example"
MORE = b"<p>Another garden, another <a href='/inside'>page</a> of it.</p>" * 40


def linking(text: str = "Acme") -> Any:
    return page(f"<title>t</title><p>See <a href='http://{TARGET}/'>{text}</a>.</p>".encode() + MORE)


@pytest.fixture
def hosts() -> dict[str, Host]:
    return {
        "blog.example": Host({"/post": linking(), "/inside": linking(), "/other": page(MORE)}),
        "news.example": Host({"/one": linking(), "/two": linking(), "/gone": (410, {}, b"gone")}),
        "feeds.example": Host(
            {
                "/": page(
                    b"<title>Feeds</title><link rel=alternate type=application/rss+xml href=/feed.xml>" + MORE
                ),
                "/known": linking(),
                "/fresh": linking("fresh"),
                "/feed.xml": (
                    200,
                    {"Content-Type": "application/rss+xml"},
                    b"<rss><channel><item><link>http://feeds.example/fresh</link></item></channel></rss>",
                ),
                "/sitemap.xml": (
                    200,
                    {"Content-Type": "application/xml"},
                    b"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc>http://feeds.example/listed</loc></url></urlset>",
                ),
                "/listed": linking("listed"),
            }
        ),
    }


@pytest.fixture
def web(hosts: dict[str, Host]) -> Iterator[LocalWeb]:
    with LocalWeb(handlers=hosts) as web:
        yield web


def crawl(
    cwd: Path, web: LocalWeb, *arguments: str, code: int = 0, settings: tuple[str, ...] = QUICK
) -> dict[str, Any]:
    flags = [
        part for one in (f"target={TARGET}", "summary_json=summary.json", *arguments) for part in ("-a", one)
    ]
    done = scrapy("crawl", "backlinks", *flags, *settings, cwd=cwd, proxy=web.proxy_url)
    assert done.returncode == code, done.stderr[-3000:]
    assert "Traceback" not in done.stderr
    return json.loads((cwd / "summary.json").read_text())


def states(cwd: Path) -> dict[str, tuple[str, str | None]]:
    reader = Reader(Index.open(cwd / "data/index"), TARGET)
    define(reader)
    return {row["source_url"]: (row["state"], row["reason"]) for row in reader.rows("SELECT * FROM claimed")}


def configure(cwd: Path, **endpoints: str) -> None:
    tables = (f'[sources.{name}]\nendpoints = ["{url}"]\npause = 0\n' for name, url in endpoints.items())
    (cwd / "backlinks.toml").write_text("\n".join(tables))


def hits(*urls: str) -> Reply:
    return Reply({"query": "q", "results": [{"url": url, "title": "t", "content": "c"} for url in urls]})


def claim(cwd: Path, *urls: str) -> None:
    rows = [
        {"target": TARGET, "kind": "link", "source_url": url, "source_host": url.split("/")[2], "source_domain": url.split("/")[2],
         "source_site": url.split("/")[2], "provenance": "import:gsc", "claimed_at": "2026-11-22T10:00:00Z", "why": ""}
        for url in urls
    ]  # fmt: skip
    with Staging(Index.open(cwd / "data/index", create=True)) as staging:
        staging.add(to_table(rows, CLAIMS))
        staging.store()


def test_pages_that_a_source_names_are_visited_and_no_others(
    tmp_path: Path, web: LocalWeb, hosts: dict[str, Host]
) -> None:
    named = ("http://blog.example/post", "http://blog.example/other", "http://news.example/gone")
    with ReplayServer(hits(*named), hits()) as server:
        configure(tmp_path, searxng=f"http://127.0.0.1:{server.server_port}")
        summary = crawl(tmp_path, web, "discover=searxng")
        asked = len(server.requests)
        again = crawl(tmp_path, web, "discover=searxng")
        assert len(server.requests) == asked
    assert [(one["name"], one["new"], one["ended"]) for one in summary["sources"]] == [("searxng", 3, "done")]
    assert [one["ended"] for one in again["sources"]] == ["cached"]
    assert sorted(one.target for one in hosts["blog.example"].asked) == ["/other", "/post"]
    assert states(tmp_path) == {
        named[0]: ("seen", None),
        named[1]: ("never_seen", "not_on_page"),
        named[2]: ("never_seen", "page_gone"),
    }
    assert [row["source_url"] for row in stored(tmp_path / "data/index", "backlinks")] == [named[0]]
    assert again["pages"] == 0


def test_a_source_that_is_down_is_named_and_the_others_go_on(tmp_path: Path, web: LocalWeb) -> None:
    with (
        ReplayServer(hits("http://blog.example/post"), hits()) as server,
        ReplayServer(Reply("nonsense")) as broken,
    ):
        configure(
            tmp_path,
            searxng=f"http://127.0.0.1:{server.server_port}",
            lobsters=f"http://127.0.0.1:{broken.server_port}",
        )
        summary = crawl(tmp_path, web, "discover=lobsters,searxng")
    ended = {one["name"]: one["ended"] for one in summary["sources"]}
    assert ended["searxng"] == "done"
    assert "JSON" in ended["lobsters"]
    assert summary["links"] == 1


def test_imported_claims_are_verified_one_page_of_each_domain_first(
    tmp_path: Path, web: LocalWeb, hosts: dict[str, Host]
) -> None:
    pages = [
        "http://blog.example/post",
        "http://news.example/one",
        "http://blog.example/other",
        "http://news.example/two",
    ]
    claim(tmp_path, *pages)
    crawl(tmp_path, web, "discover=claims", settings=(*QUICK, "-s", "CONCURRENT_REQUESTS=1"))
    order = [f"http://{one.headers['host']}{one.target}" for host in hosts.values() for one in host.asked]
    assert sorted(order) == sorted(pages)
    asked = [seen.url.split("/")[2] for seen in web.log if not seen.url.endswith("/robots.txt")]
    assert set(asked[:2]) == {"blog.example", "news.example"}
    assert [state for state, _ in states(tmp_path).values()].count("seen") == 3


def test_what_is_new_at_known_referrers_is_found_in_their_feeds_and_sitemaps(
    tmp_path: Path, web: LocalWeb, hosts: dict[str, Host]
) -> None:
    crawl(tmp_path, web, "seeds=http://feeds.example/known", "scope=page")
    hosts["feeds.example"].forget()
    crawl(tmp_path, web, "discover=feeds")
    found = {row["source_url"] for row in stored(tmp_path / "data/index", "backlinks")}
    assert found == {f"http://feeds.example/{name}" for name in ("known", "fresh", "listed")}
    asked = [one.target for one in hosts["feeds.example"].asked]
    assert "/inside" not in asked


def test_a_crawl_with_nothing_to_visit_says_so(tmp_path: Path, web: LocalWeb) -> None:
    summary = crawl(tmp_path, web, "discover=claims")
    assert summary["pages"] == 0
    assert "no page" in summary["remark"]


def test_seeds_and_sources_go_together(tmp_path: Path, web: LocalWeb, hosts: dict[str, Host]) -> None:
    claim(tmp_path, "http://news.example/one")
    crawl(tmp_path, web, "seeds=http://blog.example/post", "discover=claims")
    assert {one.target for one in hosts["blog.example"].asked} == {"/post", "/inside"}
    assert {one.target for one in hosts["news.example"].asked} == {"/one"}


def test_a_page_that_was_read_for_another_target_is_read_again(tmp_path: Path, web: LocalWeb) -> None:
    with ReplayServer(hits("http://blog.example/post"), hits()) as server:
        configure(tmp_path, searxng=server.url)
        crawl(tmp_path, web, "seeds=http://blog.example/post", "scope=page", "target=beta.example")
        summary = crawl(tmp_path, web, "discover=searxng")
    assert (summary["pages"], summary["links"]) == (1, 1)


def test_what_was_asked_for_one_index_is_asked_again_for_another(tmp_path: Path, web: LocalWeb) -> None:
    with ReplayServer(hits("http://blog.example/post"), hits()) as server:
        configure(tmp_path, searxng=server.url)
        crawl(tmp_path, web, "discover=searxng")
        asked = len(server.requests)
        other = crawl(tmp_path, web, "discover=searxng", "index=data/other")
        shutil.rmtree(tmp_path / "data/index")
        anew = crawl(tmp_path, web, "discover=searxng")
        assert len(server.requests) == asked
    assert [one["links"] for one in (other, anew)] == [1, 1]


def test_no_source_is_waited_for_once_the_budget_is_spent(tmp_path: Path, web: LocalWeb) -> None:
    busy = Reply(status=429, headers={"Retry-After": "290"})
    with ReplayServer(hits("http://blog.example/post", "http://news.example/one"), busy) as server:
        configure(tmp_path, searxng=server.url)
        began = time.monotonic()
        summary = crawl(tmp_path, web, "discover=searxng", "max_pages=1")
    assert time.monotonic() - began < 250
    assert [one["ended"] for one in summary["sources"]] == ["stopped"]
    assert summary["pages"] == 1


def test_of_listings_without_end_a_few_are_looked_at(
    tmp_path: Path, web: LocalWeb, hosts: dict[str, Host]
) -> None:
    crawl(tmp_path, web, "seeds=http://feeds.example/known", "scope=page")
    host = hosts["feeds.example"]
    maps = b"".join(b"Sitemap: http://feeds.example/map-%d.xml\n" % number for number in range(99))
    host.pages["/robots.txt"] = (200, {"Content-Type": "text/plain"}, maps)
    for number in range(40):
        items = b"".join(
            b"<item><link>http://feeds.example/feed-%d.xml</link></item>" % (number * 3 + one)
            for one in (1, 2, 3)
        )
        host.pages[f"/feed-{number}.xml"] = (
            200,
            {"Content-Type": "application/rss+xml"},
            b"<rss>%s</rss>" % items,
        )
    host.pages["/feed.xml"] = host.pages["/feed-0.xml"]
    host.forget()
    crawl(tmp_path, web, "discover=feeds")
    asked = [one.target for one in host.asked]
    assert sum("map-" in target for target in asked) == MOST_LISTINGS
    assert sum("feed" in target for target in asked) == 1 + MOST_LISTINGS


def test_when_no_source_answers_the_exit_code_tells(tmp_path: Path, web: LocalWeb) -> None:
    with ReplayServer(Reply(status=401)) as server:
        configure(tmp_path, searxng=f"http://127.0.0.1:{server.server_port}")
        summary = crawl(tmp_path, web, "discover=searxng", code=4)
    assert "searxng" in [one["name"] for one in summary["sources"]]


def test_a_page_on_a_site_that_is_crawled_is_a_page_of_that_crawl(
    tmp_path: Path, web: LocalWeb, hosts: dict[str, Host]
) -> None:
    hosts["blog.example"].pages["/hub"] = page(b"<title>h</title><a href=/deep>deep</a>" + MORE)
    hosts["blog.example"].pages["/deep"] = linking("deep")
    claim(tmp_path, "http://blog.example/hub")
    crawl(tmp_path, web, "seeds=http://blog.example/other", "discover=claims")
    assert "/deep" in {one.target for one in hosts["blog.example"].asked}
