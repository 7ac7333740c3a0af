"""One fetched page to one :class:`~backlink_crawler.items.Visit` with the links that may count."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import datetime
from itertools import islice

import attrs

from ..classify import rel
from ..classify.shortener import is_shortener
from ..classify.target import Targets
from ..items import EVERY_TARGET, Link, Visit
from ..page.link import Brief, PageLink
from ..page.outline import outlines
from ..page.parse import Page, read_page
from ..urls import domain_of, host_of, is_http, resolve, site_of
from . import mention, outcome, wall
from .inside import Inside
from .link import link_on
from .shell import is_shell

KEPT_HEADERS = frozenset(
    {b"content-language", b"content-type", b"link", b"location", b"refresh", b"retry-after", b"server", b"x-robots-tag"}
)  # fmt: skip
"""The response headers that decide something; ``etag`` and ``last-modified`` have fields of their own."""

MOST_LINKS = 25_000
"""So many links of one page are kept. A page with more is read as truncated; a changelog with over 10,000 is the longest real one seen."""

_MAY_BE_CHALLENGE = frozenset({"http_401", "http_403", "http_429", "http_4xx", "http_5xx"})
_OF_THE_SITE = frozenset({"login_wall", "soft_404"})
"""What leads on from these leads to other pages of the site; from the others to nothing of it."""

_LEADS_ON = frozenset({"iframe", "redirect", "canonical", "alternate"})
"""Of the links that are no hyperlinks, those to other pages."""


@attrs.frozen
class Fetch:
    """One fetch as it ended: what was asked for, what came, and the circumstances.

    ``redirects`` are the URLs one was sent on to, the last of them ``url``; ``headers`` pairs as they came.
    """

    requested_url: str
    url: str
    status: int
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes
    fetched_at: str
    redirects: Sequence[str] = ()
    redirect_statuses: Sequence[int] = ()
    complete: bool = True
    fetch_mode: str = "raw"
    user_agent: str | None = None
    remote_ip: str | None = None
    elapsed_ms: int | None = None
    crawl_id: str | None = None
    provenance: str = "crawl"
    warc_file: str | None = None
    warc_offset: int | None = None

    def header(self, name: bytes) -> str | None:
        """The first header of this lower-case name, as text."""
        return next(
            (value.decode("latin-1").strip() for key, value in self.headers if key.lower() == name), None
        )


def unread(
    requested_url: str,
    word: str,
    fetched_at: str,
    *,
    crawl_id: str | None = None,
    provenance: str = "crawl",
    **facts: object,
) -> Visit:
    """A visit that brought no page: its outcome is the whole fact."""
    visit = Visit(
        source_url=requested_url,
        requested_url=requested_url,
        fetched_at=fetched_at,
        outcome=word,
        complete=False,
        crawl_id=crawl_id,
        provenance=provenance,
    )
    for name, value in facts.items():
        setattr(visit, name, value)
    _place(visit)
    return visit


def read(
    fetch: Fetch,
    targets: Targets,
    *,
    follow_elsewhere: bool = False,
    internal_links: bool = False,
    contacts: bool = False,
    onward: bool = True,
) -> Visit:
    """The facts of one fetch: the visit, its links that may count for a target, and the URLs found to go on with.

    Links are read in full when they may count; ``facts.judging`` classifies them. ``follow_elsewhere`` also collects the
    URLs of other domains in ``found``, ``internal_links`` the links within the own set of a target in ``inside``,
    ``contacts`` the addresses of mail and contact pages in ``contacts``. Without ``onward`` there is nothing of what a crawl
    alone asks for: ``found`` and ``text_outlines``.
    """
    visit = Visit(
        source_url=fetch.url,
        requested_url=fetch.requested_url,
        redirects=list(fetch.redirects),
        redirect_statuses=list(fetch.redirect_statuses),
        fetched_at=fetch.fetched_at,
        outcome=outcome.of_status(fetch.status),
        http_status=fetch.status,
        response_headers=[
            f"{k.decode('latin-1')}: {v.decode('latin-1')}"[:2000]
            for k, v in fetch.headers
            if k.lower() in KEPT_HEADERS
        ],
        etag=fetch.header(b"etag"),
        last_modified=fetch.header(b"last-modified"),
        content_type=fetch.header(b"content-type"),
        body_digest="sha1:"
        + base64.b32encode(hashlib.sha1(fetch.body, usedforsecurity=False).digest()).decode(),
        body_bytes=len(fetch.body),
        complete=fetch.complete,
        fetch_mode=fetch.fetch_mode,
        user_agent=fetch.user_agent,
        remote_ip=fetch.remote_ip,
        elapsed_ms=fetch.elapsed_ms,
        warc_file=fetch.warc_file,
        warc_offset=fetch.warc_offset,
        crawl_id=fetch.crawl_id,
        provenance=fetch.provenance,
    )
    _place(visit)
    if visit.outcome == "moved_offsite":
        _read_redirect(visit, fetch, targets)
    elif visit.outcome == "ok" and not outcome.is_html(visit.content_type, fetch.body):
        visit.outcome = "non_html"
    elif visit.outcome == "ok":
        _read_page(
            visit,
            fetch,
            targets,
            follow_elsewhere=follow_elsewhere,
            internal_links=internal_links,
            contacts=contacts,
            onward=onward,
        )
    elif visit.outcome in _MAY_BE_CHALLENGE and (word := wall.of_refusal(fetch)):
        _withhold(visit, word)
    return visit


def _withhold(visit: Visit, word: str) -> None:
    """What came is not the page: nothing on it is a fact of the page, and a wall does not even show that it has gone."""
    visit.outcome = word
    visit.links, visit.targets_checked, visit.contacts = [], [], []
    if word not in _OF_THE_SITE:
        visit.found = []
    if word in wall.WALLS:
        visit.complete = False


def _place(visit: Visit) -> None:
    visit.source_host = host_of(visit.source_url)
    visit.source_domain = domain_of(visit.source_host)
    visit.source_site = site_of(visit.source_host)


class _Watch:
    """Tells of each URL on a page whether it may count. The page's reader asks it of every link, up to a bound."""

    def __init__(self, visit: Visit, targets: Targets) -> None:
        self._visit = visit
        self._targets = targets
        self._own = (f"http://{visit.source_host}/", f"https://{visit.source_host}/")
        self._known: dict[str, tuple[bool, bool]] = {}
        self._asked = 0

    def __call__(self, url: str) -> bool:
        if not self.judge(url)[1]:
            return False
        self._asked += 1
        return self._asked <= MOST_LINKS

    @property
    def is_full(self) -> bool:
        """The page has more links that may count than are kept."""
        return self._asked > MOST_LINKS

    def judge(self, url: str) -> tuple[bool, bool]:
        """(inside, counts): does a link to this URL stay within the domain, and may it count? Each URL is judged once."""
        known = self._known.get(url)
        if known is None:
            known = (True, False) if url.startswith(self._own) else self._judge(url, host_of(url))
            self._known[url] = known
        return known

    def _judge(self, url: str, host: str) -> tuple[bool, bool]:
        visit = self._visit
        if host == visit.source_host:
            return True, False
        names = self._targets.names_for(url, host, visit.source_domain, visit.source_site)
        return domain_of(host) == visit.source_domain, bool(names) or leads_elsewhere(host, self._targets)


