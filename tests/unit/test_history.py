"""The rules of loss and the other turns of a backlink's life: each row is the readings of a page, and what they come to."""

from __future__ import annotations

from typing import Any

import pytest

from backlink_crawler.history.life import Lives
from backlink_crawler.history.reading import Known, Reading, Seen, Turn
from backlink_crawler.history.rule import RULES
from backlink_crawler.items import OUTCOMES
from backlink_crawler.states import LOSSES

HOUR = 3_600_000_000
DAY = 24 * HOUR
P, Q = "a.example/p", "b.example/q"


def seen(path: str = "/", **values: Any) -> Seen:
    known = {
        "row": 0, "target": "acme.example", "target_key": f"acme.example{path}", "target_url": f"https://acme.example{path}",
        "target_domain": "acme.example", "link_type": "text", "rel_type": "dofollow", "follow": True, "anchor": "Acme",
        "placement": "content", "link_path": "p > a", "context": "see\0for more", "position": 1, "rules_version": 1,
        "evidence": "html", "discount": None,
    }  # fmt: skip
    return Seen(**{**known, **values})


def reading(
    at: int = 0, *links: Seen, page: str = P, asked: str | None = None, outcome: str = "ok", **values: Any
) -> Reading:
    ok = outcome in ("ok", "truncated")
    known = {
        "page": page, "asked": asked or page, "at": at, "outcome": outcome, "http_status": 200 if ok else None, "complete": outcome == "ok",
        "fetch_mode": "raw", "text_words": 400, "checked": ("acme.example",) if ok else (), "crawl_id": "c1",
        "source_url": f"https://{page}", "requested_url": f"https://{asked or page}", "etag": None, "last_modified": None,
        "led_elsewhere": (), "seen": links,
    }  # fmt: skip
    return Reading(**{**known, **values})


def lives(*readings: Reading, first: str | None = None) -> Lives:
    told = Lives({"acme.example": first}, DAY)
    told.page(P, "acme.example")
    told.apply(readings)
    return told


def of(told: Lives) -> dict[tuple[str, str], Known]:
    return {
        (key, known.target_key.removeprefix("acme.example")): known
        for key, pages in told.pages.items()
        for page in pages.values()
        for known in page.known.values()
    }


def only(told: Lives) -> Known:
    (known,) = of(told).values()
    return known


def kinds(told: Lives) -> list[str]:
    return [turn.kind for turn in told.turns]


def last(told: Lives, kind: str) -> Turn:
    return [turn for turn in told.turns if turn.kind == kind][-1]


START = reading(0, seen())
FEED = "a.example/tag/news"

LOST: dict[str, list[Reading]] = {
    "link_removed": [START, reading(DAY)],
    "page_not_found": [START, reading(DAY, outcome="http_404"), reading(2 * DAY, outcome="http_404")],
    "page_gone": [START, reading(DAY, outcome="http_410")],
    "page_redirected": [START, reading(DAY, page=Q, asked=P), reading(2 * DAY, page=Q, asked=P)],
    "soft_404": [START, reading(DAY, outcome="soft_404"), reading(2 * DAY, outcome="soft_404")],
    "parked": [START, reading(DAY, outcome="parked"), reading(2 * DAY, outcome="parked")],
    "target_redirect_broken": [
        START, reading(DAY, led_elsewhere=("https://acme.example/",)), reading(2 * DAY, led_elsewhere=("https://acme.example/",)),
    ],
    "domain_gone": [START, reading(DAY, outcome="domain_gone"), reading(3 * DAY, outcome="domain_gone")],
    "pushed_off": [reading(0, seen(), page=FEED), reading(DAY, seen("/other", anchor="Other", context="x\0y", link_path="li"), page=FEED)],
}  # fmt: skip


@pytest.mark.parametrize("reason", LOSSES)
def test_each_loss(reason: str) -> None:
    told = lives(*LOST[reason])
    known = next(one for one in of(told).values() if one.target_key == "acme.example/")
    turn = last(told, "lost")
    assert (known.status, known.reason) == ("lost", reason)
    assert (turn.reason, turn.after, turn.before) == (reason, 0, DAY)
    assert known.since == DAY


