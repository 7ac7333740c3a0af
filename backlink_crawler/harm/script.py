"""Scripts that languages are written in, and letters of others."""

from __future__ import annotations

import re

SCRIPTS = {
    "Cyrillic": "\u0400-\u052f",
    "Greek": "\u0370-\u03ff",
    "Hebrew": "\u0590-\u05ff",
    "Arabic": "\u0600-\u06ff\u0750-\u077f",
    "Devanagari": "\u0900-\u097f",
    "Bengali": "\u0980-\u09ff",
    "Tamil": "\u0b80-\u0bff",
    "Thai": "\u0e00-\u0e7f",
    "Georgian": "\u10a0-\u10ff",
    "Armenian": "\u0530-\u058f",
    "Hangul": "\uac00-\ud7af",
    "Kana": "\u3040-\u30ff",
    "Han": "\u3400-\u4dbf\u4e00-\u9fff",
}
"""Script -> its letters (Unicode blocks), as ranges of a character class. Latin is read everywhere, and is none of them."""

_WRITTEN = {
    "Cyrillic": "ru uk be bg sr mk kk ky tg mn bs ab ba cv os tt uz az",
    "Greek": "el",
    "Hebrew": "he iw yi",
    "Arabic": "ar fa ur ps ckb ku sd ug az pa",
    "Devanagari": "hi mr ne sa kok mai bho",
    "Bengali": "bn as",
    "Tamil": "ta",
    "Thai": "th",
    "Georgian": "ka",
    "Armenian": "hy",
    "Hangul": "ko",
    "Kana": "ja",
    "Han": "ja zh ko yue wuu lzh",
}
"""Script -> the languages written in it, some of them in Latin too. Any other language is taken as written in Latin."""


def _beyond(language: str) -> str:
    """The letters, as ranges of a character class, that a language is not written in."""
    return "".join(ranges for script, ranges in SCRIPTS.items() if language not in _WRITTEN[script].split())


_FOREIGN: dict[str, list[str]] = {}
for _language in sorted({language for languages in _WRITTEN.values() for language in languages.split()}):
    _FOREIGN.setdefault(_beyond(_language), []).append(_language)
_ALL = "".join(SCRIPTS.values())


def is_foreign(text: str, title: str, language: str) -> str:
    """The condition in SQL (RE2) that a text may be in another script than its page: names of three columns in, of which the
    last holds the language's primary subtag in lower case.

    The title must have none of these letters: what a page states as its language is often its program's default.
    """
    cases = " ".join(
        f"WHEN {language} IN ({', '.join(map(repr, languages))}) THEN {_matches(ranges, text, title)}"
        for ranges, languages in _FOREIGN.items()
    )
    return f"CASE {cases} ELSE {_matches(_ALL, text, title)} END"


def _matches(ranges: str, text: str, title: str) -> str:
    return f"(regexp_matches({text}, '[{ranges}]{{3}}') AND NOT regexp_matches({title}, '[{ranges}]'))"


def foreign_letters(text: str, language: str) -> int:
    """How many letters of a text are of scripts that its page's language is not written in."""
    return len(re.findall(f"[{_beyond(language)}]", text))
