"""After a crawl: who is told of what."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from ..classify.part import parse_part
from ..errors import BacklinkError
from .delivery import deliver_due
from .digest import NAME, body, line, title, what
from .event import event_of, timestamp
from .feed import Entry, Feed, newest, write_feed
from .outbox import FILE_NAME, KEPT_DAYS, NEWS_DAYS, Outbox
from .plain import plain, plain_url
from .rule import Rule, rules_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ..config.file import Config
    from .event import RatedEvent

logger = logging.getLogger(__name__)

PASSED_AT_ONCE = 10_000
"""So many events that matter too little are held in memory."""


@attrs.define
class Result:
    """What a run came to."""

    told: int = 0
    """Events that a rule was told of; one that two rules are about counts twice."""
    delivered: int = 0
    """Messages that a service has taken, also such as were left from before."""
    failed: int = 0
    """Messages that a service did not take; they are kept and tried again."""
    expired: int = 0
    """Messages that were dropped, since nobody took them for days."""
    problems: list[str] = attrs.field(factory=list)
    """One line for each thing that went wrong."""

    def logged(self) -> Result:
        """Itself, its problems in the log."""
        for problem in self.problems:
            logger.warning("%s", problem)
        return self


def watch(config: Config, state_dir: Path, *, index_uri: str) -> Result:
    """Begin to watch, before a crawl: to a rule that is new, what happened before is no news. Never raises."""
    result = Result()
    if config.alerts:
        with _whatever_happens(result), _outbox(state_dir) as outbox:
            outbox.watch(rules_of(config), index_uri, timestamp(datetime.now(UTC)))
    return result.logged()


def run(events: Iterable[Mapping[str, Any]], config: Config, state_dir: Path, *, index_uri: str) -> Result:
    """Tell what is news in ``events`` (rows of the table ``events``, each with the ``rating`` of its source, where one is known),
    and deliver what is due. Never raises.

    A rule decides on an event once, by ``event_id``, and is told once: events may be given again at will, also with other
    ratings. Messages are stored before they are sent, so call it when the events are in the index. It takes up to 40 seconds
    when services hang: call it in a thread. ``state_dir`` is the directory of the jobs, ``index_uri`` that of
    :class:`~backlink_crawler.index.store.Index`.
    """
    result = Result()
    if config.alerts:
        with _whatever_happens(result), _outbox(state_dir) as outbox:
            with _whatever_happens(result):
                _tell(events, config, outbox, index_uri, result)
            _send(outbox, rules_of(config), result)
    return result.logged()


def send(config: Config, state_dir: Path, *, at_once: bool = False) -> Result:
    """Deliver what is due, or, ``at_once``, all that is left. Raises IndexFault when the outbox cannot be used."""
    result = Result()
    if (state_dir / FILE_NAME).exists():
        with _outbox(state_dir) as outbox:
            _send(outbox, rules_of(config), result, at_once=at_once)
    return result


def _tell(
    events: Iterable[Mapping[str, Any]], config: Config, outbox: Outbox, index_uri: str, result: Result
) -> None:
    now = datetime.now(UTC)
    rules = rules_of(config)
    since = outbox.watch(rules, index_uri, timestamp(now))
    horizon = timestamp(now - timedelta(days=NEWS_DAYS))
    wanted: dict[str, list[RatedEvent]] = {rule.name: [] for rule in rules}
    passed: list[tuple[str, str, str]] = []
    for event in map(event_of, events):
        seen_at = event.seen_at or ""
        for rule in rules:
            if seen_at < max(since[rule.name], horizon) or not rule.is_about(event):
                continue
            if outbox.is_decided(rule.name, event.event_id):  # so that only news take memory
                continue
            if rule.is_enough(event):
                wanted[rule.name].append(event)
            else:
                passed.append((rule.name, event.event_id, seen_at))
        if len(passed) >= PASSED_AT_ONCE:
            outbox.pass_over(passed)
            passed.clear()
    outbox.pass_over(passed)
    with outbox.transaction():
        for rule in rules:
            news = [
                one for one in wanted[rule.name] if outbox.is_news(rule.name, one.event_id, one.seen_at or "")
            ]
            result.told += len(news)
            _put(outbox, rule, news)
            if rule.feed:
                entries = outbox.add_entries(rule.name, newest(map(_entry, news)))
                _write(_feed(outbox, rule, config, since[rule.name], entries), Path(rule.feed), result)
        outbox.forget(horizon)


def _put(outbox: Outbox, rule: Rule, news: Sequence[RatedEvent]) -> None:
    if not news or not rule.to:
        return
    headline, text = title(news), body(rule, news)
    for address in rule.to:
        outbox.put(rule.name, address, headline, text, time.time())


def _entry(event: RatedEvent) -> Entry:
    headline = f"{what(event)}: {plain(event.source_domain, NAME)} -> {plain(event.target, NAME)}"
    return Entry(
        event.event_id, event.seen_at or "", headline, line(event), plain_url(event.source_url, 2_000)
    )


def _feed(outbox: Outbox, rule: Rule, config: Config, since: str, entries: Sequence[Entry]) -> Feed:
    about = next((parse_part(target).host for target in (*rule.targets, *config.targets)), "localhost")
    updated = entries[0].at if entries else since
    return Feed(outbox.feed_id(rule.name), plain(rule.name, NAME), f"https://{about}/", updated, entries)


def _write(feed: Feed, path: Path, result: Result) -> None:
    try:
        write_feed(feed, path)
    except OSError as error:
        result.problems.append(f"the feed {path} cannot be written now: {error.strerror}")


def _send(outbox: Outbox, rules: Sequence[Rule], result: Result, *, at_once: bool = False) -> None:
    for one in deliver_due(outbox, rules, at_once=at_once):
        result.delivered += not one.reason
        result.failed += bool(one.reason)
        if one.reason:
            result.problems.append(
                f"the alert {one.message.rule} is kept, since {one.label} failed: {one.reason}"
            )
    for message in outbox.expire(time.time()):
        result.expired += 1
        reason = message.reason or "its address is gone from the configuration"
        result.problems.append(
            f"the alert {message.rule} is dropped after {KEPT_DAYS} days: {message.title}; {reason}"
        )


@contextmanager
def _outbox(state_dir: Path) -> Iterator[Outbox]:
    outbox = Outbox(state_dir / FILE_NAME)
    try:
        yield outbox
    finally:
        outbox.close()


@contextmanager
def _whatever_happens(result: Result) -> Iterator[None]:
    """A crawl does not fail for its alerts."""
    try:
        yield
    except BacklinkError as error:
        result.problems.append(error.reason)
    except Exception as error:  # noqa: BLE001
        result.problems.append(f"alerts failed: {type(error).__name__}: {error}")
