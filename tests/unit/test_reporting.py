"""The views against a plain recount of the same rows in Python."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from backlink_crawler.history.fold import fold
from backlink_crawler.index.derived import replace_summaries
from backlink_crawler.index.query import Reader
from backlink_crawler.index.store import Index
from backlink_crawler.items import LINK_FIELDS
from backlink_crawler.reporting import links as reporting
from backlink_crawler.reporting import targets
from backlink_crawler.reporting.export import LIFE, export
from backlink_crawler.reporting.grouping import GROUPS, grouped
from backlink_crawler.reporting.links import Filter
from backlink_crawler.reporting.overview import overview
from backlink_crawler.reporting.reading import left, readings
from backlink_crawler.reporting.summary import BREAKDOWNS, TOP, summarise
from tests.index_rows import NOFOLLOW, SPONSORED, UGC, link, visit

if TYPE_CHECKING:
    from collections.abc import Callable

Row = dict[str, Any]

SOURCES = [f"http://blog{number}.example/post" for number in range(5)]
PAGE_NOFOLLOW = {"follow": False, "rel_type": "nofollow", "follow_reason": ["meta robots: nofollow"]}
ROWS = [
    link(SOURCES[0], "/", position=1, page_language="en", html="<a>"),
    link(SOURCES[0], "/", position=2, anchor="again", placement="footer", **NOFOLLOW),
    link(SOURCES[0], "/shop", position=3, anchor="", anchor_type="empty", link_type="image"),
    link(SOURCES[0] + "/2", "/?utm_source=x", anchor="acme", **UGC),
    link(SOURCES[1], "/", placement="nav", anchor_type="generic", anchor="here", **NOFOLLOW),
    link(SOURCES[2], "/", anchor="buy", **SPONSORED, page_noindex=True),
    link(SOURCES[3], "/shop", minute=3, page_canonical="http://blog3.example/other"),
    link(SOURCES[4], "/shop", link_type="iframe", follow=None, rel_type=None, hidden=True),
    link("http://alice.github.io/", "/", source_domain="github.io", **PAGE_NOFOLLOW),
]
FAILED = visit("http://dead.example/", 9, outcome="http_404", complete=False, targets_checked=[])
BACKLINKS = [row for number, row in enumerate(ROWS) if number != 1]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    index = Index.open(tmp_path_factory.mktemp("index"), create=True)
    index.record_crawl({"crawl_id": "c1", "targets": ["acme.example", "unseen.example"]})
    seen = {row["source_url"]: row["fetched_at"] for row in ROWS}
    index.append("job", 0, [*(visit(url, fetched_at=time) for url, time in seen.items()), FAILED], ROWS)
    return folded(index)


def folded(index: Index) -> Index:
    fold(index)
    for name in index.tables:
        index.fresh(name)
    return index


@pytest.fixture(scope="module")
def reader(index: Index) -> Reader:
    return Reader(index, "acme.example")


@pytest.mark.parametrize(
    ("where", "fits"),
    [
        (Filter(), lambda row: True),
        (Filter(rel=frozenset({"follow"})), lambda row: row["follow"]),
        (Filter(rel=frozenset({"nofollow"})), lambda row: row["rel_type"] == "nofollow"),
        (Filter(rel=frozenset({"ugc"})), lambda row: row["ugc"]),
        (Filter(rel=frozenset({"ugc", "sponsored"})), lambda row: row["ugc"] or row["sponsored"]),
        (Filter(placement="content"), lambda row: row["placement"] == "content"),
        (Filter(anchor_type="generic"), lambda row: row["anchor_type"] == "generic"),
        (Filter(link_type="image"), lambda row: row["link_type"] == "image"),
        (Filter(source_domain="blog1.example"), lambda row: row["source_domain"] == "blog1.example"),
        (Filter(source_domain="github.io"), lambda row: row["source_domain"] == "github.io"),
        (Filter(source_domain="alice.github.io"), lambda row: row["source_host"] == "alice.github.io"),
        (Filter(source_domain="' OR TRUE --"), lambda row: False),
        (
            Filter(counts=True),
            lambda row: row["follow"] and not row["page_noindex"] and not row["page_canonical"],
        ),
        (
            Filter(rel=frozenset({"follow"}), placement="nav"),
            lambda row: row["follow"] and row["placement"] == "nav",
        ),
    ],
)
def test_filters(reader: Reader, where: Filter, fits: Callable[[Row], bool]) -> None:
    shown = reporting.links(reader, where).read_all().to_pylist()
    assert Counter(row["target_url"] + row["source_url"] for row in shown) == Counter(
        row["target_url"] + row["source_url"] for row in BACKLINKS if fits(row)
    )
    assert reporting.count(reader, where) == len(shown)


def test_every_link_by_itself(reader: Reader) -> None:
    shown = reporting.links(reader, every=True).read_all()
    assert shown.num_rows == len(ROWS) == reporting.count(reader, every=True)
    assert "instances" not in shown.column_names


@pytest.mark.parametrize("sort", reporting.SORTS)
def test_pages_are_parts_of_one_order(reader: Reader, sort: str) -> None:
    whole = reporting.links(reader, sort=sort).read_all().to_pylist()
    parts = [
        reporting.links(reader, sort=sort, limit=3, page=page).read_all().to_pylist() for page in (1, 2, 3, 4)
    ]
    assert [row for part in parts for row in part] == whole
    assert parts[-1] == []


def test_orders(reader: Reader) -> None:
    best = reporting.links(reader).read_all().to_pylist()
    assert [row["counts"] for row in best] == sorted((row["counts"] for row in best), reverse=True)
    domains = reporting.links(reader, sort="domain").read_all()["source_domain"].to_pylist()
    assert domains == sorted(domains)
    assert reporting.links(reader, sort="newest").read_all()["source_domain"][0].as_py() == "blog3.example"


def test_one_per_domain(reader: Reader) -> None:
    shown = reporting.links(reader, one_per_domain=True).read_all().to_pylist()
    assert sorted(row["source_domain"] for row in shown) == sorted({row["source_domain"] for row in ROWS})
    assert reporting.count(reader, one_per_domain=True) == len(shown)


@pytest.mark.parametrize("by", GROUPS)
def test_groups_count_backlinks(reader: Reader, by: str) -> None:
    column = "target_url" if by == "pages" else GROUPS[by].key
    expected = Counter(row[column].removesuffix("?utm_source=x") for row in BACKLINKS)
    rows = grouped(reader, by).read_all().to_pylist()
    assert {row[column].removesuffix("?utm_source=x"): row["backlinks"] for row in rows} == expected
    assert sum(row["follow"] for row in rows) == sum(row["follow"] is True for row in BACKLINKS)
    assert grouped(reader, by, limit=2).read_all().to_pylist() == rows[:2]


def test_groups_of_some_backlinks(reader: Reader) -> None:
    rows = grouped(reader, "domains", Filter(rel=frozenset({"nofollow"}))).read_all().to_pylist()
    assert [row["source_domain"] for row in rows] == ["blog1.example", "github.io"]


EXPECTED = {
    "target": "acme.example", "backlinks": 8, "links": 9, "referring_pages": 7, "referring_domains": 6,
    "referring_sites": 6, "target_pages": 2, "follow": 3, "not_follow": 4, "follow_share": 0.4286, "counts": 2,
    "follow_domains": 2, "hidden": 1, "live": 8, "unverified": 0, "lost": 0, "as_of": "2026-11-22T10:09:00Z",
}  # fmt: skip
READING = {
    "pages_known": 8, "pages_read": 7, "read_share": 0.875, "visits": 8,
    "first_read": "2026-11-22T10:00:00Z", "last_read": "2026-11-22T10:09:00Z",
    "outcomes": {"ok": 7, "http_404": 1}, "not_fetched": 0, "cut": {}, "cut_patterns": [],
}  # fmt: skip


def test_overview(index: Index) -> None:
    view = overview(Reader(index, "acme.example"), "acme.example", top=3)
    assert {name: view[name] for name in EXPECTED} == EXPECTED
    for column in BREAKDOWNS:
        assert Counter({row["value"]: row["backlinks"] for row in view[f"by_{column}"]}) == Counter(
            row[column] for row in BACKLINKS
        )
    assert [row["value"] for row in view["by_rel_type"]] == ["dofollow", "nofollow", "sponsored", "ugc", None]
    assert view["top_domains"][0]["source_domain"] == "blog0.example"
    assert len(view["top_domains"]) == 3
    assert view["reading"] == READING


def test_the_overview_comes_from_the_summary_and_is_the_same(tmp_path: Path) -> None:
    index = Index.open(tmp_path / "index", create=True)
    index.record_crawl({"crawl_id": "c1", "targets": ["acme.example", "unseen.example"]})
    index.append("job", 0, [visit(SOURCES[0])], ROWS[:3])
    folded(index)
    counted = overview(Reader(index, "acme.example"), "acme.example", top=2)
    replace_summaries(index, summarise(index, {"acme.example": "c1", "unseen.example": None}))
    index.fresh("summaries")
    assert overview(Reader(index, "acme.example"), "acme.example", top=2) == counted
    kept = Reader(index).rows("SELECT target, first_crawl, data FROM summaries ORDER BY target")
    assert [(row["target"], row["first_crawl"]) for row in kept] == [
        ("acme.example", "c1"),
        ("unseen.example", None),
    ]
    replace_summaries(index, summarise(index, {}))
    told = summarise(index, {"acme.example": "c1"}).set_column(
        2, "data", [[json.dumps({**json.loads(kept[0]["data"]), "backlinks": 77})]]
    )
    replace_summaries(index, told)
    index.fresh("summaries")
    reader = Reader(index, "acme.example")
    assert overview(reader, "acme.example")["backlinks"] == 77
    assert overview(reader, "acme.example", top=TOP + 1)["backlinks"] == counted["backlinks"]


def test_overview_of_nothing_divides_by_nothing(tmp_path_factory: pytest.TempPathFactory) -> None:
    empty = Index.open(tmp_path_factory.mktemp("empty"), create=True)
    view = overview(Reader(empty, "acme.example"), "acme.example")
    assert (view["backlinks"], view["links"], view["follow_share"], view["top_anchors"]) == (0, 0, None, [])
    assert view["reading"]["read_share"] is None


RUNS = [
    {"crawl_id": "a", "targets": ["acme.example"]},
    {"crawl_id": "b", "targets": ["other.example", "acme.example"]},
    {"crawl_id": "c", "targets": ["other.example"]},
    {"crawl_id": "d", "targets": ["*"]},
]
VISITED: dict[str, tuple[list[Row], dict[str, dict[str, int]]]] = {
    "the latest visit of a page tells": (
        [visit(SOURCES[0], crawl_id="a"), visit(SOURCES[0], 5, outcome="http_403", crawl_id="a")],
        {"acme.example": {"http_403": 1}, "other.example": {}},
    ),
    "visits for others do not count": (
        [visit(SOURCES[0], crawl_id="b"), visit(SOURCES[1], crawl_id="c"), visit(SOURCES[1], 1, outcome="timeout", crawl_id="a")],
        {"acme.example": {"ok": 1, "timeout": 1}, "other.example": {"ok": 2}},
    ),
    "a crawl for every target counts for each": (
        [visit(SOURCES[0], crawl_id="d", targets_checked=["*"]), visit(SOURCES[1], crawl_id="a")],
        {"acme.example": {"ok": 2}, "other.example": {"ok": 1}},
    ),
    "pages of its own are no sources": (
        [visit(SOURCES[0], crawl_id="d"), visit("http://acme.example/gone", crawl_id="d", outcome="http_404")],
        {"acme.example": {"ok": 1}, "other.example": {"ok": 1, "http_404": 1}, "192.0.2.7": {"ok": 1, "http_404": 1}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", VISITED)
def test_pages_visited_for_a_target(tmp_path: Path, case: str) -> None:
    visits, expected = VISITED[case]
    index = Index.open(tmp_path / "index", create=True)
    for run in RUNS:
        index.record_crawl(run)
    index.append("job", 0, visits, [])
    found = readings(Reader(index), expected)
    assert {target: view["outcomes"] for target, view in found.items()} == expected


def test_why_links_are_not_live(tmp_path: Path) -> None:
    index = Index.open(tmp_path / "index", create=True)
    pages = SOURCES[:4]
    blocked = {"outcome": "http_403", "complete": False, "targets_checked": []}
    index.append("job", 0, [visit(page) for page in pages], [link(page) for page in pages])
    index.append(
        "job", 1, [visit(pages[0], 5, **blocked), visit(pages[1], 6, **blocked), visit(pages[2], 7)], []
    )
    view = overview(Reader(folded(index), "acme.example"), "acme.example")
    assert {name: view[name] for name in ("backlinks", "live", "unverified", "lost")} == {
        "backlinks": 3, "live": 1, "unverified": 2, "lost": 1,
    }  # fmt: skip
    assert view["unverified_reasons"] == [
        {"reason": "http_403", "backlinks": 2, "pages": 2, "since": "2026-11-22T10:05:00Z"}
    ]
    assert [(row["reason"], row["backlinks"]) for row in view["lost_reasons"]] == [("link_removed", 1)]


@pytest.mark.parametrize(
    ("status", "number"), [("current", 3), ("live", 2), ("unverified", 1), ("lost", 1), ("all", 4)]
)
def test_links_by_status(tmp_path: Path, status: str, number: int) -> None:
    index = Index.open(tmp_path / "index", create=True)
    pages = SOURCES[:4]
    twice = [link(page, position=at) for page in pages for at in (1, 2)]
    index.append("job", 0, [visit(page) for page in pages], twice)
    index.append(
        "job",
        1,
        [visit(pages[0], 5, outcome="timeout", complete=False, targets_checked=[]), visit(pages[2], 7)],
        [],
    )
    reader = Reader(folded(index), "acme.example")
    where = Filter(status=status)
    rows = reporting.links(reader, where, sort="last_seen").read_all().to_pylist()
    assert len(rows) == number == reporting.count(reader, where)
    assert status in ("current", "all") or {row["status"] for row in rows} == {status}
    assert reporting.links(reader, where, every=True).read_all().num_rows == 2 * number


def test_targets(index: Index) -> None:
    rows = targets.targets(Reader(index)).read_all().to_pylist()
    assert [(row["target"], row["backlinks"], row["referring_domains"]) for row in rows] == [
        ("acme.example", 8, 6), ("unseen.example", 0, 0),
    ]  # fmt: skip
    assert targets.names(Reader(index)) == ["acme.example", "unseen.example"]
    assert targets.is_known(Reader(index), "unseen.example")
    assert not targets.is_known(Reader(index), "nobody.example")


def test_export_holds_every_field_of_every_current_link(reader: Reader) -> None:
    rows = export(reader).read_all()
    assert rows.column_names == [*LINK_FIELDS, *LIFE]
    assert rows.num_rows == len(ROWS)
    assert "<a>" in rows["html"].to_pylist()


def test_reading_tells_what_the_last_run_of_each_job_left_out(tmp_path: Path) -> None:
    index = Index.open(tmp_path / "index", create=True)
    ends = [("a", "10:00", 7, 5), ("a", "11:00", 3, 2), ("b", "09:00", 1, 0)]
    for number, (job, time, not_fetched, pages) in enumerate(ends, 2):
        cut = (
            [{"domain": "x.example", "pattern": "x.example/cal/#", "reason": "calendar", "pages": pages}]
            if pages
            else []
        )
        row = {
            "crawl_id": job,
            "job": job,
            "targets": ["acme.example"],
            "finished_at": f"2026-11-22T{time}:00Z",
        }
        index.record_crawl({**row, "not_fetched": not_fetched, "cut": json.dumps(cut)}, number)
    view = left(Reader(index, "acme.example"), "acme.example")
    assert (view["not_fetched"], view["cut"]) == (4, {"calendar": 2})
    assert [cut["pages"] for cut in view["cut_patterns"]] == [2]
