"""What search engines are asked for, and what their hits are: shared by the sources that search by words.

A template is a text of the engine's own query language with the fields ``{domain}`` (the target's host) and
``{brand}`` (asked once for each brand word).
"""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from .. import urls
from ..errors import UsageError
from ..options import nearest
from .source import Answer, Candidate, Cursor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ..classify.target import Target
    from .web import Web

FIELDS = ("domain", "brand")
DOMAIN_QUERIES = (
    '"{domain}" -site:{domain}',
    '"www.{domain}" -site:{domain}',
    '"{domain}" links -site:{domain}',
    '"{domain}" resources -site:{domain}',
)
BRAND_QUERIES = ('"{brand}" -site:{domain}',)
"""Asked too where the target's table names brand words: the one guessed from a domain is too common a word."""


def check(templates: Iterable[str], what: str = "queries") -> None:
    """Raises UsageError, naming ``what``, for a template that cannot be filled in."""
    for template in templates:
        try:
            fields = _fields(template)
        except ValueError as fault:
            raise UsageError(f"{what} {template!r}: {fault}", "a brace itself is written twice: {{") from None
        for field in fields:
            if field not in FIELDS:
                raise UsageError(f"{what} {template!r}: unknown field {{{field}}}", nearest(field, FIELDS))
        if not template.strip():
            raise UsageError(f"{what}: an empty query", "remove it")


def texts(target: Target, templates: Sequence[str] = ()) -> list[str]:
    """The queries for a target: of the templates given, or else of the usual ones."""
    chosen = templates or _usual(target)
    brands = [word.replace('"', " ").strip() for word in target.brand_words]
    filled = (
        template.format(domain=target.part.host, brand=brand)
        for template in chosen
        for brand in (brands if "brand" in _fields(template) else ("",))
    )
    return list(dict.fromkeys(filled))


def _usual(target: Target) -> tuple[str, ...]:
    whole = target.part.host == target.domain
    of_domain = (template for template in DOMAIN_QUERIES if whole or "www." not in template)
    return (*of_domain, *(BRAND_QUERIES if target.brand else ()))


def _fields(template: str) -> set[str]:
    """The fields of a template, with whatever is said of them: ``{brand!r}`` is no field of ours."""
    return {
        name + (f"!{conversion}" if conversion else "") + (f":{form}" if form else "")
        for _, name, form, conversion in string.Formatter().parse(template)
        if name is not None
    }


def walk(
    cursor: Cursor, queries: Sequence[str], look: Callable[[str, int], tuple[Sequence[Candidate], bool]]
) -> Answer:
    """One page of one query, all of them in turn.

    ``look`` asks for a query and the number of a page, from 0, and says whether more pages follow. The cursor holds
    the queries still to ask, so that it goes on with the same ones when templates change.
    """
    left = list(cursor.get("queries", queries))
    page = int(cursor.get("page", 0))
    if not left:
        return Answer(())
    candidates, more = look(left[0], page)
    if more:
        return Answer(candidates, {"queries": left, "page": page + 1})
    return Answer(candidates, {"queries": left[1:], "page": 0} if left[1:] else None)


def hits(
    target: Target, found: Iterable[Any], query: str, origin: str, kind: str = "hint"
) -> list[Candidate]:
    """The pages of others among the results of a search, each once; every engine says ``url`` and ``title``."""
    pages = {}
    for result in found:
        match result:
            case {"url": str(raw)} if url := elsewhere(target, raw):
                title = result.get("title")
                known = title if isinstance(title, str) and title else None
                pages[url] = Candidate(url, f"search: {query}", kind, page_title=known, origin=origin)
    return list(pages.values())


def listed(answer: Any, name: str) -> list[Any]:
    """The list under a name of an answer; raises KeyError or TypeError where there is none."""
    found = answer[name]
    if not isinstance(found, list):
        raise TypeError(f"{name} is no list")
    return found


def elsewhere(target: Target, url: object) -> str | None:
    """The normalised URL of a page that is not the target's own, else None."""
    page = absolute(url)
    if not page:
        return None
    host = urls.host_of(page)
    return None if target.owns(urls.domain_of(host), urls.site_of(host)) else page


def absolute(url: object) -> str | None:
    """A URL as a browser normalises it, or None for what is none of http(s)."""
    page = urls.resolve(url, "about:blank") if isinstance(url, str) else None
    return page if page and urls.is_http(page) else None


def endpoint(web: Web, path: str, number: int = 0) -> str:
    """A path at one of the source's addresses."""
    return web.settings.endpoints[number].rstrip("/") + path


def address(url: str, parameters: Mapping[str, str]) -> str:
    """The address that is asked, for people: what is secret has no place in these parameters."""
    return f"{url}?{urlencode(parameters)}"
