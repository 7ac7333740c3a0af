"""The facts: :class:`Visit` and :class:`Link`, which we saw, and :class:`Claim`, what others say. Their field names are a
public contract.

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
CLAIM_KINDS = ("link", "hint", "site")
"""What a claim says: this page links to the target; it may (a search found it); some page of this site does."""
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
    """The tracked target it counts for; the registrable domain of ``target_url`` when the crawl tracks none."""
    source_url: str = ""
    """The page it stands on: the final URL, after redirects."""
    source_host: str = ""
    """Host of ``source_url``."""
    source_domain: str = ""
    """Registrable domain of ``source_url``, by the ICANN part of the public suffix list."""
    source_site: str = ""
    """Site of ``source_url``: as the domain, but each user of a hosting platform has one of their own."""
    target_url: str = ""
    """What ``href`` resolves to, as a browser's ``element.href``."""
    target_host: str = ""
    """Host of ``target_url``."""
    target_domain: str = ""
    """Registrable domain of ``target_url``."""
    href: str | None = None
    """The attribute as it is written; for a redirect the Location header."""
    link_type: str = "text"
    """One of :data:`LINK_TYPES`."""
    rel: list[str] = attrs.field(factory=list)
    """The tokens of ``rel``: lower case, in order, each once."""
    nofollow: bool = False
    """``rel`` has the token nofollow."""
    ugc: bool = False
    """``rel`` has the token ugc."""
    sponsored: bool = False
    """``rel`` has the token sponsored."""
    follow: bool | None = None
    """True when nothing withholds endorsement, of the link or its page; null for link types that are no vote."""
    follow_reason: list[str] = attrs.field(factory=list)
    """The signals that withheld it, such as ``rel: nofollow`` or ``meta robots: none``."""
    rel_type: str | None = None
    """One of :data:`REL_TYPES`: ``dofollow`` exactly when ``follow``; null where ``follow`` is."""
    anchor: str = ""
    """What stands for the link to a reader: its text, else a name from its attributes; at most 1,000 characters."""
    anchor_source: str = "none"
    """Where ``anchor`` is from, one of :data:`ANCHOR_SOURCES`."""
    anchor_type: str | None = None
    """What the anchor says of the target, one of :data:`ANCHOR_TYPES`."""
    placement: str = "unknown"
    """The part of the page it stands in, one of :data:`PLACEMENTS`."""
    hidden: bool = False
    """The markup of the link or of an element around it keeps it from the reader's eyes."""
    context_before: str = ""
    """The text before it in its block."""
    context_after: str = ""
    """The text after it in its block."""
    position: int | None = None
    """Its number among the links of type text, image and area of the page, from 1."""
    link_path: str = ""
    """A CSS path to the element."""
    redirects: list[str] = attrs.field(factory=list)
    """Where a shortener or an alias sent on to, URL by URL; the last is what it counts for."""
    redirect_statuses: list[int] = attrs.field(factory=list)
    """The HTTP status of each step of ``redirects``; 200 is a page that refreshes."""
    html: str = ""
    """The element as the parser writes it, cut at 2,000 characters: the proof."""
    evidence: str = "html"
    """What it was read from, one of :data:`EVIDENCE`."""
    page_title: str | None = None
    """Title of the page."""
    page_language: str | None = None
    """Language that the page states."""
    page_noindex: bool = False
    """The page tells search engines not to index it."""
    page_canonical: str | None = None
    """Canonical URL that the page states."""
    fetched_at: str | None = _time()
    """When the page was fetched."""
    rules_version: int = RULES_VERSION
    """Version of the rules that classified it."""
    crawl_id: str | None = None
    """The run that found it."""
    provenance: str = "crawl"
    """How we came to look: ``crawl``, ``recheck``, ``commoncrawl``, or ``archive`` for archives of others."""


