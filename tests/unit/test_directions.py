"""What a site links to, and how a target's own sites link within themselves; and that internal links are no part of anything else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from backlink_crawler.classify.part import parse_part
from backlink_crawler.classify.target import Targets, parse_target
from backlink_crawler.history.fold import rebuild
from backlink_crawler.history.reclassify import reclassify
from backlink_crawler.index.query import Reader
from backlink_crawler.index.store import Index
from backlink_crawler.reporting.internal import Extent, InternalLinks
from backlink_crawler.reporting.outgoing import coverage, outgoing
from tests.index_rows import NOFOLLOW, link, stored, visit

Row = dict[str, Any]
KEEPING = json.dumps({"internal_links": True})
OWN = "https://acme.example"
TARGET = parse_target("acme.example", own=["sister.example"])
BLOG, NOBODY = parse_part("blog.example"), parse_part("nobody.example")


def internal(source: str, path: str, minute: int = 0, **values: Any) -> Row:
    """The row of a link within the own set, as the outbox writes it."""
    return {
        **link(source, path, minute, crawl_id="own", **values),
        "target": None,
        "kept_for": "acme.example",
    }


def own(path: str, minute: int = 0, **values: Any) -> Row:
    return visit(f"{OWN}{path}", minute, **{"crawl_id": "own", "title": f"Page {path}", **values})


VISITS = [
    own("/"), own("/a"), own("/b", noindex=True), own("/lonely"),
    own("/moved", 1, requested_url=f"{OWN}/old", redirects=[f"{OWN}/moved"], redirect_statuses=[301]),
    own("/gone", 1, outcome="http_404", http_status=404, complete=False, targets_checked=[]),
    own("/a", 2, requested_url=f"{OWN}/a?again", redirects=[f"{OWN}/a"], targets_checked=[]),  # met again by a redirect
    visit("http://sister.example/", crawl_id="own"),
    own("/without", crawl_id="c1"),  # by a crawl that kept no internal links
    own("/half", crawl_id="half"),
    visit("http://blog.example/post", crawl_id="own"), visit("http://blog.example/other", targets_checked=["*"]),
]  # fmt: skip
WITHIN = [
    internal(f"{OWN}/", "/a", anchor="A", placement="nav"), internal(f"{OWN}/", "/a", anchor="the A", **NOFOLLOW),
    internal(f"{OWN}/", "/b", anchor="B"), internal(f"{OWN}/", "/", anchor="home"), internal(f"{OWN}/a", "/", anchor="home"),
    internal(f"{OWN}/a", "/old", anchor="old"), internal(f"{OWN}/a", "/gone", anchor="\x1b[31mgone"),
    internal(f"{OWN}/b", "/unread", anchor=""), internal(f"{OWN}/b", "/a", anchor="A", link_type="canonical", follow=None),
    internal("http://sister.example/", "/a", anchor="A"),
    {**internal(f"{OWN}/half", "/lonely"), "crawl_id": "half"},
]  # fmt: skip
OUT = [
    link("http://blog.example/post", "/", crawl_id="own"), link("http://blog.example/post", "/x", crawl_id="own", **NOFOLLOW),
    link("http://blog.example/other", "/", target="acme.example"),
    link("http://blog.example/other", "/", target="zoo.example", target_url="http://zoo.example/", target_host="zoo.example", target_domain="zoo.example", anchor="Zoo"),
]  # fmt: skip


def stock(index: Index, *more: Row) -> Index:
    crawls = {"c1": ("{}",), "own": (KEEPING,), "half": (KEEPING, "{}")}
    for crawl, runs in crawls.items():
        for number, options in enumerate(runs, 1):
            began = f"2026-11-22T09:0{number}:00Z"
            index.record_crawl(
                {"crawl_id": crawl, "targets": ["acme.example"], "options": options, "started_at": began},
                number,
            )
    index.append("job", 0, VISITS, [*OUT, *more])
    rebuild(index)
    for name in index.tables:
        index.fresh(name)
    return index


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    return stock(Index.open(tmp_path_factory.mktemp("directions") / "with", create=True), *WITHIN)


@pytest.fixture
def within(index: Index) -> InternalLinks:
    return InternalLinks(Reader(index), TARGET)


class TestInternal:
    def test_pages_by_the_pages_that_link_to_them(self, within: InternalLinks) -> None:
        rows = {row["url"].removeprefix(OWN): row for row in within.rows().read_all().to_pylist()}
        assert {path: row["pages_in"] for path, row in rows.items()} == {
            "/": 1, "/a": 2, "/b": 1, "/moved": 1, "/gone": 1, "/unread": 1, "/lonely": 0, "http://sister.example/": 0,
        }  # fmt: skip
        a = rows["/a"]
        assert (a["links_in"], a["follow_in"], a["content_in"], a["anchors"], a["top_anchor"]) == (
            3,
            2,
            2,
            2,
            "A",
        )
        assert (a["pages_out"], a["is_read"], a["is_orphan"], a["title"]) == (3, True, False, "Page /a")
        assert rows["/b"]["noindex"] is True
        assert (rows["/moved"]["redirected_in"], rows["/moved"]["top_anchor"]) == (1, "old")
        assert (rows["/gone"]["is_read"], rows["/gone"]["outcome"], rows["/gone"]["http_status"]) == (
            False,
            "http_404",
            404,
        )
        assert (rows["/unread"]["is_read"], rows["/unread"]["outcome"]) == (False, None)

    def test_orphans(self, within: InternalLinks) -> None:
        assert within.rows("orphans").read_all().column("url").to_pylist() == [
            "http://sister.example/",
            f"{OWN}/lonely",
        ]
        assert within.extent() == Extent(pages=6, links=8, unread=2, orphans=2)

    def test_anchors(self, within: InternalLinks) -> None:
        rows = within.rows("anchors").read_all().to_pylist()
        assert [(row["anchor"], row["target_pages"], row["pages"]) for row in rows[:2]] == [
            ("A", 1, 2),
            ("", 1, 1),
        ]

    def test_each_link_once_as_its_page_was_last_read(self, within: InternalLinks) -> None:
        rows = within.rows("links").read_all().to_pylist()
        assert len(rows) == 8
        assert {row["link_type"] for row in rows} == {"text"}
        assert within.rows("links", limit=2).read_all().num_rows == 2

    def test_of_another_target_there_are_none(self, index: Index) -> None:
        assert InternalLinks(Reader(index), parse_target("zoo.example")).extent() == Extent(0, 0, 0, 0)

    def test_pages_that_went_or_moved_since_are_not_there(self, tmp_path: Path) -> None:
        index = Index.open(tmp_path / "index", create=True)
        index.record_crawl({"crawl_id": "own", "targets": ["acme.example"], "options": KEEPING})
        index.append("job", 0, [
            own("/"), own("/went"), own("/moved"), own("/slow"), own("/new"),
            own("/went", 5, outcome="http_404", http_status=404, complete=False, targets_checked=[]),
            own("/new", 5, requested_url=f"{OWN}/moved", redirects=[f"{OWN}/new"], redirect_statuses=[301]),
            own("/slow", 5, outcome="timeout", complete=False, targets_checked=[]),
        ], [
            internal(f"{OWN}/", "/slow"), internal(f"{OWN}/went", "/new"), internal(f"{OWN}/moved", "/new"),
            internal(f"{OWN}/slow", "/"), internal(f"{OWN}/slow", "/went"),
        ])  # fmt: skip
        within = InternalLinks(Reader(Index.open(index.uri)), TARGET)
        rows = {row["url"].removeprefix(OWN): row for row in within.rows().read_all().to_pylist()}
        assert {path: (row["pages_in"], row["is_read"], row["outcome"]) for path, row in rows.items()} == {
            "/": (1, True, "ok"), "/slow": (1, True, "timeout"), "/new": (0, True, "ok"), "/went": (1, False, "http_404"),
        }  # fmt: skip
        assert within.rows("orphans").read_all().column("url").to_pylist() == [f"{OWN}/new"]

    def test_a_site_that_is_own_no_more_has_none(self, index: Index) -> None:
        pages = InternalLinks(Reader(index), parse_target("acme.example")).rows().read_all()
        assert "http://sister.example/" not in pages.column("url").to_pylist()


class TestNoPartOfAnythingElse:
    def test_of_what_is_folded(self, index: Index, tmp_path: Path) -> None:
        bare = stock(Index.open(tmp_path / "without", create=True))
        for table in ("backlinks", "events"):
            assert sorted(map(repr, stored(index.uri, table))) == sorted(map(repr, stored(bare.uri, table)))

    def test_of_what_is_judged_again_and_forgotten(self, tmp_path: Path) -> None:
        index = stock(Index.open(tmp_path / "index", create=True), *WITHIN)
        done = reclassify(index, Targets([TARGET, parse_target("zoo.example")]))
        assert "target" not in done.changes.column("field").to_pylist()
        assert sum(row["target"] is None for row in stored(index.uri, "links")) == len(WITHIN)
        index.forget("acme.example")
        assert {row["target"] for row in stored(index.uri, "links")} == {"zoo.example"}


class TestOutgoing:
    def test_domains(self, index: Index) -> None:
        rows = outgoing(Reader(index), BLOG).read_all().to_pylist()
        assert [(row["target_domain"], row["pages"], row["links"], row["follow"], row["target_pages"]) for row in rows] == [
            ("acme.example", 2, 3, 2, 2), ("zoo.example", 1, 1, 1, 1),
        ]  # fmt: skip

    def test_anchors_and_links(self, index: Index) -> None:
        anchors = outgoing(Reader(index), BLOG, by="anchors").read_all().to_pylist()
        assert [(row["anchor"], row["target_domains"], row["pages"]) for row in anchors] == [
            ("Acme", 1, 2),
            ("Zoo", 1, 1),
        ]
        links = outgoing(Reader(index), BLOG, by="links", limit=3).read_all().to_pylist()
        assert [row["target_url"] for row in links] == ["http://zoo.example/", f"{OWN}/", f"{OWN}/"]

    def test_a_link_that_counts_twice_is_one(self, tmp_path: Path) -> None:
        page = "http://blog.example/post"
        again = [link(page, "/", target="prefix:acme.example/"), link(page, "/")]
        index = Index.open(tmp_path / "index", create=True)
        index.record_crawl({"crawl_id": "c1", "targets": ["acme.example", "prefix:acme.example/"]})
        index.append("job", 0, [visit(page, targets_checked=["acme.example", "prefix:acme.example/"])], again)
        rebuild(index)
        (row,) = outgoing(Reader(Index.open(index.uri)), BLOG).read_all().to_pylist()
        assert row["links"] == 1

    def test_a_host_alone(self, tmp_path: Path) -> None:
        pages = ["http://blog.example/post", "http://www.blog.example/other", "http://shop.blog.example/"]
        of_domain = {"source_domain": "blog.example", "source_site": "blog.example"}
        index = Index.open(tmp_path / "index", create=True)
        index.append(
            "job",
            0,
            [visit(page, **of_domain) for page in pages],
            [link(page, **of_domain) for page in pages],
        )
        rebuild(index)
        reader = Reader(Index.open(index.uri))
        of = {
            name: parse_part(name) for name in ("blog.example", "host:blog.example", "host:shop.blog.example")
        }
        listed = {
            name: outgoing(reader, part, by="links").read_all().column("source_url").to_pylist()
            for name, part in of.items()
        }
        assert list(listed.values()) == [sorted(pages), pages[:1], pages[2:]]
        assert [coverage(reader, part).pages for part in of.values()] == [3, 1, 1]
        assert coverage(reader, of["host:blog.example"]).sentence(of["host:blog.example"]) == (
            "Pages of host:blog.example that were read: 1. Only links to acme.example were kept."
            " To know all: backlinks crawl --seeds blog.example, without a target."
        )

    def test_what_the_index_covers(self, index: Index) -> None:
        known = coverage(Reader(index), BLOG)
        assert (known.pages, known.whole, known.targets) == (2, 1, ["acme.example"])
        assert known.sentence(BLOG).startswith(
            "Pages of blog.example that were read: 2. Of 1 every link to another site was kept; of the others only links to acme.example."
        )

    def test_of_a_site_nobody_read_nothing_is_known(self, index: Index) -> None:
        assert outgoing(Reader(index), NOBODY).read_all().num_rows == 0
        assert coverage(Reader(index), NOBODY).sentence(NOBODY) == (
            "No page of nobody.example has been read, so that nothing is known of what it links to."
        )
