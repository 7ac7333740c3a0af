"""The anchor profile: what is counted, by the rules that the documentation states."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from backlink_crawler.classify.target import Target, parse_target
from backlink_crawler.history.fold import fold
from backlink_crawler.index.query import Reader
from backlink_crawler.index.store import Index
from backlink_crawler.items import ANCHOR_TYPES
from backlink_crawler.reporting.anchor_profile import CAMPS, AnchorProfile, compared, profile, rival
from backlink_crawler.reporting.overuse import OVERUSE, smoothed
from backlink_crawler.reporting.writing import json_text
from tests.index_rows import NOFOLLOW, link, visit

Row = dict[str, Any]
KEYWORDS = ["garden tools"]


def spread(count: int, first: int = 0, **values: Any) -> list[Row]:
    """One link on a page of each of so many domains."""
    return [link(f"http://blog{number}.example/post", **values) for number in range(first, first + count)]


def spades(count: int, first: int) -> list[Row]:
    return spread(count, first, anchor="spades", anchor_type="other")


def scattered(dice: random.Random) -> list[Row]:
    """Links of all classes and tags on pages of a few domains."""
    return [
        link(
            f"http://d{dice.randrange(40)}.example/{number}", anchor=" ".join(dice.choices(WORDS, k=dice.randrange(1, 4))),
            anchor_type=dice.choice(ANCHOR_TYPES), page_language=dice.choice(("en", "de-AT", None)),
            **dice.choice(({}, NOFOLLOW)),
        )
        for number in range(400)
    ]  # fmt: skip


WORDS = ("spades", "forks", "Garden", "rakes", "acme", "here", "cheap")
TAGS = ("en", "EN-gb", "en_US", "de-AT", "zh-Hant-TW", None, "", "x-klingon", "\x1b[31m", "english please")
WIDTHS = ("Garden Tools", "garden  tools", "GARDEN TOOLS", "ｇａｒｄｅｎ tools", "garden tools")
CASES: dict[str, list[Row]] = {
    "sitewide": [
        *(link(f"http://big.example/{number}", anchor="garden tools", anchor_type="exact") for number in range(30)),
        *spread(3), link("http://big.example/a"),
    ],
    "follow": [*spread(2), *spread(1, 2, **NOFOLLOW), *spread(1, 3, anchor="here", anchor_type="generic")],
    "money": [
        *spread(2), *spread(1, 2, anchor="acme.example", anchor_type="naked_url"),
        *spread(2, 3, anchor="garden tools", anchor_type="exact"),
        *spread(1, 5, anchor="cheap garden tools", anchor_type="partial"),
        link("http://blog3.example/x", anchor="cheap garden tools", anchor_type="partial"),
        *spread(1, 6, anchor="Acme garden tools", anchor_type="compound"), *spread(1, 7, anchor="x", anchor_type="other"),
    ],
    "told": spread(2, anchor="garden tools", anchor_type="exact"),
    "frames": [
        *spread(1),
        link("http://frame.example/", link_type="iframe", anchor="", anchor_type="empty", follow=None, rel_type=None),
    ],
    "languages": [link(f"http://l{number}.example/", page_language=tag) for number, tag in enumerate(TAGS)],
    "time": [
        link("http://a.example/1", fetched_at="2026-01-05T00:00:00Z"),
        link("http://a.example/2", fetched_at="2026-02-05T00:00:00Z"),
        link("http://a.example/3", anchor="here", anchor_type="generic", fetched_at="2026-02-28T23:59:59Z"),
        link("http://b.example/1", fetched_at="2026-05-31T23:00:00Z"),
    ],
    "overused": [*spread(20), *spread(12, 20, anchor="cheap spades", anchor_type="other")],
    "few": [*spread(31), *spades(4, 31)],
    "less": [*spread(31), *spades(9, 31)],
    "loud": [
        *(link(f"http://loud.example/{number}", anchor=f"spades {number}", anchor_type="other") for number in range(40)),
        *spread(6),
    ],
    "brand": spread(9, anchor="read the Acme guide of spades here", anchor_type="other"),
    "widths": [link(f"http://f{number}.example/", anchor=text, anchor_type="exact") for number, text in enumerate(WIDTHS)],
    "spaceless": spread(6, anchor="园艺工具", anchor_type="other"),
    "one": spread(1),
    "hostile": spread(6, anchor='"\x1b[31m=1\u202e', anchor_type="other"),
    "scattered": scattered(random.Random(8)),
    "ours": [*spades(6, 0), *spread(2, 6)],
    "rival": [*spread(1, 20, anchor="best spades", anchor_type="other"), *spread(3, 21, anchor="Rival")],
}  # fmt: skip
"""A target for each, in one index: making one takes longer than asking it."""


def of(case: str, row: Row) -> Row:
    """The link as one to the target of a case, on a page of its own."""
    host = f"{case}-{row['source_host']}"
    place = {"source_url": row["source_url"].replace(row["source_host"], host), "target": f"{case}.example"}
    return {**row, **place, **dict.fromkeys(("source_host", "source_domain", "source_site"), host)}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    index = Index.open(tmp_path_factory.mktemp("anchors") / "index", create=True)
    names = [f"{case}.example" for case in CASES]
    index.record_crawl({"crawl_id": "c1", "targets": names})
    rows = [of(case, row) for case, listed in CASES.items() for row in listed]
    seen = {(row["source_url"], row["fetched_at"]) for row in rows}
    visits = [visit(url, fetched_at=at, targets_checked=names) for url, at in sorted(seen)]
    index.append("job", 0, visits, rows)
    fold(index)
    for name in index.tables:
        index.fresh(name)
    return index


def target_of(case: str, **said: Any) -> Target:
    return parse_target(f"{case}.example", brand=["Acme"], **said)


def profiled(index: Index, case: str, *, by: str = "month", **said: Any) -> AnchorProfile:
    target = target_of(case, **said)
    reader = Reader(index, target.name)
    try:
        return profile(reader, target, by=by)
    finally:
        reader.close()


def by(rows: list[Row], name: str) -> dict[Any, Row]:
    return {row[name]: row for row in rows}


class TestShares:
    def test_a_domain_counts_once_per_class_however_many_links_it_has(self, index: Index) -> None:
        seen = profiled(index, "sitewide", keywords=KEYWORDS)
        assert (seen.referring_domains, seen.backlinks) == (4, 34)
        classes = by(seen.classes, "anchor_type")
        assert list(classes) == list(ANCHOR_TYPES)
        assert (classes["exact"]["referring_domains"], classes["exact"]["referring_domains_share"]) == (
            1,
            0.25,
        )
        assert (classes["exact"]["backlinks"], classes["exact"]["backlinks_share"]) == (30, 0.8824)
        assert classes["branded"]["referring_domains_share"] == 1.0, "one that uses two classes is in both"

    def test_by_follow(self, index: Index) -> None:
        seen = profiled(index, "follow")
        branded = by(seen.classes, "anchor_type")["branded"]
        assert (seen.follow_domains, seen.follow) == (3, 3)
        assert (branded["follow_domains"], branded["follow"], branded["follow_domains_share"]) == (
            2,
            2,
            0.6667,
        )

    def test_brand_against_money(self, index: Index) -> None:
        camps = by(profiled(index, "money", keywords=KEYWORDS).camps, "camp")
        assert {camp: row["referring_domains"] for camp, row in camps.items()} == {
            "brand": 4,
            "money": 3,
            "neither": 1,
        }
        assert camps["brand"]["referring_domains_share"] == 0.5

    def test_every_class_is_in_one_camp(self) -> None:
        assert sorted(kind for kinds in CAMPS.values() for kind in kinds) == sorted(ANCHOR_TYPES)

    def test_without_keywords_money_cannot_be_told(self, index: Index) -> None:
        seen = profiled(index, "one")
        classes, camps = by(seen.classes, "anchor_type"), by(seen.camps, "camp")
        assert {kind for kind, row in classes.items() if row["referring_domains"] is None} == {
            "exact",
            "partial",
            "compound",
        }
        assert camps["money"] == {"camp": "money", **dict.fromkeys(set(camps["money"]) - {"camp"})}
        assert camps["brand"]["referring_domains"] == 1
        assert any("it has no keywords" in remark for remark in seen.remarks)

    def test_classes_that_a_crawl_told_are_told_without_the_configuration(self, index: Index) -> None:
        assert by(profiled(index, "told").classes, "anchor_type")["exact"]["referring_domains"] == 2

    def test_only_hyperlinks_have_anchors(self, index: Index) -> None:
        seen = profiled(index, "frames")
        assert (seen.backlinks, seen.without_anchor) == (1, 1)
        assert by(seen.classes, "anchor_type")["empty"]["backlinks"] == 0


def test_against_a_plain_recount(index: Index) -> None:
    rows = CASES["scattered"]
    every = {row["source_domain"] for row in rows}
    seen = profiled(index, "scattered", keywords=KEYWORDS)
    assert (seen.backlinks, seen.referring_domains) == (len(rows), len(every))
    for told, column in ((seen.classes, "anchor_type"), (seen.languages, "language")):
        assert len(told) == len({row[column] for row in told})
        for group in told:
            name = "page_language" if column == "language" else column
            mine = [row for row in rows if ((row[name] or "").partition("-")[0] or None) == group[column]]
            follow = [row for row in mine if row["follow"]]
            numbers = (
                len({row["source_domain"] for row in mine}),
                len(mine),
                len({row["source_domain"] for row in follow}),
                len(follow),
            )
            assert (
                group["referring_domains"],
                group["backlinks"],
                group["follow_domains"],
                group["follow"],
            ) == numbers
            assert group["backlinks_share"] == round(len(mine) / len(rows), 4)
    brand = {row["source_domain"] for row in rows if row["anchor_type"] in CAMPS["brand"]}
    users = {
        word: {
            row["source_domain"] for row in rows
            if row["anchor_type"] in ("exact", "partial", "compound", "other") and word in row["anchor"].lower().split()
        }
        for word in ("spades", "forks", "garden", "rakes", "cheap")
    }  # fmt: skip
    bound = max(0.1, (len(brand) + 1) / (len(every) + 2) / 2)
    expected = {
        word: len(domains)
        for word, domains in users.items()
        if (len(domains) + 1) / (len(every) + 2) >= bound
    }
    assert expected
    assert {
        row["text"]: row["referring_domains"] for row in seen.overused if row["kind"] == "word"
    } == expected


def test_languages_by_their_primary_subtag(index: Index) -> None:
    seen = profiled(index, "languages")
    assert [(row["language"], row["referring_domains"]) for row in seen.languages] == [
        (None, 5), ("en", 3), ("de", 1), ("zh", 1),
    ]  # fmt: skip
    assert any(
        remark.startswith("No language is stated by the pages of 5 of 10 backlinks")
        for remark in seen.remarks
    )


class TestOverTime:
    def test_by_month_with_those_in_which_nothing_was_seen(self, index: Index) -> None:
        told = [
            (row["start"], row["referring_domains"], row["backlinks"], row["classes"]["branded"], row["classes"]["generic"])
            for row in profiled(index, "time").over_time
        ]  # fmt: skip
        assert told == [
            ("2026-01-01", 1, 1, 1, 0), ("2026-02-01", 0, 2, 0, 1), ("2026-03-01", 0, 0, 0, 0), ("2026-04-01", 0, 0, 0, 0),
            ("2026-05-01", 1, 1, 1, 0),
        ]  # fmt: skip

    def test_by_quarter(self, index: Index) -> None:
        rows = profiled(index, "time", by="quarter").over_time
        assert [(row["start"], row["referring_domains"], row["backlinks"]) for row in rows] == [
            ("2026-01-01", 1, 3), ("2026-04-01", 1, 1),
        ]  # fmt: skip


class TestOveruse:
    def test_smoothed(self) -> None:
        assert smoothed(0, 0) == 0.5
        assert smoothed(5, 13) == pytest.approx(6 / 15)

    def test_a_word_that_half_as_many_use_as_the_brand(self, index: Index) -> None:
        seen = profiled(index, "overused")
        assert [(row["text"], row["kind"], row["referring_domains"]) for row in seen.overused] == [
            ("cheap", "word", 12), ("spades", "word", 12), ("cheap spades", "anchor", 12),
        ]  # fmt: skip
        assert seen.overused[0]["share"] == round(13 / 34, 4)
        assert seen.overused[0]["brand_share"] == round(21 / 34, 4)
        assert seen.rule == OVERUSE

    @pytest.mark.parametrize("case", ["few", "less", "loud"])
    def test_not_one_that_few_use(self, index: Index, case: str) -> None:
        """Four are too few, nine of forty less than half of the brand's thirty-one; and one domain is one, however often it says it."""
        assert profiled(index, case).overused == []

    def test_brand_and_empty_words_are_none(self, index: Index) -> None:
        words = [row["text"] for row in profiled(index, "brand").overused if row["kind"] == "word"]
        assert "spades" in words
        assert {"acme", "the", "of", "here"}.isdisjoint(words)

    def test_case_and_width_are_folded_and_keywords_known(self, index: Index) -> None:
        seen = profiled(index, "widths", keywords=KEYWORDS)
        assert {(row["text"], row["is_keyword"]) for row in seen.overused} == {
            ("garden", True), ("tools", True), ("garden tools", True),
        }  # fmt: skip

    def test_a_script_without_spaces_is_told_by_the_whole_anchor(self, index: Index) -> None:
        assert [(row["text"], row["kind"]) for row in profiled(index, "spaceless").overused] == [
            ("园艺工具", "anchor")
        ]


