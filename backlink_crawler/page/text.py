"""What a reader sees: the text of an element, and the text around it."""

from __future__ import annotations

from .hidden import hides
from .tree import Node

CONTEXT = 100
"""Length that the context on one side of a link has at most, in characters."""

_NEAR_TEXT = 4 * CONTEXT
"""Characters of one text node that are looked at: white space may be most of it."""

_MOST_STEPS = 16
"""Nodes looked at for the context of one side: enough for running text; of a row of links the next few are told."""

_MOST_NODES = 2_000
"""Nodes looked at for the text of one element."""

UNSEEN = frozenset(
    "script style template head title meta link base noembed noframes datalist option optgroup select textarea "
    "audio video object canvas iframe rp desc metadata defs -comment -doctype".split()
)
"""Elements whose content is not shown as text."""

BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure "
    "footer form frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html legend li listing main menu nav ol p plaintext pre "
    "search section summary table tbody td tfoot th thead tr ul xmp -document".split()
)
"""Elements that a browser sets on lines of their own, or in cells (HTML Standard, 15.3)."""


def squeeze(text: str | None, limit: int) -> str:
    """White space collapsed and trimmed, cut at ``limit`` characters."""
    if not text:
        return ""
    return " ".join(text[: limit * 8].split())[:limit]


def shown(root: Node, limit: int) -> tuple[str, str]:
    """(text, alternative) that a browser shows of an element, white space collapsed, each cut at ``limit`` characters.

    The text leaves out scripts, styles, form values and hidden children; blocks and line breaks part words. The
    alternative is the ``alt`` of the images inside.
    """
    pieces: list[str] = []
    alternatives: list[str] = []
    size = 0
    end = root.mem_id
    node = root.first_child
    for _ in range(_MOST_NODES):
        if node is None or size > limit * 8:
            break
        text = node.text_content
        child = None
        if text is not None:
            size += len(text)
            pieces.append(text[: limit * 8])
        else:
            tag = node.tag or ""
            if tag not in UNSEEN:
                attributes = node.attributes
                if "alt" in attributes and tag in ("img", "input"):
                    alternatives.append(attributes["alt"] or "")
                if not hides(tag, attributes):
                    if tag in BLOCKS or tag == "br":
                        pieces.append(" ")
                    child = node.first_child
        node = child or _after(node, end, pieces)
    return squeeze("".join(pieces), limit), squeeze(" ".join(alternatives), limit)


def _after(node: Node | None, end: int, pieces: list[str]) -> Node | None:
    """The next node in document order that is not inside this one, up to the element ``end``."""
    while node is not None:
        following = node.next
        if following is not None:
            return following
        node = node.parent
        if node is None or node.mem_id == end:
            return None
        if node.tag in BLOCKS:
            pieces.append(" ")
    return None


def context_before(link: Node, *, in_block: bool) -> str:
    """The text that leads to a link in its block: its last words, :data:`CONTEXT` characters at most.

    ``in_block`` says that the parent of the link is that block.
    """
    pieces = _around(link, in_block, forward=False)
    text = " ".join("".join(pieces[::-1]).split()) if pieces else ""
    if len(text) <= CONTEXT:
        return text
    return text[-CONTEXT:].lstrip() if text[-CONTEXT - 1] == " " else text[-CONTEXT:].partition(" ")[2]


def context_after(link: Node, *, in_block: bool) -> str:
    """The text that follows a link in its block: its first words, :data:`CONTEXT` characters at most."""
    pieces = _around(link, in_block, forward=True)
    text = " ".join("".join(pieces).split()) if pieces else ""
    if len(text) <= CONTEXT:
        return text
    return text[:CONTEXT].rstrip() if text[CONTEXT] == " " else text[:CONTEXT].rpartition(" ")[0]


def _around(link: Node, in_block: bool, *, forward: bool) -> list[str]:
    """The pieces of text met on the way from a link to one end of its block, nearest first."""
    pieces: list[str] = []
    size = 0
    node = link
    beside = node.next if forward else node.prev
    for _ in range(_MOST_STEPS):
        if beside is None:
            parent = None if in_block else node.parent
            if parent is None or parent.tag in BLOCKS:
                break
            node = parent
        else:
            node = beside
            tag = node.tag or ""
            text = " " if tag == "br" else node.text_content
            if text is None:
                if tag in BLOCKS:
                    break
                beside = _inside(node, tag, forward)
                if beside is not None:
                    in_block = False
                    continue
            elif pieces or not text.isspace():
                pieces.append(text[:_NEAR_TEXT] if forward else text[-_NEAR_TEXT:])
                size += len(text.strip())
                if size > CONTEXT:
                    break
        beside = node.next if forward else node.prev
    return pieces


def _inside(node: Node, tag: str, forward: bool) -> Node | None:
    """The child of an inline element that a reader sees first on this way, or None where nothing is to be seen."""
    child = node.first_child if forward else node.last_child
    return None if child is None or tag in UNSEEN or hides(tag, node.attributes) else child
