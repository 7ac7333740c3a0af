"""Walls and false pages: what an answer with status 200 is when it is not the page, and why a 403 is one.

A false wall hides a link and a false ``soft_404`` makes a false loss, so a page is ``ok`` unless it is plain that it is none.
A page of many words, or with a link to a target in its content, is taken for what it says it is. Most pages are
judged by their title and their number of words alone; a reason to doubt costs a closer look.

The rules in their order, the first that holds decides; marks, phrases and the like are those of ``signatures/``:

1.  A header of ``bot_challenge`` or ``parked``.
2.  A redirect from elsewhere to one of the ``urls`` of a kind, if the page has at most 400 words.
3.  bot_challenge: a mark, or a phrase as title, as heading or as the first words and at most 3 links; at most 150 words and 20 links.
4.  consent_wall: a phrase as title, or as heading above at most 4 links; at most 15 links and 400 words.
5.  login_wall: a password, and a phrase as title or heading, or nothing but the form (no heading, 20 words, 5 links); another field,
    and a phrase as title and as heading; at most 100 words. Or a demand as heading or as the first words; at most 150 words.
6.  parked: a mark, or a phrase as title or heading, or as the first words of at most 60; at most 150 words and 60 links.
7.  soft_404: a class of such pages and a phrase as title or heading; else a phrase as title and as heading (400 words), as one of them
    (150 words) or as the first words (40 words). Not for a page with a date of publication, with a heading that speaks of it in other
    words, or whose own URL says ``404``: they are about such pages.
"""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import attrs

from ..items import ENDORSING_TYPES, EVERY_TARGET, Visit
from ..page.parse import Page, read_page
from ..page.placement import placement
from ..urls import domain_of, host_of
from .look import Look, look_at
from .signature import Signature, plain, signature

if TYPE_CHECKING:
    from .reading import Fetch

WALLS = frozenset({"bot_challenge", "consent_wall", "login_wall"})
"""They kept us from reading: what is behind them is not known."""

FEW, SOME, MANY = 60, 150, 400
"""Words of a main text: so few are always looked at, with more a reason is needed, and beyond the last a strong one."""

_SEGMENTS = re.compile(r"\s+[|\-–—·•»«›‹:/]+\s+|\s*[|»«]\s*")


@attrs.frozen(slots=False)
class Evidence:
    """What a page is judged by. The closer look is taken when it is first asked for."""

    fetch: Fetch
    page: Page
    words: int
    links: int
    is_dated: bool
    is_vouched: bool

    @cached_property
    def title(self) -> Sequence[str]:
        """The title and its parts, in plain text."""
        title = self.page.title or ""
        return [self._own(plain(part)) for part in dict.fromkeys([title, *_SEGMENTS.split(title)]) if part]

    @cached_property
    def text(self) -> str:
        """The first words of the main text, all of a short one."""
        return self._own(plain(" ".join(self.page.text_ends[:MANY])))

    @cached_property
    def look(self) -> Look:
        """The closer look."""
        return look_at(self.fetch.body, self.page.charset, self.page.content_type)

    @cached_property
    def headings(self) -> Sequence[str]:
        """Its headings in plain text."""
        return [self._own(heading) for heading in self.look.headings]

    def _own(self, text: str) -> str:
        """A plain text in which the page's own domain is called that."""
        host = host_of(self.page.url).removeprefix("www.")
        for name in dict.fromkeys((plain(host), plain(domain_of(host)))):
            if name and name in text:
                text = text.replace(name, "this domain")
        return text


def _is_challenge(seen: Evidence, known: Signature) -> bool:
    is_said = seen.links <= 3 and (known.is_said([*seen.title, *seen.headings]) or _opens(seen, known))
    return is_said or known.is_marked(seen.look.markup)


def _is_consent(seen: Evidence, known: Signature) -> bool:
    if seen.is_vouched:
        return False
    heading = known.is_said(seen.headings[:1]) and seen.links <= 4
    return heading or known.is_said(seen.title) or known.is_marked(seen.look.markup)


def _is_login(seen: Evidence, known: Signature) -> bool:
    if seen.is_vouched:
        return False
    if known.is_demanded([*seen.headings, seen.text[:300]]):
        return True
    look = seen.look
    if seen.words > 100 or look.boxes:
        return False
    title, heading = known.is_said(seen.title), known.is_said(seen.headings)
    if look.passwords:
        is_bare = not seen.headings and seen.words <= 20 and seen.links <= 5
        return title or heading or is_bare
    return title and heading and look.fields > 0


def _is_parked(seen: Evidence, known: Signature) -> bool:
    if known.is_marked(seen.look.markup):
        return True
    said = known.is_said([*seen.title, *seen.headings]) or (seen.words <= FEW and _opens(seen, known))
    return said and not seen.is_vouched and not seen.is_dated


