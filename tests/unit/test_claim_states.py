"""What becomes of claims, by what the visits to their pages showed."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from claim_rows import Row, claim, claimed_index, seen
from index_rows import NOFOLLOW, UGC, link, visit

from backlink_crawler.claims.state import define
from backlink_crawler.history.rule import RULES
from backlink_crawler.index.query import Reader
from backlink_crawler.items import OUTCOMES
from backlink_crawler.reporting.claims import Filter, claims, count, sources, verified

PAGE, OTHER = "http://blog.example/post", "http://news.example/story"
UNREAD = {"complete": False, "targets_checked": []}
Pages = list[Row | tuple[Row, list[Row]]]


def states(place: Path, pages: Pages, said: list[Row]) -> list[dict[str, Any]]:
    """The claims with their states, in the order of their lines."""
    numbered = [{"line": line, **one} for line, one in enumerate(said)]
    reader = Reader(claimed_index(place / "index", pages, numbered), "acme.example")
    define(reader)
    return reader.rows("SELECT * FROM claimed ORDER BY line")


def state(place: Path, pages: Pages, said: Row) -> dict[str, Any]:
    [row] = states(place, pages, [said])
    return row


def brief(row: dict[str, Any]) -> tuple[str, str | None]:
    return row["state"], row["reason"]


class TestSeen:
    def test_by_its_page(self, tmp_path: Path) -> None:
        row = state(tmp_path, [seen(PAGE, "/shop", 5)], claim("https://www.blog.example/post", path="/shop"))
        assert brief(row) == ("seen", None)
        assert (row["status"], row["differences"]) == ("live", [])
        assert row["seen_source_url"] == PAGE
        assert row["seen_target_url"] == "https://acme.example/shop"
        assert row["seen_at"].minute == row["checked_at"].minute == 5

    def test_whatever_became_of_it(self, tmp_path: Path) -> None:
        row = state(tmp_path, [seen(PAGE), visit(PAGE, 30)], claim(PAGE))
        assert (*brief(row), row["status"]) == ("seen", "link_removed", "lost")
        assert (row["seen_at"].minute, row["checked_at"].minute) == (0, 30)

    def test_also_when_they_saw_it_later(self, tmp_path: Path) -> None:
        assert state(tmp_path, [seen(PAGE)], claim(PAGE, last_seen="2027-01-01T00:00:00Z"))["state"] == "seen"

    @pytest.mark.parametrize("hops", [1, 3])
    def test_where_its_page_redirects_to(self, tmp_path: Path, hops: int) -> None:
        urls = [*(f"http://old.example/{n}" for n in range(hops)), PAGE]
        pages: Pages = []
        for minute, (asked, came) in enumerate(pairwise(urls)):
            on = visit(came, minute, requested_url=asked)
            pages.append((on, [link(came, minute=minute)]) if came == PAGE else on)
        row = state(tmp_path, pages, claim(urls[0]))
        assert (*brief(row), row["seen_source_url"]) == ("seen", None, PAGE)

    def test_of_a_page_that_moved_after_it_was_seen(self, tmp_path: Path) -> None:
        moved = visit(OTHER, 30, requested_url=PAGE)
        row = state(tmp_path, [seen(PAGE), (moved, [link(OTHER, minute=30)])], claim(PAGE))
        assert (row["state"], row["status"], row["seen_source_url"]) == ("seen", "live", OTHER)

    def test_not_through_a_wall(self, tmp_path: Path) -> None:
        """All that redirects to one form to log in has nothing to do with what else is found there."""
        wall = visit(OTHER, 30, requested_url=PAGE, outcome="login_wall", **UNREAD)
        assert brief(state(tmp_path, [seen(OTHER), wall], claim(PAGE))) == ("pending", "login_wall")

    def test_a_link_to_the_claimed_page_goes_before_others(self, tmp_path: Path) -> None:
        several = visit(PAGE), [link(PAGE, "/best"), link(PAGE, "/shop", **NOFOLLOW), link(PAGE, "/third")]
        row = state(tmp_path, [several], claim(PAGE, path="/shop"))
        assert row["seen_target_url"] == "https://acme.example/shop"
        assert row["differences"] == []

    def test_else_the_best_of_its_page(self, tmp_path: Path) -> None:
        several = visit(PAGE), [link(PAGE, "/shop", **NOFOLLOW), link(PAGE, "/best")]
        row = state(tmp_path, [several], claim(PAGE, path="/gone"))
        assert row["differences"] == [
            "claimed target https://acme.example/gone, is https://acme.example/best"
        ]


class TestNeverSeen:
    def test_read_whole(self, tmp_path: Path) -> None:
        row = state(tmp_path, [visit(PAGE, 7)], claim(PAGE))
        assert brief(row) == ("never_seen", "not_on_page")
        assert row["checked_at"].minute == 7
        assert (row["status"], row["seen_at"], row["seen_anchor"]) == (None, None, None)

    def test_where_it_redirects_to(self, tmp_path: Path) -> None:
        assert state(tmp_path, [visit(OTHER, requested_url=PAGE)], claim(PAGE))["state"] == "never_seen"

    def test_what_redirects_there_reads_it_too(self, tmp_path: Path) -> None:
        assert state(tmp_path, [visit(PAGE, requested_url=OTHER)], claim(PAGE))["state"] == "never_seen"

    def test_where_every_outbound_link_was_kept(self, tmp_path: Path) -> None:
        assert state(tmp_path, [visit(PAGE, targets_checked=["*"])], claim(PAGE))["state"] == "never_seen"

    @pytest.mark.parametrize("target", ["host:acme.example", "prefix:acme.example/shop", "acme.github.io"])
    def test_not_where_every_link_was_kept_for_domains_alone(self, tmp_path: Path, target: str) -> None:
        """The link to a part of a domain is kept under the domain's name."""
        on = visit(PAGE, targets_checked=["*"]), [link(PAGE, "/shop")]
        reader = Reader(claimed_index(tmp_path / "index", [on], [claim(PAGE, target=target)]), target)
        [row] = claims(reader).read_all().to_pylist()
        assert brief(row) == ("pending", "not_visited")

    def test_of_the_outcomes_those_that_prove_a_loss(self, tmp_path: Path) -> None:
        urls = {outcome: f"http://{outcome.replace('_', '-')}.example/" for outcome in OUTCOMES}
        pages: Pages = [visit(url, outcome=outcome, **UNREAD) for outcome, url in urls.items()]
        rows = states(tmp_path, pages, [claim(url) for url in urls.values()])
        proofs = {outcome: ("never_seen", loss.reason) for outcome, loss in RULES.items()}
        unsure = {outcome: ("pending", outcome) for outcome in OUTCOMES}
        unsure |= dict.fromkeys(("ok", "not_modified"), ("pending", "not_comparable"))
        assert dict(zip(OUTCOMES, map(brief, rows), strict=True)) == unsure | proofs

    def test_it_needs_no_second_proof_and_a_later_wall_takes_none_away(self, tmp_path: Path) -> None:
        pages: Pages = [visit(PAGE), visit(PAGE, 30, outcome="http_403", **UNREAD)]
        assert brief(state(tmp_path, pages, claim(PAGE))) == ("never_seen", "not_on_page")

    def test_unchanged_since_it_was_read_without_it(self, tmp_path: Path) -> None:
        pages: Pages = [visit(PAGE), visit(PAGE, 30, outcome="not_modified")]
        assert state(tmp_path, pages, claim(PAGE, last_seen="2026-11-22T10:20:00Z"))["state"] == "never_seen"

    def test_a_page_that_moves_to_another_site_has_no_redirect_to_the_target(self, tmp_path: Path) -> None:
        away = visit(PAGE, outcome="moved_offsite")
        rows = states(
            tmp_path,
            [away],
            [claim(PAGE, link_type="redirect"), claim(PAGE, "import:bing", link_type="text")],
        )
        assert [brief(row) for row in rows] == [("never_seen", "not_on_page"), ("pending", "moved_offsite")]

    def test_no_reading_before_they_saw_it_proves_anything(self, tmp_path: Path) -> None:
        times = {
            "2026-11-22T09:59:00Z": True,
            "2026-11-22T10:07:00Z": True,
            "2026-11-22T10:08:00Z": False,
            None: True,
        }
        rows = states(
            tmp_path,
            [visit(PAGE, 7)],
            [claim(PAGE, f"import:{n}", last_seen=at) for n, at in enumerate(times)],
        )
        read, since = ("never_seen", "not_on_page"), ("pending", "seen_elsewhere_since")
        assert [brief(row) for row in rows] == [read if proves else since for proves in times.values()]

    def test_a_page_that_answers_again_is_not_gone(self, tmp_path: Path) -> None:
        pages: Pages = [visit(PAGE, outcome="http_404", **UNREAD), visit(PAGE, 30, complete=False)]
        assert brief(state(tmp_path, pages, claim(PAGE))) == ("pending", "not_comparable")


