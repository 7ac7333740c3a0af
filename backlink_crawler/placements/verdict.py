"""What one reading of a page says of a placement, term by term. Pure.

=============  =============================================================================================
term           it is kept when
=============  =============================================================================================
``link``       a link (text, image or area) of the page leads to the target page, by its key, also through
               redirects
``rel``        each promised word holds. ``dofollow``: nothing withholds endorsement, and the page may be
               indexed, is its own canonical and is open to Googlebot. Others: the token is in the attribute;
               ``nofollow`` holds of a page that says it of all its links, too
``anchor``     its text is one of those promised, but for white space and case
``placement``  it stands there. Where that is ``unknown``, the term cannot be judged, which is no failure
=============  =============================================================================================

Of several links to the target page the one that keeps most terms counts.
"""

from __future__ import annotations

import functools
import unicodedata
from typing import TYPE_CHECKING

import attrs

from ..classify.part import parse_part
from ..items import ENDORSING_TYPES, EVERY_TARGET
from ..urls import host_of, site_of, url_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from .agreement import Placement

PASS, FAIL, PENDING, ENDED = VERDICTS = ("pass", "fail", "pending", "ended")
MISSING, REMOVED = "link_missing", "link_removed"
"""Why a page that was read whole has failed: no link was ever seen there, or one was."""
MOST_NAMED = 3
"""So many other links of the page are named."""

_part = functools.lru_cache(maxsize=1 << 12)(parse_part)


@attrs.frozen
class SeenLink:
    """A link as one reading saw it; ``url`` is where it leads in the end. The others are fields of ``items.Link``."""

    url: str
    link_type: str = "text"
    rel: tuple[str, ...] = ()
    follow: bool | None = None
    follow_reason: tuple[str, ...] = ()
    anchor: str = ""
    placement: str = "unknown"
    hidden: bool = False
    html: str = ""
    context_before: str = ""
    context_after: str = ""

    @property
    def key(self) -> str:
        """What makes its target one page."""
        return url_key(self.url)


@attrs.frozen
class Reading:
    """One visit to the page of a placement. ``is_read`` says that its links are known, ``is_whole`` that these are all.

    The others are fields of ``items.Visit``; ``source_key`` is that of the page that answered.
    """

    at: datetime
    source_key: str
    outcome: str = "ok"
    is_read: bool = True
    is_whole: bool = True
    http_status: int | None = None
    noindex: bool = False
    nofollow_page: bool = False
    canonical_url: str | None = None
    robots_signals: tuple[str, ...] = ()
    robots_googlebot: bool | None = None
    targets_checked: tuple[str, ...] = ()
    warc_file: str | None = None
    warc_offset: int | None = None
    crawl_id: str | None = None
    links: tuple[SeenLink, ...] = ()

    def looked_for(self, placement: Placement) -> bool:
        """Would it hold the link?"""
        if placement.target in self.targets_checked or EVERY_TARGET in self.targets_checked:
            return True
        return any(_part(name).covers(placement.target_url) for name in self.targets_checked)


@attrs.frozen
class Term:
    """One promise, and what is; ``kept`` is null where it cannot be judged."""

    name: str
    promised: str
    found: str
    kept: bool | None

    def __str__(self) -> str:
        return f"{self.name}: {self.promised} was promised, found {self.found}"


@attrs.frozen
class Verdict:
    """One of :data:`VERDICTS`. ``reason`` is a word for what has no terms: why it is pending, why the link is lost."""

    word: str
    reason: str = ""
    terms: tuple[Term, ...] = ()
    link: SeenLink | None = None

    @property
    def failed(self) -> tuple[Term, ...]:
        """The terms that are not kept."""
        return tuple(term for term in self.terms if term.kept is False)


