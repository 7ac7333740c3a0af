"""What a page tells search engines: meta robots and X-Robots-Tag, most restrictive wins.

Sources: Google, "Robots meta tag, data-nosnippet, and X-Robots-Tag specifications"; draft-illyes-repext-00.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import attrs

NOINDEX = frozenset({"noindex", "none"})
NOFOLLOW = frozenset({"nofollow", "none"})

_SCOPE = re.compile(r"([a-z0-9_*][a-z0-9_*.\-]*)[ \t]*:(.*)", re.DOTALL)
_UNAVAILABLE = "unavailable_after"
_KEYS_WITH_VALUE = (_UNAVAILABLE, "max-")


@attrs.frozen
class Directives:
    """What all rules of a page come to, and the text of each that decided something."""

    noindex: bool = False
    nofollow: bool = False
    signals: list[str] = attrs.field(factory=list)


def directives(
    x_robots_tag: Sequence[str],
    metas: Sequence[tuple[str, str]],
    agents: Sequence[str] = ("googlebot",),
    now: datetime | None = None,
) -> Directives:
    """The rules for everybody and those for any of ``agents`` (product tokens), summed.

    ``x_robots_tag`` holds the values of the header, one per line or joined by commas; ``metas`` (name, content) of the
    page's meta elements. ``unavailable_after`` counts as noindex once ``now`` (with time zone) is past it; with no
    ``now`` it decides nothing. Nothing is raised: what is not understood is ignored.
    """
    names = {agent.lower() for agent in agents}
    noindex = nofollow = False
    signals = []
    for source, rules in _sources(x_robots_tag, metas, names):
        decided = [rule for rule in rules if rule in NOINDEX or rule in NOFOLLOW or _is_past(rule, now)]
        if not decided:
            continue
        nofollow = nofollow or any(rule in NOFOLLOW for rule in decided)
        noindex = noindex or any(rule != "nofollow" for rule in decided)
        signal = f"{source}: {', '.join(dict.fromkeys(decided))}"
        if signal not in signals:
            signals.append(signal)
    return Directives(noindex, nofollow, signals)


def _sources(
    x_robots_tag: Sequence[str], metas: Sequence[tuple[str, str]], names: set[str]
) -> Iterator[tuple[str, list[str]]]:
    """Each source of rules that concerns us, by its readable name."""
    for name, content in metas:
        scope = name.lower()
        if scope == "robots" or scope in names:
            yield f"meta {scope}", _rules(content or "")
    for value in x_robots_tag:
        scope, rules = "*", list[str]()
        for rule in [*_rules(value), "*:"]:  # the last one closes the last scope
            found = None if rule.startswith(_KEYS_WITH_VALUE) else _SCOPE.fullmatch(rule)
            if found is None:
                rules.append(rule)
                continue
            if scope == "*" or scope in names:
                yield "X-Robots-Tag" if scope == "*" else f"X-Robots-Tag: {scope}", rules
            scope, rules = found[1], [found[2].strip()]


def _rules(text: str) -> list[str]:
    """The comma list in lower case; a date's own comma (``Friday, 25-Jun-30``) does not part it."""
    rules: list[str] = []
    for part in text.lower().split(","):
        rule = part.strip()
        if rules and _UNAVAILABLE in rules[-1] and rules[-1].rpartition(":")[2].strip().isalpha():
            rules[-1] += f", {rule}"
        else:
            rules.append(rule)
    return rules


def _is_past(rule: str, now: datetime | None) -> bool:
    key, _, text = rule.partition(":")
    if now is None or key.strip() != _UNAVAILABLE:
        return False
    date = _date(text.strip())
    return date is not None and date < now


def _date(text: str) -> datetime | None:
    """A date as ISO 8601, RFC 822 or RFC 850 write it; without a zone it is taken as UTC."""
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            date = parse(text.upper())
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        return date if date.tzinfo else date.replace(tzinfo=UTC)
    return None