@pytest.mark.parametrize("outcome", sorted(outcome for outcome, loss in RULES.items() if loss.confirm))
def test_a_loss_that_one_bad_fetch_could_explain_is_confirmed(outcome: str) -> None:
    first = lives(START, reading(DAY, outcome=outcome))
    assert (only(first).status, only(first).reason, only(first).gone_since) == (
        "unverified",
        RULES[outcome].reason,
        DAY,
    )
    assert "lost" not in kinds(first)
    soon = lives(START, reading(DAY, outcome=outcome), reading(2 * DAY - 1, outcome=outcome))
    assert only(soon).status == "unverified"
    between = lives(
        START, reading(DAY, outcome=outcome), reading(DAY + HOUR, seen()), reading(2 * DAY, outcome=outcome)
    )
    assert (only(between).status, only(between).gone_since) == ("unverified", 2 * DAY)
    unread = lives(
        START,
        reading(DAY, outcome=outcome),
        reading(DAY + HOUR, outcome="timeout"),
        reading(2 * DAY, outcome=outcome),
    )
    assert only(unread).status == "lost"


KEPT_FROM_READING = sorted(set(OUTCOMES) - set(RULES) - {"ok", "not_modified"})


@pytest.mark.parametrize("outcome", KEPT_FROM_READING)
def test_what_kept_us_from_reading_is_never_a_loss(outcome: str) -> None:
    told = lives(START, *(reading(nth * DAY, outcome=outcome) for nth in range(1, 9)))
    known = only(told)
    assert (known.status, known.reason, known.since, known.last_seen, known.last_checked) == (
        "unverified", outcome, DAY, 0, 8 * DAY,
    )  # fmt: skip
    assert kinds(told) == ["page_found"]


NOT_COMPARABLE = {
    "cut": {"complete": False},
    "another way of fetching": {"fetch_mode": "rendered"},
}


@pytest.mark.parametrize("case", NOT_COMPARABLE)
def test_a_reading_that_cannot_be_compared(case: str) -> None:
    told = lives(START, reading(DAY, **NOT_COMPARABLE[case]), reading(9 * DAY, **NOT_COMPARABLE[case]))
    assert (only(told).status, only(told).reason) == ("unverified", "not_comparable")


def test_a_reading_for_another_target_says_nothing() -> None:
    told = lives(START, reading(DAY, checked=("other.example",)))
    assert (only(told).status, only(told).last_checked) == ("live", 0)


def test_one_that_kept_every_link_does_not_know_the_target_of_an_alias() -> None:
    through_alias = seen(target_domain="old-acme.example")
    assert only(lives(reading(0, through_alias), reading(DAY, checked=("*",)))).status == "live"
    assert only(lives(START, reading(DAY, checked=("*",)))).status == "lost"


def test_a_page_that_lost_most_of_its_text_is_read_twice() -> None:
    once = lives(START, reading(DAY, text_words=30))
    assert (only(once).status, only(once).reason) == ("unverified", "link_removed")
    assert only(lives(START, reading(DAY, text_words=30), reading(2 * DAY, text_words=30))).status == "lost"


def test_not_modified_is_seen() -> None:
    told = lives(START, reading(DAY, outcome="not_modified"))
    assert (only(told).status, only(told).last_seen, only(told).read_at) == ("live", DAY, DAY)
    assert only(lives(START, reading(DAY), reading(2 * DAY, outcome="not_modified"))).status == "lost"
    back = lives(START, reading(DAY, outcome="http_410"), reading(2 * DAY, outcome="not_modified"))
    assert (only(back).status, kinds(back)) == ("live", ["page_found", "lost", "restored"])


def test_it_comes_back() -> None:
    told = lives(START, reading(DAY), reading(2 * DAY), reading(3 * DAY, seen()))
    assert kinds(told) == ["page_found", "lost", "restored"]
    assert (only(told).status, only(told).first_seen, last(told, "restored").after) == ("live", 0, 2 * DAY)


