"""Which living page of a site comes nearest to one that is gone? Pure: addresses, titles and anchors in, a page or nothing out.

A page that took over what another said mostly tells by its address (the last segment of its path, also with a letter
more or less), by its title, or by the words with which others link to the old one. A word counts the more, the fewer
pages of the site have it (inverse document frequency); similarities are Dice coefficients of weighted sets.
"""

from __future__ import annotations

import difflib
import heapq
import math
import re
from collections import defaultdict
from typing import TYPE_CHECKING
from urllib.parse import unquote

import attrs

from ..classify.generic import fold, is_generic, words_of
from ..history.answer import is_dumped_home
from ..urls import url_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence, Set

WEIGHTS = {"address": 0.95, "title": 0.9, "anchors": 0.6, "folder": 0.15}
"""How far each likeness can carry by itself; together they are joined like independent hints: 1 - (1 - a)(1 - b)…"""
ENOUGH = 0.6
"""Below this a page is no successor: nothing is better than nonsense."""
OTHER_LANGUAGE = 0.5
"""What remains of the likeness of a page in another language."""
TELLING = 0.3
"""A likeness that carries less than this is not named as a reason."""
LETTERS_ENOUGH = 0.85
"""Addresses whose words differ are alike by their letters from here on: a typing error, a plural."""
SAME_NUMBER = 0.65
"""The likeness of addresses that share a long number, such as that of a product."""
MOST_LOOKED_AT = 40
"""So many pages that share words with the old one are compared with it."""
COMMON = 2_000
"""A word or triple of letters on more pages than this finds none of them; nor one on more than a tenth of them."""

_ENDING = re.compile(r"\.(?:[a-z]{3,4}|[a-z]?html?\d?)$", re.I)
_INDEX = re.compile(r"(?:index|default)(?:\.\w+)?", re.I)
_YEAR = re.compile(r"(?:19|20)\d\d")
_NUMBER = re.compile(r"(?!(?:19|20)\d\d$)\d{4,}")
_NO_DIGIT = re.compile(r"\D+")


@attrs.frozen
class Page:
    """A page of the site; of a gone one ``title`` and ``language`` are those it had."""

    url: str
    title: str = ""
    language: str = ""
    anchors: Mapping[str, int] = attrs.field(factory=dict)
    """The anchors of links to it, and how many sites say each."""


@attrs.frozen
class Suggestion:
    """A page to redirect to. ``score`` is from 0 to 1; ``why`` names keys of :data:`WEIGHTS`, the strongest first."""

    url: str
    score: float
    why: tuple[str, ...]


@attrs.frozen
class _Traits:
    page: Page
    key: str
    name: str
    slug: frozenset[str]
    letters: frozenset[str]
    title: frozenset[str]
    folder: tuple[str, ...]


