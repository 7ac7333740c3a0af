"""Links folded into groups: what makes one, what is sitewide, what is a near-duplicate."""

from __future__ import annotations

from typing import Any

import pytest

from backlink_crawler.history.fold import fold
from backlink_crawler.index.query import Reader
from backlink_crawler.index.store import Index
from backlink_crawler.reporting.folds import COLUMNS, Folds, folds
from tests.index_rows import NOFOLLOW, link, visit

Row = dict[str, Any]
FOOTER = {"placement": "footer", "link_path": "body > footer > a", "context_before": "Made with"}


def pages(host: str, count: int, **values: Any) -> list[Row]:
    """Visits to so many pages of a host, each with a text of its own."""
    return [
        visit(f"http://{host}/{number}", text_digest=f"{host}{number}", text_words=90, **values)
        for number in range(count)
    ]


def footers(host: str, count: int, **values: Any) -> list[Row]:
    return [link(f"http://{host}/{number}", **{**FOOTER, **values}) for number in range(count)]


VISITS = [
    *pages("wide.example", 12, template_digest="t1"),
    *pages("half.example", 9, template_digest="t1"), *pages("some.example", 20), *pages("few.example", 3),
    *pages("two.example", 6, template_digest="a"), *pages("two.example/b", 6, template_digest="b"),
    *pages("shared.example", 10), *pages("mined.example", 12, fetch_mode="archive"),
    *(visit(f"http://copies.example/{n}", text_digest="same" if n < 3 else f"own{n}", text_words=90) for n in range(5)),
    *(visit(f"http://blank.example/{n}", text_digest="nothing", text_words=0) for n in range(3)),
    *pages("gone.example", 10), *(visit(f"http://gone.example/{n}", 5, outcome="http_404", complete=False) for n in range(5, 10)),
    *pages("other.example", 10, targets_checked=["else.example"]),
    visit("http://one.example/", text_digest="x", text_words=9),
]  # fmt: skip
LINKS = [
    *footers("wide.example", 12, **NOFOLLOW), link("http://wide.example/0", "/", anchor="Acme", placement="content", position=2),
    *footers("half.example", 9), *footers("some.example", 9), *footers("few.example", 3),
    *footers("two.example", 6), *footers("two.example/b", 6, source_host="two.example", source_domain="two.example", source_site="two.example"),
    *footers("shared.example", 10, link_path="#post-7 > a"), *footers("mined.example", 12),
    *(link(f"http://copies.example/{n}", placement="content", link_path=f"#post-{n} > p:nth-of-type({n}) > a", context_before=f"word {n}") for n in range(5)),
    *(link(f"http://blank.example/{n}", context_after="") for n in range(3)),
    *footers("gone.example", 10), *footers("other.example", 2),
    link("http://one.example/", anchor="\x1b[31m"),
]  # fmt: skip


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    index = Index.open(tmp_path_factory.mktemp("folds") / "index", create=True)
    index.record_crawl({"crawl_id": "c1", "targets": ["acme.example"]})
    index.append("job", 0, VISITS, LINKS)
    fold(index)
    for name in index.tables:
        index.fresh(name)
    return Reader(index, "acme.example")


@pytest.fixture(scope="module")
def groups(reader: Reader) -> dict[str, list[Row]]:
    """By site."""
    found: dict[str, list[Row]] = {}
    for row in folds(reader).read_all().to_pylist():
        found.setdefault(row["source_site"], []).append(row)
    return found


def test_one_group_of_a_template_and_a_part_of_the_page(groups: dict[str, list[Row]]) -> None:
    footer, content = groups["wide.example"]
    assert (footer["placement"], footer["pages"], footer["links"], footer["follow"]) == ("footer", 12, 12, 0)
    assert (content["placement"], content["pages"], content["links"], content["follow"]) == (
        "content",
        1,
        1,
        1,
    )
    assert (footer["template"], footer["template_is"]) == ("t1", "digest")
    assert footer["example"] == "http://wide.example/0"
    assert footer["first_seen"] <= footer["last_seen"]


def test_without_a_digest_the_path_tells_the_template_its_numbers_folded(
    groups: dict[str, list[Row]],
) -> None:
    (group,) = groups["copies.example"]
    assert (group["template"], group["template_is"], group["pages"]) == (
        "#post-N > p:nth-of-type(N) > a",
        "path",
        5,
    )
    assert groups["shared.example"][0]["template"] == "#post-N > a"


@pytest.mark.parametrize(
    ("site", "read", "share", "sitewide"),
    [
        ("wide.example", 12, 1.0, True),
        ("some.example", 20, 0.45, False),
        ("half.example", 9, 1.0, None),  # of fewer than ten pages it cannot be told
        ("few.example", 3, 1.0, None),
        ("gone.example", 5, 1.0, None),  # pages that are gone are none to count
        ("mined.example", 0, None, None),  # of an archive only the pages that link are kept
        ("other.example", 0, None, None),  # nobody looked for the target there
    ],
)
def test_sitewide_is_said_of_pages_that_were_read(
    groups: dict[str, list[Row]], site: str, read: int, share: float | None, sitewide: bool | None
) -> None:
    group = next(row for row in groups[site] if row["placement"] == "footer")
    assert (group["pages_read"], group["share"], group["sitewide"]) == (read, share, sitewide)


def test_a_link_in_two_templates_is_two_groups_and_still_sitewide(groups: dict[str, list[Row]]) -> None:
    assert [(row["template"], row["pages"], row["share"], row["sitewide"]) for row in groups["two.example"]] == [
        ("a", 6, 1.0, True), ("b", 6, 1.0, True),
    ]  # fmt: skip


def test_near_duplicates_share_a_text_or_what_stands_around_the_link(groups: dict[str, list[Row]]) -> None:
    assert groups["copies.example"][0]["near_duplicates"] == 3
    assert groups["wide.example"][0]["near_duplicates"] == 12
    assert groups["wide.example"][1]["near_duplicates"] == 0
    assert groups["blank.example"][0]["near_duplicates"] == 0, "pages without text are not alike"


def test_a_least_number_of_pages_and_a_limit(reader: Reader) -> None:
    several = folds(reader, least=2).read_all()
    assert tuple(several.column_names) == COLUMNS
    counts = several.column("pages").to_pylist()
    assert min(counts) == 2
    assert counts == sorted(counts, reverse=True)
    assert folds(reader, limit=3).read_all().column("pages").to_pylist() == counts[:3]


def test_how_far_they_fold(reader: Reader) -> None:
    every = folds(reader).read_all()
    told = Folds(reader).totals()
    assert (told["links"], told["groups"]) == (sum(every.column("links").to_pylist()), every.num_rows)
    assert told["alone"] == every.column("pages").to_pylist().count(1)


def test_nothing_folds_into_nothing(tmp_path_factory: pytest.TempPathFactory) -> None:
    empty = Reader(Index.open(tmp_path_factory.mktemp("folds") / "empty", create=True), "acme.example")
    assert folds(empty).read_all().num_rows == 0
    assert Folds(empty).totals() == {"links": 0, "groups": 0, "alone": 0}
