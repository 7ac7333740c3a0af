"""``[[alerts]]``: what can be said, what is wrong, and which events a rule is about."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import attrs
import pytest

from backlink_crawler.alerts.event import RatedEvent
from backlink_crawler.alerts.importance import STAKES, STEPS, TABLE, importance, stake, steps, turn
from backlink_crawler.alerts.rule import Rule, rules_of
from backlink_crawler.config.alerts import ALERT_OPTIONS
from backlink_crawler.config.file import Config, load_config
from backlink_crawler.config.template import template
from backlink_crawler.errors import UsageError
from backlink_crawler.states import EVENTS
from tests.alert_parts import config, event

SECRET = "hunter2"
NAMED = 'name = "r"\nto = "json://127.0.0.1:1/"\n'


def rule(tmp_path: Path, text: str = "") -> Rule:
    return rules_of(config(tmp_path, NAMED + text))[0]


def test_a_rule_is_read_and_typed(tmp_path: Path) -> None:
    said = """
        name = "mine"
        to = ["mailto://user:pass@mail.test?to=a@b.test,c@d.test", "env:SLACK_URL"]
        targets = "www.Acme.example, prefix:b.test/x"
        events = ["lost", "changed"]
        follow = true
        min_importance = "High"
        min_rating = 20
        domains = ["*.Blog.test", "bücher.test"]
        at_most = 5
        feed = "out/alerts.RSS"
    """
    one = rules_of(config(tmp_path, said))[0]
    assert one.to == ["mailto://user:pass@mail.test?to=a@b.test,c@d.test", "env:SLACK_URL"]
    assert (one.targets, one.events) == (["acme.example", "prefix:b.test/x"], ["lost", "changed"])
    assert (one.follow, one.counts, one.min_importance, one.at_most) == (True, False, "high", 5)
    assert one.min_rating == 20
    assert one.domains == ["blog.test", "xn--bcher-kva.test"]
    assert one.feed == "out/alerts.RSS"


def test_by_default_a_rule_is_about_all_that_happens_after_the_first_crawl(tmp_path: Path) -> None:
    assert set(rule(tmp_path).events) == set(EVENTS) - {"baseline"}


@pytest.mark.parametrize(
    ("text", "reason", "hint"),
    [
        ("[alerts]\nname = 'x'", "line 1: alerts is no array of tables", "[[alerts]]"),
        ("alerts = ['x']", "line 1: a rule is no table", "[[alerts]]"),
        ("\n[[alerts]]\nto = 'json://x'", "line 2: a rule without a name", "name ="),
        ("[[alerts]]\nname = 'x'", "line 1: x tells nobody", "to or feed"),
        (f"[[alerts]]\n{NAMED}\n[[alerts]]\n{NAMED}", "line 5: two rules have the name r", "another"),
        (
            f"[[alerts]]\n{NAMED}feed='a.xml'\n[[ alerts ]]\nname='q'\nfeed='a.xml'",
            "line 5: two rules have the feed",
            "another",
        ),
        (f"[[alerts]]\n{NAMED}evnts = []", "line 4: unknown key evnts", "did you mean events?"),
        (
            f"[[alerts]]\n{NAMED}[[alerts]]\nname='b'\nto='a://b'\nat_most=0",
            "line 7: at_most=0: needs a whole",
            "Lines",
        ),
        (
            f"[[alerts]]\n{NAMED}events = ['losst']",
            "line 4: events=['losst']: losst is none, did you mean lost?",
            "Only",
        ),
        (
            f"[[alerts]]\n{NAMED}min_importance = 'loud'",
            "line 4: min_importance=loud: needs one of low",
            "least",
        ),
        (
            f"[[alerts]]\n{NAMED}targets = ['a b']",
            "line 4: targets=['a b']: target a b: has white space",
            "Only",
        ),
        (
            f"[[alerts]]\n{NAMED}min_rating = 101",
            "line 4: min_rating=101: needs a whole number from 0 to 100",
            "Not of",
        ),
        (f"[[alerts]]\n{NAMED}domains = ['blog']", "line 4: domains=['blog']: blog is no domain", "Only"),
        (
            f"[[alerts]]\n{NAMED}feed = 'a.json'",
            "line 4: feed=a.json: needs a file that ends in .atom",
            "Atom",
        ),
        (f"[[alerts]]\n{NAMED}brand = 'x'", "line 4: brand is said of a target", "[targets"),
        (
            f"[[alerts]]\nname = 'x'\nto = ['a://b', 'mailto:/me:{SECRET}@mail.test']",
            "line 3: to: address 2 of 2 is no URL",
            "Apprise",
        ),
        (f"[[alerts]]\nname = 'x'\nto = 'env:{SECRET}-x'", "line 3: to: address 1 of 1 is no URL", "Apprise"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_with_its_number(
    tmp_path: Path, text: str, reason: str, hint: str
) -> None:
    path = tmp_path / "backlinks.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        load_config(path)
    assert caught.value.reason.startswith(str(path))
    assert reason in caught.value.reason
    assert hint in caught.value.hint
    assert "\n" not in caught.value.reason
    assert SECRET not in str(caught.value)


def test_the_uncommented_template_is_a_rule(tmp_path: Path) -> None:
    path = tmp_path / "backlinks.toml"
    path.write_text(re.sub(r"^#(?! )", "", template(), flags=re.MULTILINE), encoding="utf-8")
    (said,) = load_config(path).alerts
    assert said == {one.name: one.default for one in ALERT_OPTIONS} | {
        "name": "lost links",
        "feed": "data/alerts.atom",
    }
    assert load_config_of_the_template_as_it_is(tmp_path).alerts == ()


def load_config_of_the_template_as_it_is(tmp_path: Path) -> Config:
    path = tmp_path / "backlinks.toml"
    path.write_text(template(), encoding="utf-8")
    return load_config(path)


UNFOLLOWED: dict[str, Any] = {
    "field": "rel", "old": "dofollow", "new": "nofollow", "follow": False, "counts": False, "rel_type": "nofollow",
}  # fmt: skip


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (event(), "high"),
        (event(placement="unknown"), "high"),  # content takes proof: unknown is not elsewhere
        (event(placement="footer"), "normal"),
        (event(follow=False), "low"),
        (event(follow=None, link_type="iframe"), "low"),
        (event(kind="changed", **UNFOLLOWED), "high"),
        (event(kind="changed", **UNFOLLOWED, placement="footer"), "high"),
        (event(kind="changed", field="rel", old="nofollow", new="dofollow"), "normal"),
        (event(kind="changed", field="rel", old="nofollow", new="ugc", follow=False), "low"),
        (event(kind="changed", field="anchor"), "normal"),
        (event(kind="changed", field="anchor", placement="nav"), "low"),
        (event(kind="changed", field="placement"), "low"),
        (event(kind="discounted", counts=False), "high"),
        (event(kind="link_added"), "normal"),
        (event(kind="moved", field="source"), "low"),
        (event(kind="baseline"), "low"),
    ],
)
def test_importance(one: RatedEvent, expected: str) -> None:
    assert importance(one) == expected


@pytest.mark.parametrize(
    ("rating", "expected"),
    [(None, 0), (0, -1), (4.9, -1), (5, 0), (29.9, 0), (30, 1), (100, 1)],
)
def test_a_source_moves_its_events_by_its_rating_and_an_unknown_one_does_not(
    rating: float | None, expected: int
) -> None:
    assert steps(rating) == expected


@pytest.mark.parametrize(
    ("one", "low", "unknown", "high"),
    [
        (event(), "normal", "high", "high"),
        (event(placement="footer"), "low", "normal", "high"),
        (event(follow=False), "low", "low", "normal"),
        (event(kind="link_added"), "low", "normal", "high"),
        (event(kind="moved", field="source"), "low", "low", "low"),  # not in the table
        (event(kind="baseline"), "low", "low", "low"),
    ],
)
def test_importance_by_rating(one: RatedEvent, low: str, unknown: str, high: str) -> None:
    weighed = [importance(attrs.evolve(one, rating=rating)) for rating in (0.0, 12.0, None, 80.0)]
    assert weighed == [low, unknown, unknown, high]


def test_every_row_of_the_table_can_be_met() -> None:
    changes = [("rel", False), ("rel", True), ("anchor", True), ("target", True)]
    met = {turn(event(kind=kind)) for kind in EVENTS if kind != "changed"}
    met |= {
        turn(event(kind="changed", field=field, old="nofollow" if follow else "dofollow", follow=follow))
        for field, follow in changes
    }
    assert met >= {row.what_happened for row in TABLE}
    assert [one.from_rating for one in STEPS] == sorted({0} | {one.from_rating for one in STEPS})
    assert [
        stake(event(placement=where, follow=follow))
        for where, follow in (("content", True), ("nav", True), ("nav", False))
    ] == [*STAKES]


@pytest.mark.parametrize(
    ("text", "one", "expected"),
    [
        ("", event(), True),
        ("", event(kind="baseline"), False),
        ("events = ['baseline']", event(kind="baseline"), True),
        ("events = ['moved']", event(), False),
        ("targets = ['acme.example']", event(), True),
        ("targets = ['other.example']", event(), False),
        ("follow = true", event(follow=False), False),
        (
            "follow = true",
            event(kind="changed", **UNFOLLOWED),
            True,
        ),  # it was followed: that is what is to be told
        ("counts = true", event(kind="changed", **UNFOLLOWED), True),
        ("counts = true", event(kind="discounted", counts=False), True),
        ("counts = true", event(counts=False), False),
        ("min_importance = 'high'", event(), True),
        ("min_importance = 'high'", event(placement="footer"), False),
        ("min_importance = 'high'", event(rating=4.1), False),
        ("min_importance = 'high'", event(placement="footer", rating=43), True),
        ("min_rating = 30", event(rating=29.9), False),
        ("min_rating = 30", event(rating=30.0), True),
        ("min_rating = 30", event(), True),  # unknown is not low
        ("min_rating = 30\nmin_importance = 'high'", event(placement="footer"), False),
        ("domains = ['blog.test']", event(), True),
        ("domains = ['blog.test']", event(source_url="https://www.blog.test:8080/"), True),
        ("domains = ['log.test']", event(), False),
        ("exclude_domains = ['blog.test']", event(), False),
        ("exclude_domains = ['other.test']", event(), True),
    ],
)
def test_what_a_rule_is_about(tmp_path: Path, text: str, one: RatedEvent, expected: bool) -> None:
    told = rule(tmp_path, text)
    assert (told.is_about(one) and told.is_enough(one)) is expected


def test_a_rule_with_other_conditions_is_another_rule(tmp_path: Path) -> None:
    base = rule(tmp_path).conditions
    assert rule(tmp_path, "at_most = 3").conditions == base
    assert rule(tmp_path, "follow = true").conditions != base
    assert rule(tmp_path, "min_rating = 1").conditions != base
    assert base == "e549226b33dad291"  # as ever: who upgrades keeps the rules that are watched for
