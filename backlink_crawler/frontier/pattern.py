"""Patterns: the URLs of one shape, as a tree that grows with the pages read of a domain.

The steps of a URL are its host, each segment of its path, and the names of its query parameters in order, without
values; numbers are folded to ``#``, tokens to ``~``. A step with many variants goes on as ``*``, so a tree stays small
whatever a site invents: ``forum.example/threads/*?page``, ``*.example/``.
"""

from __future__ import annotations

import re
from collections import OrderedDict

import attrs

from ..urls import domain_of, host_of

FAN_OUT = 32
"""So many variants of a step are told apart; further ones are ``*``."""
MOST_STEPS = 12
"""Segments of a path that are looked at."""
MOST_NODES_PER_DOMAIN = 1_000
MOST_NODES = 50_000
"""Of all domains; the one whose pages were read longest ago is forgotten first (its cuts are not)."""
BELOW = "/…"
"""How the text of a pattern that stands for all below it ends."""

_DIGIT = re.compile("[0-9]")
_NUMBER = re.compile("[0-9]+")
_TOKEN = re.compile(
    r"(?<![0-9a-zA-Z])(?=[0-9]*[a-zA-Z])(?=[a-zA-Z]*[0-9])"  # letters and digits mixed: a hash, any long token, a UUID
    r"(?:[0-9a-fA-F]{8,}(?:-[0-9a-fA-F]{4,12}){0,4}|[0-9a-zA-Z]{16,})(?![0-9a-zA-Z])"
)
_WILD = {"/": "/*", "?": "?*", "": "?*"}


def fold(text: str) -> str:
    """Numbers as ``#`` and tokens (hashes, session ids) as ``~``: ``thread-17`` -> ``thread-#``."""
    if _DIGIT.search(text) is None:
        return text
    return _NUMBER.sub("#", _TOKEN.sub("~", text))


def steps(url: str) -> tuple[str, list[str]]:
    """The registrable domain of an absolute http(s) URL, and its steps: host, segments, and ``?names`` or an empty text."""
    host = host_of(url)
    domain = domain_of(host)
    path, _, query = url.partition("?")
    segments = fold("/".join(path.split("/")[3:])).split("/", MOST_STEPS)
    named = sorted({fold(part.partition("=")[0]) for part in query.split("&")}) if query else None
    names = [fold(host[: len(host) - len(domain)]) + domain, *["/" + part for part in segments[:MOST_STEPS]]]
    names.append("?" + "&".join(named) if named else "")
    return domain, names


@attrs.define(eq=False)
class Node:
    """A pattern: a leaf stands for pages, another node for all patterns below it.

    ``new`` pages brought something, ``since`` pages were read after the last of them, ``points`` tell how little came of
    late, ``reason`` why it was cut.
    """

    name: str
    parent: Node | None = None
    children: dict[str, Node] = attrs.field(factory=dict, repr=False)
    points: int = 0
    new: int = 0
    since: int = 0
    reason: str = ""

    @property
    def is_leaf(self) -> bool:
        """Does it stand for pages?"""
        return self.name[:1] in ("", "?")

    @property
    def text(self) -> str:
        """The pattern for people."""
        names = [] if self.is_leaf else [BELOW]
        node: Node | None = self
        while node is not None:
            names.append(node.name)
            node = node.parent
        return "".join(reversed(names))


@attrs.define(eq=False)
class _Tree:
    hosts: dict[str, Node] = attrs.field(factory=dict)
    size: int = 0


@attrs.define(eq=False)
class Patterns:
    """The patterns of all domains. ``cuts`` are kept for good: domain -> text of a pattern -> reason."""

    cuts: dict[str, dict[str, str]] = attrs.field(factory=dict)
    size: int = 0
    _trees: OrderedDict[str, _Tree] = attrs.field(factory=OrderedDict)

    def find(self, url: str) -> list[Node]:
        """The patterns a URL falls under, the widest first, as far as they are known."""
        domain, names = steps(url)
        tree = self._trees.get(domain)
        if tree is None:
            if domain not in self.cuts:
                return []
            tree = self._plant(domain)
        path = []
        children = tree.hosts
        for name in names:
            node = children.get(name) or children.get(_WILD.get(name[:1]) or f"*.{domain}")
            if node is None:
                break
            path.append(node)
            children = node.children
        return path

    def grow(self, url: str) -> list[Node]:
        """The same for a page that was read: what is missing is added, as far as there is room."""
        domain, names = steps(url)
        tree = self._trees.get(domain) or self._plant(domain)
        self._trees.move_to_end(domain)
        path = self._extend(tree, domain, names)
        while self.size > MOST_NODES and len(self._trees) > 1:
            self.size -= self._trees.popitem(last=False)[1].size
        return path

    def cut(self, domain: str, node: Node, reason: str) -> None:
        """No further page of this pattern is wanted."""
        node.reason = reason
        self.cuts.setdefault(domain, {})[node.text] = reason

    def _plant(self, domain: str) -> _Tree:
        """A new tree, with what was cut of the domain."""
        tree = self._trees[domain] = _Tree()
        for text, reason in self.cuts.get(domain, {}).items():
            whole, mark, query = text.removesuffix(BELOW).partition("?")
            host, *segments = whole.split("/")
            names = [host, *["/" + segment for segment in segments]]
            if not text.endswith(BELOW):
                names.append(mark + query)
            if path := self._extend(tree, domain, names):
                path[-1].reason = reason
        return tree

    def _extend(self, tree: _Tree, domain: str, names: list[str]) -> list[Node]:
        path: list[Node] = []
        parent, children = None, tree.hosts
        for name in names:
            wild = _WILD.get(name[:1]) or f"*.{domain}"
            node = children.get(name) or children.get(wild)
            if node is None:
                if tree.size >= MOST_NODES_PER_DOMAIN:
                    break
                if len(children) >= FAN_OUT:
                    name = wild
                node = children[name] = Node(name, parent)
                tree.size += 1
                self.size += 1
            path.append(node)
            parent, children = node, node.children
        return path
