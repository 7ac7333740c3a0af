"""Where an element stands in its page: a CSS path, kept as a fact that can be judged again without the page."""

from __future__ import annotations

import re

import attrs

from .hidden import hides
from .placement import landmark
from .tree import Attributes, Node

NEAR = 24
"""Elements named one by one, counted from the link outward; beyond them only landmarks are."""

_FAR = 8
_MOST_CLASSES = 8
_LONGEST_NAME = 40
_PLAIN = re.compile(r"-?[A-Za-z_][A-Za-z0-9_-]*")
_TO_ESCAPE = re.compile(r"[^A-Za-z0-9_\u0080-\U0010ffff-]")


@attrs.frozen
class Place:
    """What the ancestors of an element, and the element itself, say."""

    near: tuple[str, ...] = ()
    far: tuple[str, ...] = ()
    hidden: bool = False
    links: int = 0

    @property
    def path(self) -> str:
        """The CSS path; ``document.querySelector`` finds the element by it, given at most :data:`NEAR` ancestors."""
        return " ".join((*self.far, " > ".join(self.near)))


_OUTSIDE = Place()


class Places:
    """The places of a page's elements. Every ancestor is looked at once, however many links it holds."""

    def __init__(self) -> None:
        self._known: dict[int, Place] = {}
        self._ordinals: dict[int, int] = {}
        self._counted: set[int] = set()

    def of(self, node: Node, attributes: Attributes | None = None) -> Place:
        """The place of an element, whose attributes may be given if they are at hand."""
        unknown: list[Node] = []
        place = _OUTSIDE
        current: Node | None = node
        while current is not None:
            known = self._known.get(current.mem_id)
            if known is not None:
                place = known
                break
            unknown.append(current)
            current = current.parent
        while unknown:
            current = unknown.pop()
            said = attributes if attributes is not None and not unknown else current.attributes
            place = self._within(place, current, said)
            self._known[current.mem_id] = place
        return place

    def _within(self, outer: Place, node: Node, attributes: Attributes) -> Place:
        tag = node.tag or ""
        if tag == "-document" or (tag == "html" and not outer.near):
            return outer
        segment = "body" if tag == "body" else _segment(tag, attributes, self._ordinal(node, tag))
        near, far = (*outer.near, segment), outer.far
        if len(near) > NEAR:
            left = near[0]
            if (left == "body" or landmark(left)) and len(far) < _FAR:
                far = (*far, left)
            near = near[1:]
        return Place(near, far, outer.hidden or hides(tag, attributes), outer.links + (tag == "a"))

    def _ordinal(self, node: Node, tag: str) -> int:
        """Which of its siblings of the same tag an element is, from 1."""
        parent = node.parent
        if parent is not None and parent.mem_id not in self._counted:
            self._counted.add(parent.mem_id)
            counts: dict[str, int] = {}
            for child in parent.iter():
                name = child.tag or ""
                counts[name] = counts.get(name, 0) + 1
                self._ordinals[child.mem_id] = counts[name]
        return self._ordinals.get(node.mem_id, 1)


def _segment(tag: str, attributes: Attributes, ordinal: int) -> str:
    """One compound selector: ``div#main.content[role=main]:nth-of-type(2)``."""
    segment = _identifier(tag)
    name = attributes.get("id")
    if name and len(name) <= _LONGEST_NAME and not name.isspace() and len(name.split()) == 1:
        segment += "#" + _identifier(name)
    classes = attributes.get("class")
    if classes:
        short = [word for word in classes[:1_000].split() if len(word) <= _LONGEST_NAME]
        segment += "".join(["." + _identifier(word) for word in short[:_MOST_CLASSES]])
    role = attributes.get("role")
    if role and _PLAIN.fullmatch(role) and len(role) <= _LONGEST_NAME:
        segment += f"[role={role}]"
    return segment if ordinal == 1 else f"{segment}:nth-of-type({ordinal})"


def _identifier(name: str) -> str:
    """A name as a CSS identifier (CSSOM, 2.1), with six-digit escapes, which need no space after them."""
    if _PLAIN.fullmatch(name):
        return name
    escaped = _TO_ESCAPE.sub(lambda found: f"\\{ord(found[0]):06x}", name)
    digit = 1 if escaped[0] == "-" else 0
    if escaped == "-" or escaped[digit : digit + 1].isdigit():
        escaped = (
            f"{escaped[:digit]}\\{ord(escaped[digit]):06x}{escaped[digit + 1 :]}"
            if escaped != "-"
            else "\\00002d"
        )
    return escaped
