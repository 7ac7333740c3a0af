"""What the pages of one template share: the frame around their content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from .tree import Attributes, Node, Tree

LEAST = 8
"""A page with fewer different elements and style sheets that say something is told from no other."""
_LEVELS = 3
_MOST_NODES = 48
_MOST_SHEETS = 20
_MOST_PATH = 500
_CONTENT = frozenset("article main p ul ol table pre blockquote form svg".split())
"""Elements whose inside is of the page, not of its template."""
_MUTE = frozenset("script style noscript link meta template iframe br hr article -text -comment".split())
_NUMBERS = str.maketrans("", "", "0123456789")
"""Of a post, of a version."""


def template_digest(tree: Tree, links: Sequence[Node], metas: Sequence[Attributes]) -> str | None:
    """A digest in hexadecimal of a page's frame; None where there is too little to tell.

    It is made of the set of tags, ids and classes in the first levels below the body, of the paths of the style sheets and of
    the generator's name, without their digits: pages with more or fewer items of a kind share it. Content is left out.
    """
    body = tree.body
    said = "\n".join((*(() if body is None else _elements(body)), *_sheets(links))).translate(_NUMBERS)
    different = set(said.split("\n"))
    if len(different) < LEAST:
        return None
    different.update(_generators(metas))
    return hashlib.blake2b("\n".join(sorted(different)).encode("utf-8", "replace"), digest_size=8).hexdigest()


def _elements(body: Node) -> Iterator[str]:
    """The elements with a class or an id, level by level."""
    level, seen = [body], 0
    for _ in range(_LEVELS):
        below: list[Node] = []
        for parent in level:
            child = parent.first_child
            while child is not None and seen < _MOST_NODES:
                tag = child.tag or ""
                if tag not in _MUTE:
                    seen += 1
                    attributes = child.attributes
                    if "class" in attributes or "id" in attributes:
                        yield f"{tag} {attributes.get('id')} {attributes.get('class')}".replace("\n", " ")
                    if tag not in _CONTENT:
                        below.append(child)
                child = child.next
        level = below


def _sheets(links: Sequence[Node]) -> Iterator[str]:
    """The paths of the style sheets, whatever host they are on."""
    for node in links[:_MOST_SHEETS]:
        attributes = node.attributes
        if attributes.get("rel") == "stylesheet" and (href := attributes.get("href")):
            path = href[:_MOST_PATH].partition("?")[0].replace("\n", "")
            yield "sheet /" + (path.split("/", 3)[-1] if "//" in path[:8] else path.lstrip("/"))


def _generators(metas: Sequence[Attributes]) -> Iterator[str]:
    """The name of the program that made the page, without its version."""
    for meta in metas:
        if meta.get("name") == "generator":
            yield "generator " + (meta.get("content") or "").partition(" ")[0][:100]
