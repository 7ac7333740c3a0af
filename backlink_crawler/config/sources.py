"""The tables ``[sources.NAME]``: what a user says of a source of discovery."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..errors import UsageError
from ..options import Option, Value, choice, maybe, nearest, seconds, text, whole, words
from ..urls import is_http, resolve
from .secret import ADDRESS, SecretOption

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .document import Document

SOURCES = (
    "mediawiki", "hackernews", "stackexchange", "lobsters", "bluesky", "github", "bing", "searxng", "brave", "marginalia",
    "feeds", "access_log", "commoncrawl",
)  # fmt: skip
"""The sources of discovery, told in :mod:`backlink_crawler.discovery.catalogue`."""
_KEY = re.compile(r"[!-~]*")


def _key(raw: Value) -> str:
    key = raw.strip() if isinstance(raw, str) else " "
    if not _KEY.fullmatch(key):
        raise ValueError("is no key: it has white space or letters with accents in it")
    if key.startswith("env:") and not ADDRESS.fullmatch(key):
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


def _place(raw: Value) -> str:
    place = text(raw)
    if "://" in place and "@" in place.split("/")[2]:
        raise ValueError("has a user name in it")
    return place


def _pause(raw: Value) -> float:
    times = seconds(raw)
    if len(times) != 1:
        raise ValueError("needs seconds")
    return times[0]


SOURCE = frozenset({"source"})
SOURCE_OPTIONS: tuple[Option, ...] = (
    SecretOption("key", _key, "", "Key or token of the service; env:NAME takes it from the environment.", "KEY", SOURCE),
    SecretOption("endpoints", _endpoints, [], "What to ask instead of the usual, such as wikis' api.php.", "URLS", SOURCE),
    Option("most", maybe(whole(1)), "", "Stop a run after this many candidates; the next one goes on there.", "N", SOURCE),
    Option("pause", maybe(_pause), "", "Least seconds between two requests.", "SECONDS", SOURCE),
    Option("queries", words, [], "What to search for instead of the usual, with {domain} and {brand} in it.", "QUERIES", SOURCE),
    Option("logs", words, [], "Access logs of the target to read, also such as end in .gz.", "FILES", SOURCE),
    SecretOption("data", _place, "", "Where the files of commoncrawl lie: URL, s3://BUCKET, or a directory.", "PLACE", SOURCE),
    Option("crawl", words, [], "Crawls to look into, such as CC-MAIN-2026-43; by default the release's.", "NAMES", SOURCE),
    Option("release", text, "", "Release of the graph, such as cc-main-2026-aug-sep-oct; by default the newest.", "NAME", SOURCE),
    Option("graph", text, "", "Transposed BVGraph of the release, to read instead of its edges.", "FILE", SOURCE),
    Option("lookup", maybe(choice("api", "table")), "", "Ask the index server for captures, or read the columnar table.", "WORD", SOURCE),
    Option("captures", maybe(whole(1, 1000)), "", "Captures of one domain that are read.", "N", SOURCE),
)  # fmt: skip
"""What can be said of a source in ``[sources.NAME]``; empty is as the source has it by default."""
_SOURCE_OPTIONS = {option.name: option for option in SOURCE_OPTIONS}


def read_sources(tables: Mapping[str, Value], document: Document) -> dict[str, dict[str, Value]]:
    """What is said of sources, by name; what is not said is not in it. Raises UsageError by line number."""
    for name, table in tables.items():
        where = document.line(name)
        if name not in SOURCES:
            raise UsageError(f"{where}: unknown source {name}", nearest(name, SOURCES))
        if not isinstance(table, dict):
            raise UsageError(f"{where}: {name} is no table", f"write [sources.{name}]")
    return {name: document.read(table, _SOURCE_OPTIONS, after=name) for name, table in tables.items()}
