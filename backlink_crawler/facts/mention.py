"""A target named in the text of a page that does not link to it: a prospect, and never a backlink."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING

import attrs

from .link import link_on

if TYPE_CHECKING:
    from ..classify.target import Target, Targets
    from ..items import Link, Visit
    from ..page.parse import Page

CONTEXT = 100
"""Characters of text on each side that are kept."""
SHORTEST_DERIVED = 4
"""A brand word that was not given but taken from the domain is looked for when it has so many letters."""
MANY = 20
"""Names of more targets are first looked up among the words of a text, which are then worth collecting."""
_LONGEST_TEXT = 1_000_000
_LONGEST_HOST = 255
_WORD = re.compile(r"\w+")
_MAIL = re.compile(r"@[\w.-]*\Z")
"""What stands before the host in an address of mail at a subdomain."""


@attrs.frozen
class _Name:
    """What names a target, case folded; ``word`` is a whole word of any text that says it, empty where there is none."""

    phrase: str
    is_host: bool
    pattern: re.Pattern[str]
    word: str


def find(visit: Visit, page: Page, targets: Targets) -> list[Link]:
    """One mention of each target that the page names and does not link to; none of those that own the page."""
    linked = {
        name
        for link in visit.links
        for name in targets.names_for(
            link.target_url, link.target_host, visit.source_domain, visit.source_site
        )
    }
    wanted = [
        (one, names)
        for one, names in _named(targets)
        if one.name not in linked and not one.owns(visit.source_domain, visit.source_site)
    ]
    if not wanted:
        return []
    text = " ".join(page.text[:_LONGEST_TEXT].split())
    folded = text.casefold()
    words = frozenset(_WORD.findall(folded)) if len(wanted) > MANY else None
    found = ((target, _place(names, folded, words)) for target, names in wanted)
    return [
        _mention(visit, target, text, _unfolded(place, text, folded))
        for target, place in found
        if place is not None
    ]


def phrases(target: Target) -> tuple[tuple[str, bool], ...]:
    """What names a target, case folded, the surest first, and whether it is a host: its host, then its brand words."""
    words = target.brand or tuple(word for word in target.brand_words if len(word) >= SHORTEST_DERIVED)
    folded = (" ".join(word.casefold().split()) for word in words)
    return ((target.part.host.removeprefix("www."), True), *((word, False) for word in folded if word))


@lru_cache(maxsize=2)
def _named(targets: Targets) -> list[tuple[Target, tuple[_Name, ...]]]:
    return [
        (target, tuple(_name(phrase, is_host) for phrase, is_host in phrases(target))) for target in targets
    ]


def _place(names: tuple[_Name, ...], folded: str, words: frozenset[str] | None) -> tuple[int, int] | None:
    """Where a target is named first: from, to."""
    for name in names:
        if words is not None and name.word and name.word not in words:
            continue
        start = folded.find(name.phrase)
        while start >= 0:
            if name.pattern.match(folded, start) and not (
                name.is_host and _MAIL.search(folded, max(start - _LONGEST_HOST, 0), start)
            ):
                return start, start + len(name.phrase)
            start = folded.find(name.phrase, start + 1)
    return None


def _name(phrase: str, is_host: bool) -> _Name:
    """A host ends where no other begins and is no part of an address of mail; a word is no part of another, or of a host."""
    if is_host:
        before, after = r"(?<![\w@-])", r"(?![\w-]|\.\w)"
    else:
        before = r"(?<!\w)(?<!\w[.@-])" if _parts_words(phrase[0]) else ""
        after = r"(?!\w)(?![.@-]\w)" if _parts_words(phrase[-1]) else ""
    first = _WORD.match(phrase) if before else None
    is_whole = first is not None and (after or first.end() < len(phrase))
    pattern = re.compile(before + re.escape(phrase) + after)
    return _Name(phrase, is_host, pattern, first[0] if first and is_whole else "")


def _unfolded(place: tuple[int, int], text: str, folded: str) -> tuple[int, int]:
    """The same place in the text as it was written: folding makes two letters of some, such as of ß."""
    if len(folded) == len(text):
        return place
    ends = list(accumulate(len(letter.casefold()) for letter in text))
    return bisect_right(ends, place[0]), bisect_left(ends, place[1]) + 1


def _parts_words(letter: str) -> bool:
    """Is it of a script that parts words? Chinese, Japanese and Thai do not."""
    return not unicodedata.name(letter, "").startswith(("CJK", "HIRAGANA", "KATAKANA", "THAI"))


def _mention(visit: Visit, target: Target, text: str, place: tuple[int, int]) -> Link:
    begin, end = place
    return link_on(
        visit,
        target=target.name,
        link_type="mention",
        anchor=text[begin:end],
        anchor_source="text",
        placement="content",
        context_before=text[max(begin - CONTEXT, 0) : begin].strip(),
        context_after=text[end : end + CONTEXT].strip(),
    )
