"""Where an element stands in its page: a CSS path, kept as a fact that can be judged again without the page."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from .hidden import hides
from .placement import landmark
from .text import BLOCKS
from .tree import Attributes, Node

NEAR = 24
"""Elements named one by one, counted from the link outward; beyond them only landmarks are."""

_FAR = 8
_MOST_CLASSES = 8
_LONGEST_NAME = 40
_FEW_SIBLINGS = 100
_PLAIN = re.compile(r"-?[A-Za-z_][A-Za-z0-9_-]*")
_TO_ESCAPE = re.compile(r"^-?[0-9]|^-$|[^A-Za-z0-9_\u0080-\U0010ffff-]")


class Place(NamedTuple):
    """What an element and its ancestors say."""

    near: str = ""
    depth: int = 0
    far: str = ""
    hidden: bool = False
    links: int = 0
    block: bool = True

    def path_to(self, segment: str) -> str:
        """The CSS path to a child. With fewer than :data:`NEAR` ancestors, ``querySelector`` finds the child by it."""
        return f"{self.far}{self.near} > {segment}" if self.near else segment


_OUTSIDE = Place()


class Places:
    """The places of a page's elements. Every ancestor is looked at once, however many links it holds."""

    def __init__(self) -> None:
        self._known: dict[int, Place] = {}
        self._ordinals: dict[int, int] = {}

    def around(self, node: Node) -> Place:
        """The place of the parent of an element."""
        known = self._known
        unknown: list[tuple[Node, int]] = []
        place = None
        parent = node.parent
        while parent is not None:
            identity = parent.mem_id
            place = known.get(identity)
            if place is not None:
                break
            unknown.append((parent, identity))
            parent = parent.parent
        place = place or _OUTSIDE
        for ancestor, identity in reversed(unknown):
            place = known[identity] = self._within(place, ancestor)
        return place

    def _within(self, outer: Place, node: Node) -> Place:
        tag = node.tag or ""
        if tag == "-document" or (tag == "html" and not outer.near):
            return outer
        attributes = node.attributes
        segment = "body" if tag == "body" else self.segment(node, tag, attributes)
        near, depth, far, hidden, links, _ = outer
        if depth == NEAR - 1:
            left, _, near = near.partition(" > ")
            if (left == "body" or landmark(left)) and far.count(" ") < _FAR:
                far = f"{far}{left} "
            depth -= 1
        near = f"{near} > {segment}" if near else segment
        return Place(
            near, depth + 1, far, hidden or hides(tag, attributes), links + (tag == "a"), tag in BLOCKS
        )

    def segment(self, node: Node, tag: str, attributes: Attributes) -> str:
        """One compound selector: ``div#main.content[role=main]:nth-of-type(2)``."""
        said = attributes.get
        selector = _selector(tag, said("id"), said("class"), said("role"))
        ordinal = self._ordinal(node)
        return selector if ordinal == 1 else f"{selector}:nth-of-type({ordinal})"

    def _ordinal(self, node: Node) -> int:
        """Which of its siblings of the same tag an element is, from 1."""
        known = self._ordinals
        identity = node.mem_id
        numbered = known.get(identity)
        if numbered is not None:
            return numbered
        tag = node.tag_id
        ordinal = 1
        sibling = node.prev
        for _ in range(_FEW_SIBLINGS):
            if sibling is None:
                known[identity] = ordinal
                return ordinal
            if sibling.tag_id == tag:
                found = known.get(sibling.mem_id)
                if found is not None:
                    known[identity] = ordinal = ordinal + found
                    return ordinal
                ordinal += 1
            sibling = sibling.prev
        self._count(node)
        return known[identity]

    def _count(self, node: Node) -> None:
        """Numbers all children of an element's parent, where there are too many to look back for each."""
        counts: dict[int, int] = {}
        sibling = node.parent.first_child if node.parent is not None else None
        while sibling is not None:
            tag = sibling.tag_id
            counts[tag] = self._ordinals[sibling.mem_id] = counts.get(tag, 0) + 1
            sibling = sibling.next


@lru_cache(maxsize=1 << 14)
def _selector(tag: str, name: str | None, classes: str | None, role: str | None) -> str:
    """The part of a compound selector that the element itself says."""
    selector = _identifier(tag)
    if name and len(name) <= _LONGEST_NAME and len(name.split()) == 1:
        selector += "#" + _identifier(name)
    if classes:
        short = [word for word in classes[:1_000].split() if len(word) <= _LONGEST_NAME]
        selector += "".join(["." + _identifier(word) for word in short[:_MOST_CLASSES]])
    if role and len(role) <= _LONGEST_NAME and _PLAIN.fullmatch(role):
        selector += f"[role={role}]"
    return selector


def _identifier(name: str) -> str:
    """A name as a CSS identifier (CSSOM, 2.1), with six-digit escapes, which need no space after them."""
    if _PLAIN.fullmatch(name):
        return name
    return _TO_ESCAPE.sub(lambda found: "".join([f"\\{ord(character):06x}" for character in found[0]]), name)
