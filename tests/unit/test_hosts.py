"""The order of hosts, and what becomes of those that fail. Time is a number here."""

from __future__ import annotations

import pytest

from backlink_crawler.frontier.hosts import LOOKAHEAD, PARK_AFTER, SECONDS_TO_PROBE, Budget, HostQueues
from backlink_crawler.frontier.row import Row

PAUSE = 10.0


def rows(host: str, count: int, start: int = 0) -> list[Row]:
    numbers = range(start, start + count)
    return [Row(hash(host) + n, hash(host) + n, f"http://{host}/{n}", host, host, 0, 0) for n in numbers]


def queues(budget: Budget | None = None, **hosts: int) -> HostQueues:
    """Hosts with so many rows, all in memory."""
    made = HostQueues(budget or Budget(), pause=PAUSE)
    made.add((name, count) for name, count in hosts.items())
    for host in made.hungry():
        made.load(host, rows(host.name, hosts[host.name]))
    return made


def fail(
    made: HostQueues, row: Row, now: float, took: float = 1.0, retry_after: float = PAUSE, wait: float = 0.0
) -> bool:
    """A row failed: asked again later, or ended as a visit with the outcome timeout."""
    if made.fail(row.host, now - took, now, wait):
        made.park(row.host, "timeout")
        made.release(row, now, now)
        return True
    made.put_back(row, now + retry_after, now, now)
    return False


def taken(made: HostQueues, now: float) -> Row:
    row = made.take(now)
    assert row is not None
    return row


def test_hosts_take_turns() -> None:
    made = queues(a=2, b=2)
    assert [taken(made, 0).host, taken(made, 0).host] == ["a", "b"]
    assert made.take(0) is None


def test_a_host_rests_for_its_delay() -> None:
    made = queues(a=2)
    made.release(taken(made, 0), 1, 3)
    assert made.take(2.9) is None
    assert made.next_time() == 3
    assert taken(made, 3).url == "http://a/1"


def test_a_failed_row_waits_and_its_host_goes_on() -> None:
    made = queues(a=3)
    assert not fail(made, taken(made, 1), 1)
    second = taken(made, 1)
    assert second.url == "http://a/1"
    made.recover("a")
    made.release(second, 2, 2)
    made.release(taken(made, 2), 3, 3)
    assert made.take(10.9) is None
    assert made.has_rows
    assert taken(made, 11).url == "http://a/0"


def test_a_host_that_fails_twice_in_a_row_is_left_alone_for_a_while() -> None:
    made = queues(a=5)
    fail(made, taken(made, 1), 1)
    fail(made, taken(made, 2), 3)
    assert made.take(12.9) is None
    assert taken(made, 13).host == "a"


def test_a_host_that_fails_three_times_is_parked_and_probed() -> None:
    made = queues(a=5)
    assert [fail(made, taken(made, now), now) for now in (1, 20, 40)] == [False, False, True]
    assert made.parked("a") == "timeout"
    assert made.take(41) is None
    assert taken(made, 40 + SECONDS_TO_PROBE).host == "a"
    made.recover("a")
    assert made.parked("a") == ""


def test_rows_in_flight_together_fail_once() -> None:
    made = queues(a=5)
    made.per_host = 4
    together = [taken(made, 0) for _ in range(4)]
    assert [made.fail("a", 0, now, 0) for now in (20, 20.1, 20.2, 20.3)] == [False] * 4
    assert made.troubles["a"].failures == 1
    assert len(together) == 4


def test_rows_of_parked_hosts_end_when_nothing_else_is_left() -> None:
    made = queues(a=5, b=1)
    good = [made.take(0), made.take(0)][1]
    assert good is not None
    for now in (1, 20, 40):
        made.fail("a", now - 1, now)
    made.park("a", "connection_error")
    made.release(next(row for row in rows("a", 1)), 41, 41)
    assert made.abandon() == []  # the page of b may bring new ones
    made.release(good, 42, 42)
    assert [(row.url, outcome) for row, outcome in made.abandon()] == [
        (f"http://a/{n}", "connection_error") for n in range(1, 5)
    ]
    assert not made.has_rows


def test_rows_that_wait_for_another_try_end_with_their_host() -> None:
    made = queues(a=1)
    row = taken(made, 0)
    made.put_back(row, 60, 1, 1)
    for now in (1, 20, 40):
        made.fail("a", now - 1, now)
    made.park("a", "timeout")
    assert [row.url for row, _ in made.abandon()] == ["http://a/0"]


def test_all_rows_of_a_parked_host_are_read_from_the_store() -> None:
    made = HostQueues(Budget())
    made.add([("a", 3 * LOOKAHEAD)])
    for now in (1, 2, 3):
        made.fail("a", now - 0.5, now)
    made.park("a", "timeout")
    seen = 0
    while made.has_rows:
        for host in made.hungry():
            made.load(host, rows("a", min(LOOKAHEAD, 3 * LOOKAHEAD - seen), seen))
        seen += len(made.abandon())
    assert seen == 3 * LOOKAHEAD
    assert not made.hosts


def test_hosts_that_fail_get_few_places() -> None:
    made = queues(**{f"bad{n}": 2 for n in range(20)}, good=1)
    first = [taken(made, 0) for _ in range(21)]
    for row in first[:20]:
        fail(made, row, 1)
    again = list(iter(lambda: made.take(1), None))
    assert len(again) == made.most_doubtful
    made.release(first[20], 2, 2)
    assert len(list(iter(lambda: made.take(2), None))) == 20 - made.most_doubtful  # no other host is left


@pytest.mark.parametrize(("wait", "parked"), [(120.0, False), (3600.0, False), (3601.0, True)])
def test_a_host_that_asks_for_too_much_patience_is_parked(wait: float, parked: bool) -> None:
    made = queues(a=2)
    row = taken(made, 0)
    assert fail(made, row, 1, wait=wait) is parked
    assert made.take(1 + wait - 0.1) is None
    assert bool(made.parked("a")) is parked


def test_a_try_is_not_a_page_of_the_budget() -> None:
    made = queues(Budget(pages=2), a=2)
    fail(made, taken(made, 1), 1)
    assert made.budget.spent == 0
    assert taken(made, 1).url == "http://a/1"


def test_only_failures_park() -> None:
    made = queues(a=1)
    for now in range(1, PARK_AFTER + 1):
        made.fail("a", now - 0.5, now)
    assert not made.park("a", "ok")
    assert made.park("a", "dns_error")
    assert not made.park("a", "timeout")
    assert made.parked("a") == "dns_error"


def test_rows_added_while_others_are_read_are_not_forgotten() -> None:
    """What is read may have been asked for before they were stored."""
    queues = HostQueues(Budget())
    queues.add([("a.example", 1)])
    (host,) = queues.hungry()
    queues.add([("a.example", 1)])
    queues.load(host, [])
    assert queues.has_rows
    assert queues.hungry() == [host]
