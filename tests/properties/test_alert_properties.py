"""Whatever is given, in whatever order and how often: each rule is told once of each event that it is about."""

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
from backlink_crawler.alerts.importance import importance
from backlink_crawler.alerts.rule import rules_of
from backlink_crawler.alerts.run import run, watch
from backlink_crawler.states import EVENTS, Event
from tests.alert_parts import config, row

RULES = (
    'name = "all"\nfeed = "{0}/all.atom"',
    'name = "mine"\nfeed = "{0}/mine.rss"\nfollow = true\nevents = "lost,changed"',
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


@settings(max_examples=40)
@given(
    ONE_OF_EACH.flatmap(
        lambda known: st.lists(
            st.lists(st.sampled_from(known), max_size=9) if known else st.just([]), max_size=5
        )
    )
)
def test_each_event_is_told_once(runs: list[list[dict[str, Any]]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        rules = config(place, *(text.format(folder) for text in RULES))
        watch(rules, place, index_uri="/i")
        told = 0
        for events in runs:
            result = run(iter(events), rules, place, index_uri="/i")
            assert result.problems == []
            told += result.told
        fresh = {
            one["event_id"]: one
            for events in runs
            for one in events
            if one["seen_at"].timestamp() > _since(place)
        }
        expected = Counter(
            (rule.name, name)
            for name, one in fresh.items()
            for rule in rules_of(rules)
            if rule.wants(event := _event(one), importance(event))
        )
        with closing(sqlite3.connect(place / outbox.FILE_NAME)) as db:
            found = Counter(db.execute("SELECT rule, event_id FROM told").fetchall())
            assert Counter(db.execute("SELECT rule, event_id FROM entry").fetchall()) == found
        assert found == expected
        assert told == len(expected)


def _since(place: Path) -> float:
    with closing(sqlite3.connect(place / outbox.FILE_NAME)) as db:
        (since,) = db.execute("SELECT unixepoch(min(since)) FROM rule").fetchone()
    return float(since)


def _event(one: dict[str, Any]) -> Event:
    return Event(**{name: value for name, value in one.items() if name != "batch"})
