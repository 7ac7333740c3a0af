"""Lobsters, and other sites that run its program: stories that link to the target's domain, by the list of its domain.

``/domains/example.com.json``, ``/domains/example.com/page/2.json``: 25 stories a page, newest first
(https://github.com/lobsters/lobsters, ``config/routes.rb`` and ``HomeController#for_domain``). A domain there is a host
without ``www.``: there is no list of the subdomains.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import attrs

from .. import urls
from ..errors import SourceFault
from ..page.metadata import iso_time
from .source import Answer, Candidate, Cursor

if TYPE_CHECKING:
    from ..classify.target import Target
    from .web import Web

ENDPOINTS = ("https://lobste.rs",)
_WWW = re.compile(r"www\d*\.(?=.*\.)")


@attrs.frozen
class Lobsters:
    """Page by page, until one has no stories. The settings' endpoints are the sites' addresses."""

    def begin(self, target: Target) -> Cursor:
        """From the first page on."""
        return {"site": 0, "page": 1}

    def ask(self, web: Web, target: Target, cursor: Cursor) -> Answer:
        """One page; a domain that a site does not know has none."""
        sites = web.settings.endpoints or ENDPOINTS
        number, page = cursor["site"], cursor["page"]
        if number >= len(sites):
            return Answer([])
        site = sites[number].rstrip("/")
        address = f"{site}/domains/{_WWW.sub('', target.part.host, count=1)}"
        address += f"/page/{page}.json" if page > 1 else ".json"
        stories = _stories(web, address)
        candidates = list(_candidates(stories, target, site, address))
        if stories:
            return Answer(candidates, {"site": number, "page": page + 1})
        return Answer(candidates, {"site": number + 1, "page": 1} if number + 1 < len(sites) else None)


def _stories(web: Web, address: str) -> list[Any]:
    try:
        stories = web.get(address)
    except SourceFault as fault:
        if fault.status == 404:
            return []
        raise
    if not isinstance(stories, list):
        raise TypeError("no list of stories")
    return stories


def _candidates(stories: list[Any], target: Target, site: str, origin: str) -> Iterator[Candidate]:
    for story in stories:
        match story:
            case {"comments_url": str(page), "url": str(written), "title": str(title)}:
                source_url, url = urls.resolve(page, f"{site}/"), urls.resolve(written, f"{site}/")
                if source_url and url and target.covers(url):
                    yield Candidate(
                        source_url,
                        f"story, {urls.host_of(source_url)}",
                        target_url=url,
                        anchor=title,
                        page_title=title,
                        first_seen=iso_time(str(story.get("created_at", ""))),
                        origin=origin,
                    )
