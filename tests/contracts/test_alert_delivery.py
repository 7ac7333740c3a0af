"""Alerts on their whole way: events in, messages at real services on loopback, whatever those do."""

from __future__ import annotations

import email
import email.policy
import io
import logging
import multiprocessing
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import feedparser
import pytest
from apprise.plugins.slack import NotifySlack

from backlink_crawler.alerts import delivery, outbox, service
from backlink_crawler.alerts import run as run_module
from backlink_crawler.alerts.run import Result, run, send, watch
from backlink_crawler.config.file import Config
from backlink_crawler.history.fold import fold
from backlink_crawler.index.store import Index
from tests.alert_parts import Receiver, config, mail_server, receiver, row
from tests.index_rows import NOFOLLOW, link, visit
from tests.waiting import SECONDS, until

INDEX = "/data/index"
SECRET = "hunter2"


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with receiver() as server:
        yield server


def told(events: list[dict[str, Any]], rules: Config, place: Path, *, index_uri: str = INDEX) -> Result:
    """A crawl: the rules are watched for from its start, its events told at its end."""
    watch(rules, place, index_uri=index_uri)
    return run(events, rules, place, index_uri=index_uri)


def to(hook: Receiver, more: str = "") -> str:
    return f'name = "mine"\nto = "json://me:{SECRET}@{hook.place}/hook/{SECRET}"\n{more}'


def left(place: Path) -> list[outbox.Message]:
    with closing(outbox.Outbox(place / outbox.FILE_NAME)) as box:
        return box.pending()


def pass_time(place: Path, seconds: float) -> None:
    """Let all that is kept grow older."""
    with closing(sqlite3.connect(place / outbox.FILE_NAME)) as db, db:
        db.execute(
            "UPDATE message SET made_at = made_at - ?1, due = due - ?1, claimed_until = claimed_until - ?1",
            (seconds,),
        )


def test_one_message_for_each_rule_and_run(tmp_path: Path, hook: Receiver) -> None:
    rules = config(
        tmp_path,
        to(hook),
        to(hook, 'events = "lost"').replace("mine", "losses"),
        to(hook, "domains = 'x.test'").replace("mine", "none"),
    )
    result = told([row("a"), row("b"), row("c", "page_found")], rules, tmp_path)
    assert (result.told, result.delivered, result.failed, result.problems) == (5, 2, 0, [])
    assert [one["title"] for one in hook.messages] == [
        "acme.example: 2 lost, 1 found",
        "acme.example: 2 lost",
    ]
    assert hook.messages[0]["message"].startswith("mine: 3 events, 2 of high importance.")
    assert hook.paths == [f"/hook/{SECRET}"] * 2
    assert left(tmp_path) == []


def test_an_event_is_told_once_whatever_is_given_again(tmp_path: Path, hook: Receiver) -> None:
    rules = config(tmp_path, to(hook))
    told([row("a"), row("a")], rules, tmp_path)
    told([row("a")], rules, tmp_path)
    told([row("a")], rules, tmp_path, index_uri="s3://rebuilt/elsewhere")
    told([row("b"), row("a")], rules, tmp_path)
    assert [one["title"] for one in hook.messages] == ["acme.example: 1 lost"] * 2


def test_what_was_before_a_rule_is_no_news_to_it(tmp_path: Path, hook: Receiver) -> None:
    rules = config(tmp_path, to(hook))
    assert told([row(str(n), minutes=-n) for n in range(1, 2_000)], rules, tmp_path).told == 0
    assert told([row("new"), row("before", minutes=-60)], rules, tmp_path).told == 1
    changed = config(tmp_path, to(hook, "follow = true"))
    watch(changed, tmp_path, index_uri=INDEX)
    with closing(sqlite3.connect(tmp_path / outbox.FILE_NAME)) as db:
        ((since,),) = db.execute("SELECT since FROM rule")
    assert told([row("old", minutes=-60)], changed, tmp_path).told == 0
    assert since > row("old", minutes=-60)["seen_at"].isoformat()
    assert len(hook.messages) == 1


