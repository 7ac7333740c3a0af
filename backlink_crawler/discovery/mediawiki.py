"""MediaWiki: the pages of wikis that have an external link to the target; all Wikipedias, unless other wikis are named.

https://www.mediawiki.org/wiki/API:Exturlusage (the list), API:Siteinfo (where pages are, which namespaces hold content),
API:Continue and Manual:Maxlag_parameter. ``*.example.com`` takes in ``example.com`` itself. The two protocols are asked
for one by one: without ``euprotocol`` old wikis (1.39) look for http alone. Old wikis list a link that is written
without a protocol under both, with its URL as written.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from importlib import resources
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import attrs

from .. import urls
from ..errors import SourceFault
from .failure import UNEXPECTED
from .source import Answer, Candidate, Cursor

if TYPE_CHECKING:
    from ..classify.target import Target
    from .web import Web

IN_A_ROW = 5
"""So many wikis without an answer, one after the other: then it is not the wikis that are down, but the way to them."""
MOST_LAG = 5
"""Seconds that a wiki's databases may lag behind; a wiki with more work than that is not to be asked."""
TRIES = 5
LONGEST_PAUSE = 60.0
PROTOCOLS = ("https", "http")
_NAMED = 3
_IN_TITLES = ";@$!*(),/~:"
"""What MediaWiki leaves as it is in the URL of a page, besides letters, digits and ``-._`` (``wfUrlencode``)."""
_REFUSALS = {
    "readapidenied": "only its members may read it",
    "badquery": "it does not take the question",
    "badcontinue": "it does not know where it left off",
}


@attrs.frozen
class MediaWiki:
    """One wiki after the other; the settings' endpoints are their ``api.php``.

    The cursor is the wikis that are left, each with how far it was read. One that gives no answer is put behind the others
    and asked again after them; when it still gives none the source fails, naming it, and a later run asks such wikis
    alone. Pages count that stand in the namespaces a wiki declares as content: articles, and where a wiki has such, its
    portals, lists or books; no talk pages, no users'.
    """

    results: int = 500
    """Links in one answer: the most that a stranger gets."""

    def begin(self, target: Target) -> Cursor:
        """From the first wiki on."""
        return {}

    def ask(self, web: Web, target: Target, cursor: Cursor) -> Answer:
        """Ask the next wiki that answers. Raises SourceFault when none of those left does, or many in a row do not."""
        left: list[tuple[str, Cursor]] = cursor.get("left") or [
            (api, {}) for api in web.settings.endpoints or wikipedias()
        ]
        reasons: dict[str, str] = {}
        for number, (api, place) in enumerate(left[:IN_A_ROW]):
            try:
                candidates, onward = self._ask(web, target, api, place)
            except SourceFault as fault:
                reasons[api] = fault.reason
            except (AttributeError, LookupError, TypeError, ValueError):
                web.forget_latest()
                reasons[api] = UNEXPECTED
            else:
                left = [*([(api, onward)] if onward else []), *left[number + 1 :], *left[:number]]
                return Answer(candidates, {"left": left} if left else None)
        raise SourceFault(_words(reasons, len(left) - len(reasons)))

    def _ask(
        self, web: Web, target: Target, api: str, place: Cursor
    ) -> tuple[list[Candidate], Cursor | None]:
        """One answer of one wiki, and where in it to go on."""
        questions = [(protocol, query) for query in _queries(target) for protocol in PROTOCOLS]
        number = place.get("question", 0)
        protocol, query = questions[number]
        parameters: dict[str, str | int] = {
            "action": "query", "format": "json", "formatversion": 2, "maxlag": MOST_LAG,
            "list": "exturlusage", "euprop": "title|url", "euprotocol": protocol, "euquery": query, "eulimit": self.results,
        }  # fmt: skip
        if number == 0:
            parameters |= {"meta": "siteinfo", "siprop": "general|namespaces"}
        answer = _answer(web, api, parameters | place.get("continue", {}))
        wiki = place.get("wiki") or _wiki(api, answer["query"])
        found = answer.get("query", {}).get("exturlusage", [])
        candidates = list(_candidates(found, target, wiki, protocol, api, f"{api}?{urlencode(parameters)}"))
        if (token := answer.get("continue")) is not None:
            if token == place.get("continue"):
                raise ValueError("the wiki goes in circles")
            return candidates, {"question": number, "wiki": wiki, "continue": dict(token)}
        if number + 1 < len(questions):
            return candidates, {"question": number + 1, "wiki": wiki}
        return candidates, None


@functools.cache
def wikipedias() -> tuple[str, ...]:
    """The ``api.php`` of every open Wikipedia, from the largest to the smallest."""
    codes = resources.files(__package__).joinpath("wikipedias.txt").read_text(encoding="utf-8").split()
    return tuple(f"https://{code}.wikipedia.org/w/api.php" for code in codes)


def page_url(article: str, title: str) -> str:
    """The URL of a page. ``article`` has ``$1`` in the place of the title, which is written with spaces."""
    return article.replace("$1", quote(title.replace(" ", "_"), safe=_IN_TITLES))


def _queries(target: Target) -> list[str]:
    """What to search for, as Special:LinkSearch takes it. A path finds all that begins with it, with whatever query."""
    if target.kind == "domain":
        return [f"*.{target.part.host}"]
    place = target.part.key.partition(":")[2].partition("?")[0].partition("*")[0]
    return [place] if target.kind == "host" else [place, f"www.{place}"]


def _answer(web: Web, api: str, parameters: dict[str, str | int]) -> dict[str, Any]:
    """The answer of a wiki that has time for us; errors come with status 200."""
    for _ in range(TRIES):
        answer: dict[str, Any] = web.get(api, parameters)
        if (error := answer.get("error")) is None:
            return answer
        web.forget_latest()
        if error["code"] not in ("maxlag", "ratelimited"):
            raise SourceFault(_REFUSALS.get(error["code"], "it answers with an error"))
        web.pause_for(min(max(float(error.get("lag", 0)), MOST_LAG), LONGEST_PAUSE))
    raise SourceFault("it has too much to do")


def _wiki(api: str, said: dict[str, Any]) -> dict[str, Any]:
    """Where a wiki's pages are, and the numbers of its namespaces with content. The server may lack its protocol."""
    general = said["general"]
    article = urls.resolve(general["articlepath"], urls.resolve(general["server"], api) or api)
    if not article or "$1" not in article:
        raise ValueError("no place for the title")
    content = [space["id"] for space in said["namespaces"].values() if space.get("content")]
    return {"article": article, "namespaces": content}


def _candidates(
    found: list[Any], target: Target, wiki: dict[str, Any], protocol: str, api: str, origin: str
) -> Iterator[Candidate]:
    why = f"external link, {urls.host_of(api)}"
    for row in found:
        match row:
            case {"ns": int(space), "title": str(title), "url": str(written)} if space in wiki["namespaces"]:
                again = written.startswith("//") and protocol != PROTOCOLS[0]
                url = urls.resolve(written, "https://example.com/")
                if url and not again and target.covers(url):
                    source_url = page_url(wiki["article"], title)
                    yield Candidate(source_url, why, target_url=url, page_title=title, origin=origin)


def _words(reasons: dict[str, str], not_asked: int) -> str:
    named = [f"{urls.host_of(api)} ({reason})" for api, reason in reasons.items()]
    rest = ["…"] if len(named) > _NAMED else []
    words = f"{len(named)} of its wikis gave no answer: {', '.join(named[:_NAMED] + rest)}"
    return words + (f"; the {not_asked} after them were not asked" if not_asked else "")
