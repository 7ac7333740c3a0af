"""One link of a page, and how it is read from its element."""

from __future__ import annotations

import attrs

from .hidden import hides
from .path import Places
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
    child = node.first_child
    if (
        child is None
        or (child.text_content or "").strip()
        or node.text().strip()
        or node.css_first(_IMAGES) is None
    ):
        return "text"
    return "image"


def describe(link: PageLink, node: Node, attributes: Attributes, places: Places) -> None:
    """Fills in the fields that cost more to read."""
    place = places.around(node)
    tag = node.tag or ""
    nested = place.links >= _DEEPEST_NEST  # what is inside so many links has been read that often already
    child = node.first_child
    if child is None:
        text = ""
    elif child.next is None and child.tag == "-text":
        text = link.text = squeeze(child.text_content, LONGEST_ANCHOR)
    else:
        text = visible_text(node, LONGEST_ANCHOR)
        link.text = text if nested else squeeze(node.text(), LONGEST_ANCHOR)
    link.anchor, link.anchor_source = (text, "text") if text else _name(node, attributes)
    link.hidden = place.hidden or hides(tag, attributes)
    if not place.block or node.next is not None:
        link.context_after = context_after(node)
    if not place.block or node.prev is not None:
        link.context_before = context_before(node)
    link.link_path = place.path_to(places.segment(node, tag, attributes))
    link.html = (_start_tag(tag, attributes) if nested else node.html or "")[:LONGEST_HTML]


def _name(node: Node, attributes: Attributes) -> tuple[str, str]:
    """(anchor, anchor_source) of a link without text: the first of alt, aria-label and title that says anything."""
    for source in ("alt", "aria-label", "title"):
        said = _alternative(node, attributes) if source == "alt" else attributes.get(source)
        name = squeeze(said, LONGEST_ANCHOR)
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
