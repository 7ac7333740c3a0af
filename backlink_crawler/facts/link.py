"""A link as part of the visit that saw it: what it has of its page is filled in here, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..items import Link
from ..urls import domain_of, host_of

if TYPE_CHECKING:
    from ..items import Visit


def link_on(visit: Visit, target_url: str = "", **said: Any) -> Link:
    """A link on the page of a visit; ``said`` are its other fields. What the visit says of its page must stand there."""
    host = host_of(target_url) if target_url else ""
    return Link(
        source_url=visit.source_url,
        source_host=visit.source_host,
        source_domain=visit.source_domain,
        source_site=visit.source_site,
        target_url=target_url,
        target_host=host,
        target_domain=domain_of(host) if host else "",
        page_title=visit.title,
        page_language=visit.language,
        page_noindex=visit.noindex,
        page_canonical=visit.canonical_url,
        fetched_at=visit.fetched_at,
        crawl_id=visit.crawl_id,
        provenance=visit.provenance,
        **said,
    )
