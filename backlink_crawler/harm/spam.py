"""Words of known spam: gambling, drugs, adult, loans, counterfeits, essays, in many languages.

They are data, a file for each language in ``words/``: ``kind: phrase, …`` are phrases that mean little else, ``kind ~ word, …``
words that mean other things too. Compared are whole words, in NFKC and without case, as anchors are.
"""

from __future__ import annotations

import functools
import re
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

import attrs

from ..classify.generic import fold, words_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..classify.target import Target

_LEAST_INSIDE = 5
"""Words of at least so many letters are also found inside the target's name: ``casino`` in ``bestcasino.com``."""
_LINE = re.compile(r"(\w+)( ~|:) (.+)")


class Said(NamedTuple):
    """The words of spam that a text has."""

    sure: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()
    """Words that mean other things too."""

    def __bool__(self) -> bool:
        return bool(self.sure or self.doubtful)


class _Phrase(NamedTuple):
    text: str
    """As it is listed."""
    kind: str
    is_sure: bool


@attrs.frozen(eq=False)
class Vocabulary:
    """What counts as spam: phrases in the form of :func:`_written` -> what they are."""

    phrases: Mapping[str, _Phrase]
    _search: re.Pattern[str] = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        longest_first = sorted(self.phrases, key=lambda written: (-len(written), written))
        either = "|".join(map(re.escape, longest_first)) or "(?!)"
        object.__setattr__(self, "_search", re.compile(f" ({either})(?= )"))

    def said(self, text: str) -> Said:
        """The words of spam in a text, as they are listed."""
        found = [
            self.phrases[written] for written in dict.fromkeys(self._search.findall(f" {_written(text)} "))
        ]
        return Said(
            tuple(phrase.text for phrase in found if phrase.is_sure),
            tuple(phrase.text for phrase in found if not phrase.is_sure),
        )

    def pattern(self) -> str:
        """A regular expression (RE2) that finds, in text in lower case, what may have such words, and little else.

        It is kept plain: with any white space between the words, or without regard to case, it takes sixty times as long.
        """
        texts = sorted({phrase.text.lower() for phrase in self.phrases.values()})
        return "|".join(r"\W".join(map(re.escape, text.split())) for text in texts) or "$^"


def vocabulary(target: Target) -> Vocabulary:
    """The words of spam for links to a target. Kinds that its name, brand or keywords are about are left out."""
    own = [_written(text) for text in (target.part.host, *target.brand_words, *target.keywords)]
    inside = " ".join(text.replace(" ", "") for text in own)
    whole = f" {' '.join(own)} "
    known = _lists()
    dealt_in = {
        phrase.kind
        for written, phrase in known.items()
        if f" {written} " in whole
        or (len(joined := written.replace(" ", "")) >= _LEAST_INSIDE and joined in inside)
    }
    return Vocabulary({written: phrase for written, phrase in known.items() if phrase.kind not in dealt_in})


def _written(text: str) -> str:
    """The words of a text, parted by spaces."""
    return " ".join(words_of(fold(text)))


@functools.cache
def _lists() -> dict[str, _Phrase]:
    known: dict[str, _Phrase] = {}
    for file in sorted(resources.files(__package__).joinpath("words").iterdir(), key=lambda file: file.name):
        for line in file.read_text(encoding="utf-8").splitlines():
            if found := _LINE.fullmatch(line):
                kind, mark, phrases = found.groups()
                for text in phrases.split(","):
                    phrase = _Phrase(text.strip(), kind, mark == ":")
                    if phrase.is_sure or _written(text) not in known:
                        known[_written(text)] = phrase
    return known
