"""The facts of a crawl: :class:`Visit` and :class:`Link`. Their field names are a public contract.

Field values are JSON-native (str, int, float, bool, None and lists of those), because Scrapy's exporters
lose an item with a set or an enum in it. Times are UTC, ISO 8601 with a trailing ``Z``; field metadata
``time`` marks them, and the index and Parquet feeds store them as timestamps. Metadata ``row`` = False marks what
is carried by the item but is no column.
"""

from __future__ import annotations

from typing import Any

import attrs

RULES_VERSION = 1
"""Version of the rules that classify links. It is stored with every fact, so that old ones can be judged again."""

OUTCOMES = (
    "ok", "not_modified", "moved_offsite", "http_404", "http_410", "http_4xx", "http_401", "http_403", "http_429",
    "http_5xx", "timeout", "dns_error", "domain_gone", "tls_error", "connection_error", "redirect_loop",
    "robots_disallowed", "blocked_address", "bot_challenge", "login_wall", "consent_wall", "soft_404", "parked",
    "non_html", "too_large", "truncated", "error",
)  # fmt: skip
LINK_TYPES = ("text", "image", "area", "form", "iframe", "redirect", "canonical", "alternate", "mention")
ENDORSING_TYPES = frozenset({"text", "image", "area"})
"""The link types that can be a vote: only for these is ``follow`` true or false, for others it is null."""
REL_TYPES = ("dofollow", "sponsored", "ugc", "nofollow")
ANCHOR_SOURCES = ("text", "alt", "aria-label", "title", "none")
ANCHOR_TYPES = ("exact", "partial", "branded", "compound", "naked_url", "generic", "empty", "other")
PLACEMENTS = ("content", "nav", "header", "footer", "aside", "comment", "form", "unknown")
FETCH_MODES = ("raw", "rendered", "archive")
EVIDENCE = ("html", "wat")
EVERY_TARGET = "*"
"""In ``targets_checked`` of a visit and ``targets`` of a crawl: no target was named, every outbound link is kept."""


def _time() -> Any:
    return attrs.field(default=None, metadata={"time": True})


def _carried() -> Any:
    return attrs.field(factory=list, metadata={"row": False})


@attrs.define
class Link:
    """One occurrence of one hyperlink on one visited page."""

    target: str | None = None
    source_url: str = ""
    source_host: str = ""
    source_domain: str = ""
    source_site: str = ""
    target_url: str = ""
    target_host: str = ""
    target_domain: str = ""
    href: str | None = None
    link_type: str = "text"
    rel: list[str] = attrs.field(factory=list)
    nofollow: bool = False
    ugc: bool = False
    sponsored: bool = False
    follow: bool | None = None
    follow_reason: list[str] = attrs.field(factory=list)
    rel_type: str | None = None
    anchor: str = ""
    anchor_source: str = "none"
    anchor_type: str | None = None
    placement: str = "unknown"
    hidden: bool = False
    context_before: str = ""
    context_after: str = ""
    position: int | None = None
    link_path: str = ""
    redirects: list[str] = attrs.field(factory=list)
    redirect_statuses: list[int] = attrs.field(factory=list)
    html: str = ""
    evidence: str = "html"
    page_title: str | None = None
    page_language: str | None = None
    page_noindex: bool = False
    page_canonical: str | None = None
    fetched_at: str | None = _time()
    rules_version: int = RULES_VERSION
    crawl_id: str | None = None
    provenance: str = "crawl"


@attrs.define
class Visit:
    """One attempt to fetch one source page, with its outcome, and what was read there."""

    source_url: str = ""
    requested_url: str = ""
    redirects: list[str] = attrs.field(factory=list)
    redirect_statuses: list[int] = attrs.field(factory=list)
    source_host: str = ""
    source_domain: str = ""
    source_site: str = ""
    fetched_at: str | None = _time()
    outcome: str = "ok"
    http_status: int | None = None
    response_headers: list[str] = attrs.field(factory=list)
    etag: str | None = None
    last_modified: str | None = None
    content_type: str | None = None
    charset: str | None = None
    title: str | None = None
    site_name: str | None = None
    language: str | None = None
    author: str | None = None
    published_at: str | None = _time()
    modified_at: str | None = _time()
    canonical_url: str | None = None
    noindex: bool = False
    nofollow_page: bool = False
    robots_signals: list[str] = attrs.field(factory=list)
    robots_googlebot: bool | None = None
    targets_checked: list[str] = attrs.field(factory=list)
    internal_links: int = 0
    external_links: int = 0
    text_words: int | None = None
    body_digest: str | None = None
    text_digest: str | None = None
    body_bytes: int | None = None
    complete: bool = True
    fetch_mode: str = "raw"
    user_agent: str | None = None
    remote_ip: str | None = None
    elapsed_ms: int | None = None
    warc_file: str | None = None
    warc_offset: int | None = None
    rules_version: int = RULES_VERSION
    crawl_id: str | None = None
    provenance: str = "crawl"
    links: list[Link] = _carried()
    found: list[str] = _carried()


VISIT_FIELDS = tuple(field.name for field in attrs.fields(Visit) if field.metadata.get("row", True))
LINK_FIELDS = tuple(field.name for field in attrs.fields(Link))
