"""From a domain to verified links by a Common Crawl in small: its graph, its indexes and its archives, over a socket or in a
directory, whole, busy, broken or damaged.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pyarrow.parquet as pq
import pytest
from commoncrawl_server import CRAWL, RELEASE, CommonCrawl
from index_rows import stored
from replay_server import ReplayServer, Reply, Request

from backlink_crawler.archive import ranged
from backlink_crawler.classify.target import Target, parse_target
from backlink_crawler.config.file import Config
from backlink_crawler.discovery import web as asking
from backlink_crawler.discovery.intake import SourceReport
from backlink_crawler.discovery.run import discover
from backlink_crawler.discovery.state import FILE_NAME, State
from backlink_crawler.discovery.web import SourceSettings, Web
from backlink_crawler.errors import IndexFault, SourceFault
from backlink_crawler.index.store import Index
from backlink_crawler.items import Visit
from backlink_crawler.localweb.server import LocalWeb
from backlink_crawler.mining import captured
from backlink_crawler.mining import chain as chaining
from backlink_crawler.mining.chain import chain
from tests.crawl.conftest import QUICK, scrapy
from tests.crawl.test_recheck import Host, page

TARGET = parse_target("acme.example", own=["sister.example"])
PAGES = {
    "https://blog.example/": '<title>Blog</title><p>I like <a href="https://www.acme.example/shop">the shop</a>.</p>',
    "https://blog.example/ads": '<p>An <a rel="sponsored nofollow" href="https://acme.example/">ad</a>, twice: <a href="//acme.example/">b</a></p>',
    "https://blog.example/none": "<p>Nothing of it, but of <a href='https://acme.example.org/'>another</a>.</p>",
    "https://forum.example/t/1": '<p><a rel="ugc" href="http://acme.example/">acme</a></p>',
    "https://scripts.example/": '<script src="https://acme.example/x.js"></script><img src="https://acme.example/x.png">',
    "http://broken.example/": '<a href="https://acme.example/">it was here</a>',
    "https://sister.example/": '<a href="https://acme.example/">our shop</a>',
}
LINKS = [
    ("https://blog.example/", "https://www.acme.example/shop", "the shop", "dofollow"),
    ("https://blog.example/ads", "https://acme.example/", "ad", "sponsored"),
    ("https://blog.example/ads", "https://acme.example/", "b", "dofollow"),
    ("https://forum.example/t/1", "http://acme.example/", "acme", "ugc"),
]
READ = [*list(PAGES)[:5]]
"""Pages that are read: one record is damaged, and the target's sister is not looked at."""


@pytest.fixture
def published(tmp_path: Path) -> CommonCrawl:
    """Six domains link to the target by the graph, of which one is its own and one was never captured."""
    crawl = CommonCrawl(tmp_path / "data")
    for number, (url, html) in enumerate(PAGES.items()):
        row = crawl.page(url, html, number=number % 2)
    broken = next(row for row in crawl.rows if "broken" in row.url)
    archive = bytearray((crawl.root / broken.file).read_bytes())
    archive[broken.offset + 30 : broken.offset + 60] = bytes(30)
    crawl.write(broken.file, bytes(archive))
    assert row.domain == "sister.example"
    crawl.edges = {(row.domain, "acme.example") for row in crawl.rows} | {("never.example", "acme.example")}
    return crawl.publish()


@attrs.define
class World:
    """An index, a Common Crawl, and runs."""

    path: Path
    published: CommonCrawl
    server: ReplayServer
    index: Index
    said: dict[str, Any] = attrs.field(factory=dict)
    given: list[str] = attrs.field(factory=list)
    stop: threading.Event = attrs.field(factory=threading.Event)

    def run(self, target: Target = TARGET, **said: Any) -> SourceReport:
        settings = {
            "endpoints": [self.server.url],
            "data": self.server.url,
            "pause": 0.0,
            **self.said,
            **said,
        }
        (report,) = discover(
            self.index, target, ["commoncrawl"], config=Config(sources={"commoncrawl": settings}),
            directory=self.path / "jobs", user_agent="backlink-crawler-tests", on_new=self.given.extend, stop=self.stop,
            crawl_id="run-1",
        )  # fmt: skip
        return report

    def rows(self, table: str) -> list[dict[str, Any]]:
        return stored(self.index.uri, table)

    @property
    def links(self) -> list[tuple[str, ...]]:
        named = ("source_url", "target_url", "anchor", "rel_type")
        rows = [row for row in self.rows("links") if row["link_type"] != "mention"]
        return sorted(tuple(row[name] for name in named) for row in rows)

    @property
    def pages(self) -> list[str]:
        return sorted(row["source_url"] for row in self.rows("visits"))


