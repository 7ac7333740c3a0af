"""A link as part of the visit that saw it: what it has of its page is filled in here, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..items import Link
from ..urls import domain_of, host_of

if TYPE_CHECKING:
    from ..items import Visit


def link_on(visit: Visit, target_url: str = "", target_host: str = "", **said: Any) -> Link:
    """A link on the page of a visit; ``said`` are its other fields. What the visit says of its page must stand there.

    ``target_host`` is the host of the URL, where it is known. Fields are set one by one: as arguments they take twice the time.
    """
    host = target_host or (host_of(target_url) if target_url else "")
    link = Link()
    link.source_url = visit.source_url
    link.source_host = visit.source_host
    link.source_domain = visit.source_domain
    link.source_site = visit.source_site
    link.target_url = target_url
    link.target_host = host
    link.target_domain = domain_of(host) if host else ""
    link.page_title = visit.title
    link.page_language = visit.language
    link.page_noindex = visit.noindex
    link.page_canonical = visit.canonical_url
    link.fetched_at = visit.fetched_at
    link.crawl_id = visit.crawl_id
    link.provenance = visit.provenance
    for name, value in said.items():
        setattr(link, name, value)
    return link
