"""Stored links judged by the rules of today: what changes, what stays, and what comes back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from backlink_crawler.classify.target import Targets, parse_target
from backlink_crawler.errors import ConflictFault, IndexFault
from backlink_crawler.history.fold import rebuild
from backlink_crawler.history.reclassify import Reclassified, reclassify, tracked_targets
from backlink_crawler.index import rewrite
from backlink_crawler.index.store import Index
from backlink_crawler.items import RULES_VERSION
from tests.index_rows import link, stored, visit

BLOG, SISTER = "http://blog.example/post", "http://sister.example/about"
PATH = "html > body > main > article > p > a"
STORED = [
    link(BLOG, "/", anchor="Coyote", anchor_type="other", link_path=PATH),
    link(BLOG, "/shop/rockets", anchor="buy rocket boots", anchor_type="other", link_path=PATH),
    link(SISTER, "/", anchor="Acme", link_path=PATH),
    link(BLOG, "/", target="other.example", target_url="https://other.example/", target_host="other.example", target_domain="other.example", anchor="Other", link_path=PATH),
]  # fmt: skip
JUDGED = ("follow", "follow_reason", "rel_type", "anchor_type", "placement", "target", "kept_for")


@pytest.fixture
def index(tmp_path: Path) -> Index:
    """What a crawl stored: links judged as the plain rules of today judge them."""
    index = Index.open(tmp_path / "index", create=True)
    index.record_crawl({"crawl_id": "c1", "targets": ["acme.example"]})
    index.append("job", 0, [visit(BLOG), visit(SISTER)], STORED)
    reclassify(index, rules())
    rebuild(index)
    return index


def rules(**said: Any) -> Targets:
    return Targets([parse_target("acme.example", **said)])


def rows(index: Index) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["source_url"], row["target_url"]): row for row in stored(index.uri, "links")}


def changes(done: Reclassified) -> set[tuple[str, str | None, str | None, int]]:
    return {(row["field"], row["old"], row["new"], row["links"]) for row in done.changes.to_pylist()}


def backlinks(index: Index) -> set[tuple[str, str]]:
    rebuild(index)
    return {(row["source_url"], row["target_url"]) for row in stored(index.uri, "backlinks")}


def test_nothing_changes_while_the_rules_do_not(index: Index) -> None:
    before, version = rows(index), index.fresh("links").version()
    done = reclassify(index, rules())
    assert (done.links, done.changed, done.changes.num_rows) == (4, 0, 0)
    assert rows(index) == before
    assert index.fresh("links").version() == version, "and then nothing is written"


def test_brand_and_keywords(index: Index) -> None:
    said = rules(brand=["Coyote"], keywords=["rocket boots"])
    done = reclassify(index, said)
    anchors = {row["anchor"]: row["anchor_type"] for row in stored(index.uri, "links")}
    assert anchors == {
        "Coyote": "branded",
        "buy rocket boots": "partial",
        "Acme": "branded",
        "Other": "branded",
    }
    assert changes(done) == {("anchor_type", "other", "branded", 1), ("anchor_type", "other", "partial", 1)}
    assert reclassify(index, said).changed == 0, "it is idempotent"
    reclassify(index, rules())
    assert rows(index)[BLOG, "https://acme.example/"]["anchor_type"] == "other"


def test_an_excluded_part_is_kept_aside_and_comes_back(index: Index) -> None:
    before = rows(index)
    excluding = rules(exclude=["prefix:acme.example/shop"])
    done = reclassify(index, excluding)
    assert changes(done) == {("target", "acme.example", None, 1)}
    aside = rows(index)[BLOG, "https://acme.example/shop/rockets"]
    assert (aside["target"], aside["kept_for"]) == (None, "acme.example")
    assert backlinks(index) == {
        (BLOG, "https://acme.example/"),
        (SISTER, "https://acme.example/"),
        (BLOG, "https://other.example/"),
    }
    assert reclassify(index, excluding).changed == 0
    assert changes(reclassify(index, rules())) == {("target", None, "acme.example", 1)}
    assert rows(index) == before
    assert len(backlinks(index)) == 4


def test_a_sister_site_is_own(index: Index) -> None:
    reclassify(index, rules(own=["sister.example"]))
    assert rows(index)[SISTER, "https://acme.example/"]["kept_for"] == "acme.example"
    assert (SISTER, "https://acme.example/") not in backlinks(index)


def test_a_link_through_a_shortener_counts_where_it_ends(index: Index) -> None:
    short = link(
        BLOG,
        "/",
        target_url="https://sho.rt/x",
        target_host="sho.rt",
        redirects=["https://acme.example/shop/a"],
    )
    index.append("job", 1, [], [short])
    reclassify(index, rules())
    assert rows(index)[BLOG, "https://sho.rt/x"]["target"] == "acme.example"
    reclassify(index, rules(exclude=["prefix:acme.example/shop"]))
    assert rows(index)[BLOG, "https://sho.rt/x"]["target"] is None


def test_what_the_page_says_of_all_its_links_counts(index: Index) -> None:
    page = "http://closed.example/"
    index.append(
        "job", 1, [visit(page, nofollow_page=True, robots_signals=["meta robots: nofollow"]), visit(page, 5)],
        [link(page, "/", link_path=PATH), link(page, "/", 5, link_path=PATH)],
    )  # fmt: skip
    done = reclassify(index, rules())
    assert {("follow", "true", "false", 1), ("rel_type", "dofollow", "nofollow", 1)} <= changes(done)
    judged = {
        row["fetched_at"].minute: row for row in stored(index.uri, "links") if row["source_url"] == page
    }
    assert judged[0]["follow_reason"] == ["meta robots: nofollow"]
    assert judged[5]["follow"] is True, "another reading of the page said nothing"


def test_older_rules_are_told(index: Index) -> None:
    index.append(
        "job",
        1,
        [],
        [
            link(
                "http://old.example/",
                "/",
                link_path=PATH,
                placement="unknown",
                rules_version=RULES_VERSION - 1,
            )
        ],
    )
    assert changes(reclassify(index, rules())) == {
        ("rules_version", str(RULES_VERSION - 1), str(RULES_VERSION), 1)
    }


def test_one_target_leaves_the_others(index: Index) -> None:
    both = Targets(
        [parse_target("acme.example", brand=["Coyote"]), parse_target("other.example", brand=["Nothing"])]
    )
    done = reclassify(index, both, ["acme.example"])
    assert (done.links, done.changed) == (3, 1)
    assert rows(index)[BLOG, "https://other.example/"]["anchor_type"] == "branded"


def test_trying_it_writes_nothing(index: Index) -> None:
    before = rows(index)
    assert reclassify(index, rules(brand=["Coyote"]), write=False).changed == 1
    assert rows(index) == before


def test_all_else_of_a_link_stays(index: Index) -> None:
    before = rows(index)
    reclassify(index, rules(brand=["Coyote"], exclude=["prefix:acme.example/shop"]))
    for key, row in rows(index).items():
        assert {name: row[name] for name in row if name not in JUDGED} == {
            name: before[key][name] for name in row if name not in JUDGED
        }


@pytest.mark.parametrize("most_named", [200, 0], ids=["some targets", "the whole table"])
def test_interrupted_it_leaves_the_old_state(
    index: Index, monkeypatch: pytest.MonkeyPatch, most_named: int
) -> None:
    monkeypatch.setattr("backlink_crawler.history.reclassify.MOST_NAMED", most_named)
    before = rows(index)
    seen = 0

    def stop(*_: object) -> bool:
        nonlocal seen
        seen += 1
        if seen > 5:
            raise KeyboardInterrupt
        return True

    monkeypatch.setattr("backlink_crawler.history.reclassify._counts", stop)
    with pytest.raises((KeyboardInterrupt, IndexFault)):
        reclassify(index, rules(brand=["Coyote"]))
    assert rows(index) == before


@pytest.mark.parametrize("most_named", [200, 0], ids=["some targets", "the whole table"])
def test_what_another_process_appends_meanwhile_is_never_lost(
    index: Index, monkeypatch: pytest.MonkeyPatch, most_named: int
) -> None:
    monkeypatch.setattr("backlink_crawler.history.reclassify.MOST_NAMED", most_named)
    write = rewrite.replace_links

    def after_another(mine: Index, batches: Any, only: Any) -> None:
        Index.open(index.uri).append("other", 0, [], [link("http://new.example/", "/")])
        write(mine, batches, only)

    monkeypatch.setattr("backlink_crawler.history.reclassify.replace_links", after_another)
    try:
        reclassify(index, rules(brand=["Coyote"]))
    except ConflictFault as fault:
        assert "others write to it" in fault.reason  # noqa: PT017
    assert ("http://new.example/", "https://acme.example/") in rows(index)
    assert len(rows(index)) == 5


def test_a_forgotten_target_leaves_nothing_aside(index: Index) -> None:
    reclassify(index, rules(exclude=["prefix:acme.example/shop"]))
    assert index.forget("acme.example") == 3
    assert set(rows(index)) == {(BLOG, "https://other.example/")}


def test_tracked_targets(index: Index) -> None:
    index.record_crawl({"crawl_id": "c2", "targets": ["*"]})
    assert tracked_targets(index) == ["acme.example"]