class TestBeginnings:
    def test_the_first_crawl_of_a_target(self) -> None:
        assert kinds(lives(START, first="c1")) == ["baseline"]
        assert kinds(lives(START, first="c0")) == ["page_found"]

    def test_added_to_a_page_that_was_read_without_it(self) -> None:
        told = lives(reading(0), reading(DAY, seen()), first="c1")
        assert (kinds(told), only(told).absent_before, last(told, "link_added").after) == (
            ["link_added"],
            0,
            0,
        )

    def test_a_reading_that_was_cut_shows_no_absence(self) -> None:
        assert kinds(lives(reading(0, complete=False), reading(DAY, seen()))) == ["page_found"]


class TestChanges:
    @pytest.mark.parametrize(
        ("now", "field", "old", "new"),
        [
            (seen(rel_type="nofollow", follow=False), "rel", "dofollow", "nofollow"),
            (seen(rel_type="sponsored", follow=False), "rel", "dofollow", "sponsored"),
            (seen(anchor="Acme shop"), "anchor", "Acme", "Acme shop"),
            (seen(placement="footer"), "placement", "content", "footer"),
            (seen("/new"), "target", "https://acme.example/", "https://acme.example/new"),
        ],
    )
    def test_is_no_loss(self, now: Seen, field: str, old: str, new: str) -> None:
        told = lives(START, reading(DAY, now))
        turn = last(told, "changed")
        assert kinds(told) == ["page_found", "changed"]
        assert (turn.field, turn.old, turn.new, turn.after, turn.at) == (field, old, new, 0, DAY)
        assert (only(told).status, only(told).first_seen, only(told).best) == ("live", 0, now)

    def test_anchor_and_target_at_once_is_found_by_the_text_around(self) -> None:
        told = lives(START, reading(DAY, seen("/new", anchor="Acme shop")))
        assert sorted(turn.field or "" for turn in told.turns) == ["", "anchor", "target"]

    def test_a_link_that_moves_on_the_page_is_the_same(self) -> None:
        two = (seen(position=1, link_path="p > a"), seen(position=2, link_path="li > a", anchor="shop"))
        swapped = (seen(position=2, link_path="div > a"), seen(position=1, link_path="ul > a", anchor="shop"))
        told = lives(reading(0, *two), reading(DAY, *swapped))
        assert (kinds(told), len(only(told).links)) == (["page_found"], 2)

    def test_rules_that_judge_a_place_otherwise_change_no_link(self) -> None:
        assert kinds(lives(START, reading(DAY, seen(placement="footer", rules_version=2)))) == ["page_found"]

    def test_another_link_to_another_page_is_new(self) -> None:
        told = lives(START, reading(DAY, seen("/new", anchor="News", context="x\0y", link_path="li > a")))
        assert sorted(kinds(told)) == ["link_added", "lost", "page_found"]


