"""Whatever is given, in whatever order and how often, and however ratings change: each rule decides once on each event."""

from __future__ import annotations

import sqlite3
import tempfile
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from backlink_crawler.alerts import outbox
from backlink_crawler.alerts.event import event_of
from backlink_crawler.alerts.rule import rules_of
from backlink_crawler.alerts.run import run, watch
from backlink_crawler.states import EVENTS
from tests.alert_parts import config, row

RULES = (
    'name = "all"\nfeed = "{0}/all.atom"',
    'name = "mine"\nfeed = "{0}/mine.rss"\nfollow = true\nevents = "lost,changed"',
    'name = "high"\nfeed = "{0}/high.atom"\nmin_importance = "high"',
    'name = "rated"\nfeed = "{0}/rated.atom"\nmin_rating = 20',
)

EVENT = st.builds(
    row,
    st.sampled_from("abcdefgh"),
    st.sampled_from(EVENTS),
    minutes=st.sampled_from([-60 * 24 * 40, -60, 30]),
    follow=st.sampled_from([True, False, None]),
    field=st.sampled_from(["rel", "anchor", None]),
    old=st.sampled_from(["dofollow", "nofollow", None, "\x00<b>"]),
)
ONE_OF_EACH = st.lists(EVENT, unique_by=lambda one: one["event_id"])


RATING = st.sampled_from([None, 0.0, 12.0, 40.0])


def runs_of(known: list[dict[str, Any]]) -> st.SearchStrategy[list[list[dict[str, Any]]]]:
    """Runs in each of which some events are given, some twice, of sources that are rated anew in each."""
    given = st.lists(st.sampled_from(known), max_size=9) if known else st.just([])
    rated = st.tuples(given, RATING).map(lambda drawn: [one | {"rating": drawn[1]} for one in drawn[0]])
    return st.lists(rated, max_size=5)


@settings(max_examples=40)
@given(ONE_OF_EACH.flatmap(runs_of))
def test_each_rule_decides_once_on_each_event(runs: list[list[dict[str, Any]]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        rules = config(place, *(text.format(folder) for text in RULES))
        watch(rules, place, index_uri="/i")
        told = 0
        for events in runs:
            result = run(iter(events), rules, place, index_uri="/i")
            assert result.problems == []
            told += result.told
        first: dict[str, dict[str, Any]] = {}
        for one in (one for events in runs for one in events if one["seen_at"].timestamp() > _since(place)):
            first.setdefault(one["event_id"], one)
        expected = Counter(
            (rule.name, name)
            for name, one in first.items()
            for rule in rules_of(rules)
            if rule.is_about(event := event_of(one)) and rule.is_enough(event)
        )
        with closing(sqlite3.connect(place / outbox.FILE_NAME)) as db:
            found = Counter(db.execute("SELECT rule, event_id FROM told WHERE NOT passed").fetchall())
            assert Counter(db.execute("SELECT rule, event_id FROM entry").fetchall()) == found
        assert found == expected
        assert told == len(expected)


def _since(place: Path) -> float:
    with closing(sqlite3.connect(place / outbox.FILE_NAME)) as db:
        (since,) = db.execute("SELECT unixepoch(min(since)) FROM rule").fetchone()
    return float(since)
