"""Bluesky: posts with a link to the domain, by ``app.bsky.feed.searchPosts``.

Reference: https://docs.bsky.app/docs/api/app-bsky-feed-search-posts, and the record's parts: ``app.bsky.richtext.facet``
and ``app.bsky.embed.external``. ``api.bsky.app`` answers without a session, ``public.api.bsky.app`` refuses this
method. Without a session its operator grants one page, the latest 100 posts, and no paging
(https://github.com/bluesky-social/bsky-docs/issues/296): that is all we then ask for. With a session's token as key
all pages are read; the pages of one search end after 10,000 posts, so it is asked again for what is older (``until``).

``domain`` is compared with the whole host name: subdomains but ``www`` are not found.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import attrs

from ..page.metadata import iso_time
from . import query
from .source import Answer, Candidate, Cursor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..classify.target import Target
    from .web import Web

_LINK = "app.bsky.richtext.facet#link"
_NO_HANDLE = "handle.invalid"
"""What stands for a handle that no longer leads to its account."""


@attrs.frozen
class _Post:
    uri: str
    url: str
    time: str
    """When it was made, to the second: as it says itself, but no later than it was indexed."""
    record: dict[str, Any]


class Bluesky:
    """Posts whose text or card links to the target."""

    def begin(self, target: Target) -> Cursor:
        """With the latest posts for the host."""
        host = target.part.host
        return {"hosts": [host, f"www.{host}"] if target.kind == "domain" else [host]}

    def ask(self, web: Web, target: Target, cursor: Cursor) -> Answer:
        """One page of posts for one host."""
        host, *others = cursor["hosts"]
        url = query.endpoint(web, "/xrpc/app.bsky.feed.searchPosts")
        page, until = cursor.get("page"), cursor.get("until")
        parameters = {"q": "*", "domain": host, "sort": "latest", "limit": "100"}
        parameters |= {"until": until} if until else {}
        parameters |= {"cursor": page} if page else {}
        session = {"Authorization": f"Bearer {web.settings.key}"} if web.settings.key else {}
        answer = web.get(url, parameters, secret_headers=session)

        views = query.listed(answer, "posts")
        passed = set(cursor.get("passed", ()))
        posts = [post for post in map(_post, views) if post and post.uri not in passed]
        posts = [post for post in posts if not until or post.time < until]
        origin = query.address(url, parameters)
        candidates = [found for post in posts for found in _candidates(post, target, origin)]
        onward = answer.get("cursor") if views else None
        following = _following(cursor, posts, onward) if session else None
        if following:
            return Answer(candidates, {"hosts": [host, *others], **following})
        return Answer(candidates, {"hosts": others} if others else None)


def _following(cursor: Cursor, posts: list[_Post], page: str | None) -> Cursor | None:
    """Where the search for one host goes on: at its next page, else at what is older, until that brings nothing new.

    ``until`` excludes its moment by the documentation, but was seen to include it. So it is put to the second after the
    ``oldest`` post, and the posts of its second (``edge``) are ``passed`` over then.
    """
    dated = [(cursor["oldest"], uri) for uri in cursor["edge"]] if "oldest" in cursor else []
    dated += [(post.time, post.uri) for post in posts]
    oldest = min(dated)[0] if dated else ""
    edge = [uri for time, uri in dated if time == oldest]
    if page and page != cursor.get("page"):
        kept: Cursor = {name: cursor[name] for name in ("until", "passed") if name in cursor}
        return {**kept, "page": page, **({"oldest": oldest, "edge": edge} if dated else {})}
    if not dated:
        return None
    until = f"{datetime.fromisoformat(oldest) + timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}"
    return {"until": until, "passed": edge + (cursor["passed"] if until == cursor.get("until") else [])}


def _post(view: Any) -> _Post | None:
    """A post of the answer, or None where it is not of the documented form."""
    match view:
        case {
            "uri": str(uri),
            "author": {"did": str(did), **author},
            "record": dict(record),
            "indexedAt": str(seen),
        }:
            handle = author.get("handle")
            name = handle if isinstance(handle, str) and handle not in ("", _NO_HANDLE) else did
            times = sorted(filter(None, (iso_time(seen), iso_time(str(record.get("createdAt"))))))
            key = uri.partition("/app.bsky.feed.post/")[2]
            if key and times:
                return _Post(uri, f"https://bsky.app/profile/{name}/post/{key}", times[0], record)
    return None


def _candidates(post: _Post, target: Target, origin: str) -> Iterator[Candidate]:
    """Its links into the target, each URL once."""
    seen = set()
    for raw, anchor in _links(post.record):
        url = query.absolute(raw)
        if url and url not in seen and target.covers(url):
            seen.add(url)
            yield Candidate(
                post.url,
                why="link of a post on Bluesky",
                target_url=url,
                anchor=anchor or None,
                first_seen=post.time,
                origin=origin,
            )


def _links(record: dict[str, Any]) -> Iterator[tuple[Any, str]]:
    """The links of a post with their words: of its text, then of the card below."""
    text = str(record.get("text") or "").encode("utf-8", "replace")
    for facet in _dicts(record.get("facets")):
        index = facet.get("index")
        start, end = (index.get("byteStart"), index.get("byteEnd")) if isinstance(index, dict) else (0, 0)
        words = text[start:end] if isinstance(start, int) and isinstance(end, int) else b""
        for feature in _dicts(facet.get("features")):
            if feature.get("$type") == _LINK:
                yield feature.get("uri"), words.decode(errors="replace")
    for embed in _dicts([record.get("embed")]):
        for part in _dicts([embed, embed.get("media")]):
            for card in _dicts([part.get("external")]):
                yield card.get("uri"), str(card.get("title") or "")


def _dicts(things: Any) -> list[dict[str, Any]]:
    return [thing for thing in things if isinstance(thing, dict)] if isinstance(things, list) else []