def test_what_was_weighed_stays_so_when_ratings_have_changed(tmp_path: Path, hook: Receiver) -> None:
    rules = config(tmp_path, to(hook, 'min_importance = "high"'))
    first = [row("small", rating=2.0), row("none"), row("large", placement="footer", rating=45.5)]
    assert told(first, rules, tmp_path).told == 2
    (message,) = hook.messages
    head, *lines = message["message"].splitlines()
    assert head == "mine: 2 events, 2 of high importance."
    assert [line.rpartition("(")[2] for line in lines if line] == [
        "dofollow, footer, rating 45.5)",
        "dofollow, content)",
    ]
    again = [one | {"rating": 80.0} for one in first]
    assert told(again, rules, tmp_path).told == 0
    with closing(outbox.Outbox(tmp_path / outbox.FILE_NAME)) as box:
        assert box.told() == {"none", "large"}
    assert told([row("new", placement="footer", rating=80.0)], rules, tmp_path).told == 1


def test_what_no_rating_can_make_matter_is_not_noted(tmp_path: Path, hook: Receiver) -> None:
    """A mining of millions of links would leave as many lines for each rule."""
    rules = config(tmp_path, to(hook, 'min_importance = "high"\nmin_rating = 20'))
    never = [
        row("nofollow", follow=False, rating=80.0),
        row("moved", "moved", rating=80.0),
        row("first", "baseline"),
    ]
    assert (
        told([*never, row("footer", placement="footer"), row("small", rating=1.0)], rules, tmp_path).told == 0
    )
    with closing(sqlite3.connect(tmp_path / outbox.FILE_NAME)) as db:
        noted = db.execute("SELECT event_id, passed FROM told ORDER BY event_id").fetchall()
    assert noted == [("footer", 1), ("small", 1)]


def test_many_events_that_matter_too_little_are_noted_as_they_come(
    tmp_path: Path, hook: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "PASSED_AT_ONCE", 2)

    def cut_off() -> Iterator[dict[str, Any]]:
        yield from (row(name, rating=0.0) for name in "abc")
        raise OSError("the index is away")

    rules = config(tmp_path, to(hook, "min_rating = 10"))
    watch(rules, tmp_path, index_uri=INDEX)
    assert run(cut_off(), rules, tmp_path, index_uri=INDEX).told == 0
    assert (
        told([row(name, rating=50.0) for name in "abc"], rules, tmp_path).told == 1
    )  # c alone was not weighed


def test_a_file_of_the_format_before_is_gone_on_with(tmp_path: Path, hook: Receiver) -> None:
    rules = config(tmp_path, to(hook))
    told([row("a")], rules, tmp_path)
    with closing(sqlite3.connect(tmp_path / outbox.FILE_NAME)) as db, db:
        db.execute("ALTER TABLE told DROP COLUMN passed")
        db.execute("PRAGMA user_version = 1")
    assert told([row("a"), row("b")], rules, tmp_path).told == 1
    with closing(outbox.Outbox(tmp_path / outbox.FILE_NAME)) as box:
        assert box.told() == {"a", "b"}


def test_old_news_are_none_even_if_what_was_told_is_forgotten(tmp_path: Path, hook: Receiver) -> None:
    rules = config(tmp_path, to(hook))
    told([row("a")], rules, tmp_path)
    with closing(sqlite3.connect(tmp_path / outbox.FILE_NAME)) as db, db:
        db.execute("UPDATE rule SET since = '2000-01-01T00:00:00.000000Z'")
        db.execute("UPDATE told SET at = '2000-01-02T00:00:00.000000Z'")
    assert told([], rules, tmp_path).told == 0
    with closing(sqlite3.connect(tmp_path / outbox.FILE_NAME)) as db:
        assert db.execute("SELECT count(*) FROM told").fetchone() == (0,)
    assert told([row("a", minutes=-60 * 24 * 31)], rules, tmp_path).told == 0


