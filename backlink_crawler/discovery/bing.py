"""Bing Webmaster Tools: the inbound links that Bing knows of a site verified in the account of the key.

Reference: https://learn.microsoft.com/en-us/bingwebmaster/ and the methods ``GetUserSites``, ``GetLinkCounts`` and
``GetUrlLinks`` of its ``IWebmasterApi``, by the protocol JSON/HTTP (SOAP and POX are retired). Pages are counted from 0
up to ``TotalPages``. Errors are ``{"ErrorCode": 3, "Message": "ERROR!!! InvalidApiKey"}``, by the ``ApiErrorCode`` enum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import urls
from ..errors import SourceFault
from . import query
from .source import Answer, Candidate, Cursor

if TYPE_CHECKING:
    from ..classify.target import Target
    from .web import Web

_VERIFY = "verify the site at https://www.bing.com/webmasters"
ERRORS = {
    3: ("it refuses the key", "make one at https://www.bing.com/webmasters, Settings, API access"),
    4: ("its quota is spent", ""),
    5: ("its quota for the site is spent", ""),
    6: ("the account of the key is blocked", ""),
    13: ("the site is none of the account of the key", _VERIFY),
    14: ("the site is not verified in the account of the key", _VERIFY),
    16: ("it no longer offers the method", ""),
}
"""What the codes of ``ApiErrorCode`` mean to the user of this source."""


class Bing:
    """Inbound links, by page of the site; the cursor is where it is in both lists.

    ``sites`` are those still to read, the first one now; ``counts`` is the page of its list of linked pages, null after
    the last; ``pages`` are linked pages still to read, and ``page`` is where in the list of the first one's links.
    """

    def begin(self, target: Target) -> Cursor:
        """With the sites of the account."""
        return {}

    def ask(self, web: Web, target: Target, cursor: Cursor) -> Answer:
        """One page of one list."""
        if "sites" not in cursor:
            return Answer((), {"sites": _sites(web, target), "counts": 0})
        if cursor.get("pages"):
            return _links(web, target, cursor)
        return _counts(web, target, cursor)


def _sites(web: Web, target: Target) -> list[str]:
    """The verified sites of the account that have to do with the target."""
    sites = _call(web, "GetUserSites", {})
    web.forget_latest()  # it holds the codes by which the user proves to own the sites
    verified = [url for site in sites if (url := _verified(site)) and _concerns(url, target)]
    if not verified:
        raise SourceFault(f"no verified site of {target.name} is in the account of the key", _VERIFY)
    return verified


def _verified(site: Any) -> str | None:
    match site:
        case {"Url": str(url), "IsVerified": True}:
            return url
    return None


def _concerns(site: str, target: Target) -> bool:
    """Whether a site lies in the target's host, or the other way round."""
    one, other = (f".{host.removeprefix('www.')}" for host in (urls.host_of(site.lower()), target.part.host))
    return one.endswith(other) or other.endswith(one)


def _counts(web: Web, target: Target, cursor: Cursor) -> Answer:
    """A page of the site's list of linked pages: those in the target are read next."""
    page = cursor["counts"]
    data = _call(web, "GetLinkCounts", {"siteUrl": cursor["sites"][0], "page": str(page)})
    linked = [
        count["Url"] for count in query.listed(data, "Links") if isinstance(count, dict) and "Url" in count
    ]
    pages = [raw for raw in linked if (url := query.absolute(raw)) and target.covers(url)]
    following = page + 1 if page + 1 < data["TotalPages"] else None
    return Answer((), _next({**cursor, "counts": following, "pages": pages, "page": 0}))


def _links(web: Web, target: Target, cursor: Cursor) -> Answer:
    """A page of the list of links to one page."""
    (linked, *others), page = cursor["pages"], cursor["page"]
    parameters = {"siteUrl": cursor["sites"][0], "link": linked, "page": str(page)}
    data = _call(web, "GetUrlLinks", parameters)
    origin = query.address(_url(web, "GetUrlLinks"), parameters)
    candidates = [
        Candidate(
            url,
            "inbound link, Bing Webmaster Tools",
            target_url=query.absolute(linked),
            anchor=anchor,
            origin=origin,
        )
        for url, anchor in map(_detail, query.listed(data, "Details"))
        if query.elsewhere(target, url)
    ]
    more = page + 1 < data["TotalPages"]
    at = {"pages": cursor["pages"], "page": page + 1} if more else {"pages": others, "page": 0}
    return Answer(candidates, _next({**cursor, **at}))


def _detail(detail: Any) -> tuple[str, str | None]:
    """The page and the anchor of a link; '' for what is none."""
    match detail:
        case {"Url": str(url)}:
            anchor = detail.get("AnchorText")
            return query.absolute(url) or "", anchor if isinstance(anchor, str) and anchor else None
    return "", None


def _next(cursor: Cursor) -> Cursor | None:
    """The cursor, moved to the next site when this one is read to its end."""
    if cursor["pages"] or cursor["counts"] is not None:
        return cursor
    others = cursor["sites"][1:]
    return {"sites": others, "counts": 0} if others else None


def _url(web: Web, method: str) -> str:
    return query.endpoint(web, f"/webmaster/api.svc/json/{method}")


def _call(web: Web, method: str, parameters: dict[str, str]) -> Any:
    try:
        answer = web.get(_url(web, method), parameters, secret={"apikey": web.settings.key})
    except SourceFault as fault:
        if fault.status == 400:  # of every error; the sites are of the account, so it is the key or its quota
            raise SourceFault("it refuses the key, or its quota is spent", ERRORS[3][1]) from None
        raise
    if "ErrorCode" in answer:
        raise SourceFault(*ERRORS.get(answer["ErrorCode"], ("it reports an error", "")))
    return answer["d"]