class TestWhatIsNotTold:
    """Histories that once came out as something that had not happened."""

    def test_a_home_page_that_has_the_link_already_is_no_new_place(self) -> None:
        told = lives(
            reading(0, seen("/x")), reading(HOUR, seen(), page=Q), reading(DAY, seen(), page=Q, asked=P),
        )  # fmt: skip
        assert (of(told)[P, "/x"].status, of(told)[P, "/x"].reason) == ("unverified", "page_redirected")
        assert {"moved", "lost"}.isdisjoint(kinds(told))

    def test_a_redirect_that_comes_and_goes_adds_no_link(self) -> None:
        there = reading(DAY, seen(), page=Q, asked=P)
        assert kinds(lives(START, there, reading(2 * DAY, seen()))) == ["page_found", "moved", "page_found"]

    def test_an_unread_visit_shows_nothing_in_an_interval(self) -> None:
        turned = seen(rel_type="nofollow", follow=False)
        assert (
            last(lives(START, reading(DAY, outcome="timeout"), reading(2 * DAY, turned)), "changed").after
            == 0
        )
        back = lives(START, reading(DAY), reading(2 * DAY, outcome="timeout"), reading(3 * DAY, seen()))
        assert last(back, "restored").after == DAY

    def test_a_vote_does_not_vanish_in_silence(self) -> None:
        other = seen(link_path="nav > a", anchor="more", rel_type="nofollow", follow=False, position=2)
        turn = last(lives(reading(0, seen(), other), reading(DAY, other)), "changed")
        assert (turn.field, turn.old, turn.new) == ("rel", "dofollow", "nofollow")

    def test_a_link_beside_it_is_not_taken_for_it(self) -> None:
        moved = seen(link_path="div > a", context="other\0words", position=5)
        beside = seen(link_path="nav > a", rel_type="nofollow", follow=False, position=1, context="")
        assert kinds(lives(START, reading(DAY, beside, moved))) == ["page_found"]

    @pytest.mark.parametrize("between", [{"checked": ("other.example",)}, {"complete": False}])
    def test_a_page_that_answers_is_not_gone(self, between: dict[str, Any]) -> None:
        told = lives(
            START, reading(DAY, outcome="http_404"), reading(2 * DAY, **between), reading(3 * DAY, outcome="http_404")
        )  # fmt: skip
        assert (only(told).status, only(told).gone_since) == ("unverified", 3 * DAY)

    def test_two_links_that_now_lead_to_one_page_are_not_lost(self) -> None:
        one, two = (
            seen("/a", anchor="One", link_path="p"),
            seen("/b", anchor="Two", link_path="li", position=2),
        )
        now = (seen("/n", anchor="One", link_path="p"), seen("/n", anchor="Two", link_path="li", position=2))
        assert kinds(lives(reading(0, one, two), reading(DAY, *now))) == [
            "page_found",
            "page_found",
            "changed",
            "changed",
        ]

    def test_a_link_that_joins_another_is_not_lost(self) -> None:
        one, two = (
            seen("/a", anchor="One", link_path="p"),
            seen("/b", anchor="Two", link_path="li", position=2),
        )
        now = (seen("/b", anchor="One", link_path="p"), two)
        assert kinds(lives(reading(0, one, two), reading(DAY, *now))) == [
            "page_found",
            "page_found",
            "changed",
        ]

    def test_validators_of_a_reading_that_proves_nothing_are_not_kept(self) -> None:
        told = lives(reading(0, seen(), etag="a"), reading(DAY, fetch_mode="rendered", etag="b"))
        assert only(told).etag == "a"


class TestVotes:
    @pytest.mark.parametrize("reason", ["noindex", "canonical"])
    def test_a_page_that_gives_none(self, reason: str) -> None:
        told = lives(START, reading(DAY, seen(discount=reason)), reading(2 * DAY, seen()))
        assert kinds(told) == ["page_found", "discounted", "reinstated"]
        assert (last(told, "discounted").reason, only(told).status) == (reason, "live")
        assert not only(lives(START, reading(DAY, seen(discount=reason)))).best.counts

    def test_a_link_that_gave_none_before(self) -> None:
        nofollow = {"rel_type": "nofollow", "follow": False}
        told = lives(reading(0, seen(**nofollow)), reading(DAY, seen(**nofollow, discount="noindex")))
        assert kinds(told) == ["page_found"]


