"""Words and phrases that say nothing of the page they lead to: ``click here``, ``weiterlesen``, ``点击这里``.

They are data, a file for each language in ``words/``: phrases parted by commas, and after ``~`` the words
that only join them (articles, prepositions). A text is generic when it is one of the phrases, or when one
language has all its words and at least one of them is a phrase by itself (``read the full article``).
"""

from __future__ import annotations

import functools
import re
import unicodedata
from importlib import resources
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Sequence

_MANY = 6
"""A text of more words says something, whatever the words."""

_MARKS = dict.fromkeys(map(ord, "™®©℠"), " ")  # NFKC would make letters of the first
_INVISIBLE = dict.fromkeys(
    (0xAD, 0x61C, 0x180E, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF)
)
_REMOVED = _MARKS | _INVISIBLE
_IS_REMOVED = re.compile(f"[{''.join(map(chr, _REMOVED))}]").search
_POSSESSIVE = re.compile(r"['’ʼ]s\b")
_SPACELESS = (  # Thai, Lao, Burmese, Khmer, kana, Han; and Hangul, whose particles stick to the words
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U00020000-\U0003ffff"
)
_ASCII_WORD = re.compile(r"[a-z0-9]+")  # the same and faster where it will do
_IS_SPACELESS = re.compile(f"[{_SPACELESS}]").search
_WORD = re.compile(rf"[^\W_{_SPACELESS}]+|(?=\w)[{_SPACELESS}]")


def fold(text: str) -> str:
    """A text in NFKC and case-folded, without trade marks and invisible characters (Unicode, UAX 15)."""
    if text.isascii():
        return text.lower()
    if _IS_REMOVED(text):
        text = text.translate(_REMOVED)
    return unicodedata.normalize("NFKC", text).casefold()


def words_of(folded: str) -> list[str]:
    """The words of a folded text; a script written without spaces has one a character.

    Punctuation, arrows, quotes and emoji are no words, nor is a possessive ``'s``.
    """
    if "'" in folded or "’" in folded:
        folded = _POSSESSIVE.sub("", folded)
    is_ascii = folded.isascii()
    if folded.replace(" ", "").isalnum() and (is_ascii or not _IS_SPACELESS(folded)):
        return folded.split()  # as most
    return (_ASCII_WORD if is_ascii else _WORD).findall(folded)


def is_generic(words: Sequence[str]) -> bool:
    """Whether words say nothing of what they lead to; numbers as ``[1]`` don't."""
    known = _vocabulary()
    if words and words[0] in known.openings and " ".join(words) in known.phrases:
        return True
    if len(words) > _MANY:
        return False
    shared, alone = -1, 0
    for word in words:
        shared &= known.languages.get(word, 0)
        if not shared:
            return words[0].isdecimal() and all(map(str.isdecimal, words))
        alone |= known.alone.get(word, 0)
    return bool(shared & alone)


def is_joining(words: Sequence[str]) -> bool:
    """Whether words only join others: ``the``, ``von der``."""
    shared = -1
    for word in words:
        shared &= _vocabulary().joining.get(word, 0)
    return bool(shared)


@attrs.frozen
class _Vocabulary:
    """All phrases with the words that open them, and for single words a bit for each language that has it."""

    phrases: set[str] = attrs.field(factory=set)
    openings: set[str] = attrs.field(factory=set)
    alone: dict[str, int] = attrs.field(factory=dict)
    joining: dict[str, int] = attrs.field(factory=dict)
    languages: dict[str, int] = attrs.field(factory=dict)


@functools.cache
def _vocabulary() -> _Vocabulary:
    known = _Vocabulary()
    files = sorted(resources.files(__package__).joinpath("words").iterdir(), key=lambda file: file.name)
    for number, file in enumerate(files):
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.startswith("#"):
                continue
            joins = line.startswith("~")
            for phrase in line.lstrip("~").split(","):
                words = words_of(fold(phrase))
                if not joins:
                    known.phrases.add(" ".join(words))
                    known.openings.update(words[:1])
                if len(words) == 1:
                    for table in (known.joining if joins else known.alone, known.languages):
                        table[words[0]] = table.get(words[0], 0) | 1 << number
    return known
