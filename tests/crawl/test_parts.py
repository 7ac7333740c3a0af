"""The parts in Scrapy's own process: the add-on in a foreign project, foreign items, pages that fail half way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from itemadapter import ItemAdapter
from scrapy import Spider
from scrapy.crawler import CrawlerRunner
from scrapy.exceptions import DropItem
from scrapy.settings import Settings

from backlink_crawler.addon import BacklinksAddon
from backlink_crawler.facts.reading import Fetch, read
from backlink_crawler.items import Visit
from backlink_crawler.localweb.message import response
from backlink_crawler.localweb.server import LocalWeb
from backlink_crawler.spiders.backlinks import BacklinksSpider
from backlink_crawler.wiring import EXPORTERS, PIPELINES
from tests.index_rows import stored

ALONE: dict[str, Any] = {
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
    "ASYNCIO_EVENT_LOOP": None,
}
QUICK = {**ALONE, "DOWNLOAD_DELAY": 0, "AUTOTHROTTLE_ENABLED": False}


class ForeignSpider(Spider):
    """Somebody's own spider, which reads its pages with our reading and has an item of its own."""

    name = "foreign"
    start_urls = ("http://labels.example/classes",)

    def parse(self, response: Any) -> Iterator[Any]:
        headers = [(name, value) for name, values in response.headers.items() for value in values]
        fetch = Fetch(
            response.url, response.url, response.status, headers, response.body, "2026-11-22T00:00:00.000Z"
        )
        yield read(fetch, self.crawler.targets)  # type: ignore[attr-defined]
        yield {"title": "a foreign item", "mixed": {"set": [1, 2]}}


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[LocalWeb]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BACKLINKS_CONFIG", raising=False)
    with LocalWeb() as web:
        monkeypatch.setenv("http_proxy", web.proxy_url)
        yield web


@pytest_twisted.ensureDeferred
async def test_the_addon_works_in_anybodys_project(proxy: LocalWeb, tmp_path: Path) -> None:
    from backlink_crawler.classify.target import Targets, parse_target

    settings = Settings(
        {
            **ALONE,
            "ADDONS": {BacklinksAddon: 500},
            "BACKLINKS_TARGET": "acme.example",
            "BACKLINKS_BRAND": "Acme",
        }
    )
    settings["FEEDS"] = {str(tmp_path / "out.jsonl"): {"format": "jsonlines"}}
    crawler = CrawlerRunner(settings).create_crawler(ForeignSpider)
    crawler.targets = Targets([parse_target("acme.example")])  # type: ignore[attr-defined]
    await crawler.crawl()
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    links = [row for row in rows if "target_url" in row]
    assert [row for row in rows if "target_url" not in row] == [
        {"title": "a foreign item", "mixed": {"set": [1, 2]}}
    ]
    assert links
    assert {link["target"] for link in links} == {"acme.example"}
    assert {"generic", "naked_url"} <= {link["anchor_type"] for link in links}
    assert all(link["rel_type"] for link in links if link["link_type"] == "text")
    assert not crawler.stats.get_value("log_count/ERROR")


@pytest.mark.parametrize("path", sorted(PIPELINES))
def test_foreign_items_pass_every_pipeline_untouched(path: str) -> None:
    from scrapy.utils.misc import load_object
    from scrapy.utils.test import get_crawler

    crawler = get_crawler(settings_dict={"BACKLINKS_TARGET": "acme.example"})
    crawler._apply_settings()
    pipeline = load_object(path)
    pipeline = pipeline.from_crawler(crawler) if hasattr(pipeline, "from_crawler") else pipeline()
    item = {"title": "a foreign item"}
    result = pipeline.process_item(item)
    if hasattr(result, "send"):
        with pytest.raises(StopIteration) as done:
            result.send(None)
        result = done.value.value
    assert result is item
    assert item == {"title": "a foreign item"}


class Breaks:
    """A user's pipeline between placement and record that fails on one page and drops another."""

    def process_item(self, item: Any) -> Any:
        if isinstance(item, Visit) and item.source_url.endswith("/classes"):
            raise ZeroDivisionError("a bug of the user")
        if isinstance(item, Visit) and item.source_url.endswith("/kinds"):
            raise DropItem("not wanted")
        return item


@pytest_twisted.ensureDeferred
async def test_a_page_that_fails_in_a_pipeline_is_not_half_stored(proxy: LocalWeb, tmp_path: Path) -> None:
    settings = Settings({**QUICK, "ITEM_PIPELINES": {Breaks: 600}})
    crawler = CrawlerRunner(settings).create_crawler(BacklinksSpider)
    await crawler.crawl(target="acme.example", seeds="labels.example")
    visits = stored("data/index", "visits")
    links = stored("data/index", "links")
    outcomes = {visit["requested_url"]: visit["outcome"] for visit in visits}
    assert outcomes["http://labels.example/classes"] == "error"
    assert "http://labels.example/kinds" not in outcomes
    assert links
    assert not [link for link in links if link["source_url"].endswith(("/classes", "/kinds"))]
    assert crawler.stats.get_value("finish_reason") == "finished"
    assert crawler.stats.get_value("backlinks/frontier/pending") == 0


class Swallows:
    """A user's downloader middleware that loses a request: neither callback nor errback is called."""

    def process_request(self, request: Any) -> Any:
        if request.url.endswith("/classes") and not request.meta.get("again"):
            from scrapy.exceptions import IgnoreRequest

            raise IgnoreRequest("swallowed")


