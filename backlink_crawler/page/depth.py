"""A bound on how deep a tree gets, as browsers have one.

The tree builder walks the open elements at nearly every tag, so that a page of nothing but start tags would cost the
square of its size. Chromium puts elements beyond a depth of 512 beside one another; here their tags are left out of
the markup before it is parsed, which keeps every link and all text.
"""

from __future__ import annotations

import re

DEEPEST = 512
"""Depth of the open elements beyond which tags are dropped (Chromium's kMaximumHTMLParserDOMTreeDepth)."""

_HARMLESS = 4096
"""With fewer tags than this the cost of any nesting is small, and the page is taken as it is."""

_RAW_TEXT = "script|style|title|textarea|xmp|iframe|noembed|noframes"
_VOID = frozenset(
    "area base br col embed hr img input link meta param source track wbr "  # HTML Standard, 13.1.2
    "basefont bgsound frame keygen".split()
)
_KEPT = frozenset({"a", "form", "body", "html", "head", "frameset"})
_TOKEN = re.compile(
    rf"<!--.*?(?:--!?>|\Z)|<({_RAW_TEXT})(?=[\s/>]).*?(?:</\1(?=[\s/>])|\Z)"
    r"""|<(/?)([a-z][^\s/>]*+)(?:[^>"'=]++|=\s*+(?:"[^"]*+"|'[^']*+')|["'=])*+>""",
    re.IGNORECASE | re.DOTALL,
)


def flatten(text: str) -> str:
    """The same markup without the tags that would nest deeper than :data:`DEEPEST`."""
    if text.count("<") < _HARMLESS:
        return text
    depth = deepest = 0
    for token in _TOKEN.finditer(text):
        name = token[3]
        if name and name.lower() not in _VOID:
            depth = max(depth - 1, 0) if token[2] else depth + 1
            deepest = max(deepest, depth)
    return _TOKEN.sub(_Flattener(), text) if deepest > DEEPEST else text


class _Flattener:
    """Goes through the tokens with a stack of the elements they open."""

    def __init__(self) -> None:
        self._open: list[str] = []
        self._dropped: dict[str, int] = {}

    def __call__(self, token: re.Match[str]) -> str:
        name = (token[3] or "").lower()
        if not name or name in _VOID or name in _KEPT:
            return token[0]
        return self._close(name, token[0]) if token[2] else self._start(name, token[0])

    def _start(self, name: str, tag: str) -> str:
        if len(self._open) < DEEPEST:
            self._open.append(name)
            return tag
        self._dropped[name] = self._dropped.get(name, 0) + 1
        return " "

    def _close(self, name: str, tag: str) -> str:
        if self._dropped.get(name):
            self._dropped[name] -= 1
            return " "
        if self._open and self._open[-1] == name:
            self._open.pop()
        elif name in self._open:
            del self._open[len(self._open) - 1 - self._open[::-1].index(name) :]
        return tag
