"""Brave Search: the Web Search API of an index of its own.

Reference: https://api-dashboard.search.brave.com/api-reference/web/search/get. A key is needed
(``X-Subscription-Token``); a page has at most 20 results and a query at most ten pages, ``offset`` 0 to 9.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import query
from .source import Answer, Candidate, Cursor

if TYPE_CHECKING:
    from ..classify.target import Target
    from .web import Web

_COUNT = 20
_LAST_OFFSET = 9


class Brave:
    """Pages that Brave finds for the query templates."""

    def begin(self, target: Target) -> Cursor:
        """With the first query."""
        return {}

    def ask(self, web: Web, target: Target, cursor: Cursor) -> Answer:
        """One page of results."""

        def look(text: str, page: int) -> tuple[list[Candidate], bool]:
            url = query.endpoint(web, "/res/v1/web/search")
            parameters = {
                "q": text,
                "count": str(_COUNT),
                "offset": str(page),
                "result_filter": "web",
                "safesearch": "off",
                "spellcheck": "false",
                "text_decorations": "false",
            }
            answer = web.get(url, parameters, secret_headers={"X-Subscription-Token": web.settings.key})
            said = dict(answer["query"])
            found = query.listed(answer["web"], "results") if "web" in answer else []
            more = bool(found and said.get("more_results_available")) and page < _LAST_OFFSET
            return query.hits(target, found, text, query.address(url, parameters)), more

        return query.walk(cursor, query.texts(target, web.settings.queries), look)
