"""From a body, its URL and its headers to a :class:`Page` with every link."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import attrs

from ..urls import host_of
from .charset import sniff
from .contact import contacts_of
from .directives import directives
from .header import Headers, header_fields
from .href import Base
from .link import Brief, PageLink
from .main_text import CHROME, MainText, main_text
from .metadata import Metadata, language_of, metadata, title_of
from .reader import Reader, base_url
from .template import template_digest
from .tracking import tracking_ids
from .tree import Attributes, Node, Tree, links_within, plant

_ASKED = tuple(
    dict.fromkeys([*"a area base title meta link form iframe frame math time script ins".split(), *CHROME])
)
"""The elements that are asked for by name, all of which are found in one go."""
_SELECTOR = ",".join(_ASKED)


@attrs.define
class Page:
    """What a page says of itself, and its links.

    ``charset`` is a WHATWG encoding name in lower case, times are UTC in ISO 8601, ``canonical_url`` is resolved.
    ``noindex`` and ``nofollow`` are what meta robots and X-Robots-Tag come to, ``robots_signals`` what decided it.
    Its origin and its text are read when first asked for: they cost as much as all links.
    """

    url: str
    base_url: str
    charset: str
    content_type: str | None = None
    title: str | None = None
    language: str | None = None
    canonical_url: str | None = None
    noindex: bool = False
    nofollow: bool = False
    robots_signals: list[str] = attrs.field(factory=list)
    links: list[PageLink] = attrs.field(factory=list)
    contacts: list[str] = attrs.field(factory=list)
    _metas: Sequence[Attributes] = attrs.field(default=(), repr=False, eq=False)
    _parts: Mapping[str, Sequence[Node]] = attrs.field(factory=dict, repr=False, eq=False)
    _tree: Tree | None = attrs.field(default=None, repr=False, eq=False)
    _about: Metadata | None = attrs.field(default=None, init=False, repr=False, eq=False)
    _maker: tuple[str | None, list[str]] | None = attrs.field(default=None, init=False, repr=False, eq=False)
    _main: MainText = attrs.field(default=MainText(), init=False, repr=False, eq=False)

    @property
    def site_name(self) -> str | None:
        """The name of the site, as the page gives it."""
        return self._metadata().site_name

    @property
    def author(self) -> str | None:
        """The name of the first author."""
        return self._metadata().author

    @property
    def published_at(self) -> str | None:
        """When the page says it was published."""
        return self._metadata().published_at

    @property
    def modified_at(self) -> str | None:
        """When the page says it was last changed."""
        return self._metadata().modified_at

    @property
    def template_digest(self) -> str | None:
        """A digest of the frame around its content; None where there is too little of one."""
        return self._made_by()[0]

    @property
    def tracking_ids(self) -> list[str]:
        """The accounts of analytics and advertising that it names, as ``kind:account``."""
        return self._made_by()[1]

    @property
    def text_words(self) -> int:
        """Words of the main text; in scripts that do not part words, characters."""
        return self._main_text().words

    @property
    def text_digest(self) -> str:
        """A digest of the main text without its white space, in hexadecimal."""
        return self._main_text().digest

    @property
    def text_ends(self) -> Sequence[str]:
        """The words at the beginning and the end of the main text; all of a short one."""
        return self._main_text().ends

    @property
    def text(self) -> str:
        """The main text, as it stands between the tags."""
        return self._main_text().text

    def _metadata(self) -> Metadata:
        if self._about is None:
            parts = self._parts
            self._about = metadata(self._metas, parts["script"], parts["time"]) if parts else Metadata()
        return self._about

    def _made_by(self) -> tuple[str | None, list[str]]:
        if self._maker is None:
            tree, metas, parts = self._tree, self._metas, self._parts
            self._maker = (
                (None, [])
                if tree is None
                else (
                    template_digest(tree, parts["link"], metas),
                    tracking_ids([*parts["script"], *parts["ins"]], metas),
                )
            )
        return self._maker

    def _main_text(self) -> MainText:
        if self._tree is not None:
            self._metadata()
            self._made_by()
            chrome = [node for tag in CHROME for node in self._parts[tag]]
            self._main = main_text(self._tree, chrome)  # which takes the tree apart
            self._tree, self._parts = None, {}
        return self._main


def read_page(
    body: bytes,
    url: str,
    headers: Headers = (),
    *,
    detail: Callable[[str], bool] | None = None,
    now: datetime | None = None,
    contacts: bool = False,
    brief: Brief | None = None,
) -> Page:
    """What a page says, read as a browser with scripting off reads it (HTML Standard).

    :param body: the bytes of the page, after its content coding is undone.
    :param url: the absolute URL it was served from, after redirects.
    :param headers: of the response, as a mapping or as pairs, of text or bytes.
    :param detail: says for a resolved URL whether the fields of a link that cost more are wanted; by default always. It is
        asked again for a URL that is.
    :param now: the time, with its zone, by which ``unavailable_after`` is judged.
    :param contacts: whether to look for addresses of mail and contact pages, too.
    :param brief: takes the hyperlinks in brief; those whose details are not wanted are then not among the links of the page.

    No body makes it raise: what cannot be read is a page without links.
    """
    said = header_fields(headers)
    content_type = next(iter(said.get("content-type", ())[-1:]), None)
    charset = sniff(body, content_type, host_of(url))
    tree = plant(body, charset, content_type)
    parts: dict[str, list[Node]] = {tag: [] for tag in _ASKED}
    for node in tree.css(_SELECTOR):
        parts[node.tag].append(node)  # type: ignore[index]  # an element has a tag
    metas = [node.attributes for node in parts["meta"]]
    named = [(meta["name"] or "", meta.get("content") or "") for meta in metas if "name" in meta]
    robots = directives(said.get("x-robots-tag", ()), named, now=now)
    base = base_url(parts["base"], url, charset)
    reader = Reader(url, base, charset, detail)
    reader.anchors(
        tree.css("a,area") if parts["area"] else parts.pop("a"),
        links_within(tree, [*parts["svg"], *parts["math"]]),
        brief,
    )
    reader.embedded([*parts["form"], *parts["iframe"], *parts["frame"]])
    reader.refresh(said.get("refresh", ()), zip(parts["meta"], metas, strict=True))
    reader.relations(parts["link"], said.get("link", ()))
    return Page(
        url=url,
        base_url=base,
        charset=charset,
        content_type=content_type,
        title=title_of(parts["title"]),
        language=language_of(tree, metas, said),
        canonical_url=next((link.url for link in reader.links if link.link_type == "canonical"), None),
        noindex=robots.noindex,
        nofollow=robots.nofollow,
        robots_signals=robots.signals,
        links=reader.links,
        contacts=contacts_of(tree, Base(base, charset), url) if contacts else [],
        metas=metas,
        parts=parts,
        tree=tree,
    )
