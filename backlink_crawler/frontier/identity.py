"""What makes two URLs one page to the frontier. Facts keep the raw URLs and their page key (`urls.url_key`)."""

from __future__ import annotations

import re

from ..urls import url_key

SESSION = frozenset(
    """phpsessid jsessionid aspsessionid sessionid session_id sessid oscsid zenid xtcsid xtsid cfid cftoken
    plack_session _session_id""".split()
)
"""Query parameters that hold a visitor's session, whatever their value, in lower case."""
MAYBE_SESSION = frozenset("s sid ssid session sess".split())
"""The same, where the value looks like one: elsewhere they name stories, shops and searches."""

_TOKEN = re.compile(r"(?=[^0-9]*[0-9])(?=[^a-z]*[a-z])[0-9a-z]{12,}", re.IGNORECASE)
_IN_PATH = re.compile(
    r";(?:jsessionid|phpsessid|sid)=[^/?;]*"  # Java servlets, section 7.1.3
    r"|/\((?:[a-z]\([0-9a-z]{20,}\))+\)",  # ASP.NET, cookieless sessions
    re.IGNORECASE,
)


def identity(url: str) -> str:
    """The page key without session ids, its parameters in one order, so that facets picked in any order are one page.

    >>> identity("http://www.shop.example/list;jsessionid=1F?size=9&color=red&PHPSESSID=77")
    'shop.example/list?color=red&size=9'
    """
    path, _, query = url_key(url).partition("?")
    if ";" in path or "/(" in path:
        path = _IN_PATH.sub("", path)
    if not query:
        return path
    kept = sorted([part for part in query.split("&") if not _is_session(part)])
    return f"{path}?{'&'.join(kept)}" if kept else path


def _is_session(parameter: str) -> bool:
    name, _, value = parameter.partition("=")
    name = name.lower()
    return name in SESSION or (name in MAYBE_SESSION and _TOKEN.fullmatch(value) is not None)
