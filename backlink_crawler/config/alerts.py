"""The rules of ``[[alerts]]``: who is told of which events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..classify.part import parse_part
from ..errors import UsageError
from ..options import Option, Value, choice, flag, nearest, text, whole, words
from ..states import EVENTS
from ..urls import ascii_host
from .secret import ADDRESS, SecretOption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .document import Document

IMPORTANCES = ("low", "normal", "high")
"""How much an event matters, in rising order; what has which is told in :mod:`backlink_crawler.alerts.importance`."""
FEED_FORMATS = (".atom", ".xml", ".rss")
"""Endings of a feed's file: the first two make it Atom (RFC 4287), the last RSS 2.0."""


def _addresses(raw: Value) -> list[str]:
    listed = raw if isinstance(raw, list) else [raw]
    for number, address in enumerate(listed, 1):
        if not (isinstance(address, str) and ADDRESS.fullmatch(address.strip())):
            raise ValueError(f"address {number} of {len(listed)} is no URL of a service")
    return [address.strip() for address in listed]


def _feed(raw: Value) -> str:
    path = text(raw)
    if path and not path.lower().endswith(FEED_FORMATS):
        raise ValueError(f"needs a file that ends in {', '.join(FEED_FORMATS)}")
    return path


def _kinds(raw: Value) -> list[str]:
    kinds = words(raw)
    for kind in kinds:
        if kind not in EVENTS:
            raise ValueError(f"{kind} is none, {nearest(kind, EVENTS)}")
    return kinds


def _parts(raw: Value) -> list[str]:
    try:
        return [parse_part(word).name for word in words(raw)]
    except UsageError as error:
        raise ValueError(error.reason) from None


def _hosts(raw: Value) -> list[str]:
    hosts = [(word, ascii_host(word.lower().removeprefix("*.").rstrip("."))) for word in words(raw)]
    for word, host in hosts:
        if not host or "." not in host:
            raise ValueError(f"{word} is no domain")
    return [host for _, host in hosts if host]


ALERT = frozenset({"alert"})
ALERT_OPTIONS: tuple[Option, ...] = (
    Option("name", text, "", "Name of the rule. What it was told already is remembered under this name.", "NAME", ALERT),
    SecretOption("to", _addresses, [], "Services to tell, as URLs of Apprise; env:NAME takes one from the environment.", "URLS", ALERT),
    Option("feed", _feed, "", "File to write as a feed: Atom when it ends in .atom or .xml, RSS 2.0 when in .rss.", "FILE", ALERT),
    Option("targets", _parts, [], "Only of these targets; empty: of all.", "TARGETS", ALERT),
    Option("events", _kinds, [kind for kind in EVENTS if kind != "baseline"], "Only these kinds of event.", "KINDS", ALERT),
    Option("follow", flag, False, "Only of links that are followed, or were before.", "YES|NO", ALERT),
    Option("counts", flag, False, "Only of links that count, or did before.", "YES|NO", ALERT),
    Option("min_importance", choice(*IMPORTANCES), IMPORTANCES[0], f"The least importance: {', '.join(IMPORTANCES)}.", "WORD", ALERT),
    Option("min_rating", whole(0, 100), 0, "Not of links from domains that are rated lower; one without a rating passes.", "N", ALERT),
    Option("domains", _hosts, [], "Only of links from these domains and what is below them; empty: from all.", "DOMAINS", ALERT),
    Option("exclude_domains", _hosts, [], "Not of links from these domains or what is below them.", "DOMAINS", ALERT),
    Option("at_most", whole(1, 1000), 20, "Lines of one message; what is left out is counted in its last.", "N", ALERT),
)  # fmt: skip
"""What a rule of ``[[alerts]]`` can say."""
_ALERT_OPTIONS = {option.name: option for option in ALERT_OPTIONS}


def read_alerts(tables: Sequence[Value], document: Document) -> tuple[dict[str, Value], ...]:
    """The rules in the order of the file, each with a value for every option. Raises UsageError by line number."""
    rules: list[dict[str, Value]] = []
    for number, table in enumerate(tables):
        start = document.start_of_alert(number)
        where = document.line("alerts", start)
        if not isinstance(table, dict):
            raise UsageError(f"{where}: a rule is no table", "write [[alerts]]")
        defaults = {option.name: option.default for option in ALERT_OPTIONS}
        rule = defaults | document.read(table, _ALERT_OPTIONS, after=start)
        if not rule["name"]:
            raise UsageError(f"{where}: a rule without a name", 'write name = "lost links"')
        if not rule["to"] and not rule["feed"]:
            raise UsageError(f"{where}: {rule['name']} tells nobody", "give it to or feed")
        for unique in ("name", "feed"):
            if rule[unique] and rule[unique] in [other[unique] for other in rules]:
                raise UsageError(f"{where}: two rules have the {unique} {rule[unique]}", "give one another")
        rules.append(rule)
    return tuple(rules)
