"""One host of the local web: its file ``sites/HOST.toml`` read into pages, ready to be sent.

::

    title = "Harbour News"                   # {site} in the layout
    lang = "en"                              # {lang}
    type = "text/html; charset=utf-8"        # Content-Type of its pages; "" sends none
    encode = "utf-8"                         # the codec that makes the bytes
    layout = '''<html>…{title}…{body}…'''    # around each body of HTML, in place of LAYOUT; "" for none

    [[page]]
    path = "/about?lang=en"                  # path and query, exactly as requested
    title = "About us"
    status = 200                             # any
    headers = [["X-Robots-Tag", "noindex"]]  # any, repeated as often as needed
    redirect = "http://new.example/"         # Location, with status 301 if none is said
    head = '''…'''                           # {head} of the layout
    body = '''…'''                           # or base64 = "…"; compress = true makes the body a gzip file

A page may say ``type``, ``encode`` and ``layout`` for itself. What a crawl must report from it stands beside
it as well: see :mod:`.truth`.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
import tomllib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import attrs

from .message import Headers, Request, response

if TYPE_CHECKING:
    import asyncio
    from importlib.resources.abc import Traversable

HTML = "text/html; charset=utf-8"
LAYOUT = """<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8"><title>{title} | {site}</title>{head}</head>
<body><header><a href="/">{site}</a></header>
<main><article><h1>{title}</h1>
{body}
</article></main>
<footer><p>{site}</p></footer></body></html>
"""
LAST_MODIFIED = "Mon, 02 Nov 2026 08:00:00 GMT"
_WORTH_PACKING = 200
_MISSING = b"<!doctype html><html lang=en><title>Not found</title><p>There is no such page here.</p></html>"


@attrs.frozen
class Page:
    """What is sent for one path; ``packed`` is the body as gzip, for whoever accepts it."""

    status: int
    headers: Headers
    body: bytes
    packed: bytes
    etag: str

    def answer(self, request: Request) -> tuple[int, bytes]:
        """Status and bytes of the response: 304 for what is known (RFC 9110, 13), gzip when asked for."""
        if self.status != 200:
            return self.status, response(request, self.status, self.headers, self.body)
        validators = (("ETag", self.etag), ("Last-Modified", LAST_MODIFIED), ("Vary", "Accept-Encoding"))
        known = request.headers.get("if-none-match")
        since = request.headers.get("if-modified-since")
        if known == self.etag or (known is None and since == LAST_MODIFIED):
            return 304, response(request, 304, validators)
        if len(self.packed) < len(self.body) and "gzip" in request.headers.get("accept-encoding", ""):
            headers = (*self.headers, *validators, ("Content-Encoding", "gzip"))
            return 200, response(request, 200, headers, self.packed)
        return 200, response(request, 200, (*self.headers, *validators), self.body)


@attrs.frozen
class Site:
    """A host's pages by path and query; a handler, see :data:`.server.Handler`."""

    host: str
    pages: dict[str, Page]

    async def __call__(self, request: Request, writer: asyncio.StreamWriter) -> int:
        """Send the page asked for, or 404."""
        status, data = self.pages.get(request.target, _NOT_FOUND).answer(request)
        writer.write(data)
        return status


def page(spec: dict[str, Any], site: dict[str, Any]) -> Page:
    """The page that a ``[[page]]`` table of a site file describes."""
    redirect = spec.get("redirect")
    headers = [(name, value) for name, value in spec.get("headers", ())]
    if content_type := content_type_of(spec, site):
        headers.append(("Content-Type", content_type))
    if redirect is not None:
        headers.append(("Location", redirect))
    body = _body(spec, site)
    etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    packed = gzip.compress(body, 6, mtime=0) if len(body) > _WORTH_PACKING else body
    return Page(spec.get("status", 200 if redirect is None else 301), tuple(headers), body, packed, etag)


def content_type_of(spec: dict[str, Any], site: dict[str, Any]) -> str:
    """The Content-Type of a page; empty for none."""
    return str(spec.get("type", site.get("type", HTML)))


def laid_out(spec: dict[str, Any], site: dict[str, Any]) -> bool:
    """Whether the site's layout is put around the page's body."""
    fits = "html" in content_type_of(spec, site) and "redirect" not in spec
    return fits and bool(spec.get("layout", site.get("layout", LAYOUT)))


def _body(spec: dict[str, Any], site: dict[str, Any]) -> bytes:
    if "base64" in spec:
        return base64.b64decode(spec["base64"])
    text = spec.get("body", "")
    if laid_out(spec, site):
        values = {"title": spec.get("title", ""), "head": spec.get("head", ""), "body": text}
        values |= {"site": site.get("title", ""), "lang": site.get("lang", "en")}
        text = _fill(spec.get("layout", site.get("layout", LAYOUT)), values)
    data = text.encode(spec.get("encode", site.get("encode", "utf-8")))
    return gzip.compress(data, mtime=0) if spec.get("compress") else data


def _fill(layout: str, values: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda mark: values.get(mark[1], mark[0]), layout)


def read(host: str) -> dict[str, Any] | None:
    """The table of a host's file as it is written, or None for a host that has none."""
    return tomllib.loads((_folder() / f"{host}.toml").read_text("utf-8")) if host in hosts() else None


@cache
def load(host: str) -> Site | None:
    """The site of a host, or None."""
    table = read(host)
    if table is None:
        return None
    return Site(host, {spec["path"]: page(spec, table) for spec in table.get("page", ())})


@cache
def hosts() -> tuple[str, ...]:
    """Every host that has a file, sorted."""
    return tuple(sorted(file.name.removesuffix(".toml") for file in _folder().iterdir()))


def _folder() -> Traversable:
    return resources.files(__package__) / "sites"


_NOT_FOUND = Page(404, (("Content-Type", HTML),), _MISSING, _MISSING, "")
