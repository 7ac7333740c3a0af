"""``backlinks.toml``: what a user says once for all runs, of each target and source, and of what to be alerted of."""

from __future__ import annotations

import itertools
import os
import re
import textwrap
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from .classify.part import parse_part
from .classify.target import Target, Targets, parse_target, split_targets
from .errors import UsageError
from .options import (
    BY_NAME,
    OPTIONS,
    Option,
    Value,
    choice,
    flag,
    maybe,
    nearest,
    seconds,
    text,
    whole,
    words,
)
from .seeds import Lines
from .states import EVENTS
from .urls import ascii_host, is_http, resolve

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

FILE_NAME = "backlinks.toml"
VARIABLE = "BACKLINKS_CONFIG"
"""The environment variable that names another file."""

_TARGET_OPTIONS = {option.name: option for option in OPTIONS if "target" in option.on}
_TOP_OPTIONS = {option.name: option for option in OPTIONS if "target" not in option.on}

IMPORTANCES = ("low", "normal", "high")
"""How much an event matters, in rising order; what has which is told in :mod:`backlink_crawler.alerts.importance`."""
FEED_FORMATS = (".atom", ".xml", ".rss")
"""Endings of a feed's file: the first two make it Atom (RFC 4287), the last RSS 2.0."""
_ADDRESS = re.compile(r"env:[A-Za-z_]\w*|(?!env:)[A-Za-z][A-Za-z0-9+.-]*://.+", re.ASCII)


def _addresses(raw: Value) -> list[str]:
    listed = raw if isinstance(raw, list) else [raw]
    for number, address in enumerate(listed, 1):
        if not (isinstance(address, str) and _ADDRESS.fullmatch(address.strip())):
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


@attrs.frozen
class _SecretOption(Option):
    """An option whose value is never repeated: it may hold a password."""

    def read(self, raw: Value, where: str) -> Value:
        try:
            return self.parse(raw)
        except ValueError as error:
            raise UsageError(f"{where} {self.name}: {error}", self.help) from None


ALERT = frozenset({"alert"})
ALERT_OPTIONS: tuple[Option, ...] = (
    Option("name", text, "", "Name of the rule. What it was told already is remembered under this name.", "NAME", ALERT),
    _SecretOption("to", _addresses, [], "Services to tell, as URLs of Apprise; env:NAME takes one from the environment.", "URLS", ALERT),
    Option("feed", _feed, "", "File to write as a feed: Atom when it ends in .atom or .xml, RSS 2.0 when in .rss.", "FILE", ALERT),
    Option("targets", _parts, [], "Only of these targets; empty: of all.", "TARGETS", ALERT),
    Option("events", _kinds, [kind for kind in EVENTS if kind != "baseline"], "Only these kinds of event.", "KINDS", ALERT),
    Option("follow", flag, False, "Only of links that are followed, or were before.", "YES|NO", ALERT),
    Option("counts", flag, False, "Only of links that count, or did before.", "YES|NO", ALERT),
    Option("min_importance", choice(*IMPORTANCES), IMPORTANCES[0], f"The least importance: {', '.join(IMPORTANCES)}.", "WORD", ALERT),
    Option("domains", _hosts, [], "Only of links from these domains and what is below them; empty: from all.", "DOMAINS", ALERT),
    Option("exclude_domains", _hosts, [], "Not of links from these domains or what is below them.", "DOMAINS", ALERT),
    Option("at_most", whole(1, 1000), 20, "Lines of one message; what is left out is counted in its last.", "N", ALERT),
)  # fmt: skip
"""What a rule of ``[[alerts]]`` can say."""
_ALERT_OPTIONS = {option.name: option for option in ALERT_OPTIONS}
_ALERT_EXAMPLE = {"name": "lost links", "feed": "data/alerts.atom"}