class TestLittle:
    def test_nothing(self, index: Index) -> None:
        seen = profiled(index, "nobody")
        assert (seen.backlinks, seen.over_time, seen.languages, seen.overused) == (0, [], [], [])
        assert by(seen.classes, "anchor_type")["branded"]["referring_domains_share"] is None
        assert seen.remarks == [
            "No hyperlinks to nobody.example stand now, so that there is no anchor to speak of."
        ]

    def test_one_link(self, index: Index) -> None:
        seen = profiled(index, "one")
        assert by(seen.classes, "anchor_type")["branded"]["referring_domains_share"] == 1.0
        assert seen.overused == []
        assert any("no word can be called over-used" in remark for remark in seen.remarks)

    def test_all_of_it_is_json(self, index: Index) -> None:
        view = profiled(index, "hostile", keywords=KEYWORDS).view()
        assert json.loads(json_text(view)) == view


def test_rivals_stand_beside(index: Index) -> None:
    ours = profiled(index, "ours")
    other, words = rival(Reader(index, "rival.example"), target_of("rival"), ours)
    beside = by(compared(ours, [other]), "kind")
    assert (beside["brand"]["ours.example"], beside["brand"]["rival.example"]) == (0.25, 0.75)
    assert beside["money"] == {"kind": "money", "ours.example": None, "rival.example": None}
    assert words == {"spades": round(2 / 6, 4)}
    nobody, nothing = rival(Reader(index, "nobody.example"), target_of("nobody"), ours)
    assert (nobody.backlinks, nothing) == (0, {"spades": None})
