"""From Scrapy's responses and failures to visits: what the spider knows of the fetch, given to the pure reading."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from ..extensions.body import STOPPED
from ..facts.reading import Fetch, read, unread
from ..frontier.clock import utc_now
from ..frontier.scheduler import ROW
from ..frontier.scope import LISTING
from ..items import EVERY_TARGET
from ..middlewares.archive import KEPT_AT
from ..middlewares.redirect import SENT_BY, SENT_ON
from ..middlewares.robots import GOOGLEBOT
from ..page.feed import entries_of, feeds_of
from .failure import outcome_of
from .sitemap import sitemap_urls

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response
    from twisted.python.failure import Failure

    from ..classify.target import Targets
    from ..items import Visit

CONDITIONS = ("If-None-Match", "If-Modified-Since")
"""The header fields that make a request conditional (RFC 9110, 13.1)."""
INCOMPLETE = frozenset({"dataloss", "download_stopped"})
"""Flags of a response whose body did not come whole."""


class PageReader:
    """Reads pages for the targets of one crawl."""

    def __init__(
        self,
        targets: Targets,
        *,
        crawl_id: str,
        provenance: str,
        follow_elsewhere: bool = False,
        obey_meta: bool = False,
        internal_links: bool = False,
        contacts: bool = False,
    ) -> None:
        self.targets = targets
        self.crawl_id = crawl_id
        self.provenance = provenance
        self.follow_elsewhere = follow_elsewhere
        self.obey_meta = obey_meta
        self.internal_links = internal_links
        self.contacts = contacts

    def read(self, response: Response) -> Visit:
        """The visit that a response is."""
        request: Any = response.request
        meta = request.meta
        warc_file, warc_offset = meta.get(KEPT_AT, (None, None))
        fetch = Fetch(
            requested_url=requested(request),
            url=response.url,
            status=response.status,
            headers=[(name, value) for name, values in response.headers.items() for value in values],
            body=response.body,
            fetched_at=utc_now(),
            redirects=meta.get(SENT_ON, ()),
            redirect_statuses=meta.get(SENT_BY, ()),
            complete=INCOMPLETE.isdisjoint(response.flags),
            user_agent=request.headers.get("User-Agent", b"").decode("latin-1"),
            remote_ip=str(response.ip_address) if response.ip_address and not meta.get("proxy") else None,
            elapsed_ms=round(meta.get("download_latency", 0) * 1000),
            crawl_id=self.crawl_id,
            provenance=self.provenance,
            warc_file=warc_file,
            warc_offset=warc_offset,
        )
        row = meta.get(ROW)
        is_listing = row is not None and row.depth == LISTING
        if fetch.status == 200 and (named := _named(fetch, is_listing)) is not None:
            return _visit_of_listing(fetch, named)
        visit = read(
            fetch,
            self.targets,
            follow_elsewhere=self.follow_elsewhere,
            internal_links=self.internal_links,
            contacts=self.contacts,
        )
        visit.robots_googlebot = meta.get(GOOGLEBOT)
        if is_listing:
            visit.found = feeds_of(fetch.body, fetch.url) if visit.outcome == "ok" else []
        if meta.get("redirect_loop"):
            visit.outcome = "redirect_loop"
            visit.links, visit.mentions, visit.inside, visit.targets_checked, visit.found = [], [], [], [], []
        elif "download_stopped" in response.flags:
            visit.body_bytes = visit.body_digest = None
            if visit.outcome in ("ok", "non_html"):
                visit.outcome = meta.get(STOPPED, "truncated")
        elif visit.outcome == "ok" and not fetch.complete:
            visit.outcome = "truncated"
        if visit.outcome == "not_modified":
            self._judge_unchanged(visit, request)
        if self.obey_meta and visit.noindex:
            visit.links, visit.mentions, visit.inside, visit.targets_checked = [], [], [], []
            visit.contacts = []
        if self.obey_meta and visit.nofollow_page:
            visit.found = []
        return visit

    def _judge_unchanged(self, visit: Visit, request: Request) -> None:
        """A 304 tells of a page only where it was asked for: redirects are followed without the page's validators."""
        visit.body_bytes = visit.body_digest = None
        if any(name in request.headers for name in CONDITIONS):
            visit.targets_checked = [target.name for target in self.targets] or [EVERY_TARGET]
        else:
            visit.outcome = "error"

    def unread(self, failure: Failure) -> Visit:
        """The visit that a failed request is."""
        request: Request = failure.request  # type: ignore[attr-defined]
        chain = list(request.meta.get(SENT_ON, ()))
        facts = {
            "redirects": chain,
            "redirect_statuses": list(request.meta.get(SENT_BY, ())),
            "source_url": request.url,
            "robots_googlebot": request.meta.get(GOOGLEBOT),
        }
        error = cast("BaseException", failure.value)
        word = getattr(error, "outcome", "") or outcome_of(error)
        return unread(
            requested(request), word, utc_now(), crawl_id=self.crawl_id, provenance=self.provenance, **facts
        )


def requested(request: Request) -> str:
    """The URL that the frontier asked for; redirects changed the request's own."""
    row = request.meta.get(ROW)
    return row.url if row is not None else request.url


def _named(fetch: Fetch, is_listing: bool) -> list[str] | None:
    """The URLs that a sitemap, or of a listing also a feed, names; None when it is neither."""
    named = sitemap_urls(fetch.body, fetch.url, newest_first=is_listing)
    return entries_of(fetch.body, fetch.url) if named is None and is_listing else named


def _visit_of_listing(fetch: Fetch, named: list[str]) -> Visit:
    visit = unread(
        fetch.requested_url,
        "non_html",
        fetch.fetched_at,
        crawl_id=fetch.crawl_id,
        provenance=fetch.provenance,
        warc_file=fetch.warc_file,
        warc_offset=fetch.warc_offset,
    )
    visit.source_url, visit.http_status, visit.found = fetch.url, fetch.status, named
    visit.content_type, visit.body_bytes, visit.complete = (
        fetch.header(b"content-type"),
        len(fetch.body),
        fetch.complete,
    )
    return visit
