"""Keeps markup away from the tree builder that would cost it the square of its size.

The builder walks the open elements at nearly every tag, and the attributes of a tag at each new one. Chromium puts
elements beyond a depth of 512 beside one another; here their tags are left out before parsing, which keeps all links
and all text. A tag with thousands of attributes loses them.
"""

from __future__ import annotations

import re

DEEPEST = 512
"""Depth of the open elements from which tags are dropped (Chromium's kMaximumHTMLParserDOMTreeDepth)."""

_HARMLESS_TAGS = 20_000
_SHORTEST_TAG = len("<b>")
_WINDOW = 10_000
_MOST_ATTRIBUTES = 2_000
"""So many tags, attributes and characters of a tag cost less than half a second whatever they are."""

_RAW_TEXT = "script|style|title|textarea|xmp|iframe|noembed|noframes"
_VOID = frozenset(
    "area base basefont bgsound br col embed frame hr img input keygen link meta param source track wbr".split()
)
"""Elements without content (HTML Standard, 13.1.2)."""

_CLOSED_BY_THE_NEXT = frozenset(
    "body colgroup dd dt form frameset head html li optgroup option p rp rt tbody td tfoot th thead tr".split()
)
"""Elements that nest no deeper than the lists, tables and other elements they stand in."""

_MARKERS = frozenset({"applet", "marquee", "object", "table", "template"})
"""Elements inside which formatting begins anew (HTML Standard, 13.2.4.3)."""

_TOKEN = re.compile(
    rf"<!--.*?(?:--!?>|\Z)|<({_RAW_TEXT})(?=[\s/>]).*?(?:</\1(?=[\s/>])|\Z)"
    r"""|<(/?)([a-z][^\s/>]*+)(?:[^>"'=]++|=\s*+(?:"[^"]*+"|'[^']*+')|["'=])*+>""",
    re.IGNORECASE | re.DOTALL,
)
_QUOTED = re.compile(r"\"[^\"]*+\"|'[^']*+'")
_TAG = re.compile(r"<[a-zA-Z][^\s/<]*+")


def tame(text: str) -> str:
    """The same markup, nested no deeper than about :data:`DEEPEST`, with no tag of thousands of attributes."""
    if any(text.find(">", at, at + _WINDOW) < 0 for at in range(0, len(text) - _WINDOW, _WINDOW)):
        text = ">".join([_without_attributes(piece) for piece in text.split(">")])
    if len(text) > _HARMLESS_TAGS * _SHORTEST_TAG and text.count("<") > _HARMLESS_TAGS and _may_be_deep(text):
        text = _TOKEN.sub(_Flattener(), text)
    return text


def _may_be_deep(text: str) -> bool:
    """Whether elements may nest too deep: never are more of a name open than its start tags were more than its end tags."""
    opened: dict[str, int] = {}
    depth = 0
    flat = _CLOSED_BY_THE_NEXT | _VOID
    for token in _TOKEN.finditer(text):
        name = (token[3] or "").lower()
        if token[2]:
            if opened.get(name):
                opened[name] -= 1
                depth -= 1
        elif name and name not in flat:
            opened[name] = opened.get(name, 0) + 1
            depth += 1
            if depth > DEEPEST:
                return True
            if name in ("svg", "math"):
                flat = _CLOSED_BY_THE_NEXT  # in there every element nests
    return False


def _without_attributes(piece: str) -> str:
    """The text up to the end of a tag, without the attributes of that tag if they are thousands."""
    tag = _TAG.search(piece) if len(piece) > 2 * _WINDOW else None
    if tag is None:
        return piece
    attributes = piece[tag.end() : piece.rfind("</") if "</" in piece else len(piece)]
    bare = _QUOTED.sub("", attributes)
    if len(bare.split()) + bare.count("/") < _MOST_ATTRIBUTES:
        return piece
    return piece[: tag.end()] + piece[tag.end() + len(attributes) :]


class _Flattener:
    """Goes through the tags with a stack of the elements they open."""

    def __init__(self) -> None:
        self._open: list[str] = []
        self._dropped: dict[str, int] = {}
        self._foreign = 0

    def __call__(self, token: re.Match[str]) -> str:
        name = (token[3] or "").lower()
        tag = token[0]
        if not name or name in _CLOSED_BY_THE_NEXT or (name in _VOID and not self._foreign):
            return tag
        if token[2]:
            return self._close(name, tag)
        return tag if self._foreign and tag.endswith("/>") else self._start(name, tag)

    def _start(self, name: str, tag: str) -> str:
        if name == "a" and not self._foreign:
            self._end_link()
        if len(self._open) < DEEPEST:
            self._open.append(name)
            self._foreign += name in ("svg", "math")
            return tag
        self._dropped[name] = self._dropped.get(name, 0) + 1
        return f"{tag}</a>" if name == "a" else " "

    def _end_link(self) -> None:
        """A link ends where the next begins, unless something stands between that keeps them apart."""
        for index in range(len(self._open) - 1, -1, -1):
            if self._open[index] == "a":
                del self._open[index]
            elif self._open[index] not in _MARKERS:
                continue
            return

    def _close(self, name: str, tag: str) -> str:
        if self._dropped.get(name):
            self._dropped[name] -= 1
            return " "
        if name in self._open:
            self._pop(name)
        return tag

    def _pop(self, name: str) -> None:
        """Closes the innermost element of this name and all inside it."""
        while self._open:
            last = self._open.pop()
            self._foreign -= last in ("svg", "math")
            if last == name:
                return