@attrs.define
class Visit:
    """One attempt to fetch one source page, with its outcome, and what was read there."""

    source_url: str = ""
    """The final URL, after redirects."""
    requested_url: str = ""
    """The URL that was asked for."""
    redirects: list[str] = attrs.field(factory=list)
    """The URLs it was sent on to, the last of them ``source_url``."""
    redirect_statuses: list[int] = attrs.field(factory=list)
    """The HTTP status of each of these redirects."""
    source_host: str = ""
    """Host of ``source_url``."""
    source_domain: str = ""
    """Registrable domain of ``source_url``, by the ICANN part of the public suffix list."""
    source_site: str = ""
    """Site of ``source_url``: as the domain, but each user of a hosting platform has one of their own."""
    fetched_at: str | None = _time()
    """When it was fetched."""
    outcome: str = "ok"
    """What the visit came to, one of :data:`OUTCOMES`."""
    http_status: int | None = None
    """Status of the last response; null when there was none."""
    response_headers: list[str] = attrs.field(factory=list)
    """The headers that decide something, as ``name: value``."""
    etag: str | None = None
    """The ETag header."""
    last_modified: str | None = None
    """The Last-Modified header."""
    content_type: str | None = None
    """The Content-Type header."""
    charset: str | None = None
    """The encoding it was read in: a WHATWG name in lower case."""
    title: str | None = None
    """The ``title`` element."""
    site_name: str | None = None
    """Name of the site, as the page states it."""
    language: str | None = None
    """Language that the page states."""
    author: str | None = None
    """Author that the page states."""
    published_at: str | None = _time()
    """Time of publication that the page states."""
    modified_at: str | None = _time()
    """Time of the last change that the page states."""
    canonical_url: str | None = None
    """Canonical URL that the page states, resolved."""
    noindex: bool = False
    """The page tells search engines not to index it."""
    nofollow_page: bool = False
    """The page withholds endorsement from all its links."""
    robots_signals: list[str] = attrs.field(factory=list)
    """The header or meta element behind ``noindex`` and ``nofollow_page``, with its words."""
    robots_googlebot: bool | None = None
    """Does robots.txt let Googlebot fetch it? Null where that is not known."""
    targets_checked: list[str] = attrs.field(factory=list)
    """The targets that this reading looked for; its absence of links says nothing of any other."""
    led_elsewhere: list[str] = attrs.field(factory=list)
    """URLs, as on the page, of links to aliases and shorteners that were followed to their end and led to no target; at most 100."""
    internal_links: int = 0
    """Links of type text, image and area to its own registrable domain."""
    external_links: int = 0
    """Links of type text, image and area to other domains."""
    text_words: int | None = None
    """Words of the main text; in scripts that do not part words, characters."""
    body_digest: str | None = None
    """SHA-1 of the body, as WARC files write it."""
    text_digest: str | None = None
    """Digest of the words of the main text."""
    template_digest: str | None = None
    """Digest of the frame around its content (tags, ids, classes, style sheets): pages of one template share it; null where
    there is too little of one."""
    tracking_ids: list[str] = attrs.field(factory=list)
    """The accounts of analytics and advertising that its markup names, as ``kind:id``; sorted, at most 20."""
    contacts: list[str] = attrs.field(factory=list)
    """``mailto:`` addresses and contact pages that it links to, at most 10; only with the option ``contacts``."""
    body_bytes: int | None = None
    """Size of the body, decompressed."""
    complete: bool = True
    """Everything that counts was read. Not so of a page that was cut, is a wall or made by scripts alone, or has a
    shortener that did not answer."""
    fetch_mode: str = "raw"
    """One of :data:`FETCH_MODES`."""
    user_agent: str | None = None
    """The User-Agent that was sent."""
    remote_ip: str | None = None
    """The address that answered; null behind a proxy."""
    elapsed_ms: int | None = None
    """Milliseconds until the response came."""
    warc_file: str | None = None
    """Name of the WARC file that holds the response, in the directory ``warc`` of the crawl."""
    warc_offset: int | None = None
    """Where in that file its record begins: the first byte of its gzip member."""
    rules_version: int = RULES_VERSION
    """Version of the rules that judged it."""
    crawl_id: str | None = None
    """The run that made the visit."""
    provenance: str = "crawl"
    """How we came to look: ``crawl``, ``recheck``, ``commoncrawl``, or ``archive`` for archives of others."""
    links: list[Link] = _carried()
    """The links that count; carried by the item, stored as rows of their own."""
    mentions: list[Link] = _carried()
    """Where its text names a target that it does not link to; carried by the item, stored as rows of their own."""
    inside: list[Link] = _carried()
    """The links within the own set of a target, with its name as ``target``; only with the option ``internal_links``. Carried by
    the item, stored as rows of their own that have no target: they count for nothing."""
    found: list[str] = _carried()
    """URLs to go on with; carried by the item, not stored."""
    text_outlines: list[str] = _carried()
    """What pages share that differ in numbers alone (`page.outline`); carried by the item, not stored."""


@attrs.define
class Claim:
    """What somebody else says of one link to a target: a reason to visit the page, and never counted."""

    claim_id: str = ""
    """Digest of who says what of which page: the same claim is stored once."""
    target: str = ""
    """The tracked target."""
    kind: str = "link"
    """One of :data:`CLAIM_KINDS`."""
    source_url: str = ""
    """The page, normalised; of a site its home page."""
    source_host: str = ""
    """Host of ``source_url``."""
    source_domain: str = ""
    """Registrable domain of ``source_url``."""
    source_site: str = ""
    """Site of ``source_url``."""
    target_url: str | None = None
    """What it is said to link to, normalised; null where that is not said, as all below."""
    link_type: str | None = None
    """The type of the link, one of :data:`LINK_TYPES`."""
    follow: bool | None = None
    """Is it said to be followed?"""
    nofollow: bool | None = None
    """Is it said to have the rel token nofollow?"""
    ugc: bool | None = None
    """The same of ugc."""
    sponsored: bool | None = None
    """The same of sponsored."""
    anchor: str | None = None
    """The anchor text."""
    page_title: str | None = None
    """Title of the page."""
    http_status: int | None = None
    """The HTTP status that the page is said to answer with."""
    first_seen: str | None = _time()
    """When they saw it first."""
    last_seen: str | None = _time()
    """When they saw it, or the page, last."""
    lost_at: str | None = _time()
    """Since when it is said to be lost."""
    links: int | None = None
    """Of a site: how many links or pages."""
    why: str = ""
    """Where it stands in the source, in words: a search, a wiki, a disavow file."""
    origin: str = ""
    """The file, or the address that was asked."""
    line: int | None = None
    """The line or row of the file."""
    provenance: str = ""
    """Who says it: ``import:gsc``, ``discover:mediawiki``."""
    claimed_at: str | None = _time()
    """When it was taken in."""


VISIT_FIELDS = tuple(field.name for field in attrs.fields(Visit) if field.metadata.get("row", True))
LINK_FIELDS = tuple(field.name for field in attrs.fields(Link))
CLAIM_FIELDS = tuple(field.name for field in attrs.fields(Claim))