def leads_elsewhere(host: str, targets: Targets) -> bool:
    """A link to this host must be followed to its end to know what it links to."""
    return targets.is_alias(host) or is_shortener(host)


def _read_page(
    visit: Visit,
    fetch: Fetch,
    targets: Targets,
    *,
    follow_elsewhere: bool,
    internal_links: bool,
    contacts: bool,
    onward: bool,
) -> None:
    watch = _Watch(visit, targets)
    within = Inside(visit, targets if internal_links else (), MOST_LINKS)
    brief = Brief("" if onward or internal_links else visit.source_host)
    page = read_page(
        fetch.body,
        fetch.url,
        fetch.headers,
        detail=within.beside(watch),
        now=datetime.fromisoformat(fetch.fetched_at),
        contacts=contacts,
        brief=brief,
    )
    visit.targets_checked = [target.name for target in targets] or [EVERY_TARGET]
    visit.charset = page.charset
    visit.title = page.title
    visit.site_name = page.site_name
    visit.language = page.language
    visit.author = page.author
    visit.published_at = page.published_at
    visit.modified_at = page.modified_at
    visit.canonical_url = page.canonical_url
    visit.noindex = page.noindex
    visit.nofollow_page = page.nofollow
    visit.robots_signals = page.robots_signals
    visit.template_digest = page.template_digest
    visit.tracking_ids = page.tracking_ids
    visit.contacts = page.contacts
    visit.text_words = page.text_words
    visit.text_digest = page.text_digest
    staying = sum([watch.judge(url)[0] for url in brief.urls])
    visit.internal_links = brief.staying + staying
    visit.external_links = len(brief.urls) - staying
    kept = islice((seen for seen in page.links if watch.judge(seen.url)[1]), MOST_LINKS)
    visit.links = [_link(visit, seen) for seen in kept]
    if onward:
        visit.text_outlines = outlines([*(page.title or "").split(), *page.text_ends], fetch.url)
        others = (seen.url for seen in page.links if seen.link_type in _LEADS_ON)
        found = dict.fromkeys([*brief.urls, *others])
        visit.found = [url for url in found if follow_elsewhere or watch.judge(url)[0]]
    _doubt(visit, fetch, page, is_cut=watch.is_full)
    if visit.outcome == "ok":
        visit.mentions = mention.find(visit, page, targets)
    if visit.outcome in ("ok", "truncated"):
        visit.inside = [_link(visit, seen, target=name) for seen, name in within.of(page.links)]


