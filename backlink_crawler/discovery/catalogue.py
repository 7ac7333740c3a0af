"""All sources in one table, which of them a user's words stand for, and what is said of each."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

import attrs

from ..config.sources import SOURCE_OPTIONS
from ..errors import UsageError, extra
from ..options import nearest
from . import query
from .web import CAPTURES, LOOKUP, SourceSettings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ..config.file import Config
    from .source import Source

AUTO = "auto"
"""What was claimed, and all sources that can be asked as things are."""
NONE = "none"
CLAIMS = "claims"
"""No source: the pages of claims that are in the index already. Whoever asks the sources takes it out, as :data:`FEEDS`."""
FEEDS = "feeds"
"""What is news at sites that link already; it is found by crawling."""


@attrs.frozen
class Entry:
    """One source. Its module has its name, and is imported when it is asked."""

    class_name: str
    title: str
    """For people."""
    needs: str = ""
    """The one of its settings without which it cannot be asked."""
    variable: str = ""
    """The environment variable that holds its key; it may have one also where none is needed, for a larger quota."""
    endpoints: tuple[str, ...] = ()
    """Its addresses, where it does not know them itself."""
    pause: float = 1.0
    most: int = 10_000
    lasting: bool = False
    """Its cursor holds for good, and it may always have more."""
    module: str = ""
    """Its module, where that is in another place than the others: what makes facts lies above this package."""
    is_heavy: bool = False
    """It reads gigabytes: asked only where it is named."""


SOURCES: dict[str, Entry] = {
    "mediawiki": Entry("MediaWiki", "Wikipedia and other wikis", pause=0.5),
    "hackernews": Entry("HackerNews", "Hacker News"),
    "stackexchange": Entry("StackExchange", "Stack Exchange", variable="STACK_EXCHANGE_KEY"),
    "lobsters": Entry("Lobsters", "Lobsters", pause=2.0),
    "bluesky": Entry("Bluesky", "Bluesky", variable="BLUESKY_TOKEN", endpoints=("https://api.bsky.app",)),
    "github": Entry("GitHub", "GitHub", "key", "GITHUB_TOKEN", ("https://api.github.com",), pause=6.5),
    "bing": Entry(
        "Bing", "Bing Webmaster Tools", "key", "BING_WEBMASTER_API_KEY", ("https://ssl.bing.com",)
    ),
    "searxng": Entry("SearXNG", "SearXNG", "endpoints", pause=3.0, most=1_000),
    "brave": Entry(
        "Brave", "Brave Search", "key", "BRAVE_API_KEY", ("https://api.search.brave.com",), pause=1.1, most=1_000
    ),
    "marginalia": Entry(
        "Marginalia", "Marginalia Search", "", "MARGINALIA_API_KEY", ("https://api2.marginalia-search.com",), 2.0, 1_000
    ),
    FEEDS: Entry("", "feeds and sitemaps of known referrers"),
    "access_log": Entry(
        "AccessLog", "access logs", "logs", pause=0.0, most=1_000_000, lasting=True
    ),
    "commoncrawl": Entry(
        "CommonCrawl", "Common Crawl", endpoints=("https://index.commoncrawl.org",), most=100_000, lasting=True,
        module="..mining.chain", is_heavy=True,
    ),
}  # fmt: skip
WORDS = (AUTO, NONE, CLAIMS, *SOURCES)
"""What the option ``discover`` takes."""
_LACKING = {
    "key": ("it has no key", "set {variable}, or key below [sources.{name}] in backlinks.toml"),
    "endpoints": ("it has no address", 'write endpoints = ["https://…"] below [sources.{name}] in backlinks.toml'),
    "logs": ("it has no logs to read", 'write logs = ["access.log"] below [sources.{name}] in backlinks.toml'),
}  # fmt: skip
_KEY = next(option for option in SOURCE_OPTIONS if option.name == "key")


def chosen(discover: Sequence[str], config: Config, environment: Mapping[str, str] = os.environ) -> list[str]:
    """The sources that a user's words stand for, each once; raises UsageError for one that is unknown or cannot be asked.

    :data:`CLAIMS` and :data:`FEEDS` are left among them.
    """
    names: dict[str, None] = {}
    for word in discover:
        if word not in WORDS:
            raise UsageError(f"discover: unknown source {word}", nearest(word, WORDS))
        if word in SOURCES:
            _check(word, config, environment)
        names |= dict.fromkeys(_meant(word, config, environment))
    return list(names)


def settings_of(name: str, config: Config, environment: Mapping[str, str] = os.environ) -> SourceSettings:
    """What is said of a source: by the environment, else the configuration, else the table. Raises UsageError."""
    entry = SOURCES[name]
    said = config.sources.get(name, {})
    queries = tuple(said.get("queries") or ())
    query.check(queries, f"[sources.{name}] queries")
    most, pause, captures = (said.get(option) for option in ("most", "pause", "captures"))
    return SourceSettings(
        endpoints=tuple(said.get("endpoints") or entry.endpoints),
        key=_key(entry.variable, said.get("key") or "", environment),
        most=entry.most if most is None else most,
        pause=entry.pause if pause is None else pause,
        queries=queries,
        logs=tuple(said.get("logs") or ()),
        data=said.get("data") or "",
        crawl=tuple(said.get("crawl") or ()),
        release=said.get("release") or "",
        graph=said.get("graph") or "",
        lookup=said.get("lookup") or LOOKUP,
        captures=CAPTURES if captures is None else captures,
    )


def source_of(name: str) -> Source:
    """The source itself."""
    entry = SOURCES[name]
    with extra("mine", entry.title):
        module: Any = import_module(entry.module or f".{name}", __package__)
    return cast("Source", getattr(module, entry.class_name)())


def _meant(word: str, config: Config, environment: Mapping[str, str]) -> Iterable[str]:
    if word == AUTO:
        asked = (name for name, entry in SOURCES.items() if not entry.is_heavy)
        return [CLAIMS, *(name for name in asked if not _lacks(name, config, environment))]
    return () if word == NONE else (word,)


def _check(name: str, config: Config, environment: Mapping[str, str]) -> None:
    if _lacks(name, config, environment):
        entry = SOURCES[name]
        reason, hint = _LACKING[entry.needs]
        raise UsageError(f"{name}: {reason}", hint.format(name=name, variable=entry.variable))
    if SOURCES[name].module:  # what it stands on may not be installed
        source_of(name)


def _lacks(name: str, config: Config, environment: Mapping[str, str]) -> bool:
    needs = SOURCES[name].needs
    return bool(needs) and not getattr(settings_of(name, config, environment), needs)


def _key(variable: str, said: str, environment: Mapping[str, str]) -> str:
    """The key: of the source's own variable, else as it is said, or that of the variable that is named there."""
    if not environment.get(variable):
        if not said.startswith("env:"):
            return said
        variable = said.removeprefix("env:")
    return str(_KEY.read(environment.get(variable, ""), f"{variable}:"))
