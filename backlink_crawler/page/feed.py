"""Feeds: which a page names, and which pages a feed names (RSS 2.0; Atom, RFC 4287; RSS autodiscovery of the HTML Standard)."""

from __future__ import annotations

from lxml import etree

from ..urls import is_http, resolve
from .tree import plant

TYPES = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json"}
)
"""The types by which a link element of rel alternate is a feed (HTML Standard, 4.6.7.1)."""
MOST_ENTRIES = 1_000


def feeds_of(body: bytes, url: str, charset: str = "utf-8") -> list[str]:
    """The feeds that an HTML page names in its ``link`` elements, in their order."""
    named = [
        (node.attributes.get("href") or "").strip()
        for node in plant(body, charset, "text/html").css("link[rel][type][href]")
        if "alternate" in (node.attributes.get("rel") or "").lower().split()
        and (node.attributes.get("type") or "").partition(";")[0].strip().lower() in TYPES
    ]
    return _http(named, url)


def entries_of(body: bytes, url: str) -> list[str] | None:
    """The pages that an RSS or Atom feed names, in its order, newest first by custom; None when the body is no feed."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    if root is None or etree.QName(root).localname.lower() not in ("rss", "rdf", "feed"):
        return None
    named: list[str] = []
    for entry in root.iter("{*}item", "{*}entry"):
        link = next((_link(child) for child in entry.iterchildren("{*}link") if _link(child)), "")
        named.append(link)
        if len(named) == MOST_ENTRIES:
            break
    return _http(named, url)


def _link(element: etree._Element) -> str:
    """Where an RSS item or an Atom entry leads: text, or the attribute of a link that is an alternate (RFC 4287, 4.2.7.2)."""
    if element.get("href") is None:
        return (element.text or "").strip()
    return (element.get("href") or "").strip() if element.get("rel", "alternate") == "alternate" else ""


def _http(named: list[str], url: str) -> list[str]:
    found = (resolve(name, url) for name in named if name)
    return list(dict.fromkeys(one for one in found if one and is_http(one)))