class TestPending:
    def test_reasons(self, tmp_path: Path) -> None:
        visits: dict[str, list[Row]] = {
            "not_visited": [],
            "truncated": [{"outcome": "truncated", "complete": False}],
            "not_comparable": [{"complete": False}],
            "http_5xx": [{"outcome": "timeout", **UNREAD}, {"outcome": "http_5xx", **UNREAD}],
            "timeout": [{"outcome": "http_5xx", **UNREAD}, {"outcome": "timeout", **UNREAD}],
        }
        urls = [f"http://site{n}.example/" for n in range(len(visits))]
        pages: Pages = [
            visit(url, minute, **values)
            for url, each in zip(urls, visits.values(), strict=True)
            for minute, values in enumerate(each)
        ]
        rows = states(tmp_path, pages, [claim(url) for url in urls])
        assert [brief(row) for row in rows] == [("pending", reason) for reason in visits]

    @pytest.mark.parametrize("checked", [["rival.example"], ["rival.example", "prefix:acme.example/shop"]])
    def test_a_reading_that_looked_for_others_is_no_visit(self, tmp_path: Path, checked: list[str]) -> None:
        assert brief(state(tmp_path, [visit(PAGE, targets_checked=checked)], claim(PAGE))) == (
            "pending",
            "not_visited",
        )

    def test_unchanged_since_nobody_knows_what(self, tmp_path: Path) -> None:
        row = state(tmp_path, [visit(PAGE, outcome="not_modified")], claim(PAGE))
        assert brief(row) == ("pending", "not_comparable")

    def test_read_before_and_blocked_since_they_saw_it(self, tmp_path: Path) -> None:
        pages: Pages = [visit(PAGE), visit(PAGE, 30, outcome="http_403", **UNREAD)]
        assert brief(state(tmp_path, pages, claim(PAGE, last_seen="2026-11-22T10:20:00Z"))) == (
            "pending",
            "http_403",
        )