@pytest.fixture
def world(tmp_path: Path, published: CommonCrawl, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(asking, "TRY_PAUSES", (0.01, 0.01))
    with published.server() as server:
        yield World(tmp_path, published, server, Index.open(tmp_path / "index", create=True))
    for thread in threading.enumerate():
        if thread.name.startswith("discovery-"):
            thread.join(10)


def asked(world: World, state: State, **said: Any) -> Web:
    settings = {"endpoints": (world.server.url,), "data": str(world.published.root), "pause": 0.0, **said}
    return Web(SourceSettings(**settings), state, user_agent="tests")


@pytest.mark.parametrize("place", ["server", "directory"])
@pytest.mark.parametrize("lookup", ["api", "table"])
def test_a_domain_becomes_verified_links(world: World, place: str, lookup: str) -> None:
    world.said = {"lookup": lookup} | ({"data": str(world.published.root)} if place == "directory" else {})
    report = world.run()
    assert world.links == LINKS
    assert world.pages == READ
    assert (report.ended, report.visits, report.links, report.new, report.failed) == ("done", 5, 4, 1, False)
    for row in world.rows("visits"):
        capture = next(one for one in world.published.rows if one.url == row["source_url"])
        assert (row["warc_file"], row["warc_offset"]) == (capture.file, capture.offset)
        assert (row["fetch_mode"], row["provenance"], row["crawl_id"]) == ("archive", "commoncrawl", "run-1")
        assert (row["outcome"], row["targets_checked"]) == ("ok", ["acme.example"])
        assert row["fetched_at"].isoformat() == "2026-10-12T10:00:00+00:00"
    for row in world.rows("links"):
        assert (row["evidence"], row["provenance"], row["crawl_id"]) == ("html", "commoncrawl", "run-1")
    (claim,) = world.rows("claims")
    assert (claim["source_url"], claim["kind"], claim["provenance"]) == (
        "http://broken.example/",
        "hint",
        "discover:commoncrawl",
    )
    assert world.given == ["http://broken.example/"]


def test_the_ranks_of_the_domains_that_link_are_kept(world: World) -> None:
    world.run()
    kept = pq.read_table(
        world.path / "jobs" / "commoncrawl" / RELEASE / "acme.example.parquet", use_threads=False
    )
    assert len(kept) == 6
    assert kept["harmonic_position"].null_count == 0
    assert kept.schema.metadata[b"release"] == RELEASE.encode()


def test_what_was_read_is_not_read_again_and_a_new_release_is(world: World) -> None:
    first = world.run()
    requests = len(world.server.requests)
    assert (first.ended, world.run().ended) == ("done", "done")
    assert [
        request.path for request in world.server.requests[requests:]
    ] == []  # the list of releases holds for a day
    assert world.links == LINKS
    world.published.release = "cc-main-2026-sep-oct-nov"
    world.published.publish()
    (world.path / "jobs" / FILE_NAME).rename(world.path / "jobs" / "old.db")
    assert world.run().ended == "done"
    assert len(world.links) == 2 * len(LINKS)


def test_a_run_that_is_stopped_goes_on_where_it_was(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chaining, "DOMAINS", 1)
    runs = 0
    while True:
        runs += 1
        report = world.run(most=1)
        if report.ended != "most":
            break
        assert runs < 10
    assert (report.ended, runs) == ("done", 5)  # four domains of six have captures
    assert (world.links, world.pages) == (LINKS, READ)


def test_a_kill_between_the_facts_and_the_cursor_stores_nothing_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chaining, "DOMAINS", 2)
    whole = State.keep_progress

    def killed(self: State, *arguments: Any) -> None:
        if world.rows("visits"):
            raise IndexFault("killed")
        whole(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(State, "keep_progress", killed)
        with pytest.raises(IndexFault, match="killed"):
            world.run()
    assert world.rows("visits")
    assert world.run().ended == "done"
    assert (world.links, world.pages) == (LINKS, READ)


def test_the_best_captures_of_a_domain_are_read_up_to_a_bound(world: World) -> None:
    assert world.run(captures=1).visits == 3
    assert world.pages == ["https://blog.example/", "https://forum.example/t/1", "https://scripts.example/"]


def test_domains_that_cannot_be_looked_up_are_named_and_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(request: Any) -> Reply:
        failing = request.query["url"] in ("forum.example", "scripts.example")
        return Reply("<html>504</html>", 504) if failing else world.published.answer(request)

    world.server.on(f"/{CRAWL}-index", answer)
    report = world.run()
    assert report.ended == "2 domains could not be looked up: forum.example, scripts.example"
    assert (report.failed, report.visits) == (True, 3)
    world.server.on(f"/{CRAWL}-index", world.published.answer)
    again = world.run()
    assert (again.ended, again.visits) == ("done", 2)
    assert (world.links, world.pages) == (LINKS, READ)


def test_an_index_that_is_down_ends_the_source_and_the_next_run_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(captured, "IN_A_ROW", 2)
    world.server.on(f"/{CRAWL}-index", Reply(status=503))
    report = world.run()
    assert report.ended == "2 domains in a row: it is down"
    assert world.pages == []
    world.server.on(f"/{CRAWL}-index", world.published.answer)
    edges = f"/{world.published.graph_file('edges')}"
    assert world.run().ended == "done"
    assert world.links == LINKS
    assert len([request for request in world.server.requests if request.path == edges]) == 1


def test_a_server_that_is_busy_or_breaks_off_is_asked_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranged, "PAUSES", (0.01, 0.01, 0.01))
    busy = Reply("Please reduce your request rate.", 503, {"Retry-After": "0"})

    def broken(request: Request) -> Reply:
        return attrs.evolve(world.published.answer(request), cut=20)

    def serve(request: Request) -> Reply:
        return world.published.answer(request)

    paths = [world.published.graph_file(what) for what in ("vertices", "edges", "ranks")]
    paths += [row.file for row in world.published.rows]
    for path in paths:
        world.server.on(f"/{path}", busy, broken, serve, broken, busy, serve)
    assert (world.run().ended, world.links, world.pages) == ("done", LINKS, READ)
    asked = [request for request in world.server.requests if request.path == f"/{paths[1]}"]
    assert [request.headers.get("range") for request in asked] == [None, None, "bytes=20-"]
    ranges = [
        request.headers.get("range") for request in world.server.requests if request.path.endswith(".warc.gz")
    ]
    assert all(ranges)  # nobody asks for a whole archive
    assert all("backlink_crawler" in request.headers["user-agent"] for request in asked)


