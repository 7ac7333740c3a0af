"""A part of the web as a person writes it: a domain, ``host:NAME``, ``prefix:URL`` or ``url:URL``.

=============================  ==========================================================================
``example.com``                the domain with its subdomains; ``www.example.com`` and
                               ``https://example.com/`` say the same
``host:blog.example.com``      this one host
``prefix:example.com/shop``    what lies at or below a path, cut at a segment (not ``/shopping``), whatever
                               the scheme, with or without ``www.``
``url:https://example.com/a``  this one page, by the rule of :func:`backlink_crawler.urls.url_key`
=============================  ==========================================================================

Every part has one key, and a URL lies in a part exactly when the part's key is among the keys of the URL. So
one dictionary finds the parts that hold a URL, however many there are.
"""

from __future__ import annotations

import difflib
import itertools
import operator
import re
from typing import TYPE_CHECKING, NoReturn

import attrs

from .. import urls
from ..errors import UsageError
from ..options import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_MARK = re.compile(r"([a-z][a-z0-9+.-]*):(?!\d+(?:/|$))", re.I)  # the colon of `example.com:8080` is no mark
_SCHEME = re.compile(r"(?:https?:)?//", re.I)
_AUTHORITY = re.compile(r"[^/?#\\]*")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_USUAL_ENDINGS = (
    "com", "org", "net", "info", "biz", "io", "co", "ai", "app", "dev", "edu", "gov", "eu", "uk", "de",
    "fr", "es", "it", "pt", "nl", "be", "ch", "at", "pl", "cz", "se", "no", "dk", "fi", "ru", "ua", "tr",
    "gr", "ro", "hu", "ie", "us", "ca", "mx", "br", "ar", "cl", "au", "nz", "jp", "cn", "kr", "tw", "hk",
    "sg", "in", "th", "vn", "za", "il", "id", "ae",
)  # fmt: skip


@attrs.frozen
class Part:
    """One part of the web. ``name`` is its canonical text, ``kind`` one of :data:`KINDS`."""

    name: str
    kind: str
    host: str
    key: str

    def covers(self, url: str, host: str | None = None) -> bool:
        """Whether a normalised absolute URL lies in this part; ``host`` is its host, where known already."""
        return urls.is_http(url) and self.key in keys(self.kind, url, host or urls.host_of(url))


def keys(kind: str, url: str, host: str) -> Iterable[str]:
    """The keys of all parts of one kind that can hold a URL."""
    return _KEYS[kind](url, host.rstrip("."))


def parse_part(raw: str, what: str = "target") -> Part:
    """The part that a text stands for; raises UsageError, naming ``what``, where it stands for none."""
    text = raw.strip().lstrip("\ufeff")
    if not text:
        raise UsageError(f"{what}: nothing given", "write a domain such as example.com")
    fault = _Fault(what, text[:200])
    if re.search(r"\s", text):
        fault("has white space in it", "part several by commas")
    marked = _MARK.match(text)
    mark = marked[1].lower() if marked else ""
    rest = text[len(mark) + 1 :]
    if mark in _PARSERS:
        return _PARSERS[mark](rest, fault)
    if mark and mark not in ("http", "https"):
        if mark == "mailto":
            _host(rest, fault)
        if rest.startswith("//"):
            fault(f"{mark} is no scheme of web pages", "only http and https can be targets")
        fault(f"{mark}: is unknown", nearest(mark, _PARSERS))
    return _domain(text, fault)


@attrs.frozen
class _Fault:
    """Refuses a text."""

    what: str
    text: str

    def __call__(self, reason: str, hint: str) -> NoReturn:
        raise UsageError(f"{self.what} {self.text}: {reason}", hint)


def _domain(text: str, fault: _Fault) -> Part:
    authority, path = _split(text)
    host = _host(authority, fault)
    if path not in ("", "/"):
        place = authority + path
        fault("a path where a domain is wanted", f"say prefix:{place} or, for one page, url:https://{place}")
    bare = host.removeprefix("www.")
    if bare != host and urls.registrable_domain(bare, private=False):
        host = bare
    return Part(host, "domain", host, host)


def _one_host(text: str, fault: _Fault) -> Part:
    authority, path = _split(text)
    host = _host(authority, fault)
    if path not in ("", "/"):
        fault("a path where a host is wanted", f"say prefix:{authority + path}")
    name = f"host:{host}"
    return Part(name, "host", host, name)


