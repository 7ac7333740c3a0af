"""Which pages are due: each row of the published table, and when a visit may be conditional."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pyarrow as pa
import pytest

from backlink_crawler.history import due as subject
from backlink_crawler.history.due import INTERVALS, Choice, DuePage, due, outlook
from backlink_crawler.index import derived
from backlink_crawler.index.query import Reader
from backlink_crawler.index.schema import BACKLINKS, to_table
from backlink_crawler.index.store import Index
from backlink_crawler.states import Backlink
from tests.index_rows import link

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAYS, HOURS = timedelta(days=1), timedelta(hours=1)


def at(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def backlink(page: str, path: str = "/", *, checked: timedelta, stood: timedelta, **values: Any) -> Backlink:
    """A backlink whose page was visited ``checked`` ago, and which then had been as it is for ``stood``."""
    seen = NOW - checked
    facts = {**link(f"https://{page}", path), "target_key": f"acme.example{path}", "source_key": page}
    facts |= {"since": at(seen - stood), "first_seen": at(seen - stood)}
    facts |= dict.fromkeys(("last_seen", "last_checked", "read_at"), at(seen))
    moments = {name: at(value) if isinstance(value, datetime) else value for name, value in values.items()}
    return Backlink(**{**facts, **moments})


def reader(directory: Path, *rows: Backlink, target: str | None = None) -> Reader:
    index = Index.open(directory, create=True)
    listed = sorted(
        (attrs.asdict(row, recurse=False) for row in rows), key=lambda row: (row["target"], row["source_key"])
    )
    table = to_table(listed, BACKLINKS)
    derived.replace_backlinks(
        index, pa.RecordBatchReader.from_batches(BACKLINKS, table.to_batches()), None, 0
    )
    return Reader(Index.open(directory), target)


def urls(pages: Any) -> list[str]:
    return [page.url.removeprefix("https://") for page in pages]


GOOD = {"counts": True, "follow": True, "placement": "content"}
SIDE = {"counts": True, "follow": True, "placement": "aside"}
UGC = {"counts": False, "follow": False, "placement": "comment"}
UNREAD = {"status": "unverified", "reason": "timeout", "outcome": "timeout"}
BLOCKED = {"status": "unverified", "reason": "http_403", "outcome": "http_403"}
LOST = {"status": "lost", "reason": "link_removed"}
PAUSES = [
    ("a new link that counts, in the content", GOOD, 0 * DAYS, 1 * DAYS),
    ("it stood for 50 days: a tenth", GOOD, 50 * DAYS, 5 * DAYS),
    ("it changed four times: a tenth of a fifth, but a day at least", GOOD | {"changes": 4}, 100 * DAYS, 2 * DAYS),
    ("it stood for three years", GOOD, 1000 * DAYS, 14 * DAYS),
    ("a new link that counts, elsewhere", SIDE, 0 * DAYS, 2 * DAYS),
    ("it stood for long", SIDE, 1000 * DAYS, 21 * DAYS),
    ("followed on a page that is noindex", SIDE | {"counts": False}, 0 * DAYS, 3 * DAYS),
    ("nofollow in the content", UGC | {"placement": "content"}, 1000 * DAYS, 30 * DAYS),
    ("nofollow in a comment", UGC, 0 * DAYS, 7 * DAYS),
    ("a link that is no vote", UGC | {"follow": None}, 1000 * DAYS, 60 * DAYS),
    ("it timed out for the first time", GOOD | UNREAD, 0 * DAYS, 6 * HOURS),
    ("it timed out for two days: twice that", GOOD | UNREAD, 2 * DAYS, 2 * DAYS),
    ("it timed out for months", GOOD | UNREAD, 100 * DAYS, 14 * DAYS),
    ("it is forbidden", GOOD | BLOCKED, 0 * DAYS, 3 * DAYS),
    ("it is forbidden for long", GOOD | BLOCKED, 1000 * DAYS, 60 * DAYS),
    ("lost just now", GOOD | LOST, 0 * DAYS, 3 * DAYS),
    ("lost for a month", GOOD | LOST | {"changes": 1}, 30 * DAYS, 3 * DAYS),
    ("lost for a year", GOOD | LOST | {"changes": 1}, 360 * DAYS, 36 * DAYS),
    ("lost for ever", GOOD | LOST, 3000 * DAYS, 90 * DAYS),
    (
        "a loss waits for a second look",
        GOOD | {"status": "unverified", "reason": "page_not_found", "gone_since": NOW - 10 * HOURS, "checked": 10 * HOURS},
        0 * DAYS,
        24 * HOURS,
    ),
    (
        "the first look was earlier than the last",
        GOOD | UNREAD | {"gone_since": NOW - 20 * HOURS, "checked": 2 * HOURS},
        0 * DAYS,
        6 * HOURS,  # 20 hours ago, and 24 later
    ),
    (
        "the second look timed out: as any time-out",
        GOOD | UNREAD | {"gone_since": NOW - 30 * HOURS, "checked": 3 * HOURS},
        0 * DAYS,
        6 * HOURS,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("_why", "facts", "stood", "pause"), PAUSES, ids=[row[0] for row in PAUSES])
def test_a_page_is_due_after_its_pause(
    tmp_path: Path, _why: str, facts: dict[str, Any], stood: timedelta, pause: timedelta
) -> None:
    facts = dict(facts)
    checked = facts.pop("checked", DAYS)
    known = reader(tmp_path, backlink("a.example/1", checked=checked, stood=stood, **facts))
    due_at = NOW - checked + pause
    second = timedelta(seconds=1)
    assert list(due(known, Choice(), due_at - second)) == []
    assert outlook(known, Choice(), due_at - second) == subject.Outlook(1, 0, due_at)
    assert urls(due(known, Choice(), due_at)) == ["a.example/1"]
    assert outlook(known, Choice(), due_at).wanted == 1


def test_the_table_in_the_docs_is_the_code() -> None:
    rows = re.findall(
        r"^(\w.*?)  +(\d+) (day|hour)s?  +(\d+) days  +(all|a \w+)$", subject.__doc__ or "", re.MULTILINE
    )
    shares = {"all": 1, "a tenth": 0.1, "a fifth": 0.2}
    said = [
        (timedelta(**{f"{unit}s": int(low)}), timedelta(days=int(high)), shares[share])
        for _, low, unit, high, share in rows
    ]
    assert said == [(one.soonest, one.latest, one.share) for one in INTERVALS]


def test_what_is_most_urgent_comes_first(tmp_path: Path) -> None:
    waiting = {"status": "unverified", "reason": "page_not_found", "gone_since": NOW - 25 * HOURS}
    known = reader(
        tmp_path,
        backlink("late.example/1", checked=8 * DAYS, stood=0 * DAYS, **GOOD),  # eight times its pause
        backlink("later.example/1", checked=28 * DAYS, stood=0 * DAYS, **SIDE),  # fourteen times
        backlink("waits.example/1", checked=25 * HOURS, stood=0 * DAYS, **GOOD, **waiting),
        backlink("young.example/1", checked=2 * HOURS, stood=0 * DAYS, **GOOD),
        backlink("two.example/1", checked=2 * DAYS, stood=0 * DAYS, **UGC),
        backlink("two.example/1", "/shop", checked=2 * DAYS, stood=0 * DAYS, **GOOD),  # with its first link
    )
    assert urls(due(known, Choice(), NOW)) == [
        "waits.example/1",
        "later.example/1",
        "late.example/1",
        "two.example/1",
    ]
    assert outlook(known, Choice(), NOW).known == 5


def test_limits_and_conditions(tmp_path: Path) -> None:
    known = reader(
        tmp_path,
        *(
            backlink(f"a.example/{n}", checked=n * DAYS, stood=0 * DAYS, **GOOD, source_domain="a.example")
            for n in range(1, 6)
        ),
        backlink("b.example/1", checked=90 * DAYS, stood=0 * DAYS, **GOOD, **LOST, source_domain="b.example"),
        backlink(
            "c.example/1",
            checked=90 * DAYS,
            stood=0 * DAYS,
            **GOOD,
            target="other.example",
            source_domain="c.example",
        ),
    )
    acme = ("acme.example",)
    assert urls(due(known, Choice(acme, most=2), NOW)) == ["b.example/1", "a.example/5"]
    assert urls(due(known, Choice(acme, most_per_domain=1), NOW)) == ["b.example/1", "a.example/5"]
    assert urls(due(known, Choice(acme, statuses=("lost",)), NOW)) == ["b.example/1"]
    assert urls(due(known, Choice(acme, older_than=4 * DAYS), NOW)) == [
        "b.example/1",
        "a.example/5",
        "a.example/4",
    ]
    assert len(list(due(known, Choice(older_than=0 * DAYS), NOW - 30 * DAYS))) == 2
    assert len(list(due(known, Choice(older_than=0 * DAYS), NOW))) == 7
    assert outlook(known, Choice(("nobody.example",)), NOW) == subject.Outlook(0, 0, None)
    one = reader(
        tmp_path / "one", backlink("a.example/1", checked=9 * DAYS, stood=0 * DAYS), target="acme.example"
    )
    assert urls(due(one, Choice(acme), NOW)) == ["a.example/1"]


TAGGED = {"etag": '"v1"', "last_modified": "Sat, 21 Nov 2026 10:00:00 GMT"}
EARLIER = NOW - 40 * DAYS
CONDITIONS = [
    ("the last visit was a whole reading", {}, True),
    ("or said that nothing had changed since", {"outcome": "not_modified"}, True),
    ("its rules are not those of today", {"rules_version": 0}, False),
    ("it was not read as we do", {"fetch_mode": "rendered"}, False),
    ("the last visit failed", {"outcome": "timeout"}, False),
    ("the last reading was not whole", {"read_at": EARLIER}, False),
    ("the last whole reading was without it", {"is_on_page": False, "status": "lost"}, False),
    ("a loss waits for a second look", {"gone_since": EARLIER}, False),
    ("every fifth check", {"checks": 5}, False),
    ("but not the sixth", {"checks": 6}, True),
]


@pytest.mark.parametrize(("_why", "facts", "conditional"), CONDITIONS, ids=[row[0] for row in CONDITIONS])
def test_a_visit_is_conditional_only_where_a_304_says_something(
    tmp_path: Path, _why: str, facts: dict[str, Any], conditional: bool
) -> None:
    known = reader(tmp_path, backlink("a.example/1", checked=30 * DAYS, stood=0 * DAYS, **TAGGED, **facts))
    (page,) = due(known, Choice(older_than=0 * DAYS), NOW)
    assert bool(page.headers()) is conditional
    assert not conditional or page.headers() == {
        "If-None-Match": '"v1"',
        "If-Modified-Since": "Sat, 21 Nov 2026 10:00:00 GMT",
    }


@pytest.mark.parametrize(
    ("other", "conditional"),
    [
        ({}, True),
        ({"etag": '"v2"'}, False),  # read at other times, for other targets
        ({"source_url": "http://www.a.example/1"}, False),  # one page, but another URL gave the validators
        (
            {"is_on_page": False, "status": "lost", "etag": '"v2"'},
            True,
        ),  # lost long ago: it says nothing of the page
        ({"gone_since": EARLIER}, False),
    ],
)
def test_all_links_of_a_page_must_agree(tmp_path: Path, other: dict[str, Any], conditional: bool) -> None:
    known = reader(
        tmp_path,
        backlink("a.example/1", checked=30 * DAYS, stood=0 * DAYS, **TAGGED),
        backlink(
            "a.example/1",
            "/b",
            checked=30 * DAYS,
            stood=0 * DAYS,
            **{**TAGGED, "target": "z.example", **other},
        ),
    )
    (page,) = due(known, Choice(), NOW)
    assert (page.etag is not None) is conditional
    assert (page.last_modified is not None) is conditional


@pytest.mark.parametrize(
    ("etag", "sent"),
    [
        ('"a"', True),
        ('W/"a b"', True),
        ("unquoted", True),
        ("", False),
        (None, False),
        ('"a\r\nX: y"', False),
        ('"\u20ac"', False),
    ],
)
def test_only_what_a_header_can_hold_is_sent(etag: str | None, sent: bool) -> None:
    assert DuePage("http://a.example/", etag).headers() == ({"If-None-Match": etag} if sent else {})


def test_the_newest_url_of_a_page_is_asked(tmp_path: Path) -> None:
    known = reader(
        tmp_path,
        backlink(
            "a.example/1",
            checked=30 * DAYS,
            stood=0 * DAYS,
            source_url="http://a.example/1",
            last_seen=EARLIER,
        ),
        backlink(
            "a.example/1", "/b", checked=30 * DAYS, stood=0 * DAYS, source_url="https://www.a.example/1"
        ),
    )
    assert [page.url for page in due(known, Choice(), NOW)] == ["https://www.a.example/1"]