SOURCES = (
    "mediawiki", "hackernews", "stackexchange", "lobsters", "bluesky", "github", "bing", "searxng", "brave", "marginalia",
    "feeds", "access_log",
)  # fmt: skip
"""The sources of discovery, told in :mod:`backlink_crawler.discovery.catalogue`."""
_KEY = re.compile(r"[!-~]*")


def _key(raw: Value) -> str:
    key = raw.strip() if isinstance(raw, str) else " "
    if not _KEY.fullmatch(key):
        raise ValueError("is no key: it has white space or letters with accents in it")
    if key.startswith("env:") and not _ADDRESS.fullmatch(key):
        raise ValueError("names no environment variable")
    return key


def _endpoints(raw: Value) -> list[str]:
    listed = words(raw)
    urls = [resolve(endpoint, "about:blank") or "" for endpoint in listed]
    for number, url in enumerate(urls, 1):
        if not is_http(url):
            raise ValueError(f"address {number} of {len(urls)} is no URL")
        if "@" in url.split("/")[2]:
            raise ValueError(f"address {number} of {len(urls)} has a user name in it")
    return urls


def _pause(raw: Value) -> float:
    times = seconds(raw)
    if len(times) != 1:
        raise ValueError("needs seconds")
    return times[0]


SOURCE = frozenset({"source"})
SOURCE_OPTIONS: tuple[Option, ...] = (
    _SecretOption("key", _key, "", "Key or token of the service; env:NAME takes it from the environment.", "KEY", SOURCE),
    _SecretOption("endpoints", _endpoints, [], "What to ask instead of the usual, such as wikis' api.php.", "URLS", SOURCE),
    Option("most", maybe(whole(1)), "", "Stop a run after this many candidates; the next one goes on there.", "N", SOURCE),
    Option("pause", maybe(_pause), "", "Least seconds between two requests.", "SECONDS", SOURCE),
    Option("queries", words, [], "What to search for instead of the usual, with {domain} and {brand} in it.", "QUERIES", SOURCE),
    Option("logs", words, [], "Access logs of the target to read, also such as end in .gz.", "FILES", SOURCE),
)  # fmt: skip
"""What can be said of a source in ``[sources.NAME]``; empty is as the source has it by default."""
_SOURCE_OPTIONS = {option.name: option for option in SOURCE_OPTIONS}
_SOURCE_EXAMPLE = {"key": "env:GITHUB_TOKEN"}


@attrs.frozen
class Config:
    """What ``backlinks.toml`` says, typed and checked: its top, tables by canonical target name, rules of alerts, sources."""

    path: Path | None = None
    options: dict[str, Value] = attrs.field(factory=dict)
    targets: dict[str, dict[str, Value]] = attrs.field(factory=dict)
    alerts: tuple[dict[str, Value], ...] = ()
    """The rules in the order of the file, each with a value for every name of :data:`ALERT_OPTIONS`."""
    sources: dict[str, dict[str, Value]] = attrs.field(factory=dict, repr=False)
    """What is said of sources, by name. A key may stand in it, so it is not shown."""

    def on(self, place: str) -> dict[str, Value]:
        """The options of a place (``spider``, ``index``), to be given to options.collect as ``toml``."""
        return {name: value for name, value in self.options.items() if place in BY_NAME[name].on}


def load_config(path: Path | None = None) -> Config:
    """Read ``path``, or the file that BACKLINKS_CONFIG names, or ``./backlinks.toml`` when there is one.

    Raises UsageError for a file that is not there, is no TOML, or says what no option knows, by line number.
    """
    named = path or (Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None)
    path = named or Path(FILE_NAME)
    if named is None and not path.exists():
        return Config()
    source = _Source(path, _text_of(path))
    try:
        said = tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: {error}", "see https://toml.io for how it is written") from None
    tables = said.pop("targets", {})
    if not isinstance(tables, dict):
        raise UsageError(f"{source.line('targets')}: targets is no table", 'write [targets."example.com"]')
    rules = said.pop("alerts", [])
    if not isinstance(rules, list):
        raise UsageError(f"{source.line('alerts')}: alerts is no array of tables", "write [[alerts]]")
    sources = said.pop("sources", {})
    if not isinstance(sources, dict):
        raise UsageError(f"{source.line('sources')}: sources is no table", "write [sources.github]")
    return Config(
        path,
        source.read(said, _TOP_OPTIONS),
        _read_targets(tables, source),
        _read_alerts(rules, source),
        _read_sources(sources, source),
    )


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file", "`backlinks init` writes one") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: is no text in UTF-8", "save it as UTF-8") from None
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", "name a file that can be read") from None


