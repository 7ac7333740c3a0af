"""The ratings of an index: which links are votes, when they are made anew, and what explains them."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from backlink_crawler.classify.target import parse_target
from backlink_crawler.errors import ConflictFault, UsageError
from backlink_crawler.history.fold import fold
from backlink_crawler.index import ratings as ratings_table
from backlink_crawler.index.query import Reader
from backlink_crawler.index.ratings import rated_version, replace_ratings
from backlink_crawler.index.schema import RATINGS
from backlink_crawler.index.store import Index
from backlink_crawler.index.upkeep import compact
from backlink_crawler.metrics.current import Settings, bring_up_to_date
from backlink_crawler.metrics.explain import BY_ITSELF, carried, explanation
from backlink_crawler.metrics.listing import is_any_rated, rated
from backlink_crawler.metrics.published import lend_published
from backlink_crawler.metrics.votes import define_votes
from backlink_crawler.reporting.grouping import grouped
from backlink_crawler.reporting.links import links
from tests.index_rows import NOFOLLOW, link, visit

EVERY = "*"


def to(target: str, source: str, path: str = "/", **values: Any) -> dict[str, Any]:
    """A followed link from a page to a page of any domain."""
    url = f"https://{target}{path}"
    return link(
        source,
        path,
        **{"target": target, "target_url": url, "target_host": target, "target_domain": target, **values},
    )


def index_of(
    folder: Path, rows: list[dict[str, Any]], *, targets: list[str] | None = None, **page: Any
) -> Index:
    index = Index.open(folder / "index", create=True)
    index.record_crawl(
        {"crawl_id": "c1", "targets": targets or [EVERY], "started_at": "2026-11-22T10:00:00Z"}
    )
    store(index, rows, 0, **page)
    return index


def store(index: Index, rows: list[dict[str, Any]], batch: int, minute: int = 0, **page: Any) -> None:
    pages = dict.fromkeys(row["source_url"] for row in rows)
    index.append(
        "job", batch, [visit(url, minute, **{"targets_checked": [EVERY], **page}) for url in pages], rows
    )
    fold(index)


def ratings(index: Index, scope: str = "domain") -> dict[str, dict[str, Any]]:
    rows = Reader(index).rows("SELECT * FROM ratings WHERE scope = $scope ORDER BY name", {"scope": scope})
    return {row["name"]: row for row in rows}


A, B, C = "http://a.example/", "http://b.example/", "http://c.example/"
WEB = [
    to("b.example", A), to("c.example", A, "/1"), to("c.example", "http://a.example/2", "/1"), to("c.example", A, "/2"),
    to("c.example", B, "/1"), to("a.example", C),
]  # fmt: skip
"""a links to b and to two pages of c, b to c, c to a."""


def test_a_domain_votes_for_another_once(tmp_path: Path) -> None:
    index = index_of(tmp_path, WEB)
    bring_up_to_date(index, Settings())
    found = ratings(index)
    assert {name: (row["in_domains"], row["out_domains"]) for name, row in found.items()} == {
        "a.example": (1, 2), "b.example": (1, 1), "c.example": (2, 1),
    }  # fmt: skip
    a, b, c = (found[name]["pagerank"] for name in found)
    assert (a, b, c) == pytest.approx((1 + 0.85 * c, 1 + 0.85 * a / 2, 1 + 0.85 * (a / 2 + b)))
    assert {name: row["harmonic"] for name, row in found.items()} == {
        "a.example": 1.5, "b.example": 1.5, "c.example": 2.0,
    }  # fmt: skip
    assert found["c.example"]["rating"] > found["b.example"]["rating"] > 0
    assert {row["trust"] for row in found.values()} == {None}


def test_pages_share_what_their_domain_has(tmp_path: Path) -> None:
    index = index_of(tmp_path, WEB)
    bring_up_to_date(index, Settings())
    pages, domains = ratings(index, "page"), ratings(index)
    of_c = {name: row for name, row in pages.items() if name.startswith("c.")}
    assert sum(row["pagerank"] for row in of_c.values()) == pytest.approx(domains["c.example"]["pagerank"])
    assert of_c["c.example/1"]["pagerank"] > of_c["c.example/2"]["pagerank"] > of_c["c.example/"]["pagerank"]
    assert {name: (row["in_domains"], row["out_domains"]) for name, row in of_c.items()} == {
        "c.example/": (0, 1), "c.example/1": (2, 0), "c.example/2": (1, 0),
    }  # fmt: skip
    assert pages["a.example/"]["out_domains"] == 2


def test_what_is_no_vote(tmp_path: Path) -> None:
    """Links not followed, of pages that may not be indexed, that are lost, and within a domain."""
    rows = [
        to("acme.example", A, **NOFOLLOW), to("acme.example", B, page_noindex=True), to("acme.example", C),
        to("acme.example", "http://shop.acme.example/", source_domain="acme.example"), to("acme.example", "http://d.example/"),
    ]  # fmt: skip
    index = index_of(tmp_path, rows)
    index.append("job", 1, [visit(C, 5, targets_checked=[EVERY])], [])
    fold(index)
    bring_up_to_date(index, Settings())
    assert list(ratings(index)) == ["acme.example", "d.example"]


def test_own_sites_do_not_vote_for_each_other(tmp_path: Path) -> None:
    rows = [
        to("acme.example", "http://sister.example/"),
        to("acme.example", A),
        to("other.example", "http://sister.example/"),
    ]
    index = index_of(tmp_path, rows)
    bring_up_to_date(index, Settings())
    assert ratings(index)["acme.example"]["in_domains"] == 2
    bring_up_to_date(index, Settings((parse_target("acme.example", own=["sister.example"]),)))
    found = ratings(index)
    assert found["acme.example"]["in_domains"] == 1
    assert found["other.example"]["in_domains"] == 1


def test_a_link_through_a_shortener_is_one_to_its_end(tmp_path: Path) -> None:
    passed = to("acme.example", A, target_url="https://short.example/x", target_host="short.example", target_domain="short.example",
                redirects=["https://www.acme.example/end"], redirect_statuses=[301])  # fmt: skip
    index = index_of(tmp_path, [passed])
    bring_up_to_date(index, Settings())
    assert list(ratings(index)) == ["a.example", "acme.example"]
    assert list(ratings(index, "page")) == ["a.example/", "acme.example/end"]


def test_who_was_not_looked_for_has_no_rating(tmp_path: Path) -> None:
    index = index_of(tmp_path, [link(A), link(B)], targets=["acme.example"], targets_checked=["acme.example"])
    bring_up_to_date(index, Settings())
    found = ratings(index)
    assert found["a.example"]["rating"] is None
    assert found["acme.example"]["rating"] > 0
    assert ratings(index, "page")["a.example/"]["rating"] is None
    store(index, [to("b.example", C, minute=1)], 1, minute=1)
    index.record_crawl({"crawl_id": "c2", "targets": [EVERY], "started_at": "2026-11-22T11:00:00Z"})
    bring_up_to_date(index, Settings())
    assert ratings(index)["a.example"]["rating"] == 0
    assert ratings(index)["b.example"]["rating"] > 0


def test_they_are_made_anew_when_something_changed(tmp_path: Path) -> None:
    index = index_of(tmp_path, WEB)
    plain, trusting = Settings(), Settings(trust_seeds=("a.example",))

    def made() -> int:
        return index.fresh("ratings").version()

    bring_up_to_date(index, plain)
    first = made()
    bring_up_to_date(index, plain)
    assert made() == first
    bring_up_to_date(index, trusting)
    assert made() == first + 1
    assert ratings(index)["a.example"]["trust"] > ratings(index)["c.example"]["trust"] > 0
    bring_up_to_date(index, plain)
    assert made() == first + 2
    assert ratings(index)["a.example"]["trust"] is None
    store(index, [to("d.example", A, minute=7)], 1, minute=7)
    bring_up_to_date(index, plain)
    assert made() == first + 3
    assert "d.example" in ratings(index)


def test_seeds_are_written_as_people_write_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(
        "BACKLINKS_TRUST_SEEDS", "https://www.b.example/page, A.example, bücher.example,b.example"
    )
    assert Settings.load().trust_seeds == ("a.example", "b.example", "xn--bcher-kva.example")
    monkeypatch.setenv("BACKLINKS_TRUST_SEEDS", "no domain")
    with pytest.raises(UsageError, match="trust_seeds no domain: is no domain"):
        Settings.load()


def test_the_order_of_facts_changes_no_bit(tmp_path: Path) -> None:
    chance = random.Random(3)
    names = [f"n{nth}.example" for nth in range(40)]
    rows = [to(chance.choice(names), f"http://{name}/", f"/{nth}") for name in names for nth in range(4)]
    rows = [row for row in rows if row["source_domain"] != row["target_domain"]]
    made = []
    for nth in range(2):
        index = index_of(tmp_path / str(nth), chance.sample(rows, len(rows)))
        bring_up_to_date(index, Settings(trust_seeds=("n1.example",)))
        made.append([ratings(index), ratings(index, "page")])
    assert made[0] == made[1]
    assert len(made[0][0]) == 40


def test_an_index_without_votes(tmp_path: Path) -> None:
    index = Index.open(tmp_path / "index", create=True)
    bring_up_to_date(index, Settings(trust_seeds=("a.example",)))
    assert ratings(index) == {}
    assert index.tables["backlinks"].version() == rated_version(
        index, Settings(trust_seeds=("a.example",)).digest
    )


def test_of_two_that_rate_at_once_one_gives_way(tmp_path: Path) -> None:
    index = index_of(tmp_path, WEB)
    late = Index.open(tmp_path / "index")
    bring_up_to_date(index, Settings())
    nothing = pa.RecordBatchReader.from_batches(RATINGS, [])
    with pytest.raises(ConflictFault):
        replace_ratings(late, nothing, late.tables["backlinks"].version(), Settings().digest)
    bring_up_to_date(late, Settings())
    assert ratings(late) == ratings(index)


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    index = index_of(tmp_path, [*WEB, to("c.example", "http://d.example/")])
    bring_up_to_date(index, Settings())
    return Reader(index)


def test_what_is_explained_adds_up(reader: Reader, tmp_path: Path) -> None:
    lend_published(reader, tmp_path)
    define_votes(reader)
    for name in ("a.example", "b.example", "c.example", "d.example"):
        found = explanation(reader, name)
        rows = carried(reader, name).read_all().to_pylist()
        assert found is not None
        assert found.pagerank == pytest.approx(BY_ITSELF + sum(row["carried"] for row in rows), rel=1e-8)
        assert sum(row["share"] for row in rows) == pytest.approx(1 - BY_ITSELF / found.pagerank, rel=1e-8)
        assert found.rating == pytest.approx(sum(found.points.values()), abs=0.11)
        assert len(rows) == found.in_domains
    first = carried(reader, "c.example", limit=1).read_all().to_pylist()
    assert [(row["source_domain"], row["pages"]) for row in first] == [("b.example", 1)]
    assert explanation(reader, "nobody.example") is None


def test_ranks_of_common_crawl_stand_beside_ours(reader: Reader, tmp_path: Path) -> None:
    folder = tmp_path / "jobs" / "commoncrawl" / "cc-main-2026-aug-sep-oct"
    folder.mkdir(parents=True)
    ranks = {
        "domain": ["a.example", "z.example"],
        "hosts": [1, 2],
        "harmonic_position": [7, 1],
        "pagerank_position": [9, None],
    }
    pq.write_table(pa.table(ranks), folder / "c.example.parquet")
    (folder / "broken.parquet").write_bytes(b"no table")
    assert lend_published(reader, tmp_path / "jobs") == "cc-main-2026-aug-sep-oct"
    found = explanation(reader, "a.example")
    assert found is not None
    assert (found.common_crawl_harmonic, found.common_crawl_pagerank) == (7, 9)
    rows = rated(reader).read_all().to_pylist()
    assert [row["name"] for row in rows] == ["c.example", "a.example", "b.example", "d.example"]
    assert [row["common_crawl_harmonic"] for row in rows] == [None, 7, None, None]
    assert lend_published(reader, tmp_path / "nothing") is None


def test_lists_show_and_sort_by_rating(tmp_path: Path) -> None:
    rows = [to("acme.example", page) for page in (A, B, C)] + [
        to("b.example", A),
        to("b.example", C),
        to("c.example", A),
    ]
    index = index_of(tmp_path, rows)
    bring_up_to_date(index, Settings())
    reader = Reader(index, "acme.example")
    lend_published(reader, tmp_path)
    assert rated(reader).read_all().column("name").to_pylist() == ["b.example", "c.example", "a.example"]
    assert is_any_rated(reader)
    best = links(reader, sort="rating").read_all().to_pylist()
    assert [row["source_domain"] for row in best] == ["b.example", "c.example", "a.example"]
    assert (
        best[0]["rating"]
        == ratings(index)["b.example"]["rating"]
        > best[1]["rating"]
        > best[2]["rating"]
        == 0
    )
    assert links(reader, sort="rating", limit=1, page=2).read_all().to_pylist() == best[1:2]
    assert links(reader, sort="domain", limit=1).read_all().to_pylist() == [best[2]]
    domains = grouped(reader, "domains", sort="rating", limit=2).read_all().to_pylist()
    assert [(row["source_domain"], row["rating"]) for row in domains] == [
        (row["source_domain"], row["rating"]) for row in best[:2]
    ]
    assert "rating" not in grouped(reader, "anchors").schema.names


def test_the_best_link_is_that_of_the_best_rated_domain(tmp_path: Path) -> None:
    """What counts comes first, then who links, then where on the page; and whoever nobody rates, last of what is as good."""
    rows = [
        to("acme.example", "http://a.example/1"), to("acme.example", "http://a.example/2", placement="footer"),
        to("acme.example", B, placement="footer"), to("acme.example", "http://b.example/2", **NOFOLLOW), to("acme.example", C),
        *(to(f"{letter}.example", f"http://v{n}.example/") for letter, voters in (("b", 3), ("c", 1)) for n in range(voters)),
    ]  # fmt: skip
    index = index_of(tmp_path, rows)
    before = links(Reader(index, "acme.example"), limit=9).read_all().to_pylist()
    assert [row["source_url"] for row in before][:2] == [
        "http://a.example/1",
        C,
    ]  # nothing is rated: by place, then name
    bring_up_to_date(index, Settings())
    reader = Reader(index, "acme.example")
    expected = [B, C, "http://a.example/1", "http://a.example/2", "http://b.example/2"]
    for every in (False, True):
        whole = links(reader, every=every).read_all().to_pylist()
        assert [row["source_url"] for row in whole] == expected
        pages = [links(reader, limit=2, page=n, every=every).read_all().to_pylist() for n in (1, 2, 3)]
        assert [row for page in pages for row in page] == whole
    single = links(reader, one_per_domain=True, limit=9).read_all().column("source_url").to_pylist()
    assert single == [B, C, "http://a.example/1"]


def test_compacting_leaves_ratings_as_they_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By scope and name, in files that are large enough: sorted by name alone, who looks for domains would read the pages, too."""
    monkeypatch.setattr(ratings_table, "FILE_SIZE", 1)
    index = Index.open(tmp_path / "index", create=True)
    rows = [
        {"scope": scope, "name": f"{n:05}.example"} for scope in ("domain", "page") for n in range(30_000)
    ]
    whole = pa.Table.from_pylist(rows, schema=RATINGS)
    replace_ratings(index, whole.to_reader(10_000), 7, 8)
    before = index.fresh("ratings").file_uris()
    assert len(before) > 1
    compact(index)
    assert index.fresh("ratings").file_uris() == before
    assert rated_version(index, 8) == 7