class TestSites:
    def test_any_page_of_it_will_do(self, tmp_path: Path) -> None:
        rows = states(
            tmp_path,
            [seen(PAGE), visit("http://silent.example/")],
            [
                claim("http://blog.example/", kind="site", links=7),
                claim("http://silent.example/", kind="site"),
            ],
        )
        assert [brief(row) for row in rows] == [("seen", None), ("pending", "names_no_page")]
        assert rows[0]["differences"] == []

    def test_one_that_names_a_sub_domain(self, tmp_path: Path) -> None:
        there = {"source_domain": "host.example", "source_host": "anna.host.example"}
        page = "http://anna.host.example/post"
        pages: Pages = [(visit(page, **there), [link(page, **there)])]
        names = ("host.example", "anna.host.example", "otto.host.example")
        said = [
            claim(f"http://{name}/", kind="site", source_host=name, source_domain="host.example")
            for name in names
        ]
        assert [row["state"] for row in states(tmp_path, pages, said)] == ["seen", "seen", "pending"]


DIFFERENT: list[tuple[Row, Row, list[str]]] = [
    ({"follow": True}, NOFOLLOW, ["claimed follow, is nofollow"]),
    ({"follow": False}, {}, ["claimed nofollow, is follow"]),
    ({"follow": False, "nofollow": True}, NOFOLLOW, []),
    ({"nofollow": True}, {}, ["claimed nofollow, is follow"]),
    ({"nofollow": False}, NOFOLLOW, []),
    ({"nofollow": False, "ugc": False, "sponsored": False}, UGC, ["claimed follow, is ugc"]),
    ({"nofollow": True, "ugc": False, "sponsored": False}, UGC, ["claimed not ugc, is ugc"]),
    ({"sponsored": True}, NOFOLLOW, ["claimed sponsored, is not sponsored"]),
    ({"follow": True}, {"follow": None, "rel_type": None, "link_type": "iframe"}, []),
    ({"link_type": "image"}, {}, ["claimed type image, is text"]),
    ({"anchor": "x"}, {"anchor": "y"}, ['claimed anchor "x", is "y"']),
    ({"anchor": "Read  More "}, {"anchor": "read more"}, []),
    ({"anchor": "Cafe\u0301"}, {"anchor": "Caf\u00e9"}, []),
    ({"anchor": ""}, {"anchor": "Acme"}, ['claimed anchor "", is "Acme"']),
    ({"anchor": ""}, {"anchor": "Logo", "anchor_source": "alt"}, []),
    ({"target_url": "https://acme.example/b"}, {}, ["claimed target https://acme.example/b, is https://acme.example/"]),
    ({"target_url": "http://www.acme.example/"}, {}, []),
    ({"target_url": "https://acme.example/b"}, {"redirects": ["https://acme.example/b"]}, []),
    ({"lost_at": "2026-11-21T00:00:00Z"}, {}, ["claimed lost, is live"]),
    ({"lost_at": "2026-11-23T00:00:00Z"}, {}, []),
    ({}, {}, []),
]  # fmt: skip
"""What is said of a link, what it is unless it is a followed text link "Acme" to the home page, and what differs."""