def _read_targets(tables: Mapping[str, Value], source: _Source) -> dict[str, dict[str, Value]]:
    targets: dict[str, dict[str, Value]] = {}
    for written, table in tables.items():
        where = source.line(written)
        if not isinstance(table, dict):
            raise UsageError(f"{where}: {written} is no table", f'write [targets."{written}"]')
        below = next((name for name, value in table.items() if isinstance(value, dict)), None)
        if below:
            raise UsageError(
                f"{where}: a target with dots needs quotes", f'write [targets."{written}.{below}"]'
            )
        name = _name(written, f"{where}: ")
        if name in targets:
            raise UsageError(f"{where}: target {name} has two tables", "join them")
        targets[name] = source.read(table, _TARGET_OPTIONS, after=written)
        _target(
            written, targets[name], f"{where}: "
        )  # what is wrong in it is said now, not when it is first used
    return targets


def _read_alerts(tables: Sequence[Value], source: _Source) -> tuple[dict[str, Value], ...]:
    rules: list[dict[str, Value]] = []
    for number, table in enumerate(tables):
        start = source.start_of_alert(number)
        where = source.line("alerts", start)
        if not isinstance(table, dict):
            raise UsageError(f"{where}: a rule is no table", "write [[alerts]]")
        defaults = {option.name: option.default for option in ALERT_OPTIONS}
        rule = defaults | source.read(table, _ALERT_OPTIONS, after=start)
        if not rule["name"]:
            raise UsageError(f"{where}: a rule without a name", 'write name = "lost links"')
        if not rule["to"] and not rule["feed"]:
            raise UsageError(f"{where}: {rule['name']} tells nobody", "give it to or feed")
        for unique in ("name", "feed"):
            if rule[unique] and rule[unique] in [other[unique] for other in rules]:
                raise UsageError(f"{where}: two rules have the {unique} {rule[unique]}", "give one another")
        rules.append(rule)
    return tuple(rules)


def _read_sources(tables: Mapping[str, Value], source: _Source) -> dict[str, dict[str, Value]]:
    for name, table in tables.items():
        where = source.line(name)
        if name not in SOURCES:
            raise UsageError(f"{where}: unknown source {name}", nearest(name, SOURCES))
        if not isinstance(table, dict):
            raise UsageError(f"{where}: {name} is no table", f"write [sources.{name}]")
    return {name: source.read(table, _SOURCE_OPTIONS, after=name) for name, table in tables.items()}


def targets_from(raw: str, config: Config, options: Mapping[str, Any]) -> Targets:
    """The targets that the option ``target`` stands for: one, several by comma, or ``@FILE`` with one a line.

    Each takes its own table of the configuration; where ``options`` says something of all of them (brand,
    keywords, aliases, own, exclude), that wins. Raises UsageError, for a line of a file by its number.
    """
    text = raw.strip()
    given = {name: options[name] for name in _TARGET_OPTIONS if options.get(name)}
    written: Iterable[tuple[str, str]] = (("", part) for part in split_targets(text))
    if text.startswith("@"):
        path = Path(text[1:]).expanduser()
        written = ((f"{where}: ", part) for where, part in Lines(path))
    targets = [
        _target(part, {**config.targets.get(_name(part, where), {}), **given}, where)
        for where, part in written
    ]
    if not targets and text:
        raise UsageError(
            f"target {text}: no target in it", "give domains, by comma or one a line of the file"
        )
    return Targets(targets)


