"""One link of a page, and how it is read from its element."""

from __future__ import annotations

import attrs

from .path import Place
from .text import context_after, context_before, squeeze, visible_text
from .tree import Attributes, Node

LONGEST_ANCHOR = 1_000
LONGEST_HTML = 2_000
_DEEPEST_NEST = 8
_IMAGES = "img,svg,input[type=image]"


@attrs.define
class PageLink:
    """A link as the page has it.

    ``href`` is the raw attribute, ``url`` what it resolves to (a browser's ``element.href``), ``position`` counts the
    links of type text, image and area from 1. The fields from ``text`` on are empty for links whose detail was not
    asked for. ``text`` is the DOM's textContent with white space collapsed, ``anchor`` what stands for the link to a
    reader. The meaning of the others is that of :class:`backlink_crawler.items.Link`.
    """

    url: str
    href: str | None
    link_type: str
    rel: list[str]
    position: int | None = None
    text: str = ""
    anchor: str = ""
    anchor_source: str = "none"
    hidden: bool = False
    context_before: str = ""
    context_after: str = ""
    link_path: str = ""
    html: str = ""


def anchor_kind(node: Node) -> str:
    """``image`` when an ``a`` holds an image and no text, else ``text``."""
    if node.text().strip() or node.css_first(_IMAGES) is None:
        return "text"
    return "image"


def describe(link: PageLink, node: Node, attributes: Attributes, place: Place) -> None:
    """Fills in the fields that cost more to read."""
    nested = place.links > _DEEPEST_NEST  # what is inside so many links has been read that often already
    child = node.first_child
    if child is not None and child.next is None and child.tag == "-text":
        link.text = link.anchor = squeeze(child.text_content, LONGEST_ANCHOR)
    elif child is not None:
        link.anchor = visible_text(node, LONGEST_ANCHOR)
        link.text = link.anchor if nested else squeeze(node.text(), LONGEST_ANCHOR)
    link.anchor, link.anchor_source = _named(link.anchor, node, attributes)
    link.hidden = place.hidden
    link.context_before = context_before(node)
    link.context_after = context_after(node)
    link.link_path = place.path
    link.html = (_start_tag(node.tag or "", attributes) if nested else node.html or "")[:LONGEST_HTML]


def _named(text: str, node: Node, attributes: Attributes) -> tuple[str, str]:
    """(anchor, anchor_source): the first of text, alt, aria-label and title that says anything."""
    if text:
        return text, "text"
    candidates = (
        (_alternative(node, attributes), "alt"),
        (attributes.get("aria-label"), "aria-label"),
        (attributes.get("title"), "title"),
    )
    for candidate, source in candidates:
        name = squeeze(candidate, LONGEST_ANCHOR)
        if name:
            return name, source
    return "", "none"


def _alternative(node: Node, attributes: Attributes) -> str:
    """The alternative texts of an area, or of the images inside a link."""
    if node.tag == "area":
        return attributes.get("alt") or ""
    return " ".join([image.attributes.get("alt") or "" for image in node.css("img,input[type=image]")])


def _start_tag(tag: str, attributes: Attributes) -> str:
    """The start tag as markup."""
    said = "".join(
        [
            f' {name}="{(value or "").replace("&", "&amp;").replace(chr(34), "&quot;")}"'
            for name, value in attributes.items()
        ]
    )
    return f"<{tag}{said}>"
