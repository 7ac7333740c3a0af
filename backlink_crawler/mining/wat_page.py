"""One WAT record to one visit with the links that count. It proves what it shows, and never that something is not there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

import attrs

from ..archive.record import utc
from ..classify import rel
from ..classify.target import Targets
from ..facts import outcome
from ..facts.link import link_on
from ..facts.reading import KEPT_HEADERS, MOST_LINKS
from ..items import EVERY_TARGET, Link, Visit
from ..page.charset import header_charset
from ..page.directives import directives
from ..page.href import Base
from ..page.link import LONGEST_ANCHOR, PageLink
from ..page.metadata import LONGEST, language_of, metadata
from ..page.reader import Reader
from ..page.text import squeeze
from ..page.tree import Node, Tree, plant
from ..urls import domain_of, host_of, is_http, resolve, site_of
from .envelope import Head, Http, WatLink, WatRecord

MOST_TEXT = 128
"""Characters of an anchor or a title that the extractor keeps; one of them may be white space that it trimmed."""
CUT = "…"
"""What a text that may have gone on ends with."""

_ANCHORS = {"A@/href": "text", "AREA@/href": "area"}
_EMBEDDED = {
    "FORM@/action": ("form", "action"),
    "IFRAME@/src": ("iframe", "src"),
    "FRAME@/src": ("frame", "src"),
}
_LANGUAGES = ("HTML@/xml:lang", "HTML@/lang")
_ENCODED = frozenset({"content-encoding", "transfer-encoding"})
_KEPT_HEADERS = frozenset(name.decode() for name in KEPT_HEADERS)
_NONE: tuple[str | None] = (None,)
_IN_PLACE = frozenset(
    first + second
    for first in "/?#"
    for second in ("", *map(chr, range(0x21, 0x7F)))
    if first + second not in ("//", "/\\")
)
"""How most hrefs without a host begin, which shows that they have none: no slash, no backslash and nothing that is taken out
follows a slash that begins a path (URL Standard, 4.4)."""
_MAY_RELATE = re.compile(r"canonical|alternate|\\", re.IGNORECASE).search
"""Of few Link headers, that they may tell of another version of the page: a backslash may be within the word (RFC 9110, 5.6.4)."""
_NO_BASE = ("data:", "javascript:")
_NO_PAGE: Tree = plant(b"", "utf-8", "text/html")


Headers = Mapping[str, Sequence[str]]
"""Lower-case name -> values."""
_Anchor = tuple[str, str, str, int, WatLink]
"""A hyperlink that may count: the URL it leads to, its host, the type of the link, its position, and what the record says."""


@attrs.frozen
class Origin:
    """What is the same of all visits of a file: the run, and how we came to look; ``folder`` is where its WARC files lie."""

    crawl_id: str | None
    provenance: str
    folder: str = ""


@attrs.define
class _Element:
    """An element as the reader of pages asks for it."""

    tag: str
    attributes: dict[str, str | None]


class PageReader:
    """Reads WAT records for targets."""

    def __init__(self, targets: Targets, origin: Origin) -> None:
        self._targets = targets
        self._origin = origin
        self._names = [target.name for target in targets] or [EVERY_TARGET]

    def read(self, record: WatRecord) -> Visit | None:
        """The visit with the links that may count, not judged yet; None when there are none.

        Raises ValueError when the record says of no response of the web.
        """
        http, said = record.envelope.payload.http, record.envelope.warc
        url = resolve(_text(said.get("WARC-Target-URI")).strip("<>"), "about:blank")
        if http is None or url is None or not is_http(url):
            raise ValueError("it says of no response of the web")
        visit = Visit(source_url=url.partition("#")[0], fetch_mode="archive", complete=False)
        headers = http.fields()
        visit.outcome = outcome.of_status(_number(http.message.status) or 0)
        visit.source_host = host_of(visit.source_url)
        visit.source_domain = domain_of(visit.source_host)
        visit.source_site = site_of(visit.source_host)
        visit.content_type = headers.get("content-type", _NONE)[0]
        visit.charset = header_charset(visit.content_type)
        anchors: list[_Anchor] = []
        others: list[PageLink] = []
        if visit.outcome == "moved_offsite":
            others = self._redirect(visit, http, headers)
        elif visit.outcome == "ok" and http.html is not None:
            anchors, others = self._page(visit, headers, http.html.head, http.html.links)
        if not anchors and not others:
            return None
        self._describe(visit, record, http, headers)
        visit.links = [*_hyperlinks(visit, anchors), *(_link(visit, seen) for seen in others)]
        return visit

    def _counts(self, visit: Visit, url: str, host: str) -> bool:
        """Whether a link to this URL may count."""
        if host == visit.source_host:
            return False
        targets = self._targets
        named = targets.names_for(url, host, visit.source_domain, visit.source_site)
        return bool(named) or targets.is_alias(host)

    def _redirect(self, visit: Visit, http: Http, headers: Headers) -> list[PageLink]:
        """An answer that leads to a target links to it."""
        location = headers.get("location", ("",))[0]
        url = resolve(location, visit.source_url)
        if url is None or not is_http(url) or not self._counts(visit, url, host_of(url)):
            return []
        html = f"HTTP {_number(http.message.status)} Location: {location}"
        return [PageLink(url, location, "redirect", [], html=html[:2000])]

    def _page(
        self, visit: Visit, headers: Headers, head: Head, links: Sequence[WatLink]
    ) -> tuple[list[_Anchor], list[PageLink]]:
        """The links that may count: hyperlinks, and the others."""
        charset = visit.charset or "utf-8"
        given = resolve(head.base, visit.source_url, charset) if head.base else None
        base = Base(given if given and not given.startswith(_NO_BASE) else visit.source_url, charset)
        anchors = self._anchors(visit, base, links)
        others: list[PageLink] = []
        for seen in _others(visit.source_url, base, charset, headers, head, links):
            if seen.link_type == "canonical" and visit.canonical_url is None:
                visit.canonical_url = seen.url
            if len(anchors) + len(others) < MOST_LINKS and self._counts(visit, seen.url, host_of(seen.url)):
                others.append(seen)
        return anchors, others

    def _anchors(self, visit: Visit, base: Base, links: Sequence[WatLink]) -> list[_Anchor]:
        """The hyperlinks that may count. The others are only numbered, most of them after a look at how they begin."""
        anchors: list[_Anchor] = []
        known: dict[str, tuple[str | None, str, bool, bool]] = {}
        stays = host_of(base.url) == visit.source_host
        in_place = _IN_PLACE if stays else ()
        roots = (_root(visit.source_url),) if stays else ()
        position = outside = 0
        for link in links:
            kind = _ANCHORS.get(link.path)
            if kind is None:
                continue
            href = link.url
            if href[:2] in in_place or href.startswith(roots):
                position += 1
                continue
            looked = known.get(href)
            if looked is None:
                looked = known[href] = self._look(visit, base.target(href))
            url, host, inside, counts = looked
            if url is None:
                continue
            position += 1
            if not inside:
                outside += 1
            if counts and len(anchors) < MOST_LINKS:
                anchors.append((url, host, kind, position, link))
        visit.internal_links, visit.external_links = position - outside, outside
        return anchors

    def _look(self, visit: Visit, url: str | None) -> tuple[str | None, str, bool, bool]:
        """(URL, host, does it stay within the domain, may a link to it count?); the URL is None where it is none of the web."""
        if url is None:
            return None, "", False, False
        host = host_of(url)
        if host == visit.source_host:
            return url, host, True, False
        return url, host, domain_of(host) == visit.source_domain, self._counts(visit, url, host)

    def _describe(self, visit: Visit, record: WatRecord, http: Http, headers: Headers) -> None:
        """What the record says of the page, and of how it came."""
        said = record.envelope.warc
        visit.requested_url = visit.source_url
        visit.fetched_at = utc(_text(said.get("WARC-Date")))
        visit.http_status = _number(http.message.status)
        visit.response_headers = [
            f"{name.title()}: {value}"[:2000]
            for name, values in headers.items()
            if name in _KEPT_HEADERS
            for value in values
        ]
        visit.etag = headers.get("etag", _NONE)[0]
        visit.last_modified = headers.get("last-modified", _NONE)[0]
        visit.remote_ip = _text(said.get("WARC-IP-Address")) or None
        if _ENCODED.isdisjoint(headers):
            visit.body_digest = _text(said.get("WARC-Payload-Digest")) or None
            visit.body_bytes = _number(http.length)
        visit.targets_checked = self._names
        visit.warc_file = (
            self._origin.folder + record.container.filename if record.container.filename else None
        )
        visit.warc_offset = _number(record.container.offset)
        visit.crawl_id, visit.provenance = self._origin.crawl_id, self._origin.provenance
        if http.html is not None and visit.outcome == "ok":
            _describe_page(visit, http.html.head, headers)


def _describe_page(visit: Visit, head: Head, headers: Headers) -> None:
    metas = list(map(_texts, head.metas))
    tongues = {
        meta.get("name"): meta.get("content") for meta in reversed(metas) if meta.get("name") in _LANGUAGES
    }
    root = next((tongues[name] for name in _LANGUAGES if tongues.get(name)), None)
    first: list[dict[str, str | None]] = [{"http-equiv": "content-language", "content": root}] if root else []
    named = [(meta["name"] or "", meta.get("content") or "") for meta in metas if "name" in meta]
    robots = directives(
        headers.get("x-robots-tag", ()), named, now=datetime.fromisoformat(visit.fetched_at or "")
    )
    about = metadata(metas)
    visit.title = _whole(squeeze(head.title, LONGEST)) or None
    visit.language = language_of(_NO_PAGE, [*first, *metas], headers)
    visit.site_name, visit.author = about.site_name, about.author
    visit.published_at, visit.modified_at = about.published_at, about.modified_at
    visit.noindex, visit.nofollow_page, visit.robots_signals = robots.noindex, robots.nofollow, robots.signals


def _texts(meta: dict[str, Any]) -> dict[str, str | None]:
    """What a meta element says in text: all, but for the oddest."""
    for value in meta.values():
        if not isinstance(value, str):
            return {name: value for name, value in meta.items() if isinstance(value, str)}
    return meta


def _others(
    url: str, base: Base, charset: str, headers: Headers, head: Head, links: Sequence[WatLink]
) -> list[PageLink]:
    """The links that are no anchors, in the order in which a page is read: forms, frames, a refresh, other versions."""
    reader = Reader(url, base.url, charset, lambda _: False)
    embedded = [
        _Element(tag, {attribute: link.url})
        for link in links
        if link.path in _EMBEDDED
        for tag, attribute in (_EMBEDDED[link.path],)
    ]
    metas = [
        _Element("meta", {name: _text(value) for name, value in meta.items()})
        for meta in head.metas
        if "http-equiv" in meta
    ]
    versions = [
        _Element("link", {"href": link.url, "rel": link.rel})
        for link in head.links
        if isinstance(link.rel, str) and link.rel != "stylesheet"
    ]
    reader.embedded(cast("list[Node]", embedded))
    reader.refresh(headers.get("refresh", ()), cast("Any", [(meta, meta.attributes) for meta in metas]))
    related = [value for value in headers.get("link", ()) if _MAY_RELATE(value)]
    reader.relations(cast("list[Node]", versions), related)
    return reader.links


def _hyperlinks(visit: Visit, anchors: Iterable[_Anchor]) -> Iterator[Link]:
    rels: dict[str, list[str]] = {}
    for url, host, kind, position, seen in anchors:
        link = link_on(visit, url, host)
        link.href, link.link_type, link.position, link.evidence = seen.url, kind, position, "wat"
        link.anchor, link.anchor_source = _name(seen)
        if seen.rel is not None:
            said = " ".join(map(_text, seen.rel)) if isinstance(seen.rel, list) else _text(seen.rel)
            if said not in rels:
                rels[said] = rel.tokens(said)
            link.rel = rels[said].copy()
            link.nofollow, link.ugc, link.sponsored = rel.flags(link.rel)
        yield link


def _link(visit: Visit, seen: PageLink) -> Link:
    link = link_on(visit, seen.url)
    link.href, link.link_type, link.rel, link.html, link.evidence = (
        seen.href,
        seen.link_type,
        seen.rel,
        seen.html,
        "wat",
    )
    link.nofollow, link.ugc, link.sponsored = rel.flags(seen.rel)
    return link


def _root(url: str) -> str:
    """What begins most URLs of the host of a page, whose URL this is."""
    return "/".join(url.split("/", 3)[:3]) + "/"


def _name(link: WatLink) -> tuple[str, str]:
    """(anchor, anchor_source): the text, else a name from an attribute. The alt of images stands elsewhere, if anywhere."""
    text = link.text
    if text:
        if len(text) < MOST_TEXT // 2:  # as most
            return " ".join(text.split()), "text"
        return _whole(squeeze(text, LONGEST_ANCHOR)), "text"
    for source, said in (("alt", link.alt if link.path == "AREA@/href" else None), ("title", link.title)):
        name = squeeze(_text(said), LONGEST_ANCHOR)
        if name:
            return name, source
    return "", "none"


def _whole(text: str) -> str:
    """A text with a sign that it was cut, if it may have been. Its length is counted as Java does, in UTF-16."""
    if len(text) < MOST_TEXT // 2 or len(text.encode("utf-16-le", "replace")) < 2 * (MOST_TEXT - 1):
        return text
    return text + CUT


def _text(value: object) -> str:
    return value if isinstance(value, str) else str(value[0]) if isinstance(value, list) and value else ""


def _number(value: object) -> int | None:
    """A number that the columns of the index can hold."""
    if isinstance(value, str) and value.isdecimal() and len(value) < 19:
        value = int(value)
    return value if isinstance(value, int) and 0 <= value < 1 << 63 else None