def judge(placement: Placement, reading: Reading) -> Verdict:
    """The verdict of a page whose links are known. What is not there proves something only when it was read whole."""
    links = [
        link
        for link in reading.links
        if link.link_type in ENDORSING_TYPES and link.key == placement.target_key
    ]
    found = [_judge_link(placement, reading, link) for link in links] or [
        Verdict(FAIL, MISSING, (_no_link(placement, reading),))
    ]
    best = min(found, key=_faults)
    if best.word == FAIL and not reading.is_whole:
        reason = reading.outcome if reading.outcome != "ok" else "incomplete"
        return attrs.evolve(best, word=PENDING, reason=reason)
    return best


def _faults(verdict: Verdict) -> tuple[int, int]:
    return len(verdict.failed), sum(term.kept is None for term in verdict.terms)


def _judge_link(placement: Placement, reading: Reading, link: SeenLink) -> Verdict:
    terms = tuple(
        term for judge_term in TERMS.values() if (term := judge_term(placement, reading, link)) is not None
    )
    kept = all(term.kept is not False for term in terms)
    return Verdict(PASS if kept else FAIL, "", terms, link)


def _link(placement: Placement, _reading: Reading, link: SeenLink) -> Term:
    return Term("link", placement.target_url, f"{link.url}, hidden" if link.hidden else link.url, kept=True)


def _no_link(placement: Placement, reading: Reading) -> Term:
    """What the page has in its place: the same in another form, or links to other pages of the site."""
    site = site_of(host_of(placement.target_url))
    same = [f"only {link.link_type}" for link in reading.links if link.key == placement.target_key]
    others = [link.url for link in reading.links if site_of(host_of(link.url)) == site]
    named = list(dict.fromkeys(same or others))
    more = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
    found = ", ".join(named[:MOST_NAMED]) + more or f"no link to {placement.target}"
    return Term("link", placement.target_url, found, kept=False)


def _rel(placement: Placement, reading: Reading, link: SeenLink) -> Term | None:
    if not placement.rel:
        return None
    lacking = [
        reason
        for word in placement.rel
        if (reason := _RELS.get(word, _token(word))(reading, link)) is not None
    ]
    found = "; ".join(lacking) if lacking else " ".join(placement.rel)
    return Term("rel", " ".join(placement.rel), found, kept=not lacking)


def _dofollow(reading: Reading, link: SeenLink) -> str | None:
    """Why the link is no vote; None for one that is."""
    canonical = reading.canonical_url
    reasons = [
        *(() if link.follow else link.follow_reason or ("not followed",)),
        *([f"noindex ({', '.join(reading.robots_signals)})"] if reading.noindex else ()),
        *([f"canonical {canonical}"] if canonical and url_key(canonical) != reading.source_key else ()),
        *(["robots.txt keeps Googlebot out"] if reading.robots_googlebot is False else ()),
    ]
    return "; ".join(reasons) or None


def _nofollow(reading: Reading, link: SeenLink) -> str | None:
    return None if reading.nofollow_page else _token("nofollow")(reading, link)


def _token(word: str) -> Callable[[Reading, SeenLink], str | None]:
    return lambda _reading, link: None if word in link.rel else f"rel={' '.join(link.rel) or 'none'}"


_RELS: dict[str, Callable[[Reading, SeenLink], str | None]] = {"dofollow": _dofollow, "nofollow": _nofollow}


def _anchor(placement: Placement, _reading: Reading, link: SeenLink) -> Term | None:
    if not placement.anchors:
        return None
    kept = _plain(link.anchor) in map(_plain, placement.anchors)
    return Term("anchor", " | ".join(placement.anchors), link.anchor or "none", kept)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _placement(placement: Placement, _reading: Reading, link: SeenLink) -> Term | None:
    if not placement.placement:
        return None
    kept = None if link.placement == "unknown" else link.placement == placement.placement
    return Term("placement", placement.placement, link.placement, kept)


TERMS: Mapping[str, Callable[[Placement, Reading, SeenLink], Term | None]] = {
    "link": _link,
    "rel": _rel,
    "anchor": _anchor,
    "placement": _placement,
}
"""What can be promised of a link, each with its judge; it gives null for what was not promised."""
