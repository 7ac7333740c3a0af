"""Hacker News, by the search of Algolia: stories that are a link to the target, and links in the text of stories and comments.

https://hn.algolia.com/api; the parameters beyond those it names are of Algolia's search API, which it passes on
(https://www.algolia.com/doc/api-reference/search-api-parameters/). It takes 10,000 requests an hour. No more than 1,000
hits of a search can be had, so they are read in slices of time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import attrs

from .. import urls
from ..page.tree import Tree
from .slices import Slice
from .source import Answer, Candidate, Cursor

if TYPE_CHECKING:
    from ..classify.target import Target
    from .web import Web

ENDPOINTS = ("https://hn.algolia.com/api/v1/search_by_date",)
_PAGE = "https://news.ycombinator.com/item?id="
_FIELDS = "title,url,story_title,story_text,comment_text,created_at_i"
_PLAIN = re.compile(r"[A-Za-z0-9._~-]+")
_LONGEST = 500
"""Bytes of a search: Algolia takes 512."""
_LATEST = 1 << 33
"""The year 2242: a larger number is no time."""


@attrs.frozen
class HackerNews:
    """One search, newest first, sliced by time. The settings' endpoint is a ``search_by_date``."""

    hits: int = 1000
    """Hits in one answer: the most there are."""

    def begin(self, target: Target) -> Cursor:
        """From the newest on."""
        return {}

    def ask(self, web: Web, target: Target, cursor: Cursor) -> Answer:
        """One slice."""
        time = Slice.at(cursor)
        endpoint = (web.settings.endpoints or ENDPOINTS)[0]
        parameters: dict[str, str | int] = {
            "query": _query(target), "tags": "(story,comment)", "hitsPerPage": self.hits,
            "restrictSearchableAttributes": "url,story_text,comment_text", "attributesToRetrieve": _FIELDS,
            "attributesToHighlight": "title", "advancedSyntax": "true", "typoTolerance": "false",
        }  # fmt: skip
        if time.until is not None:
            parameters["numericFilters"] = f"created_at_i<={time.until}"
        answer = web.get(endpoint, parameters)
        origin = f"{endpoint}?{urlencode(parameters)}"
        total = int(answer["nbHits"])
        hits = list(_hits(answer["hits"]))
        candidates = [
            candidate
            for name, moment, hit in hits
            if name not in time.had
            for candidate in _candidates(name, moment, hit, target, origin)
        ]
        had = len(answer["hits"])
        if not had or (total <= had and had < self.hits):
            return Answer(candidates)
        return Answer(candidates, time.onward([(name, moment) for name, moment, _ in hits]))


def _query(target: Target) -> str:
    """The host as a phrase, and of its path the names that are written in one way only."""
    _, _, path = target.part.key.partition(":")[2].partition("?")[0].partition("/")
    words = [f'"{target.part.host}"', *filter(_PLAIN.fullmatch, path.split("/"))]
    return " ".join(words)[:_LONGEST]


def _hits(found: list[Any]) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """The number, the time and the fields of each hit that has a number and a time."""
    for hit in found:
        match hit:
            case {"objectID": str(name), "created_at_i": int(moment)} if (
                name.isascii() and name.isdecimal() and 0 < moment < _LATEST
            ):
                yield name, moment, hit


def _candidates(
    name: str, moment: int, hit: dict[str, Any], target: Target, origin: str
) -> Iterator[Candidate]:
    title = _text(hit, "title") or _text(hit, "story_title") or None
    is_comment = bool(_text(hit, "comment_text"))
    for href, anchor, place in _links(hit):
        url = urls.resolve(href, _PAGE)
        if url and target.covers(url):
            yield Candidate(
                _PAGE + name,
                f"{'comment' if is_comment else place}, Hacker News",
                target_url=url,
                anchor=anchor,
                page_title=title,
                first_seen=datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                origin=origin,
            )


def _links(hit: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """The address, the anchor and the place of each link: the title of a story links to what it is about."""
    if href := _text(hit, "url"):
        yield href, _text(hit, "title"), "story"
    for field in ("story_text", "comment_text"):
        if text := _text(hit, field):
            for node in Tree(text.encode("utf-8", "replace")).css("a[href]"):
                yield node.attributes.get("href") or "", node.text().strip(), "text of a story"


def _text(hit: dict[str, Any], field: str) -> str:
    value = hit.get(field)
    return value if isinstance(value, str) else ""