def _is_soft_404(seen: Evidence, known: Signature) -> bool:
    if seen.is_vouched or known.url.fullmatch(_address(seen.fetch.requested_url)):
        return False
    title, heading = known.is_said(seen.title), known.is_said(seen.headings)
    if (title or heading) and not known.classes.isdisjoint(seen.look.classes):
        return True
    speaks_of_it = any(
        known.has_needle(text) and not known.is_said([text]) and len(text.split()) > 3
        for text in seen.headings
    )
    if seen.is_dated or (speaks_of_it and not heading) or seen.words > MANY:
        return False
    if title and heading:
        return True
    if seen.words <= SOME and (heading or (title and (not seen.headings or known.has_needle(seen.text)))):
        return True
    return seen.words <= 40 and not seen.headings and _opens(seen, known)


def _opens(seen: Evidence, known: Signature) -> bool:
    return known.opens(seen.text)


_RULES: tuple[tuple[str, Callable[[Evidence, Signature], bool]], ...] = (
    ("bot_challenge", _is_challenge),
    ("consent_wall", _is_consent),
    ("login_wall", _is_login),
    ("parked", _is_parked),
    ("soft_404", _is_soft_404),
)
_ANY = sys.maxsize
_BOUNDS = {
    "bot_challenge": (SOME, 20),
    "consent_wall": (MANY, 15),
    "login_wall": (SOME, _ANY),
    "parked": (SOME, 60),
    "soft_404": (_ANY, _ANY),
}
"""The words and the links to pages that a page of the kind has at most."""
KINDS = tuple(kind for kind, _ in _RULES)
"""The outcomes that are judged here, in the order in which they are asked."""


def of_page(fetch: Fetch, page: Page, visit: Visit) -> str:
    """What a page that came whole with status 200 is instead: one of :data:`KINDS`, or empty.

    ``visit`` holds what was read of it: the number of links, the links that count, its time of publication.
    """
    if word := of_headers(fetch):
        return word
    words, links = page.text_words, visit.internal_links + visit.external_links
    sent_to = _of_url(fetch.url, fetch.requested_url) if fetch.redirects and words <= MANY else ""
    suspected = _suspected(page, words, links)
    if not (sent_to or suspected):
        return ""
    is_vouched = _is_vouched(visit)
    if sent_to and not is_vouched:
        return sent_to
    seen = Evidence(fetch, page, words, links, visit.published_at is not None, is_vouched)
    return next((kind for kind, rule in _RULES if kind in suspected and rule(seen, signature(kind))), "")


def of_refusal(fetch: Fetch) -> str:
    """``bot_challenge`` for an error status whose answer wants proof of a human; else empty."""
    if of_headers(fetch) == "bot_challenge":
        return "bot_challenge"
    if not fetch.body:
        return ""
    page = read_page(fetch.body, fetch.url, fetch.headers, detail=lambda _: False)
    links = sum(link.link_type in ENDORSING_TYPES for link in page.links)
    seen = Evidence(fetch, page, page.text_words, links, is_dated=False, is_vouched=False)
    is_challenge = "bot_challenge" in _fitting(seen.words, links) and _is_challenge(
        seen, signature("bot_challenge")
    )
    return "bot_challenge" if is_challenge else ""


def of_redirect(location: str, url: str) -> str:
    """What a redirect to an absolute URL is instead of a new place: one of :data:`KINDS`, or empty."""
    return _of_url(location, url)


def of_headers(fetch: Fetch) -> str:
    """What the headers alone tell: ``bot_challenge``, ``parked``, or nothing."""
    for name, value in fetch.headers:
        if name.lower().startswith(_telling()):
            header = b"%b: %b" % (name.lower(), value.strip().lower())
            for kind in KINDS:
                if header.startswith(signature(kind).headers):
                    return kind
    return ""


@functools.cache
def _telling() -> tuple[bytes, ...]:
    """The names of the headers that may tell."""
    return tuple({header.partition(b":")[0] for kind in KINDS for header in signature(kind).headers})


def _of_url(url: str, came_from: str) -> str:
    """The kind whose ``urls`` one was sent to, from elsewhere."""
    for kind in KINDS:
        known = signature(kind).url
        if known.fullmatch(_address(url)):
            return "" if known.fullmatch(_address(came_from)) else kind
    return ""


def _address(url: str) -> str:
    """Host and path of a URL, in lower case."""
    return url.partition("//")[2].partition("#")[0].partition("?")[0].lower()


def _suspected(page: Page, words: int, links: int) -> list[str]:
    """The kinds there is some reason to think of."""
    fitting = _fitting(words, links)
    if words <= FEW and links <= 60:
        return fitting
    said = plain(f"{page.title or ''} {' '.join(page.text_ends) if words <= SOME else ''}")
    return [kind for kind in fitting if signature(kind).has_needle(said)]


def _fitting(words: int, links: int) -> list[str]:
    """The kinds that have pages of this size."""
    return [kind for kind, (most, most_links) in _BOUNDS.items() if words <= most and links <= most_links]


def _is_vouched(visit: Visit) -> bool:
    """A link to a tracked target stands in its content: somebody wrote this page."""
    return visit.targets_checked != [EVERY_TARGET] and any(
        link.link_type in ENDORSING_TYPES
        and placement(link.link_path, link.link_type, link.anchor, link.context_before, link.context_after)
        == "content"
        for link in visit.links
    )