@pytest_twisted.ensureDeferred
async def test_a_swallowed_request_does_not_hang_the_crawl(proxy: LocalWeb) -> None:
    settings = Settings({**QUICK, "DOWNLOADER_MIDDLEWARES": {Swallows: 50}})
    crawler = CrawlerRunner(settings).create_crawler(BacklinksSpider)
    await crawler.crawl(target="acme.example", seeds="labels.example")
    assert crawler.stats.get_value("finish_reason") == "finished"
    assert crawler.stats.get_value("backlinks/frontier/pending") == 0


@pytest_twisted.ensureDeferred
async def test_without_a_target_every_outbound_link_is_kept(proxy: LocalWeb) -> None:
    crawler = CrawlerRunner(Settings(QUICK)).create_crawler(BacklinksSpider)
    await crawler.crawl(seeds="labels.example,oddpaths.example")
    links = stored("data/index", "links")
    assert {link["target"] for link in links} == {link["target_domain"] for link in links}
    assert len({link["target"] for link in links}) > 3
    assert all(link["source_site"] != link["target_domain"] for link in links)


@pytest_twisted.ensureDeferred
@pytest.mark.parametrize(
    ("arguments", "pages"),
    [
        ({"scope": "page"}, {"/"}),
        ({"depth": "1"}, None),
        ({"max_pages": "3"}, 3),
        ({"max_pages_per_domain": "2"}, 2),
    ],
)
async def test_scope_depth_and_budgets(proxy: LocalWeb, arguments: dict[str, str], pages: Any) -> None:
    crawler = CrawlerRunner(Settings(QUICK)).create_crawler(BacklinksSpider)
    await crawler.crawl(target="acme.example", seeds="deepwell.example", **arguments)
    asked = {url for url in (seen.url for seen in proxy.log) if not url.endswith("/robots.txt")}
    if isinstance(pages, set):
        assert {url.removeprefix("http://deepwell.example") for url in asked} == pages
    elif pages is None:
        everything = CrawlerRunner(Settings(QUICK)).create_crawler(BacklinksSpider)
        before = len(asked)
        await everything.crawl(target="acme.example", seeds="deepwell.example")
        assert 1 < before < everything.stats.get_value("backlinks/frontier/done")
    else:
        assert len(asked) == pages


@pytest_twisted.ensureDeferred
async def test_hops_allow_domains_found_on_the_way(proxy: LocalWeb) -> None:
    hosts = []
    for number, hops in enumerate(("0", "1")):
        crawler = CrawlerRunner(Settings(QUICK)).create_crawler(BacklinksSpider)
        await crawler.crawl(
            target="acme.example", seeds="signpost.example", hops=hops, max_pages="60", jobs=f"jobs{number}"
        )
        hosts.append({seen.url.split("/")[2] for seen in proxy.log})
    assert hosts[0] == {"signpost.example"}
    assert len(hosts[1]) > 2


@pytest.mark.parametrize("name", sorted(EXPORTERS))
def test_our_items_are_open_to_itemadapter(name: str) -> None:
    assert "links" in ItemAdapter(Visit()).field_names()


@pytest_twisted.ensureDeferred
@pytest.mark.parametrize("obey", ["no", "yes"])
async def test_noindex_is_a_ban_only_when_asked_for(proxy: LocalWeb, obey: str) -> None:
    crawler = CrawlerRunner(Settings(QUICK)).create_crawler(BacklinksSpider)
    await crawler.crawl(
        target="acme.example", seeds="http://signpost.example/noindex", scope="page", obey_meta=obey
    )
    (visit,) = stored("data/index", "visits")
    assert visit["noindex"]
    assert bool(stored("data/index", "links")) == (obey == "no")
    assert bool(visit["targets_checked"]) == (obey == "no")


@pytest_twisted.ensureDeferred
@pytest.mark.parametrize(
    ("status", "whole"), [(301, True), (404, True), (503, False), (429, False), (403, False)]
)
async def test_a_shortener_that_does_not_answer_proves_no_absence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, status: int, whole: bool
) -> None:
    def handler(status: int, headers: list[tuple[str, str]], body: bytes) -> Any:
        async def handle(request: Any, writer: Any) -> int:
            code = 404 if request.url.endswith("/robots.txt") else status
            writer.write(response(request, code, headers, body))
            await writer.drain()
            return code

        return handle

    monkeypatch.chdir(tmp_path)
    page = handler(200, [("Content-Type", "text/html")], b'<p>See <a href="http://bit.ly/x">Acme</a>.')
    short = handler(status, [("Location", "http://acme.example/x")] if status == 301 else [], b"")
    with LocalWeb(handlers={"page.example": page, "bit.ly": short}) as web:
        monkeypatch.setenv("http_proxy", web.proxy_url)
        crawler = CrawlerRunner(Settings(QUICK)).create_crawler(BacklinksSpider)
        await crawler.crawl(target="acme.example", seeds="page.example", scope="page")
    (visit,) = stored("data/index", "visits")
    assert (visit["outcome"], visit["complete"]) == ("ok", whole)
    assert visit["led_elsewhere"] == (["http://bit.ly/x"] if status == 404 else [])
    kinds = [link["link_type"] for link in stored("data/index", "links")]
    assert kinds == {301: ["text"], 404: ["mention"]}.get(status, [])