def _doubt(visit: Visit, fetch: Fetch, page: Page, *, is_cut: bool) -> None:
    """Is it all of the page, and the page at all?"""
    if is_cut:
        visit.complete, visit.outcome = False, "truncated"
    elif fetch.complete:
        word = wall.of_page(fetch, page, visit)
        if word:
            _withhold(visit, word)
        elif is_shell(page.text_words, visit.internal_links, visit.external_links, fetch.body):
            visit.complete = False


def _link(visit: Visit, seen: PageLink, target: str | None = None) -> Link:
    nofollow, ugc, sponsored = rel.flags(seen.rel)
    return link_on(
        visit,
        seen.url,
        target=target,
        href=seen.href,
        link_type=seen.link_type,
        rel=seen.rel,
        nofollow=nofollow,
        ugc=ugc,
        sponsored=sponsored,
        anchor=seen.anchor,
        anchor_source=seen.anchor_source,
        hidden=seen.hidden,
        context_before=seen.context_before,
        context_after=seen.context_after,
        position=seen.position,
        link_path=seen.link_path,
        html=seen.html,
    )


def _read_redirect(visit: Visit, fetch: Fetch, targets: Targets) -> None:
    """A page that redirects to a target links to it: the answer itself is the proof."""
    location = fetch.header(b"location") or ""
    url = resolve(location, fetch.url)
    visit.targets_checked = [target.name for target in targets] or [EVERY_TARGET]
    if url is None or not is_http(url):
        visit.outcome = "error"
    elif _Watch(visit, targets).judge(url)[1]:
        proof = f"HTTP {fetch.status} Location: {location}"[:2000]
        visit.links.append(link_on(visit, url, href=location, link_type="redirect", html=proof))
    if url is not None:
        visit.found = [url]
        if not visit.links and (word := wall.of_redirect(url, fetch.requested_url)):
            _withhold(visit, word)
            visit.found = []