def template() -> str:
    """A ``backlinks.toml`` of all options with help and default, commented out by a ``#`` without space."""
    return "\n".join(
        [
            _comment(
                f"{FILE_NAME}: take away the # before a line to set it. What a command flag, an argument or"
                " an environment variable says, wins."
            ),
            *map(_entry, _TOP_OPTIONS.values()),
            _comment('What is known of a target, one table for each. Lists are written ["one", "two"].'),
            '#[targets."example.com"]\n',
            *map(_entry, _TARGET_OPTIONS.values()),
            _comment("What is known of a source of discovery, one table for each."),
            "#[sources.github]\n",
            *(
                _entry(attrs.evolve(one, default=_SOURCE_EXAMPLE.get(one.name, one.default)))
                for one in SOURCE_OPTIONS
            ),
            _comment("What to be alerted of after a crawl, one table for each rule."),
            "#[[alerts]]\n",
            *(
                _entry(attrs.evolve(one, default=_ALERT_EXAMPLE.get(one.name, one.default)))
                for one in ALERT_OPTIONS
            ),
        ]
    )


@attrs.frozen
class _Source:
    """A file's text, to say at which line something stands in it: tomllib does not tell."""

    path: Path
    text: str

    def line(self, key: str, after: str | int = "") -> str:
        """The file and, where it is found, the line of a key or table, the first after that of another or a place."""
        start = after if isinstance(after, int) else self._find(after, 0) if after else 0
        at = self._find(key, max(start, 0))
        return f"{self.path}, line {self.text.count(chr(10), 0, at) + 1}" if at >= 0 else str(self.path)

    def start_of_alert(self, number: int) -> int:
        """Where the table of a rule begins, counted from 0."""
        headers = re.finditer(r"^[ \t]*\[\[[ \t]*alerts[ \t]*\]\]", self.text, re.M)
        return next((header.start() for header in itertools.islice(headers, number, None)), 0)

    def _find(self, key: str, start: int) -> int:
        written = re.compile(
            rf"""^[ \t]*(?:\[{{1,2}}\s*(?:(?:targets|sources)\s*\.\s*)?)?["']?{re.escape(key)}["']?[ \t]*[=.\]]""",
            re.M,
        )
        found = written.search(self.text, start)
        return found.start() if found else -1

    def read(
        self, said: Mapping[str, Value], known: Mapping[str, Option], after: str | int = ""
    ) -> dict[str, Value]:
        """The values of one table, typed and checked."""
        values: dict[str, Value] = {}
        for name, raw in said.items():
            where = self.line(name, after)
            if name in _TARGET_OPTIONS and name not in known:
                raise UsageError(
                    f"{where}: {name} is said of a target", 'write it below [targets."example.com"]'
                )
            if name not in known:
                raise UsageError(f"{where}: unknown key {name}", nearest(name, known))
            if isinstance(raw, dict):
                raise UsageError(f"{where}: {name} is no table", known[name].help)
            values[name] = known[name].read(raw, f"{where}:")
        return values


def _name(written: str, where: str) -> str:
    return parse_part(written, f"{where}target").name


def _target(written: str, said: Mapping[str, Value], where: str) -> Target:
    try:
        return parse_target(written, **said)
    except UsageError as error:
        raise UsageError(where + error.reason, error.hint) from None


def _comment(text: str) -> str:
    return (
        textwrap.fill(text, 100, initial_indent="# ", subsequent_indent="# ", break_long_words=False) + "\n"
    )


def _entry(option: Option) -> str:
    return f"{_comment(option.help)}#{option.name} = {_toml(option.default)}\n"


def _toml(value: Value) -> str:
    """A default as TOML: only text, numbers, truth values and lists of them occur."""
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return str(value).lower() if isinstance(value, bool | int | float) else f'"{value}"'
