"""The main text of a page: what is left of it without menus, forms and footers."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .tree import Node, Tree

CHROME = ("script", "style", "noscript", "template", "svg", "nav", "aside", "footer", "form", "dialog", "iframe", "select")  # fmt: skip
"""Elements that frame the main text, or are no text."""

_SPACELESS = "\u3040-\u30ff\u3400-\u9fff"
"""Kana and Han, which do not part words."""
_SPACELESS_TEXT = re.compile(f"[{_SPACELESS}]+")
_WORD = re.compile(rf"[{_SPACELESS}]|[^\s{_SPACELESS}]+")

_WHITE_SPACE = bytes(byte for byte in range(128) if chr(byte).isspace())
_SHAPE = bytes(ord(" ") if byte in _WHITE_SPACE else ord("x") for byte in range(256))
_OTHER_SPACES = (
    (b"\xc2", re.compile(rb"\xc2[\x85\xa0]")),
    (b"\xe1", re.compile(rb"\xe1\x9a\x80")),
    (b"\xe2", re.compile(rb"\xe2(?:\x80[\x80-\x8a\xa8\xa9\xaf]|\x81\x9f)")),
    (b"\xe3", re.compile(rb"\xe3\x80\x80")),
)
"""White space beyond ASCII in UTF-8, by the byte with which it begins."""
_ASCII_OR_WITHIN = bytes(range(0xC2))
"""The bytes with which no character beyond ASCII begins in UTF-8."""
_BEGIN_SPACELESS = frozenset(range(0xE3, 0xEA))
"""Those with which all of :data:`_SPACELESS` begin."""
_ENDS = 4_000
"""Characters at the beginning and the end of a long text that tell it from others as well as the whole does."""


class MainText(NamedTuple):
    """The main text of a page: how many words, a digest of it without white space, itself, and may it not part words?"""

    words: int = 0
    digest: str = ""
    text: str = ""
    spaceless: bool = False

    @property
    def ends(self) -> Sequence[str]:
        """The words at the beginning and the end; all of a short text."""
        text = self.text
        ends = text if len(text) <= 2 * _ENDS else f"{text[:_ENDS]} {text[-_ENDS:]}"
        return _WORD.findall(ends) if self.spaceless else ends.split()


def main_text(tree: Tree, chrome: Iterable[Node]) -> MainText:
    """The text of a page's ``main``, its only ``article`` or its body, without ``chrome``, which are its :data:`CHROME`.

    A character of Chinese or Japanese counts as a word. The tree is of no use afterwards.
    """
    for node in chrome:
        node.decompose(recursive=False)
    main = _main(tree)
    text = main.text(separator=" ") if main is not None else ""
    said, begin = _spaced(text)
    spaceless = not _BEGIN_SPACELESS.isdisjoint(begin)
    words = _spaceless_words(text) if spaceless else _words(said)
    digest = hashlib.blake2b(said.translate(None, _WHITE_SPACE), digest_size=16).hexdigest()
    return MainText(words, digest, text, spaceless)


def _main(tree: Tree) -> Node | None:
    articles: list[Node] = []
    for node in tree.css("article,main,[role=main]"):
        if node.tag != "article" or node.attributes.get("role") == "main":
            return node
        articles.append(node)
    return articles[0] if len(articles) == 1 else tree.css_first("body")


def _spaced(text: str) -> tuple[bytes, bytes]:
    """A text in UTF-8 with all its white space in ASCII, and the bytes with which its other characters beyond ASCII began."""
    said = text.encode("utf-8", "replace")
    if text.isascii():
        return said, b""
    begin = said.translate(None, _ASCII_OR_WITHIN)
    for first, space in _OTHER_SPACES:
        if first in begin:
            said = space.sub(b" ", said)
    return said, begin


def _words(spaced: bytes) -> int:
    shape = spaced.translate(_SHAPE)
    return shape.count(b" x") + shape.startswith(b"x")


def _spaceless_words(text: str) -> int:
    others = _SPACELESS_TEXT.split(text)
    return len(text) - sum(map(len, others)) + _words(_spaced(" ".join(others))[0])