class TestDifferences:
    def test_each(self, tmp_path: Path) -> None:
        urls = [f"http://site{n}.example/" for n in range(len(DIFFERENT))]
        pages: Pages = [seen(url, **is_) for url, (_, is_, _) in zip(urls, DIFFERENT, strict=True)]
        said = [claim(url, **said) for url, (said, _, _) in zip(urls, DIFFERENT, strict=True)]
        found = [row["differences"] for row in states(tmp_path, pages, said)]
        assert found == [differences for _, _, differences in DIFFERENT]

    def test_several_at_once(self, tmp_path: Path) -> None:
        row = state(tmp_path, [seen(PAGE, **NOFOLLOW)], claim(PAGE, path="/b", anchor="x", follow=True))
        assert row["differences"] == [
            "claimed follow, is nofollow", 'claimed anchor "x", is "Acme"',
            "claimed target https://acme.example/b, is https://acme.example/",
        ]  # fmt: skip

    def test_said_to_stand_after_it_was_lost(self, tmp_path: Path) -> None:
        pages: Pages = [seen(PAGE), visit(PAGE, 30)]
        rows = states(
            tmp_path,
            pages,
            [
                claim(PAGE, last_seen="2026-11-22T10:20:00Z"),
                claim(PAGE, "import:bing", last_seen="2026-11-22T10:40:00Z"),
                claim(PAGE, "import:moz", last_seen="2026-11-22T10:40:00Z", lost_at="2026-11-22T10:50:00Z"),
            ],
        )
        assert [row["differences"] for row in rows] == [[], ["claimed live, is lost"], []]

    def test_of_several_links_it_is_about_the_one_with_the_anchor(self, tmp_path: Path) -> None:
        both = visit(PAGE), [link(PAGE, position=1), link(PAGE, position=2, anchor="shop", **NOFOLLOW)]
        said = [claim(PAGE, path="/", anchor=anchor, follow=True) for anchor in ("Acme", "Shop", "else")]
        rows = states(tmp_path, [both], said)
        assert [row["seen_anchor"] for row in rows] == ["Acme", "shop", "Acme"]
        assert [row["differences"] for row in rows] == [
            [], ["claimed follow, is nofollow"], ['claimed anchor "else", is "Acme"'],
        ]  # fmt: skip

    def test_nothing_differs_from_what_was_not_seen(self, tmp_path: Path) -> None:
        assert (
            state(tmp_path, [visit(PAGE)], claim(PAGE, path="/", follow=True, anchor="x"))["differences"]
            == []
        )


