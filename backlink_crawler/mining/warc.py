"""The responses in a WARC file as the visits that a crawl would have recorded for the same bytes and headers."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any

from ..archive.members import Stream
from ..archive.record import Record, is_response, response
from ..archive.walk import RawRecord, records
from ..classify.target import Targets
from ..facts.outcome import is_html, of_status
from ..facts.reading import Fetch, read, unread
from ..items import Visit
from ..page.coding import CodedTooLargeError, CodingError
from ..page.link import Brief
from ..page.parse import read_page
from ..urls import domain_of, host_of, is_http, resolve, site_of
from .counts import Counts
from .judging import judge
from .payload import page_of

logger = logging.getLogger(__name__)

NOT_MODIFIED = 304


def visits(
    stream: Stream,
    targets: Targets,
    counts: Counts,
    *,
    crawl_id: str | None,
    provenance: str = "commoncrawl",
    name: str,
    begin: int = 0,
    linking_only: bool = False,
) -> Iterator[Visit]:
    """The visit of every response in an archive, in order; a redirect is one of its own, as archives keep it.

    ``name`` is what the file is called in the visits, ``begin`` where in it the stream begins. With ``linking_only`` pages
    without a link that counts are no visits, and of them nothing else is read. All that is no visit is in ``counts``, where
    no record is missing.
    """
    for raw in records(stream, counts):
        counts.records += 1
        record = _page_in(raw, counts)
        if record is None:
            continue
        offset = begin + raw.offset
        origin = {"crawl_id": crawl_id, "provenance": provenance, "warc_file": name, "warc_offset": offset}
        try:
            visit = _visit(record, targets, counts, origin, linking_only=linking_only)
        except ValueError as error:
            counts.unreadable(offset, str(error))
            continue
        except Exception:  # no page may cost all others of its file
            logger.exception("%s: the response at %d cannot be read", name, offset)
            counts.unreadable(offset, "an error of this program")
            continue
        if visit is None:
            counts.silent += 1
            continue
        counts.responses += 1
        counts.links += len(visit.links)
        yield visit


def visit_of(
    part: bytes,
    targets: Targets,
    *,
    crawl_id: str | None = None,
    provenance: str = "commoncrawl",
    name: str,
    offset: int,
) -> Visit | None:
    """The visit in one record that was fetched alone, compressed or not; None when it holds none."""
    found = visits(
        BytesIO(part), targets, Counts(), crawl_id=crawl_id, provenance=provenance, name=name, begin=offset
    )
    return next(found, None)


def _visit(
    record: Record, targets: Targets, counts: Counts, origin: Mapping[str, Any], *, linking_only: bool
) -> Visit | None:
    """The visit that one response is, its links judged. Raises ValueError when it has no URL of the web."""
    url = resolve(record.url, record.url)
    if url is None or not is_http(url):
        raise ValueError("it answers no URL of the web")
    url = url.partition("#")[0]
    try:
        page = page_of(record)
    except (CodedTooLargeError, CodingError) as error:
        word = "error" if isinstance(error, CodingError) else "too_large"
        return None if linking_only else unread(url, word, record.date, fetch_mode="archive", **origin)
    fetch = page.record.fetched(url, page.record.payload, page.is_whole, **origin)
    if linking_only and not _may_link(fetch, targets):
        return None
    visit = _sitemap(fetch, origin) if _is_sitemap(fetch) else read(fetch, targets, onward=False)
    if visit.outcome == "ok" and not page.is_whole:
        visit.outcome = "truncated"
    if not page.is_sound:
        counts.wrong_digests += 1
        visit.complete = False
    judge(visit, targets)
    return visit if visit.links or not linking_only else None


def _may_link(fetch: Fetch, targets: Targets) -> bool:
    """Whether a page has to be read in full to know what links it has that count."""
    word = of_status(fetch.status)
    if word != "ok" or not len(targets):
        return word in ("ok", "moved_offsite")
    if not is_html(fetch.header(b"content-type"), fetch.body):
        return False
    host = host_of(fetch.url)
    brief = Brief(host)
    page = read_page(fetch.body, fetch.url, fetch.headers, detail=lambda _: False, brief=brief)
    domain, site = domain_of(host), site_of(host)
    urls = {*brief.urls, *(link.url for link in page.links)}
    return any(targets.names_for(url, host_of(url), domain, site) for url in urls)


def _page_in(raw: RawRecord, counts: Counts) -> Record | None:
    """The response that a record is; None, and counted, for what shows no page."""
    if raw.fields.get("warc-type") == "revisit":
        counts.revisits += 1
        return None
    if not is_response(raw.fields):
        counts.other += 1
        return None
    try:
        record = response(raw.fields, raw.block)
    except ValueError as error:
        counts.unreadable(raw.offset, str(error))
        return None
    if record.url.partition("?")[0].split("/", 3)[3:] == ["robots.txt"]:
        counts.robots += 1
        return None
    if record.status == NOT_MODIFIED:
        counts.revisits += 1
        return None
    return record


def _is_sitemap(fetch: Fetch) -> bool:
    """Whether a crawl takes a page for a list of others (sitemaps.org protocol)."""
    if fetch.status != 200:
        return False
    head = fetch.body[:4096]
    return b"<urlset" in head or b"<sitemapindex" in head


def _sitemap(fetch: Fetch, origin: Mapping[str, Any]) -> Visit:
    """The visit that a sitemap is."""
    visit = unread(fetch.url, "non_html", fetch.fetched_at, fetch_mode="archive", **origin)
    visit.http_status, visit.content_type = fetch.status, fetch.header(b"content-type")
    visit.body_bytes, visit.complete = len(fetch.body), fetch.complete
    return visit
