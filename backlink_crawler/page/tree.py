"""The document tree of a page as a browser builds it, and the questions that have to be asked about namespaces."""

from __future__ import annotations

from collections.abc import Sequence

from selectolax.lexbor import LexborHTMLParser, LexborNode

from .charset import decode, is_xml
from .guard import tame
from .xhtml import grow

Tree = LexborHTMLParser
Node = LexborNode
Attributes = dict[str, str | None]

_SNIFFED = frozenset({"", "text/html", "*/*", "unknown/unknown", "application/unknown"})
_WITHOUT_EVENTS = 1
"""No copying of options into ``selectedcontent``, which would show links twice (LexborDocumentOptions.WO_EVENTS)."""

_REPLACEMENT = "\ufffd"
_FARTHEST = 1_000
"""Ancestors looked at for a namespace, which keeps absurdly deep pages from costing the square of their size."""

_FEW_FOREIGN = 100
"""So many are looked into one by one, which is faster, but where they are nested costs the square of their number."""

_SVG_TO_HTML = frozenset({"foreignObject", "desc", "title"})
_MATH_TO_HTML = frozenset({"mi", "mo", "mn", "ms", "mtext"})


def plant(body: bytes, charset: str, content_type: str | None) -> Tree:
    """The tree of a body in this character encoding, served under this Content-Type.

    XML types are parsed as XML (MIME Sniffing Standard, 4.6), HTML and what names no sound type as HTML with
    scripting off. Any other type is shown by browsers without markup: its tree is empty.
    """
    text = decode(body, charset)
    if is_xml(content_type):
        is_written = (
            _REPLACEMENT.encode() in body
        )  # else it stands for bytes that are no text, which end the document
        return grow(text if is_written else text.partition(_REPLACEMENT)[0])
    essence = (content_type or "").partition(";")[0].strip().lower()
    if essence in _SNIFFED or "/" not in essence:
        return LexborHTMLParser(tame(text), options=_WITHOUT_EVENTS)
    return LexborHTMLParser("")


def namespace(node: Node) -> str:
    """``html``, ``svg`` or ``math``: in which namespace the parser put an element (HTML Standard, 13.2.6).

    ``svg`` and ``math`` begin their own; HTML begins again inside their integration points.
    """
    ancestors: list[Node] = []
    parent = node.parent
    while parent is not None and len(ancestors) < _FARTHEST:
        ancestors.append(parent)
        parent = parent.parent
    within = "html"
    for ancestor in reversed(ancestors):
        tag = ancestor.tag or ""
        if within == "html":
            within = tag if tag in ("svg", "math") else "html"
        elif within == "svg":
            within = "html" if tag in _SVG_TO_HTML else "svg"
        elif tag in _MATH_TO_HTML or (tag == "annotation-xml" and ancestor.attributes.get("encoding")):
            within = "html"
    return within


def links_within(tree: Tree, foreign: Sequence[Node]) -> frozenset[int]:
    """The identities of the ``a`` and ``area`` inside ``svg`` and ``math`` elements, which are all of the tree."""
    if len(foreign) > _FEW_FOREIGN:
        return frozenset([node.mem_id for node in tree.css("svg a,svg area,math a,math area")])
    return frozenset([node.mem_id for root in foreign for node in root.css("a,area")])


def html_only(nodes: Sequence[Node]) -> list[Node]:
    """Those of a selection that are HTML elements, not SVG or MathML ones of the same name."""
    return [node for node in nodes if namespace(node) == "html"]