def test_without_rules_nothing_happens(tmp_path: Path) -> None:
    assert told([row()], Config(), tmp_path / "jobs") == Result()
    assert not (tmp_path / "jobs").exists()


@pytest.mark.parametrize(
    ("status", "reason"),
    [(500, "status 500"), (401, "status 401"), (302, "no connection|status|did not take")],
)
def test_a_service_that_refuses_gets_it_later(
    tmp_path: Path, hook: Receiver, status: int, reason: str
) -> None:
    rules = config(tmp_path, to(hook))
    hook.status = status
    result = told([row("a")], rules, tmp_path)
    assert (result.told, result.delivered, result.failed) == (1, 0, 1)
    assert any(word in left(tmp_path)[0].reason for word in reason.split("|"))
    hook.status = 200
    assert told([], rules, tmp_path).delivered == 0  # its time has not come
    pass_time(tmp_path, 301)
    assert told([], rules, tmp_path).delivered == 1
    assert len(hook.messages) == 1
    assert left(tmp_path) == []


def test_waits_grow_and_a_message_is_dropped_in_the_end(tmp_path: Path, hook: Receiver) -> None:
    rules = config(tmp_path, to(hook))
    hook.status = 503
    told([row("a")], rules, tmp_path)
    waits = []
    for _ in range(6):
        (message,) = left(tmp_path)
        waits.append(round(message.due - time.time(), -2))
        pass_time(tmp_path, waits[-1] + 60)
        assert send(rules, tmp_path).failed == 1
    assert waits == [300, 1_800, 7_200, 21_600, 21_600, 21_600]
    pass_time(tmp_path, 7 * outbox.DAY)
    result = run([], rules, tmp_path, index_uri=INDEX)
    assert (result.failed, result.expired) == (1, 1)
    assert result.problems[-1] == (
        "the alert mine is dropped after 7 days: acme.example: 1 lost; the service answered with status 503"
    )
    assert left(tmp_path) == []


def test_send_now_does_not_wait_for_the_time(tmp_path: Path, hook: Receiver) -> None:
    rules = config(tmp_path, to(hook))
    hook.status = 500
    told([row("a")], rules, tmp_path)
    hook.status = 200
    assert send(rules, tmp_path).delivered == 0
    assert send(rules, tmp_path, at_once=True).delivered == 1


def test_a_hanging_service_takes_bounded_time_and_holds_up_no_other(
    tmp_path: Path, hook: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "SECONDS", 3)
    with receiver() as hanging:
        hanging.gate.clear()
        rules = config(tmp_path, f'name = "both"\nto = ["json://{hanging.place}", "json://{hook.place}"]')
        for event_id in "ab":
            result = told([row(event_id)], rules, tmp_path)
            assert (result.delivered, result.failed) == (1, 1)
            assert result.problems == ["the alert both is kept, since json://… failed: no answer in 3 s"]
        assert hanging.bodies == [], "who waits for it waits for ever"
    assert len(hook.messages) == 2
    assert len(left(tmp_path)) == 2


def test_the_time_of_a_run_is_bounded_whatever_is_left(
    tmp_path: Path, hook: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "RUN_SECONDS", 0.0)
    result = told([row()], config(tmp_path, to(hook)), tmp_path)
    assert (result.told, result.delivered, len(left(tmp_path))) == (1, 0, 1)


def test_one_that_fails_is_not_asked_for_each_message_that_is_left(tmp_path: Path, hook: Receiver) -> None:
    rules = config(tmp_path, to(hook))
    hook.status = 500
    for event_id in "abc":
        told([row(event_id)], rules, tmp_path)
    hook.status = 200
    assert send(rules, tmp_path, at_once=True).delivered == 3
    hook.status = 500
    for event_id in "def":
        told([row(event_id)], rules, tmp_path)
    assert send(rules, tmp_path, at_once=True).failed == 1


