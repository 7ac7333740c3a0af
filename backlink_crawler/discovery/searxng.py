"""SearXNG: a metasearch engine that people host themselves.

Reference: https://docs.searxng.org/dev/search_api.html. JSON answers have to be switched on in the instance's
``settings.yml`` (``search: formats: [html, json]``), else it answers 403; most public instances leave them off. The
API tells no last page: one without results is taken for it, and no query is asked for more than ten.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from ..errors import SourceFault
from . import failure, query
from .source import Answer, Candidate, Cursor

if TYPE_CHECKING:
    from ..classify.target import Target
    from .web import Web

_MOST_PAGES = 10
_JSON_HINT = "in its settings.yml, search.formats needs json; many public instances leave it off"
_ENGINES_HINT = "see the engines in its preferences"


class SearXNG:
    """Pages that the configured instances find; the next instance is asked when one fails."""

    def begin(self, target: Target) -> Cursor:
        """With the first query at the first instance."""
        return {}

    def ask(self, web: Web, target: Target, cursor: Cursor) -> Answer:
        """One page of results."""
        instances = web.settings.endpoints
        if not instances:
            raise SourceFault("no instance of it is configured", "give the address of one as its endpoint")
        number = min(int(cursor.get("instance", 0)), len(instances) - 1)
        queries = list(cursor.get("queries", query.texts(target, web.settings.queries)))

        def look(text: str, page: int) -> tuple[list[Candidate], bool]:
            url = query.endpoint(web, "/search", number)
            parameters = {"q": text, "format": "json", "pageno": str(page + 1)}
            answer = _get(web, url, parameters)
            found = query.listed(answer, "results")
            if not found and page == 0 and len(queries) == 1 and answer.get("unresponsive_engines"):
                raise SourceFault(
                    "it found nothing, and engines that it asks did not answer it", _ENGINES_HINT
                )
            more = bool(found) and page + 1 < _MOST_PAGES
            return query.hits(target, found, text, query.address(url, parameters)), more

        try:
            answer = query.walk(cursor, queries, look)
        except SourceFault:
            if number + 1 == len(instances):
                raise
            return Answer((), {**cursor, "queries": queries, "instance": number + 1})
        if answer.cursor is None or not number:
            return answer
        return attrs.evolve(answer, cursor={**answer.cursor, "instance": number})


def _get(web: Web, url: str, parameters: dict[str, str]) -> Any:
    """An answer of an instance; what most instances answer to this question is explained."""
    try:
        return web.get(url, parameters)
    except SourceFault as fault:
        if fault.status == 403 or fault.reason == failure.NO_JSON:
            raise SourceFault("its instance gives no JSON", _JSON_HINT) from None
        raise