@pytest.mark.parametrize("place", ["server", "directory"])
def test_records_that_are_not_there_are_named_as_pages(world: World, place: str) -> None:
    world.said = {"data": str(world.published.root)} if place == "directory" else {}
    gone, short = world.published.rows[0].file, world.published.rows[1].file
    (world.published.root / gone).unlink()
    (world.published.root / short).write_bytes(b"short")
    report = world.run()
    assert (report.ended, report.visits, report.new) == ("done", 0, 6)
    named = [row for row in world.rows("claims") if row["source_url"] == "https://blog.example/ads"]
    capture = next(row for row in world.published.rows if row.url == "https://blog.example/ads")
    assert [(row["origin"], row["kind"]) for row in named] == [(f"{capture.file}:{capture.offset}", "hint")]
    assert named[0]["last_seen"].isoformat() == "2026-10-12T10:00:00+00:00"
    assert len(world.given) == 6


def test_archives_that_cannot_be_reached_end_the_source_and_the_next_run_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(captured, "IN_A_ROW", 3)
    monkeypatch.setattr(ranged, "PAUSES", (0.01,))
    files = {row.file for row in world.published.rows}
    for file in files:
        world.server.on(f"/{file}", Reply(status=503))
    report = world.run()
    assert report.ended.startswith("3 records in a row: http")
    assert report.ended.endswith("the server answers with status 503")
    assert (world.pages, world.rows("claims")) == ([], [])
    for file in files:
        world.server.on(f"/{file}", world.published.answer)
    assert (world.run().ended, world.links) == ("done", LINKS)


