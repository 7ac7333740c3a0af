"""Which release of the graph and which crawls are read: those that are named, else the newest.

``graphinfo.json`` lists the releases, newest first, each with its ``id`` and the ``crawls`` it was made of; ``collinfo.json`` the
crawls (https://index.commoncrawl.org).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from ...errors import SourceFault
from .files import NAME

if TYPE_CHECKING:
    from ..web import Web


@attrs.frozen
class Release:
    """A release of the graph, and the crawls in which captures are looked up, one after the other."""

    graph: str
    crawls: tuple[str, ...]


def choose(web: Web) -> Release:
    """The release and the crawls to read. Raises SourceFault."""
    graph, crawls = web.settings.release, web.settings.crawl
    for name in filter(None, (graph, *crawls)):
        if not NAME.fullmatch(name):
            raise SourceFault(
                f"{name} is no name of a crawl or release", "correct it in [sources.commoncrawl]"
            )
    if not graph or not crawls:
        listed = _listed(web, "graphinfo.json")
        entry = next((one for one in listed if one["id"] == graph), listed[0] if not graph else {})
        graph = graph or entry["id"]
        crawls = crawls or tuple(entry.get("crawls", ())) or (_listed(web, "collinfo.json")[0]["id"],)
    if not all(isinstance(name, str) and NAME.fullmatch(name) for name in (graph, *crawls)):
        raise SourceFault("its list of releases names none that can be")
    return Release(graph, tuple(crawls))


def _listed(web: Web, name: str) -> list[dict[str, Any]]:
    listed = web.get(f"{web.settings.endpoints[0].rstrip('/')}/{name}")
    if not listed:
        raise SourceFault(f"its {name} is empty", "name release and crawl in [sources.commoncrawl]")
    return list(listed)
