"""What the hrefs of one document lead to.

Most hrefs are written in the normal form of the URL Standard already, so that resolving them is putting strings
together; the URL parser is asked for all others. Both ways give the same.
"""

from __future__ import annotations

import re

from ..urls import host_of, is_http, resolve

_TAIL = r"(?:/(?![.%])[!$-.0-;=@-Z\[\]_a-z|~]*+)*+(?:\?[!$-&(-;=?-~]*+)?+(?:\#[!\#-;=?-_a-~]*+)?+"
"""Path segments that are no dot segments, query and fragment, with no character that is to be encoded."""

_ROOTED = re.compile(rf"(https?://(?:[a-z0-9][a-z0-9-]*+\.)++[a-z]{{2,}}+(?=/|\Z)|(?=/)){_TAIL}")
"""A path from the root, after a host that is no address and, by another test, no internationalised name."""

_NESTED = re.compile(rf"((?:\.\./)*+)(?![.%])[!$-.0-9;=@-Z_a-z~]++{_TAIL}")
"""A path from the document's directory or from one above it; no colon may stand in its first segment."""

_FRAGMENT = re.compile(r"\#[!\#-;=?-_a-~]*+")


_SAME_HOST = re.compile(r"/(?![/\\\t\n\r])|[^\0-\x20/\\:][^:]*\Z")
"""A reference without scheme and host (URL Standard, 4.4): whatever else is in it, it is a URL of its base's host."""


def _is_normal(url: str) -> bool:
    """Whether a URL is certainly one of the web in the normal form of the URL Standard."""
    found = _ROOTED.fullmatch(url)
    return found is not None and 0 < found.end(1) < len(url) and "xn--" not in found[1]


class Base:
    """A document base URL, against which hrefs are resolved, each spelling once."""

    def __init__(self, url: str, charset: str) -> None:
        self.url = url
        self._charset = charset
        self._known: dict[str, str | None] = {}
        plain = (url if _is_normal(url) else resolve("", url) or "").partition("#")[0]
        path = plain.partition("?")[0] if is_http(plain) else ""
        self._origin = "/".join(path.split("/", 3)[:3])
        self._directory = path[: path.rfind("/") + 1]
        self._document = plain
        self._root = f"{self._origin}/"
        self.host = host_of(plain) if self._origin else ""
        """That of the URL, where it is one of the web."""

    def target(self, href: str) -> str | None:
        """The absolute URL of an href, or None where it is no http(s) URL."""
        url = self._known.get(href, "")
        if url == "":
            url = self._known[href] = self._resolve(href)
        return url

    def stays(self, href: str) -> bool:
        """Whether an href certainly leads to a URL of the same host, where there is one; one that does may not look like it."""
        return href.startswith(self._root) or _SAME_HOST.match(href) is not None

    def _resolve(self, href: str) -> str | None:
        if self._origin:
            if nested := _NESTED.fullmatch(href):
                up = nested.end(1)
                return self._above(up // len("../")) + href[up:] if up else self._directory + href
            if href[:1] == "#":
                if _FRAGMENT.fullmatch(href):
                    return self._document + href
            elif rooted := _ROOTED.fullmatch(href):
                if href[0] == "/":
                    if href[1:2] != "/":
                        return self._origin + href
                elif "xn--" not in rooted[1]:
                    return href if len(href) > rooted.end(1) else href + "/"
        url = resolve(href, self.url, self._charset)
        return url if url is not None and is_http(url) else None

    def _above(self, levels: int) -> str:
        """The directory so many levels above the document's, which is the root at the highest."""
        names = self._directory[len(self._origin) + 1 : -1].split("/")
        kept = "/".join(names[: max(len(names) - levels, 0)])
        return f"{self._origin}/{kept}/" if kept else f"{self._origin}/"
