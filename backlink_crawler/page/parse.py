"""From a body, its URL and its headers to a :class:`Page` with every link."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import attrs

from ..urls import host_of
from .charset import sniff
from .directives import directives
from .header import Headers, header_fields
from .link import PageLink
from .metadata import metadata
from .reader import Reader, base_url
from .text import main_text
from .tree import Node, Tree, plant

_PARTS = "a,area,base,title,meta,link,form,iframe,frame,script,time,svg,math"

_FOREIGN = "svg a,svg area,math a,math area"


@attrs.define
class Page:
    """What a page says of itself, and its links.

    ``charset`` is a WHATWG encoding name in lower case, times are UTC in ISO 8601, ``canonical_url`` is resolved.
    ``noindex`` and ``nofollow`` are what meta robots and X-Robots-Tag come to, ``robots_signals`` what decided it.
    """

    url: str
    base_url: str
    charset: str
    content_type: str | None = None
    title: str | None = None
    language: str | None = None
    site_name: str | None = None
    author: str | None = None
    published_at: str | None = None
    modified_at: str | None = None
    canonical_url: str | None = None
    noindex: bool = False
    nofollow: bool = False
    robots_signals: list[str] = attrs.field(factory=list)
    links: list[PageLink] = attrs.field(factory=list)
    _tree: Tree | None = attrs.field(default=None, repr=False, eq=False)
    _main: tuple[int, str, str] = attrs.field(default=(0, "", ""), init=False, repr=False, eq=False)

    @property
    def text_words(self) -> int:
        """Words of the main text; in scripts that do not part words, characters."""
        return self._main_text()[0]

    @property
    def text_digest(self) -> str:
        """A digest of the words of the main text, in hexadecimal."""
        return self._main_text()[1]

    @property
    def text(self) -> str:
        """The words of the main text, one space between them."""
        return self._main_text()[2]

    def _main_text(self) -> tuple[int, str, str]:
        """Read when first asked for: it costs as much as the links of a page."""
        if self._tree is not None:
            self._main, self._tree = main_text(self._tree), None
        return self._main


def read_page(
    body: bytes,
    url: str,
    headers: Headers = (),
    *,
    detail: Callable[[str], bool] | None = None,
    now: datetime | None = None,
) -> Page:
    """What a page says, read as a browser with scripting off reads it (HTML Standard).

    :param body: the bytes of the page, after its content coding is undone.
    :param url: the absolute URL it was served from, after redirects.
    :param headers: of the response, as a mapping or as pairs, of text or bytes.
    :param detail: says for a resolved URL whether the fields of a link that cost more are wanted; by default always.
    :param now: the time, with its zone, by which ``unavailable_after`` is judged.

    No body makes it raise: what cannot be read is a page without links.
    """
    said = header_fields(headers)
    content_type = next(iter(said.get("content-type", ())[-1:]), None)
    charset = sniff(body, content_type, host_of(url))
    tree = plant(body, charset, content_type)
    parts = _parts(tree)
    metas = [(node, node.attributes) for node in parts["meta"]]
    about = metadata(tree, parts, [meta for _, meta in metas], said)
    named = [(meta["name"] or "", meta.get("content") or "") for _, meta in metas if "name" in meta]
    robots = directives(said.get("x-robots-tag", ()), named, now=now)
    base = base_url(parts["base"], url, charset)
    reader = Reader(url, base, charset, detail)
    reader.anchors(parts["a"], _foreign(tree) if parts["svg"] or parts["math"] else frozenset())
    reader.embedded([*parts["form"], *parts["iframe"], *parts["frame"]])
    reader.refresh(said.get("refresh", ()), metas)
    reader.relations(parts["link"], said.get("link", ()))
    return Page(
        url=url,
        base_url=base,
        charset=charset,
        content_type=content_type,
        title=about.title,
        language=about.language,
        site_name=about.site_name,
        author=about.author,
        published_at=about.published_at,
        modified_at=about.modified_at,
        canonical_url=next((link.url for link in reader.links if link.link_type == "canonical"), None),
        noindex=robots.noindex,
        nofollow=robots.nofollow,
        robots_signals=robots.signals,
        links=reader.links,
        tree=tree,
    )


def _parts(tree: Tree) -> Mapping[str, Sequence[Node]]:
    """The elements that say anything, in document order, by tag; areas stand among the ``a`` elements."""
    parts: dict[str, list[Node]] = {tag: [] for tag in _PARTS.split(",")}
    parts["area"] = parts["a"]
    for node in tree.css(_PARTS):
        parts[node.tag].append(node)  # type: ignore[index]  # an element has a tag
    return parts


def _foreign(tree: Tree) -> frozenset[int]:
    return frozenset([node.mem_id for node in tree.css(_FOREIGN)])
