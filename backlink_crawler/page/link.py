"""One link of a page, and how it is read from its element."""

from __future__ import annotations

import attrs

from .hidden import hides
from .path import Places
from .text import context_after, context_before, shown, squeeze
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
    asked for; of these an ``a`` is of type text, whatever it holds. ``text`` is the DOM's textContent with white space
    collapsed, ``anchor`` what stands for the link to a reader. The meaning of the others is that of
    :class:`backlink_crawler.items.Link`.
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


@attrs.define
class Brief:
    """The hyperlinks of a page for who asks for few of them in full.

    ``urls`` is what they lead to, in order. Of those that stay on ``host``, as far as their href alone shows that, only the
    number is taken, in ``staying``: most links of most pages.
    """

    host: str = ""
    staying: int = 0
    urls: list[str] = attrs.field(factory=list)


def kind_of(node: Node) -> str:
    """The link type of an ``a`` or ``area``: ``image`` for one that holds an image and no text."""
    child = node.first_child
    if child is None:
        return "area" if node.tag == "area" else "text"
    text = child.text_content
    if (text and not text.isspace()) or node.text().strip():
        return "text"
    return "image" if child.tag == "img" or node.css_first(_IMAGES) is not None else "text"


def describe(link: PageLink, node: Node, attributes: Attributes, places: Places) -> None:
    """Fills in the fields that cost more to read."""
    place = places.around(node)
    tag = node.tag or ""
    nested = place.links >= _DEEPEST_NEST  # what is inside so many links has been read that often already
    child = node.first_child
    text = alternative = ""
    if child is not None and not nested:
        plain = child.text_content if child.next is None else None
        if plain is not None:
            text = link.text = squeeze(plain, LONGEST_ANCHOR)
        else:
            text, alternative = shown(node, LONGEST_ANCHOR)
            link.text = squeeze(node.text(), LONGEST_ANCHOR)
    link.anchor, link.anchor_source = (text, "text") if text else _name(alternative, tag, attributes)
    link.hidden = place.hidden or hides(tag, attributes)
    link.context_before = context_before(node, in_block=place.block)
    link.context_after = context_after(node, in_block=place.block)
    link.link_path = place.path_to(places.segment(node, tag, attributes))
    link.html = (_start_tag(tag, attributes) if nested else node.html or "")[:LONGEST_HTML]


def _name(alternative: str, tag: str, attributes: Attributes) -> tuple[str, str]:
    """(anchor, anchor_source) of a link without text: the first of alt, aria-label and title that says anything."""
    if tag == "area":
        alternative = squeeze(attributes.get("alt"), LONGEST_ANCHOR)
    if alternative:
        return alternative, "alt"
    for source in ("aria-label", "title"):
        name = squeeze(attributes.get(source), LONGEST_ANCHOR)
        if name:
            return name, source
    return "", "none"


def _start_tag(tag: str, attributes: Attributes) -> str:
    """The start tag as markup."""
    said = "".join(
        [
            f' {name}="{(value or "").replace("&", "&amp;").replace(chr(34), "&quot;")}"'
            for name, value in attributes.items()
        ]
    )
    return f"<{tag}{said}>"