class TestWhichClaims:
    def test_the_latest_that_a_source_makes_of_a_link(self, tmp_path: Path) -> None:
        rows = states(
            tmp_path,
            [],
            [
                claim(PAGE, path="/", follow=True, anchor="a"),
                claim(PAGE, path="/", follow=False, anchor="a", claimed_at="2026-11-23T09:00:00Z"),
                claim(PAGE, path="/", anchor="b"),
                claim(PAGE, "import:bing", path="/", anchor="a"),
                claim(PAGE, path="/other", anchor="a"),
                claim(PAGE),
                claim(PAGE, kind="hint"),
            ],
        )
        assert [row["line"] for row in rows] == [1, 2, 3, 4, 5, 6]

    def test_of_one_target(self, tmp_path: Path) -> None:
        said = [claim(PAGE), claim(PAGE, target="rival.example")]
        assert [row["line"] for row in states(tmp_path, [], said)] == [0]

    def test_hostile_text_is_text(self, tmp_path: Path) -> None:
        name = "x'; DROP TABLE claims; --"
        row = state(tmp_path, [seen(PAGE)], claim(PAGE, name, anchor=name))
        assert row["differences"] == [f'claimed anchor "{name}", is "Acme"']

    def test_states_are_of_one_target(self, tmp_path: Path) -> None:
        index = claimed_index(tmp_path / "index", [], [claim(PAGE)])
        with pytest.raises(ValueError, match="one target"):
            define(Reader(index))

    def test_they_are_made_once(self, tmp_path: Path) -> None:
        reader = Reader(claimed_index(tmp_path / "index", [seen(PAGE)], [claim(PAGE)]), "acme.example")
        define(reader)
        kept: list[str] = []
        reader.keep = lambda name, _: kept.append(name)  # type: ignore[method-assign]
        define(reader)
        assert kept == []


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """Pages that link, that linked, that do not, and that could not be read, as several sources claim them."""
    gone, shut, unknown = "http://gone.example/", "http://shut.example/", "http://unknown.example/"
    pages: Pages = [
        seen(PAGE, **NOFOLLOW), seen(OTHER), visit(OTHER, 30), visit(gone, outcome="http_410", **UNREAD),
        visit(shut, outcome="http_403", **UNREAD),
    ]  # fmt: skip
    said = [
        claim(PAGE, path="/", follow=True), claim(PAGE, "import:ahrefs", path="/"), claim(OTHER), claim(gone), claim(shut),
        claim(unknown, kind="site"), claim(PAGE, "discover:brave", kind="hint"), claim(gone, "discover:brave", kind="hint"),
    ]  # fmt: skip
    return Reader(claimed_index(tmp_path_factory.mktemp("claims") / "index", pages, said), "acme.example")


class TestReporting:
    @pytest.mark.parametrize(
        ("where", "expected"),
        [
            (Filter(), 8),
            (Filter(state="seen"), 4),
            (Filter(state="never_seen", kind="link"), 1),
            (Filter(source="gsc"), 5),
            (Filter(source="import:gsc", kind="site"), 1),
            (Filter(source="sc"), 0),
            (Filter(differs=True), 1),
            (Filter(kind="hint"), 2),
        ],
    )  # fmt: skip
    def test_filters(self, reader: Reader, where: Filter, expected: int) -> None:
        assert claims(reader, where).read_all().num_rows == count(reader, where) == expected

    def test_the_order_is_always_the_same(self, reader: Reader) -> None:
        rows = claims(reader, limit=5).read_all().to_pylist()
        assert [(row["state"], row["source_domain"]) for row in rows] == [
            ("seen", "blog.example"), ("seen", "blog.example"), ("seen", "blog.example"), ("seen", "news.example"),
            ("never_seen", "gone.example"),
        ]  # fmt: skip

    def test_a_long_list_comes_in_parts(self, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
        whole = claims(reader).read_all().to_pylist()
        monkeypatch.setattr("backlink_crawler.reporting.claims.PART", 3)
        assert claims(reader).read_all().to_pylist() == whole
        assert claims(reader, limit=4).read_all().to_pylist() == whole[:4]

    def test_who_makes_them(self, reader: Reader) -> None:
        assert sources(reader) == ["discover:brave", "import:ahrefs", "import:gsc"]

    def test_how_much_was_verified(self, reader: Reader) -> None:
        found = verified(reader)
        assert found.pages == (4, 4, 2, 1, 1, 1)
        assert found.domains == (5, 4, 2, 1, 1, 2)
        assert found.hints == (2, 2, 1, 1, 1, 0)

    def test_nothing_claimed(self, tmp_path: Path) -> None:
        reader = Reader(claimed_index(tmp_path / "index", [seen(PAGE)], []), "acme.example")
        assert verified(reader) == ((0,) * 6,) * 3
