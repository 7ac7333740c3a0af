"""Where a crawl would never end: which URLs to leave out, and when to leave a pattern of URLs.

A URL is left out at once for its form (:func:`misshapen`). A pattern is left when its pages stop bringing anything. Each page
that was read gives every pattern above it points by the first row that fits:

=====================================================================================  ======
the page                                                                               points
=====================================================================================  ======
says what no page of its domain said, or has a link to a target that none had          back to 0
leads to new URLs of another pattern, of whose last ten pages one said something new   back to 0
has the text of another page to the letter, or redirects to a page that was read       50
differs from another page in numbers alone, but links to a tracked target              2
differs from another page in numbers alone                                             10
=====================================================================================  ======

What a page says are the words of its title and main text without those of its own URL (`page.outline`). A pattern of pages
is cut at 1,000 points (50 for each of ``patience`` copies, the option max_copies): after 20 copies in a row, or 100 pages
that differ in numbers. Each page that brought something adds 10 to what it may have, so a forum of 3,000 threads is
not left for 600 copies. All below a directory or a host is left at 10 times as many points: 200 copies in a row. Seeds are always fetched.

So a calendar, a session id, an endless list or a filter ends by itself, and a site of any size goes on as long as it has
something to say. What no rule can tell from a real site, endless new words, ends at the budget of its domain.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import attrs

from ..items import EVERY_TARGET, Visit
from ..urls import domain_of, host_of
from .pattern import Node, Patterns, fold

COPY, NUMBERS, LINKED = 50, 10, 2
NEW, LEADS_ON = -1, 0
EARNED = 10
"""Points that a page which brought something adds to what its pattern may have."""
BELOW_FACTOR = 10
"""So much more may come together before all below a directory or a host is left."""
FERTILE = 10
"""A pattern still brings something when one of its last pages, so many, did."""
MOST_TEXTS = 50_000
"""How many texts and links met lately are remembered, at least."""
MOST_LINKS = 100
"""How many links of one page are looked at."""

MAX_URL_LENGTH = 2083
"""Longer URLs are traps or broken: browsers and sitemaps (sitemaps.org, 2,048) set about the same bound."""
MOST_SEGMENTS = 25
MOST_PARAMETERS = 20
MOST_REPEATS = 3
"""A segment with letters stands in a path at most so often (Heritrix allows two repetitions in a row)."""

REASONS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("session", re.compile(r"[?&;/=](?=[0-9]*[a-z])(?=[a-z]*[0-9])[0-9a-z]{12,}(?![^&;/?])", re.IGNORECASE)),
    ("calendar", re.compile(r"(?<![0-9])[12][0-9]{3}[-/_.]?(?:0?[1-9]|1[0-2])(?![0-9]{3})|[?&](?:year|month|week|day|date)=")),
    ("pagination", re.compile(r"[?&](?:page|paged|pg|p|start|offset|from|skip|cursor)=|/(?:page|p)[/-]?[0-9]", re.IGNORECASE)),
    ("facets", re.compile(r"\?[^&]*&.")),
    ("duplicates", re.compile("")),
)  # fmt: skip
"""What a pattern that was cut is called: the first row that is found in the URL of its last page."""

READ = frozenset({"ok", "soft_404"})
"""The outcomes of a page whose text says something of its pattern."""
Asked = tuple[str, int, int]
"""A URL to go on with: (url, depth, hops)."""
_LEARNT = frozenset({"subdomains", *(reason for reason, _ in REASONS)})


@attrs.frozen
class Cut:
    """What is left out: a pattern of a registrable domain, and why."""

    domain: str
    pattern: str
    reason: str


Refused = tuple[str, int, int, Cut]
"""A URL that is left out, and why."""


@attrs.define
class Traps:
    """What one crawl has learnt. ``patience`` is the option max_copies; 0 learns nothing."""

    patience: int = 20
    patterns: Patterns = attrs.field(factory=Patterns)
    _texts: tuple[set[int], set[int]] = attrs.field(factory=lambda: (set(), set()))

    def restore(self, cuts: Iterable[Cut]) -> None:
        """What an earlier run of the job has cut."""
        for cut in cuts:
            if self.patience and cut.reason in _LEARNT:
                self.patterns.cuts.setdefault(cut.domain, {})[cut.pattern] = cut.reason

    def refuses(self, url: str) -> Cut | None:
        """The pattern for which a URL is not to be fetched."""
        domain = domain_of(host_of(url))
        if domain not in self.patterns.cuts:
            return None
        node = next((node for node in self.patterns.find(url) if node.reason), None)
        return None if node is None else Cut(domain, node.text, node.reason)

    def sift(self, found: Iterable[Asked]) -> tuple[list[Asked], list[Refused]]:
        """The URLs to go on with, and those to leave out, each with its reason."""
        kept: list[Asked] = []
        refused: list[Refused] = []
        for url, depth, hops in found:
            cut = misshapen(url) or self.refuses(url)
            if cut is None:
                kept.append((url, depth, hops))
            else:
                refused.append((url[:MAX_URL_LENGTH], depth, hops, cut))
        return kept, refused

    def learn(self, url: str, visit: Visit, kept: Sequence[Asked], *, is_copy: bool) -> list[Cut]:
        """A page was read; returns the patterns that are cut by it.

        ``url`` is what was asked for, ``kept`` are the new URLs the page gave. ``is_copy`` says that a redirect led to a page
        that was read already. A page that could not be read says nothing of its pattern.
        """
        if not self.patience or not (is_copy or (visit.outcome in READ and visit.text_digest)):
            return []
        path = self.patterns.grow(url)
        points = COPY if is_copy else self._points(visit, path[-1], kept)
        cuts = []
        for node in path:
            node.since = 0 if points == NEW else node.since + 1
            node.new += points == NEW
            node.points = node.points + points if points > 0 else 0
            if node.points >= self._limit(node) and not node.reason:
                cut = Cut(domain_of(host_of(url)), node.text, _reason(url, path[0]))
                self.patterns.cut(cut.domain, node, cut.reason)
                cuts.append(cut)
        return cuts

    def _points(self, visit: Visit, leaf: Node, kept: Sequence[Asked]) -> int:
        """The points of a page, by the first row of the table that fits."""
        is_copy = self._met(visit.source_domain, visit.title, visit.text_digest)
        said = [self._met(visit.source_domain, *outline) for outline in enumerate(visit.text_outlines)]
        if not (is_copy or any(said)):
            return NEW
        is_tracked = visit.targets_checked != [EVERY_TARGET]
        links = {
            link.target_url if is_tracked else fold(link.target_url.partition("?")[0])
            for link in visit.links[:MOST_LINKS]
        }
        if [link for link in links if not self._met(visit.source_domain, link)]:
            return NEW
        if any(self._is_fertile(url, leaf) for url, _, _ in kept):
            return LEADS_ON
        if is_copy:
            return COPY
        return LINKED if links and is_tracked else NUMBERS

    def _is_fertile(self, url: str, leaf: Node) -> bool:
        """Does a URL belong to another pattern that still brings something?"""
        path = self.patterns.find(url)
        node = path[-1] if path else leaf
        return node is not leaf and node.is_leaf and node.new > 0 and node.since < FERTILE

    def _limit(self, node: Node) -> int:
        return (COPY * self.patience + EARNED * node.new) * (1 if node.is_leaf else BELOW_FACTOR)

    def _met(self, *what: object) -> bool:
        """Was this met before? It is remembered from now on, until very many others were met since."""
        mark = hash(what)
        recent, older = self._texts
        known = mark in recent or mark in older
        recent.add(mark)
        if len(recent) > MOST_TEXTS:
            self._texts = (set(), recent)
        return known


def misshapen(url: str) -> Cut | None:
    """A URL that is a trap by its form: too long, too deep, with too many parameters, or with segments that come again."""
    reason = ""
    path, _, query = url.partition("?")
    if len(url) > MAX_URL_LENGTH:
        reason = "length"
    elif query.count("&") >= MOST_PARAMETERS:
        reason = "parameters"
    elif (depth := path.count("/") - 2) > MOST_SEGMENTS:
        reason = "segments"
    elif depth > MOST_REPEATS:
        segments = [part for part in path.split("/")[3:] if not part.isdecimal()]
        if any(segments.count(part) > MOST_REPEATS for part in set(segments)):
            reason = "repetition"
    host = host_of(url)
    return Cut(domain_of(host), host, reason) if reason else None


def _reason(url: str, host: Node) -> str:
    if host.name.startswith("*."):
        return "subdomains"
    return next(reason for reason, form in REASONS if form.search(url))