class TestMoves:
    def test_the_links_go_along(self) -> None:
        told = lives(START, reading(DAY, seen(), page=Q, asked=P))
        (place,) = of(told)
        known, turn = only(told), last(told, "moved")
        assert (place[0], known.status, known.first_seen, known.moved_from) == (Q, "live", 0, f"https://{P}")
        assert (turn.page, turn.old, turn.new, turn.after) == (Q, f"https://{P}", f"https://{Q}", 0)
        assert kinds(told) == ["page_found", "moved"]

    def test_and_change_on_the_way(self) -> None:
        told = lives(START, reading(DAY, seen("/new"), page=Q, asked=P))
        assert sorted(turn.field or "" for turn in told.turns) == ["", "source", "target"]
        assert only(told).target_key == "acme.example/new"

    def test_to_a_page_that_has_them_already(self) -> None:
        told = lives(START, reading(HOUR, seen(), page=Q), reading(DAY, seen(), page=Q, asked=P))
        assert (list(of(told)), only(told).first_seen) == ([(Q, "/")], 0)

    def test_to_a_page_that_the_same_crawl_had_read_already(self) -> None:
        told = lives(START, reading(HOUR, seen(), page=Q), reading(DAY, page=Q, asked=P, checked=()))
        assert (list(of(told)), last(told, "moved").old) == ([(Q, "/")], f"https://{P}")

    def test_a_new_place_that_could_not_be_read(self) -> None:
        told = lives(START, reading(DAY, page=Q, asked=P, outcome="http_403"))
        assert (only(told).status, only(told).reason) == ("unverified", "http_403")

    def test_a_redirect_to_an_error_is_that_error(self) -> None:
        assert only(lives(START, reading(DAY, page=Q, asked=P, outcome="http_410"))).reason == "page_gone"

    def test_an_unread_redirect_to_another_site(self) -> None:
        assert (
            only(lives(START, reading(DAY, outcome="moved_offsite", checked=("acme.example",)))).reason
            == "moved_offsite"
        )

    def test_a_redirect_that_was_the_link(self) -> None:
        told = lives(
            reading(
                0,
                seen(link_type="redirect"),
                outcome="moved_offsite",
                checked=("acme.example",),
                complete=True,
            ),
            reading(DAY, outcome="moved_offsite", checked=("acme.example",), complete=True),
        )
        assert (only(told).status, only(told).reason) == ("lost", "link_removed")


class TestWhatAWatFileSays:
    """It has no place, no context, and only some of the text: of a link that was read on its page it tells less."""

    def wat(self, at: int, **values: Any) -> Reading:
        poor = {"anchor": "Ac", "placement": "unknown", "link_path": "", "context": "", "evidence": "wat"}
        return reading(at, seen(**{**poor, **values}), complete=False, fetch_mode="archive", text_words=None)

    def test_nothing_new(self) -> None:
        told = lives(START, self.wat(DAY))
        known = only(told)
        assert kinds(told) == ["page_found"]
        assert (known.best.anchor, known.best.placement, known.best.evidence) == ("Acme", "content", "html")
        assert (known.last_seen, known.last_checked, known.fetch_mode, known.text_words) == (
            DAY,
            DAY,
            "raw",
            400,
        )

    def test_and_a_live_reading_still_compares_with_the_one_before(self) -> None:
        told = lives(START, self.wat(DAY), reading(2 * DAY))
        assert (only(told).status, only(told).reason) == ("lost", "link_removed")

    def test_another_rel(self) -> None:
        told = lives(START, self.wat(DAY, rel_type="nofollow", follow=False))
        known = only(told)
        assert [(turn.kind, turn.field) for turn in told.turns[1:]] == [("changed", "rel")]
        assert (known.best.follow, known.best.evidence, known.fetch_mode) == (False, "wat", "archive")

    def test_a_page_turned_noindex(self) -> None:
        told = lives(START, self.wat(DAY, discount="noindex"))
        assert kinds(told)[1:] == ["discounted"]
        assert only(told).best.discount == "noindex"

    def test_a_page_read_after_it_tells_more_and_no_change(self) -> None:
        told = lives(self.wat(0), reading(DAY, seen()))
        assert kinds(told) == ["page_found"]
        assert (only(told).best.anchor, only(told).best.evidence) == ("Acme", "html")

    def test_two_of_them_compare(self) -> None:
        told = lives(self.wat(0), self.wat(DAY, anchor="Acme shop"))
        assert [(turn.field, turn.old, turn.new) for turn in told.turns[1:]] == [
            ("anchor", "Ac", "Acme shop")
        ]

    def test_of_a_page_that_had_moved_nothing_new_either(self) -> None:
        told = lives(
            START, reading(DAY, seen(), page=Q, asked=P), self.wat(2 * DAY)._replace(page=Q, asked=Q)
        )
        known = only(told)
        assert kinds(told) == ["page_found", "moved"]
        assert (known.page, known.last_seen, known.best.evidence, known.best.placement) == (
            Q,
            2 * DAY,
            "html",
            "content",
        )

    def test_it_brings_back_what_was_lost(self) -> None:
        told = lives(START, reading(DAY), self.wat(2 * DAY))
        assert kinds(told) == ["page_found", "lost", "restored"]
        assert only(told).status == "live"