class Successors:
    """The living pages of a site, ready to be asked which of them comes nearest to a gone one."""

    def __init__(self, living: Iterable[Page]) -> None:
        self._pages = [_traits(page) for page in living]
        self._found_by: dict[str, list[int]] = defaultdict(list)
        for number, one in enumerate(self._pages):
            for feature in _features(one):
                self._found_by[feature].append(number)
        self._common = max(MOST_LOOKED_AT, min(len(self._pages) // 10, COMMON))

    def best(self, gone: Page) -> Suggestion | None:
        """The page that comes nearest, or None when none comes near enough."""
        lost = _traits(gone)
        found = [
            suggestion
            for one in self._alike(lost)
            if one.key != lost.key
            and not is_dumped_home(lost.key, one.key)
            and (suggestion := self._compare(lost, one)).score >= ENOUGH
        ]
        return min(found, key=lambda one: (-one.score, len(one.url), one.url), default=None)

    def _alike(self, lost: _Traits) -> list[_Traits]:
        shared: defaultdict[int, float] = defaultdict(float)
        for feature in _features(lost):
            numbers = self._found_by.get(feature, ())
            if len(numbers) <= self._common:
                weight = self._weight(feature)
                for number in numbers:
                    shared[number] += weight
        nearest = heapq.nlargest(MOST_LOOKED_AT, shared, key=lambda number: (shared[number], -number))
        return [self._pages[number] for number in nearest]

    def _compare(self, lost: _Traits, one: _Traits) -> Suggestion:
        likeness = {
            "address": self._address(lost, one),
            "title": self._dice(lost.title, one.title),
            "anchors": self._anchors(lost.page.anchors, one.slug | one.title),
            "folder": _shared(lost.folder, one.folder),
        }
        carried = {name: WEIGHTS[name] * value for name, value in likeness.items()}
        score = 1 - math.prod(1 - value for value in carried.values())
        if _speak_differently(lost.page.language, one.page.language):
            score *= OTHER_LANGUAGE
        why = sorted((name for name in carried if carried[name] >= TELLING), key=lambda name: -carried[name])
        return Suggestion(one.page.url, round(score, 2), tuple(why))

    def _address(self, lost: _Traits, one: _Traits) -> float:
        same_number = any(map(_NUMBER.fullmatch, lost.slug & one.slug))
        return max(
            self._dice(lost.slug, one.slug), _spelt_alike(lost.name, one.name), SAME_NUMBER * same_number
        )

    def _anchors(self, anchors: Mapping[str, int], words: Set[str]) -> float:
        """How much of what the links say stands on the page; what says nothing of a page is no evidence, one word little."""
        said = [
            (frozenset(spoken), sites)
            for text, sites in anchors.items()
            if not is_generic(spoken := _words(text))
        ]
        total = sum(sites for spoken, sites in said if spoken)
        if not total:
            return 0.0
        held = sum(
            sites * self._sum(spoken & words) / self._sum(spoken) * min(len(spoken & words) / 2, 1.0)
            for spoken, sites in said
            if spoken
        )
        return held / total

    def _dice(self, a: Set[str], b: Set[str]) -> float:
        shared = a & b
        return 2 * self._sum(shared) / (self._sum(a) + self._sum(b)) if shared else 0.0

    def _sum(self, words: Iterable[str]) -> float:
        return math.fsum(map(self._weight, words))

    def _weight(self, feature: str) -> float:
        """Inverse document frequency; a word that no living page has weighs as one that half a page has."""
        return math.log(1 + len(self._pages) / (len(self._found_by.get(feature, ())) or 0.5))


def _traits(page: Page) -> _Traits:
    key = url_key(page.url)
    path = unquote(key.partition("?")[0].partition("/")[2], errors="ignore")
    segments = [part for part in path.split("/") if part and not _INDEX.fullmatch(part)]
    slug = [_words(_ENDING.sub("", part)) for part in segments]
    last = _without_years(slug[-1]) if slug else []
    name = "".join(last)
    letters = frozenset(f"~{name[at : at + 3]}" for at in range(len(name) - 2))
    folder = tuple("-".join(words) for words in slug[:-1] if words)
    return _Traits(page, key, name, frozenset(last), letters, frozenset(_words(page.title)), folder)


def _words(text: str) -> list[str]:
    return words_of(fold(text).replace("_", " "))


def _without_years(words: Sequence[str]) -> Sequence[str]:
    """What a page is about, which next year's is about, too; a name that is a year alone stays."""
    return [word for word in words if not _YEAR.fullmatch(word)] or words


def _features(one: _Traits) -> Set[str]:
    return one.slug | one.title | one.letters | {word for text in one.page.anchors for word in _words(text)}


def _spelt_alike(a: str, b: str) -> float:
    """The part of the letters that two names share in their order, where it is nearly all; numbers differ or are equal."""
    if not a or not b or _NO_DIGIT.sub("", a) != _NO_DIGIT.sub("", b):
        return 0.0
    ratio = difflib.SequenceMatcher(None, a, b, autojunk=False).ratio()
    return ratio if ratio >= LETTERS_ENOUGH else 0.0


def _shared(a: Sequence[str], b: Sequence[str]) -> float:
    """The part of the longer folder that both begin with."""
    same = next(
        (nth for nth, (one, other) in enumerate(zip(a, b, strict=False)) if one != other), min(len(a), len(b))
    )
    return same / max(len(a), len(b)) if same else 0.0


def _speak_differently(one: str, other: str) -> bool:
    tags = {re.split("[-_]", tag)[0].lower() for tag in (one, other)}
    return len(tags) == 2 and "" not in tags
