"""Marginalia Search: an open index of small and old sites, which also knows who links to whom.

Reference: https://about.marginalia-search.com/article/api/ (the API of api2.marginalia-search.com: ``API-Key`` header,
``count`` up to 100, ``page`` from 1). Without a key of one's own the shared key ``public`` is sent, which is
often over its quota. Its query ``links:example.com`` finds the documents that link to a domain
(https://search.marginalia.nu/, "special keywords"); a text in quotes is sought in titles only, so the usual
templates are of little use here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import query
from .source import Answer, Candidate, Cursor

if TYPE_CHECKING:
    from ..classify.target import Target
    from .web import Web

QUERIES = ("links:{domain}", '"{domain}" -site:{domain}')
PUBLIC_KEY = "public"
_COUNT = 100
_LINKS = "links:"


class Marginalia:
    """Pages that Marginalia knows to link to the domain, and those it finds for its name."""

    def begin(self, target: Target) -> Cursor:
        """With the first query."""
        return {}

    def ask(self, web: Web, target: Target, cursor: Cursor) -> Answer:
        """One page of results."""

        def look(text: str, page: int) -> tuple[list[Candidate], bool]:
            url = query.endpoint(web, "/search")
            parameters = {"query": text, "count": str(_COUNT), "page": str(page + 1)}
            answer = web.get(url, parameters, secret_headers={"API-Key": web.settings.key or PUBLIC_KEY})
            found = query.listed(answer, "results")
            kind = "link" if text.startswith(_LINKS) else "hint"
            more = bool(found) and page + 1 < int(answer.get("pages", 1))
            return query.hits(target, found, text, query.address(url, parameters), kind), more

        return query.walk(cursor, query.texts(target, web.settings.queries or QUERIES), look)
