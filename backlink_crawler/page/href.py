"""What the hrefs of one document lead to.

Most hrefs are written in the normal form of the URL Standard already, so that resolving them is putting strings
together; the URL parser is asked for all others. Both ways give the same.
"""

from __future__ import annotations

import re

from ..urls import is_http, resolve

_SEGMENTS = r"(?:/(?![.%])[!$-.0-;=@-Z\[\]_a-z|~]*)"
_QUERY = r"(?:\?[!$-&(-;=?-~]*)?"
_FRAGMENT = r"(?:\#[!\#-;=?-_a-~]*)?"
_NORMAL = re.compile(
    rf"""
      (?P<absolute>https?://(?!xn--)(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.(?!xn--))+[a-z]{{2,}} {_SEGMENTS}+ {_QUERY} {_FRAGMENT})
    | (?P<rooted>{_SEGMENTS}+ {_QUERY} {_FRAGMENT})
    | (?P<nested>(?![.%])[!$-.0-9;=@-Z_a-z~]+ {_SEGMENTS}* {_QUERY} {_FRAGMENT})
    | (?P<fragment>\#[!\#-;=?-_a-~]*)
    """,
    re.VERBOSE,
)
"""Paths without dot segments and characters to encode, hosts that are no address and no internationalised name."""


class Base:
    """A document base URL (http or https), against which hrefs are resolved, each spelling once."""

    def __init__(self, url: str, charset: str) -> None:
        self.url = url
        self._charset = charset
        self._known: dict[str, str | None] = {}
        self._prefixes: dict[str, str] = {"absolute": ""}
        plain = resolve("", url) or ""
        if is_http(plain):
            whole = plain.partition("#")[0]
            path = whole.partition("?")[0]
            origin = "/".join(path.split("/", 3)[:3])
            self._prefixes.update(rooted=origin, nested=path[: path.rfind("/") + 1], fragment=whole)

    def target(self, href: str) -> str | None:
        """The absolute URL of an href, or None where it is no http(s) URL."""
        try:
            return self._known[href]
        except KeyError:
            url = self._known[href] = self._resolve(href)
            return url

    def _resolve(self, href: str) -> str | None:
        normal = _NORMAL.fullmatch(href)
        prefix = self._prefixes.get(normal.lastgroup or "") if normal else None
        if prefix is not None and not (normal and normal.lastgroup == "rooted" and href.startswith("//")):
            return prefix + href
        url = resolve(href, self.url, self._charset)
        return url if url is not None and is_http(url) else None
