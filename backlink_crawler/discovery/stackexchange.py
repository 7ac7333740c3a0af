"""Stack Exchange: questions with a link to the target in a post, the question itself or an answer, site by site.

https://api.stackexchange.com/docs/advanced-search (``url``: "a url which must be contained in a post, may include a
wildcard") and https://api.stackexchange.com/docs/throttle (300 requests a day, 10,000 with a key; ``backoff``). Without
a key no page beyond the 25th is given: the questions are read in slices of time instead. Its errors all come with
status 400.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import attrs

from .. import urls
from ..errors import SourceFault
from .slices import Slice
from .source import Answer, Candidate, Cursor

if TYPE_CHECKING:
    from ..classify.target import Target
    from .web import Web

_API = "https://api.stackexchange.com/2.3/search/advanced?site="
SITES = (
    "stackoverflow", "superuser", "serverfault", "askubuntu", "math", "mathoverflow.net", "unix", "tex", "english",
    "gaming", "apple", "gis", "electronics", "wordpress", "webmasters", "webapps", "security", "dba", "stats", "physics",
    "softwareengineering", "es.stackoverflow", "pt.stackoverflow", "ru.stackoverflow", "ja.stackoverflow",
)  # fmt: skip
ENDPOINTS = tuple(_API + site for site in SITES)
SPENT = "its quota is spent (a day's 300 requests, or 10,000 with a key), or it does not take the question"


@attrs.frozen
class StackExchange:
    """Every site for every form of the target's address. The settings' endpoints are ``search/advanced?site=…``."""

    questions: int = 100
    """Questions in one answer: the most there are."""

    def begin(self, target: Target) -> Cursor:
        """From the first site on."""
        return {"number": 0}

    def ask(self, web: Web, target: Target, cursor: Cursor) -> Answer:
        """One slice of one site."""
        number: int = cursor["number"]
        searches = [
            (endpoint, pattern)
            for endpoint in web.settings.endpoints or ENDPOINTS
            for pattern in _patterns(target)
        ]
        if number >= len(searches):
            return Answer([])
        endpoint, pattern = searches[number]
        time = Slice.at(cursor)
        parameters: dict[str, str | int] = {
            "url": pattern, "pagesize": self.questions, "sort": "creation", "order": "desc",
        }  # fmt: skip
        if time.until is not None:
            parameters["todate"] = time.until
        answer = _answer(web, endpoint, parameters)
        origin = f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(parameters)}"
        kind = "hint" if target.kind == "prefix" and "/" in target.part.key else "link"
        items = list(_items(answer["items"]))
        candidates = [
            Candidate(link, f"question or answer, {urls.host_of(link)}", kind=kind, page_title=title, origin=origin)
            for name, _, link, title in items
            if name not in time.had
        ]  # fmt: skip
        if answer["has_more"] and items:
            onward = time.onward([(name, moment) for name, moment, _, _ in items])
            return Answer(candidates, {"number": number, **onward})
        return Answer(candidates, {"number": number + 1} if number + 1 < len(searches) else None)


def _patterns(target: Target) -> list[str]:
    """Every form of the address, without its scheme. A prefix also finds what only begins like it, as ``/shopping``."""
    host = target.part.host
    place = target.part.key.partition(":")[2]
    match target.kind:
        case "domain":
            return [f"{host}/*", f"*.{host}/*"]
        case "host":
            return [f"{host}/*"]
        case "prefix":
            place += "*" if "/" in place else "/*"
    return [place, f"www.{place}"]


def _answer(web: Web, endpoint: str, parameters: dict[str, str | int]) -> dict[str, Any]:
    """The answer, after which is waited as long as it asks."""
    try:
        key = {"key": web.settings.key} if web.settings.key else {}
        answer: dict[str, Any] = web.get(endpoint, parameters, secret=key)
    except SourceFault as fault:
        raise SourceFault(SPENT) if fault.status == 400 else fault from None
    if not isinstance(answer, dict):
        raise TypeError("no object")
    if "error_id" in answer:
        web.forget_latest()
        raise SourceFault(SPENT)
    if backoff := answer.get("backoff"):
        web.pause_for(float(backoff))
    return answer


def _items(found: list[Any]) -> Iterator[tuple[str, int, str, str]]:
    """The number, the time, the address and the title of each question that has them; titles come escaped for HTML."""
    for item in found:
        match item:
            case {
                "question_id": int(number),
                "creation_date": int(moment),
                "link": str(link),
                "title": str(title),
            } if urls.is_http(link):
                yield str(number), moment, link, html.unescape(title)
