"""Gathers the links of one page from its elements and its headers."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence

from ..classify.rel import tokens
from ..urls import is_http, resolve
from .header import header_links, refresh_target
from .href import Base
from .link import LONGEST_HTML, Brief, PageLink, describe, kind_of
from .path import Places
from .tree import Attributes, Node, html_only, namespace

_NO_BASE = ("data:", "javascript:")
_SOURCES = {"form": "action", "iframe": "src", "frame": "src"}


def base_url(bases: Sequence[Node], url: str, charset: str) -> str:
    """The document base URL: that of the first ``base`` with an href (HTML Standard, 2.4.3 and 4.2.3)."""
    for node in html_only(bases):
        attributes = node.attributes
        if "href" in attributes:
            base = resolve(attributes["href"] or "", url, charset)
            return base if base and not base.startswith(_NO_BASE) else url
    return url


class Reader:
    """Resolves what it is given, keeps what is http(s), and looks closer at the links that ``detail`` asks for."""

    def __init__(self, url: str, base: str, charset: str, detail: Callable[[str], bool] | None) -> None:
        self.links: list[PageLink] = []
        self._url = url
        self._base = Base(base, charset)
        self._detail = detail
        self._places = Places()
        self._rels: dict[str | None, list[str]] = {}

    def anchors(self, nodes: Sequence[Node], foreign: Container[int], brief: Brief | None = None) -> None:
        """The hyperlinks: ``a`` and ``area`` of HTML, ``a`` of SVG; ``foreign`` tells those inside SVG and MathML by identity.

        With ``brief`` those that are not wanted in full are taken by it alone.
        """
        stays = self._base.stays if brief and brief.host and brief.host == self._base.host else None
        urls = brief.urls if brief else []
        target, wanted, links, places = self._base.target, self._detail, self.links, self._places
        unwanted: set[str] = set()
        position = 0
        for node in nodes:
            attributes = node.attributes
            if foreign and node.mem_id in foreign:
                href = _foreign_href(node, attributes)
            elif "href" in attributes:
                href = attributes["href"] or ""
            else:
                continue
            if stays and href is not None and stays(href):
                position += 1
                continue
            url = target(href) if href is not None else None
            if url is None:
                continue
            position += 1
            urls.append(url)
            if wanted is None or (url not in unwanted and wanted(url)):
                rel = self._rel(attributes) if "rel" in attributes else []
                link = PageLink(url, href, kind_of(node), rel, position)
                describe(link, node, attributes, places)
                links.append(link)
                continue
            unwanted.add(url)
            if not brief:
                rel = self._rel(attributes) if "rel" in attributes else []
                links.append(PageLink(url, href, "area" if node.tag == "area" else "text", rel, position))
        if brief:
            brief.staying = position - len(urls)

    def embedded(self, nodes: Sequence[Node]) -> None:
        """Where a page sends its forms, and what it shows in frames."""
        for node in nodes:
            attributes = node.attributes
            href = attributes.get(_SOURCES[node.tag or ""])
            url = self._base.target(href) if href and "srcdoc" not in attributes else None
            if url is not None:
                kind = "form" if node.tag == "form" else "iframe"
                self._add(PageLink(url, href, kind, self._rel(attributes)), node, attributes)

    def refresh(self, headers: Sequence[str], metas: Iterable[tuple[Node, Attributes]]) -> None:
        """The one refresh that takes effect: the header's, else that of the first meta element which leads anywhere."""
        for header in headers:
            href = refresh_target(header)
            if href is not None:
                self._redirect(href, f"Refresh: {header}")
                return
        for node, attributes in metas:
            if (attributes.get("http-equiv") or "").lower() == "refresh":
                href = refresh_target(attributes.get("content") or "")
                if href is not None:
                    self._redirect(href, "", node, attributes)
                    return

    def relations(self, nodes: Sequence[Node], headers: Sequence[str]) -> None:
        """Canonical and alternate versions, of ``link`` elements and of Link headers (RFC 8288)."""
        for node in nodes:
            attributes = node.attributes
            kind = _relation(attributes.get("rel"))
            href = attributes.get("href")
            url = self._base.target(href) if kind and href else None
            if url is not None:
                self._add(PageLink(url, href, kind, self._rel(attributes)), node, attributes)
        for target, parameters in header_links(headers):
            kind = _relation(parameters.get("rel"))
            url = resolve(target, self._url) if kind else None
            if url is not None and is_http(url):
                said = f"Link: <{target}>; rel={parameters['rel']}"
                rel = tokens(parameters["rel"])
                self.links.append(PageLink(url, target, kind, rel, html=said[:LONGEST_HTML]))

    def _rel(self, attributes: Attributes) -> list[str]:
        """The tokens of an element's ``rel``. Pages say the same few again and again."""
        said = attributes.get("rel")
        known = self._rels.get(said)
        if known is None:
            known = self._rels[said] = tokens(said)
        return known.copy()

    def _redirect(
        self, href: str, said: str, node: Node | None = None, attributes: Attributes | None = None
    ) -> None:
        url = self._base.target(href)
        if url is None or url == self._url:
            return
        link = PageLink(url, href, "redirect", [], html=said[:LONGEST_HTML])
        if node is None or attributes is None:
            self.links.append(link)
        else:
            self._add(link, node, attributes)

    def _add(self, link: PageLink, node: Node, attributes: Attributes) -> None:
        if self._detail is None or self._detail(link.url):
            describe(link, node, attributes, self._places)
        self.links.append(link)


def _foreign_href(node: Node, attributes: Attributes) -> str | None:
    """What an ``a`` of SVG leads to: ``href``, else ``xlink:href`` (SVG 2, 16.2). MathML has no such link."""
    within = namespace(node)
    if within == "math" or (within == "svg" and node.tag != "a"):
        return None
    for name in ("href", "xlink:href") if within == "svg" else ("href",):
        if name in attributes:
            return attributes[name] or ""
    return None


def _relation(said: str | None) -> str:
    """The link type of a ``link`` element by its ``rel``, or nothing. An alternate style sheet is no other version of the page."""
    lower = said.lower() if said else ""
    if "canonical" not in lower and "alternate" not in lower:  # as most
        return ""
    rel = tokens(said)
    if "canonical" in rel:
        return "canonical"
    return "alternate" if "alternate" in rel and "stylesheet" not in rel else ""