def test_files_that_are_missing_are_named_after_all_else(world: World) -> None:
    (world.published.root / world.published.graph_file("ranks")).unlink()
    part = sorted(world.published.root.glob("cc-index/**/subset=warc/*.parquet"))[0]
    part.unlink()
    report = world.run(lookup="table")
    assert report.ended.startswith(
        f"{RELEASE}-domain-ranks.txt.gz: there is no such file; 1 of 3 files of the columnar index"
    )
    assert report.failed
    assert 0 < report.visits < len(READ)
    assert world.run(lookup="table").ended == report.ended


@pytest.mark.parametrize("what", ["vertices", "edges"])
def test_a_graph_that_cannot_be_read_is_named(world: World, what: str) -> None:
    (world.published.root / world.published.graph_file(what)).unlink()
    assert world.run().ended == f"{RELEASE}-domain-{what}.txt.gz: there is no such file"


def test_a_target_that_the_graph_does_not_hold_is_named(world: World) -> None:
    report = world.run(parse_target("unknown.example"))
    assert (report.ended, report.hint) == (
        f"its graph {RELEASE} does not hold unknown.example",
        "no page that was crawled for it links there; name another release",
    )


def test_the_graph_is_read_in_short_answers(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chaining, "SECONDS", 0.0)
    report = world.run()
    assert (report.ended, world.links) == ("done", LINKS)
    assert report.answers > 3


def test_the_chain_gives_visits_and_where_to_go_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chaining, "DOMAINS", 2)
    cursors: list[Any] = []
    with State(world.path / "jobs" / FILE_NAME) as state:
        web = asked(world, state)
        visits = list(chain(TARGET, web, on_answer=lambda answer: cursors.append(answer.cursor)))
        assert sorted(visit.source_url for visit in visits) == READ
        assert all(isinstance(visit, Visit) for visit in visits)
        later = list(chain(TARGET, web, cursors[2]))  # after the beginning, the graph and two domains
        assert 0 < len(later) < len(visits)
        with pytest.raises(SourceFault, match="does not hold"):
            list(chain(parse_target("unknown.example"), web))
        web.close()


def test_a_crawl_finds_by_common_crawl_and_visits_what_could_not_be_read(world: World) -> None:
    """Only the page whose record is damaged is visited; the others are known from the archive."""
    settings = f'endpoints = ["{world.server.url}"]\ndata = "{world.published.root}"\npause = 0\n'
    (world.path / "backlinks.toml").write_text(f"[sources.commoncrawl]\n{settings}", encoding="utf-8")
    arguments = (
        "target=acme.example",
        "own=sister.example",
        "discover=commoncrawl",
        "summary_json=summary.json",
    )
    page_now = page(
        b"<title>now</title><p>It <a href='https://acme.example/'>is still here</a>.</p>"
        + b"<p>Text.</p>" * 50
    )
    with LocalWeb(handlers={"broken.example": Host({"/": page_now})}) as web:
        done = scrapy(
            "crawl", "backlinks", *(part for one in arguments for part in ("-a", one)), *QUICK, cwd=world.path,
            proxy=web.proxy_url,
        )  # fmt: skip
        hosts = {seen.url.split("/")[2] for seen in web.log}
    assert done.returncode == 0, done.stderr[-3000:]
    assert hosts == {"broken.example"}
    index = world.path / "data" / "index"
    links = [row for row in stored(index, "links") if row["link_type"] != "mention"]
    found = [("http://broken.example/", "crawl"), *((row[0], "commoncrawl") for row in LINKS)]
    assert sorted((row["source_url"], row["provenance"]) for row in links) == sorted(found)
    shown = {(row["source_url"], row["status"]) for row in stored(index, "backlinks")}
    assert shown == {(url, "live") for url, _ in found}