def test_an_address_that_is_gone_from_the_rules_is_not_used(tmp_path: Path, hook: Receiver) -> None:
    hook.status = 500
    told([row()], config(tmp_path, to(hook)), tmp_path)
    hook.status = 200
    other = config(tmp_path, 'name = "mine"\nfeed = "x.atom"')
    assert send(other, tmp_path, at_once=True) == Result()
    pass_time(tmp_path, 8 * outbox.DAY)
    assert send(other, tmp_path).expired == 1


def test_no_secret_is_logged_stored_or_said(
    tmp_path: Path, hook: Receiver, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALERTS_URL", f"json://me:{SECRET}@127.0.0.1:1/{SECRET}")
    addresses = [
        f"json://me:{SECRET}@{hook.place}/{SECRET}?+X-Token={SECRET}", "env:ALERTS_URL", "env:ALERTS_NONE",
        f"nosuch://{SECRET}", f"mailto://me:{SECRET}@", f"mailto://me:{SECRET}@127.0.0.1:1?from=a@b.test&to=c@d.test",
        f"slack://short/{SECRET}",
    ]  # fmt: skip
    rules = config(tmp_path, f'name = "all"\nto = {addresses}'.replace("'", '"'))
    root, log = logging.getLogger(), io.StringIO()
    monkeypatch.setattr(root, "level", 1)
    monkeypatch.setattr(root, "handlers", [logging.StreamHandler(log)])
    result = told([row()], rules, tmp_path)
    assert (result.delivered, result.failed) == (1, 6)
    assert sorted(line.partition("since ")[2] for line in result.problems) == [
        "env:ALERTS_NONE failed: the environment variable ALERTS_NONE is not set",
        "env:ALERTS_URL failed: no connection to the service",
        "mailto://… failed: Apprise knows no such service, or its address lacks a part",
        "mailto://… failed: no connection to the service",
        "nosuch://… failed: Apprise knows no such service, or its address lacks a part",
        "slack://… failed: Apprise knows no such service, or its address lacks a part",
    ]
    said = "".join((log.getvalue(), *capfd.readouterr(), *result.problems))
    assert "alert all" in said
    assert SECRET not in said
    for file in tmp_path.iterdir():
        assert file.name == "backlinks.toml" or SECRET.encode() not in file.read_bytes()


HOSTILE = '<!channel> <@U1> @everyone <b onclick="x">& [click](http://evil.test) \x1b[2J\u202e'


def test_mail_arrives_as_text_that_is_harmless(tmp_path: Path) -> None:
    with mail_server() as box:
        address = f"mailto://{box.place}?from=a@b.test&to=c@d.test&mode=insecure"
        for kind in ("html", "text"):
            rules = config(tmp_path, f'name = "by {kind}"\nto = "{address}&format={kind}"')
            result = told([row("a", anchor=HOSTILE)], rules, tmp_path)
            assert (result.delivered, result.problems) == (1, [])
    for raw in box.mails:
        mail = email.message_from_bytes(raw, policy=email.policy.default)
        assert (mail["To"], mail["Subject"]) == ("c@d.test", "acme.example: 1 lost")
        part = mail.get_body(("html", "plain"))
        assert part is not None
        text = part.get_content().replace("&nbsp;", " ").replace("&gt;", ">")
        assert "lost (page not found): https://blog.test/post" in text
        assert not any(bad in text for bad in ("<b ", "<!channel>", "\x1b", "\u202e"))
    assert len(box.mails) == 2


@pytest.mark.filterwarnings("default::DeprecationWarning")
def test_slack_gets_no_mention_and_no_link_from_a_page(
    tmp_path: Path, hook: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(NotifySlack, "webhook_url", f"http://{hook.place}/services")
    for blocks in ("yes", "no"):
        rules = config(
            tmp_path,
            f'name = "{blocks}"\nto = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#seo?blocks={blocks}"',
        )
        result = told([row("a", anchor=HOSTILE)], rules, tmp_path)
        assert (result.delivered, result.problems) == (1, [])
    for raw in hook.bodies:
        text = raw.decode()
        assert "blog.test/post" in text
        assert not any(bad in text for bad in ("<!", "<@", "@everyone", "[click]", "\\u001b", "\\u202e"))


def test_other_web_hooks(tmp_path: Path, hook: Receiver) -> None:
    rules = config(tmp_path, f'name = "mine"\nto = ["form://{hook.place}/form", "xml://{hook.place}/xml"]')
    assert told([row("a", anchor=HOSTILE)], rules, tmp_path).delivered == 2
    assert sorted(hook.paths) == ["/form", "/xml"]


def test_a_feed_gains_each_event_once(tmp_path: Path, hook: Receiver) -> None:
    path = tmp_path / "out/alerts.atom"
    rules = config(tmp_path, to(hook, f'feed = "{path}"'))
    told([], rules, tmp_path)
    assert feedparser.parse(path.read_bytes()).entries == []
    told([row("a", minutes=1), row("b", minutes=2)], rules, tmp_path)
    first = feedparser.parse(path.read_bytes())
    told([row("c", minutes=3), row("a", minutes=1)], rules, tmp_path)
    again = feedparser.parse(path.read_bytes())
    assert [one.id for one in again.entries[1:]] == [one.id for one in first.entries]
    assert again.feed.id == first.feed.id
    assert len(again.entries) == 3
    told([row(f"n{n}", minutes=10 + n) for n in range(150)], rules, tmp_path)
    assert len(feedparser.parse(path.read_bytes()).entries) == 100


def test_a_feed_that_cannot_be_written_is_written_later(tmp_path: Path, hook: Receiver) -> None:
    path = tmp_path / "out/alerts.rss"
    path.mkdir(parents=True)
    rules = config(tmp_path, to(hook, f'feed = "{path}"'))
    result = told([row("a")], rules, tmp_path)
    assert (result.told, result.delivered) == (1, 1)
    assert result.problems == [f"the feed {path} cannot be written now: Is a directory"]
    path.rmdir()
    told([], rules, tmp_path)
    assert len(feedparser.parse(path.read_bytes()).entries) == 1


def test_nothing_that_goes_wrong_is_raised(tmp_path: Path, hook: Receiver) -> None:
    def broken() -> Iterator[dict[str, Any]]:
        yield row("a")
        raise OSError("the index is away")

    rules = config(tmp_path, to(hook))
    result = run(broken(), rules, tmp_path, index_uri=INDEX)
    assert (result.told, result.problems) == (0, ["alerts failed: OSError: the index is away"])
    assert told([row("a")], rules, tmp_path).delivered == 1  # and nothing was taken for told

    damaged = tmp_path / "damaged"
    damaged.mkdir()
    (damaged / outbox.FILE_NAME).write_bytes(b"no database" * 1_000)
    (problem,) = run([row("a")], rules, damaged, index_uri=INDEX).problems
    assert problem.startswith(
        f"the alerts {damaged / outbox.FILE_NAME} cannot be kept: file is not a database"
    )
    (problem,) = run([row("a")], rules, Path("/dev/null/jobs"), index_uri=INDEX).problems
    assert "cannot be kept" in problem


def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path, hook: Receiver) -> None:
    with closing(sqlite3.connect(tmp_path / outbox.FILE_NAME)) as db, db:
        db.execute("PRAGMA user_version = 99")
    (problem,) = run([row()], config(tmp_path, to(hook)), tmp_path, index_uri=INDEX).problems
    assert "newer version" in problem


def crawl(rules: Config, place: Path, start: Any, ids: list[str]) -> None:
    start.wait()
    for event_id in ids:
        run([row(event_id)], rules, place, index_uri=INDEX)
    os._exit(0)


def test_processes_at_once_tell_each_event_once(tmp_path: Path, hook: Receiver) -> None:
    rules = config(tmp_path, to(hook))
    watch(rules, tmp_path, index_uri=INDEX)
    context = multiprocessing.get_context("spawn")
    start, ids = context.Event(), [f"e{n}" for n in range(12)]
    processes = [
        context.Process(target=crawl, args=(rules, tmp_path, start, order)) for order in (ids, ids[::-1], ids)
    ]
    try:
        for process in processes:
            process.start()
        start.set()
        for process in processes:
            process.join(SECONDS)
            assert process.exitcode == 0
    finally:
        for process in processes:
            process.kill()
            process.join()
    send(rules, tmp_path, at_once=True)
    assert [one["title"] for one in hook.messages] == ["acme.example: 1 lost"] * 12


def test_who_waited_for_another_takes_nothing_from_it(tmp_path: Path, hook: Receiver) -> None:
    hook.status = 500
    rules = config(tmp_path, to(hook))
    told([row()], rules, tmp_path)
    pass_time(tmp_path, 301)
    address, now = rules.alerts[0]["to"][0], time.time()
    with closing(outbox.Outbox(tmp_path / outbox.FILE_NAME)) as box:
        assert len(box.claim([address], now)) == 1
        assert box.claim([address], now - 20) == []


def test_a_killed_process_loses_nothing(tmp_path: Path, hook: Receiver) -> None:
    rules = config(tmp_path, to(hook))
    watch(rules, tmp_path, index_uri=INDEX)
    context = multiprocessing.get_context("spawn")
    start = context.Event()
    start.set()
    hook.gate.clear()
    process = context.Process(target=crawl, args=(rules, tmp_path, start, ["a"]))
    process.start()
    try:
        until(lambda: any(message.tries for message in left(tmp_path)), lambda: "nothing is sent")
    finally:
        process.kill()  # while its service thinks
        process.join()
    assert len(left(tmp_path)) == 1
    assert send(rules, tmp_path, at_once=True).delivered == 0  # it still belongs to the one that was killed …
    hook.gate.set()
    hook.bodies.clear()
    pass_time(tmp_path, outbox.CLAIM + 1)  # … for a while
    assert run([row("a")], rules, tmp_path, index_uri=INDEX).delivered == 1
    assert left(tmp_path) == []


def test_a_clock_that_jumps_back_holds_nothing_up_for_ever(tmp_path: Path, hook: Receiver) -> None:
    rules = config(tmp_path, to(hook))
    hook.status = 500
    told([row("a")], rules, tmp_path)
    pass_time(tmp_path, -365 * outbox.DAY)
    hook.status = 200
    assert send(rules, tmp_path).delivered == 1


def test_what_the_history_folds_is_told(tmp_path: Path, hook: Receiver) -> None:
    page = "http://blog.test/post"
    rules = config(tmp_path, to(hook, f'feed = "{tmp_path}/all.atom"'))
    index = Index.open(tmp_path / "index", create=True)
    watch(rules, tmp_path, index_uri=index.uri)

    def read(batch: int, *links: dict[str, Any]) -> None:
        at = {
            "fetched_at": (datetime.now(UTC) + timedelta(minutes=10 * batch - 5))
            .isoformat()
            .replace("+00:00", "Z"),
            "crawl_id": f"c{batch}",
        }
        seen = {"complete": True, "external_links": 3, "text_words": 300}
        index.append("job", batch, [visit(page, **at, **seen)], [one | at for one in links])
        run(fold(index).events.to_pylist(), rules, tmp_path, index_uri=index.uri)

    read(0, link(page))
    assert hook.messages == []  # it was read before anybody watched
    read(1, link(page, **NOFOLLOW))
    assert [one["title"] for one in hook.messages] == ["acme.example: 1 changed"]
    assert '! changed rel from "dofollow' in hook.messages[0]["message"]
    read(2, link(page, **NOFOLLOW))
    assert len(hook.messages) == 1
    assert len(feedparser.parse((tmp_path / "all.atom").read_bytes()).entries) == 1
