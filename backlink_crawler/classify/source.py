"""One source of links as a person names it: a domain, a site, a host or a page.

==========================  ===========================================================================
``spam.example``            the domain with all its hosts; ``domain:spam.example``, as disavow files say it, is the same
``user.github.io``          the site of one publisher on a hosting platform
``blog.spam.example``       this one host; ``192.0.2.1`` and ``[2001:db8::1]`` are hosts too
``https://spam.example/a``  this one page, by the rule of :func:`backlink_crawler.urls.url_key`
==========================  ===========================================================================
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import attrs

from .. import urls
from ..errors import UsageError
from .part import parse_part

if TYPE_CHECKING:
    from collections.abc import Callable

DOMAIN, SITE, HOST, PAGE = KINDS = ("domain", "site", "host", "page")
PREFIX = "domain:"
"""What begins a line of a disavow file that names a domain or host."""

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):(?!\d+(?:[/?#]|$))", re.I)
"""The colon of ``example.com:8080`` ends no scheme."""
_NAME = re.compile(r"(?:[^:/?#]+|\[[0-9a-f:.]+\])/?", re.I)
"""A host and nothing else; the colons in an IPv6 address part nothing."""
_LOGIN = re.compile(r"//[^/]*@")
"""A name and a password, which messages do not show."""
_BASE = "http://example.com/"
_FOLDED: dict[str, Callable[[str, str], str]] = {
    DOMAIN: lambda _url, host: urls.domain_of(host),
    SITE: lambda _url, host: urls.site_of(host),
    HOST: lambda _url, host: host,
    PAGE: lambda url, _host: urls.url_key(url),
}


@attrs.frozen
class Source:
    """``kind`` is one of :data:`KINDS`, ``name`` what the index calls it: a domain, site, host or key of a URL."""

    kind: str
    name: str


def parse_source(raw: str, kind: str | None = None, what: str = "name") -> Source:
    """The source that a text stands for; with ``kind`` the domain, site or host that holds it, or the page at it.

    Raises UsageError, naming ``what``, for what is no source, for a misspelt ending, and for a bare public suffix.
    """
    text = raw.strip().lstrip("\ufeff")
    is_marked = text.lower().startswith(PREFIX)
    text = text[len(PREFIX) :].strip() if is_marked else text
    shown = f"{what} {_LOGIN.sub('//…@', text)[:200]}"
    is_name = _NAME.fullmatch(text) is not None
    url, host = _located(text, shown)
    if is_marked and not is_name:
        raise UsageError(
            f"{shown}: a scheme or path after {PREFIX}", f"write {PREFIX}{host}, or the URL alone"
        )
    if kind is None:
        kind, host = _guessed(host) if is_name else (PAGE, host)
    return Source(kind, _FOLDED[kind](url, host))


def hosts_others(name: str) -> bool:
    """Is it a platform, whose subdomains belong to different publishers: ``github.io``, ``wordpress.com``?"""
    is_domain = urls.registrable_domain(name, private=False) is not None
    return is_domain and urls.site_of(f"x.{name}") == f"x.{name}"


def _located(text: str, shown: str) -> tuple[str, str]:
    """The URL of a source and its host, which can exist."""
    if not text or any(map(str.isspace, text)):
        raise UsageError(f"{shown}: is no name", "write a domain such as example.com, or a URL")
    scheme = _SCHEME.match(text)
    if scheme and scheme[1].lower() not in ("http", "https"):
        raise UsageError(
            f"{shown}: {scheme[1]} is no scheme of web pages", "links are of http and https pages"
        )
    url = urls.resolve(text if scheme else f"http://{text}", _BASE) or ""
    host = urls.host_of(url)
    if not host or not urls.is_http(url):
        raise UsageError(f"{shown}: is no URL", "write a domain such as example.com, or a URL")
    if "@" in url.split("/", 3)[2]:
        raise UsageError(f"{shown}: an e-mail address or a user name in a URL", f"did you mean {host}?")
    host = host.removesuffix(".")
    if not urls.is_ip(host):
        try:
            parse_part(f"host:{host}")
        except UsageError as error:
            raise UsageError(f"{shown}: {error.reason.partition(': ')[2]}", error.hint) from None
    return url, host


def _guessed(host: str) -> tuple[str, str]:
    """The kind of a bare name, and the name; ``www.`` before a domain or site says nothing, but for a platform's own. An address
    has no domain: it is a host.
    """
    if urls.is_ip(host):
        return HOST, host
    bare = host.removeprefix("www.")
    if not urls.registrable_domain(bare, private=False) or hosts_others(bare):
        bare = host
    if bare == urls.domain_of(bare):
        return DOMAIN, bare
    return (SITE, bare) if bare == urls.site_of(bare) else (HOST, host)
