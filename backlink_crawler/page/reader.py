"""Gathers the links of one page from its tree and its headers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..classify.rel import tokens
from ..urls import is_http, resolve
from .header import header_links, refresh_target
from .link import LONGEST_HTML, PageLink, anchor_kind, describe
from .path import Places
from .tree import Attributes, Node, Tree, namespace

_FOREIGN = "svg a,svg area,math a,math area"
_NO_BASE = ("data:", "javascript:")
_SOURCES = {"form": "action", "iframe": "src", "frame": "src"}


class Reader:
    """Resolves what it is given, keeps what is http(s), and looks closer at the links that ``detail`` asks for."""

    def __init__(
        self, url: str, bases: Sequence[Node], charset: str, detail: Callable[[str], bool] | None
    ) -> None:
        self.links: list[PageLink] = []
        self._url = url
        self._charset = charset
        self._detail = detail
        self._places = Places()
        self._resolved: dict[str, str | None] = {}
        self.base = self._base(bases)

    def _base(self, bases: Sequence[Node]) -> str:
        """The document base URL: that of the first ``base`` with an href (HTML Standard, 2.4.3 and 4.2.3)."""
        for attributes in (node.attributes for node in bases):
            if "href" in attributes:
                base = resolve(attributes["href"] or "", self._url, self._charset)
                return base if base and not base.startswith(_NO_BASE) else self._url
        return self._url

    def anchors(self, tree: Tree) -> None:
        """The hyperlinks: ``a`` and ``area`` of HTML, ``a`` of SVG."""
        foreign = {node.mem_id for node in tree.css(_FOREIGN)}
        position = 0
        for node in tree.css("a,area"):
            attributes = node.attributes
            if foreign and node.mem_id in foreign and namespace(node) != "html":
                href = _foreign_href(node, attributes)
            elif "href" in attributes:
                href = attributes["href"] or ""
            else:
                continue
            url = self._target(href)
            if url is None or href is None:
                continue
            position += 1
            kind = "area" if node.tag == "area" else anchor_kind(node)
            self._add(PageLink(url, href, kind, tokens(attributes.get("rel")), position), node, attributes)

    def embedded(self, nodes: Sequence[Node]) -> None:
        """Where a page sends its forms, and what it shows in frames."""
        for node in nodes:
            attributes = node.attributes
            href = attributes.get(_SOURCES[node.tag or ""])
            url = self._target(href) if href and "srcdoc" not in attributes else None
            if url is not None:
                kind = "form" if node.tag == "form" else "iframe"
                self._add(PageLink(url, href, kind, tokens(attributes.get("rel"))), node, attributes)

    def refresh(self, headers: Sequence[str], metas: Sequence[Node]) -> None:
        """The one refresh that takes effect: the header's, else that of the first meta element which leads anywhere."""
        for header in headers:
            href = refresh_target(header)
            if href is not None:
                self._redirect(href, f"Refresh: {header}")
                return
        for node in metas:
            attributes = node.attributes
            if (attributes.get("http-equiv") or "").lower() == "refresh":
                href = refresh_target(attributes.get("content") or "")
                if href is not None:
                    self._redirect(href, "", node, attributes)
                    return

    def relations(self, nodes: Sequence[Node], headers: Sequence[str]) -> None:
        """Canonical and alternate versions, of ``link`` elements and of Link headers (RFC 8288)."""
        for node in nodes:
            attributes = node.attributes
            rel = tokens(attributes.get("rel"))
            kind = _relation(rel)
            url = self._target(attributes.get("href") or None) if kind else None
            if url is not None:
                self._add(PageLink(url, attributes["href"], kind, rel), node, attributes)
        for href, parameters in header_links(headers):
            rel = tokens(parameters.get("rel"))
            kind = _relation(rel)
            url = resolve(href, self._url) if kind else None
            if url is not None and is_http(url):
                said = f"Link: <{href}>; rel={parameters['rel']}"
                self.links.append(PageLink(url, href, kind, rel, html=said[:LONGEST_HTML]))

    def _redirect(
        self, href: str, said: str, node: Node | None = None, attributes: Attributes | None = None
    ) -> None:
        url = self._target(href)
        if url is None or url == self._url:
            return
        link = PageLink(url, href, "redirect", [], html=said[:LONGEST_HTML])
        if node is None or attributes is None:
            self.links.append(link)
        else:
            self._add(link, node, attributes)

    def _target(self, href: str | None) -> str | None:
        """The http(s) URL that an attribute leads to, resolved once per spelling."""
        if href is None:
            return None
        try:
            return self._resolved[href]
        except KeyError:
            url = resolve(href, self.base, self._charset)
            if url is not None and not is_http(url):
                url = None
            self._resolved[href] = url
            return url

    def _add(self, link: PageLink, node: Node, attributes: Attributes) -> None:
        if self._detail is None or self._detail(link.url):
            describe(link, node, attributes, self._places.of(node, attributes))
        self.links.append(link)


def _foreign_href(node: Node, attributes: Attributes) -> str | None:
    """What an ``a`` of SVG leads to: ``href``, else ``xlink:href`` (SVG 2, 16.2). MathML has no such link."""
    if node.tag != "a" or namespace(node) != "svg":
        return None
    for name in ("href", "xlink:href"):
        if name in attributes:
            return attributes[name] or ""
    return None


def _relation(rel: Sequence[str]) -> str:
    """The link type of a ``link`` element, or nothing. An alternate style sheet is no other version of the page."""
    if "canonical" in rel:
        return "canonical"
    return "alternate" if "alternate" in rel and "stylesheet" not in rel else ""
