"""The document tree of a page as a browser builds it, and the questions that have to be asked about namespaces."""

from __future__ import annotations

from selectolax.lexbor import LexborHTMLParser, LexborNode

from .charset import is_xml
from .depth import flatten
from .xhtml import grow

Tree = LexborHTMLParser
Node = LexborNode
Attributes = dict[str, str | None]

_SNIFFED = frozenset({"", "text/html", "*/*", "unknown/unknown", "application/unknown"})
_FOREIGN_ROOTS = frozenset({"svg", "math"})
_INTEGRATION_POINTS = frozenset({"foreignObject", "foreignobject", "desc", "title", "annotation-xml", "mi", "mo", "mn", "ms", "mtext"})


def plant(text: str, content_type: str | None) -> Tree:
    """The tree of a document served under this Content-Type.

    XML types are parsed as XML (MIME Sniffing Standard, 4.6), HTML and what names no sound type as HTML with
    scripting off. Any other type is shown by browsers without markup: its tree is empty.
    """
    if is_xml(content_type):
        return grow(text)
    essence = (content_type or "").partition(";")[0].strip().lower()
    if essence in _SNIFFED or "/" not in essence:
        return LexborHTMLParser(flatten(text))
    return LexborHTMLParser("")


def foreign_root(node: Node) -> str | None:
    """``svg`` or ``math`` when the element is not in the HTML namespace, else None.

    HTML begins again inside an integration point (HTML Standard, 13.2.6).
    """
    parent = node.parent
    while parent is not None:
        tag = parent.tag
        if tag in _FOREIGN_ROOTS:
            return tag
        if tag in _INTEGRATION_POINTS:
            return None
        parent = parent.parent
    return None


def html_only(nodes: list[Node]) -> list[Node]:
    """Those of a selection that are HTML elements, not SVG or MathML ones of the same name."""
    return [node for node in nodes if foreign_root(node) is None]
