"""XHTML served as XML: parsed by XML's rules, grown into the same kind of tree as HTML."""

from __future__ import annotations

import re
from html.entities import html5

from lxml import etree
from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from .guard import DEEPEST

_XHTML = "http://www.w3.org/1999/xhtml"
_NAMED_AS_THEY_ARE = frozenset({_XHTML, "http://www.w3.org/2000/svg", "http://www.w3.org/1998/Math/MathML"})
_TEMPLATE = f"{{{_XHTML}}}template"
_PREFIXES = {"http://www.w3.org/1999/xlink": "xlink:", "http://www.w3.org/XML/1998/namespace": "xml:"}
_DECLARATION = re.compile(r"\A\ufeff?(?:<\?xml[^>]*\?>)?")
_XHTML_DOCTYPE = re.compile(r"<!DOCTYPE[^>\[]*-//W3C//DTD XHTML")
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]*;)")


def grow(text: str) -> LexborHTMLParser:
    """The tree of an XML document; on a fatal error, what came before it, as browsers keep it.

    The named entities of HTML are known when the document type is an XHTML one (HTML Standard, 14.2).
    """
    text = _DECLARATION.sub("", text, count=1)
    if _XHTML_DOCTYPE.search(text[:2048]):
        text = _ENTITY.sub(lambda entity: html5.get(entity[1], entity[0]), text)
    builder = _Builder()
    parser = etree.XMLParser(
        target=builder, no_network=True, load_dtd=False, huge_tree=False, encoding="utf-8"
    )
    try:
        parser.feed(text.encode("utf-8", "replace"))
        parser.close()
    except etree.XMLSyntaxError:
        builder.flush()  # what the builder holds is what came before
    return builder.tree


class _Builder:
    """Takes lxml's parser events and adds nodes to a tree that is empty but for its root."""

    def __init__(self) -> None:
        self.tree = LexborHTMLParser("")
        root = self.tree.root
        assert root is not None
        for child in list(root.iter()):
            child.decompose()
        self._open: list[LexborNode] = [root]
        self._text: list[str] = []
        self._templates = 0

    def start(self, tag: str | bytes, attrib: dict[str | bytes, str | bytes]) -> None:
        """An element begins. What is inside a template is no part of the document."""
        if self._templates or tag == _TEMPLATE:
            self._templates += 1
            return
        self.flush()
        name = _element_name(str(tag))
        if name == "html" and len(self._open) == 1:
            node = self._open[0]
        else:
            node = self._element(name)
            self._open[:DEEPEST][-1].insert_child(node, move=True)
        for key, value in attrib.items():
            node.attrs[_attribute_name(str(key))] = str(value)
        self._open.append(node)

    def _element(self, name: str) -> LexborNode:
        try:
            return self.tree.create_node(name)
        except SelectolaxError:
            return self.tree.create_node("unknown")

    def end(self, tag: str | bytes) -> None:
        """An element ends."""
        if self._templates:
            self._templates -= 1
            return
        self.flush()
        self._open.pop()

    def data(self, data: str | bytes) -> None:
        """Some text, perhaps not all of it yet."""
        if not self._templates:
            self._text.append(str(data))

    def comment(self, text: str | bytes) -> None:
        """A comment, which is nothing to be read."""

    def close(self) -> None:
        """The document ends."""
        self.flush()

    def flush(self) -> None:
        """Adds the text gathered since the last tag."""
        if self._text:
            self._open[:DEEPEST][-1].insert_child("".join(self._text))
            self._text.clear()


def _element_name(name: str) -> str:
    """The local name, or one that no selector asks for where it means nothing to a browser: XML knows case."""
    namespace, _, local = name.rpartition("}")
    known = namespace[1:] in _NAMED_AS_THEY_ARE and (local == local.lower() or namespace[1:] != _XHTML)
    return local if known else f"other:{local}"


def _attribute_name(name: str) -> str:
    namespace, _, local = name.rpartition("}")
    return (_PREFIXES.get(namespace[1:], "other:") if namespace else "") + local