def _prefix(text: str, fault: _Fault) -> Part:
    authority, path = _split(text)
    if "?" in path or "#" in path:
        fault("a prefix is a path without ? and #", "say url: for one page with its query")
    key, host = _url_key(authority, path, fault)
    name = "prefix:" + key.rstrip("/")
    return Part(name, "prefix", host, name)


def _page(text: str, fault: _Fault) -> Part:
    key, host = _url_key(*_split(text), fault)
    return Part(f"url:https://{key}", "url", host, f"url:{key}")


_PARSERS: dict[str, Callable[[str, _Fault], Part]] = {"host": _one_host, "prefix": _prefix, "url": _page}


def _split(text: str) -> tuple[str, str]:
    """The authority of a URL, written with or without its scheme, and what follows it."""
    start = _SCHEME.match(text)
    rest = text[start.end() :] if start else text
    authority = _AUTHORITY.match(rest)
    end = authority.end() if authority else 0
    return rest[:end], rest[end:]


def _url_key(authority: str, path: str, fault: _Fault) -> tuple[str, str]:
    """The key of a URL, which knows neither scheme nor ``www.``, and its host."""
    name, colon, port = authority.partition(":")
    host = _host(name, fault)
    url = urls.resolve(f"https://{host}{colon}{port}{path or '/'}", "https://example.com/")
    if url is None:
        fault("is no URL", "write it as https://example.com/page")
    key = urls.url_key(url)
    return key, urls.host_of(f"https://{key}")


def _host(authority: str, fault: _Fault) -> str:
    """The host as ASCII, once it is known to be a domain name that can exist."""
    before, at, after = authority.rpartition("@")
    if at:
        fault("an e-mail address or a user name where a domain is wanted", f"did you mean {after}?")
    if authority.startswith("*."):
        fault("needs no *", f"{authority[2:]} means the domain with its subdomains")
    host = (urls.ascii_host(authority) or "").removesuffix(".")
    if authority.startswith("[") or (host and urls.is_ip(host)):
        fault("an IP address where a domain is wanted", "backlinks are collected for domain names")
    before, colon, port = authority.partition(":")
    if colon and port.isdecimal():
        fault("a port where a domain is wanted", f"write {before}, which counts on every port")
    if len(host) > 253 or not all(map(_LABEL.fullmatch, host.split("."))):
        fault("is no domain name", "write a domain such as example.com")
    stem, dot, ending = host.rpartition(".")
    known = urls.known_suffix(host)
    if not dot and not known:
        fault("is no domain: it has no ending", f"did you mean {host}.com?")
    if not known:
        fault(f"no domain ends in .{ending}", f"did you mean {stem}.{_usual_ending(ending)}?")
    if urls.registrable_domain(host, private=False) is None:
        fault("is a public suffix, under which others register", f"write a domain in it: example.{host}")
    return host


def _usual_ending(mistyped: str) -> str:
    """The usual top-level name likely meant: letters swapped (ogr), one wrong (con), or the most alike."""
    swapped = (usual for usual in _USUAL_ENDINGS if sorted(usual) == sorted(mistyped))
    one_wrong = (
        usual for usual in _USUAL_ENDINGS
        if len(usual) == len(mistyped) and sum(map(operator.ne, usual, mistyped)) == 1
    )  # fmt: skip
    alike = difflib.get_close_matches(mistyped, _USUAL_ENDINGS, n=1)
    return next(itertools.chain(swapped, one_wrong, alike, _USUAL_ENDINGS))


def _domain_keys(_url: str, host: str) -> Iterator[str]:
    yield host
    while host := host.partition(".")[2]:
        yield host


def _host_keys(_url: str, host: str) -> Iterator[str]:
    yield f"host:{host}"


def _prefix_keys(url: str, _host: str) -> Iterator[str]:
    place = "prefix:" + urls.url_key(url).partition("?")[0]
    while place:
        yield place
        place = place.rpartition("/")[0]


def _url_keys(url: str, _host: str) -> Iterator[str]:
    yield "url:" + urls.url_key(url)


_KEYS: dict[str, Callable[[str, str], Iterable[str]]] = {
    "domain": _domain_keys,
    "host": _host_keys,
    "prefix": _prefix_keys,
    "url": _url_keys,
}
KINDS = tuple(_KEYS)
