"""By what walls and false pages are known: data, a file for each kind in ``signatures/``.

=========  ============================================================================================================
headers    beginnings of ``name: value``, in lower case; one of them decides
urls       patterns of ``host/path``, in lower case: where one is sent instead of the page
marks      what stands in scripts, frames, forms, identifiers and classes of such a page, letter by letter
hosts      where scripts, frames and forms of such a page come from
classes    of the page's ``html`` or ``body``
needles    one of them is in a text when one of ``phrases`` or ``demands`` is: they say whether to look closer
around     words that may stand around a phrase, in any number
phrases    patterns of a whole title or heading, by language
demands    the same, of what a page says that is closed (``login_wall``)
=========  ============================================================================================================

Texts are compared as :func:`plain` writes them.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterable, Mapping
from importlib import resources
from typing import Any

import attrs

from ..classify.generic import fold

_SPACELESS = "\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
"""Thai, Lao, kana, Han and Hangul: there a word may end without a space."""
_BETWEEN = re.compile(
    "[\\s\\x00-/:-@\\[-`{-\\xbf\u060c\u061b\u061f\u0964\u2010-\u206f\u2190-\u2bff\u3000-\u303f]+"
)
_APART = re.compile("(?<=[\u3040-\u30ff\u3400-\u9fff]) (?=[\u3040-\u30ff\u3400-\u9fff])")
_NOTHING = "(?!)"


def plain(text: str) -> str:
    """A text folded, with one space for all punctuation and white space, and none between the characters of Han and kana."""
    text = _BETWEEN.sub(" ", fold(text)).strip()
    return text if text.isascii() else _APART.sub("", text)


@attrs.frozen(slots=False)
class Signature:
    """One kind of page; the fields are those of its file. The patterns of a text are compiled when one has a needle."""

    headers: tuple[bytes, ...] = ()
    url: re.Pattern[str] = re.compile(_NOTHING)
    marks: tuple[str, ...] = ()
    host: re.Pattern[str] = re.compile(_NOTHING)
    classes: frozenset[str] = frozenset()
    needles: tuple[str, ...] = ()
    phrases: str = _NOTHING
    demands: str = _NOTHING

    @functools.cached_property
    def phrase(self) -> re.Pattern[str]:
        """All phrases in one."""
        return re.compile(self.phrases)

    @functools.cached_property
    def demand(self) -> re.Pattern[str]:
        """All demands in one."""
        return re.compile(self.demands)

    def has_needle(self, text: str) -> bool:
        """May a plain text hold one of the phrases?"""
        for needle in self.needles:  # noqa: SIM110 - twice as fast as any(), and every page is asked
            if needle in text:
                return True
        return False

    def is_said(self, texts: Iterable[str]) -> bool:
        """Is one of these plain texts a phrase, as a whole?"""
        return any(self.has_needle(text) and self.phrase.fullmatch(text) for text in texts)

    def opens(self, text: str) -> bool:
        """Does a plain text begin with a phrase?"""
        return self.has_needle(text) and self.phrase.match(text) is not None

    def is_demanded(self, texts: Iterable[str]) -> bool:
        """Is one of these plain texts a demand, as a whole?"""
        return any(self.has_needle(text) and self.demand.fullmatch(text) for text in texts)

    def is_marked(self, markup: str) -> bool:
        """Does the markup hold one of the marks, or something from one of the hosts?"""
        return any(mark in markup for mark in self.marks) or self.host.search(markup) is not None


@functools.cache
def signature(kind: str) -> Signature:
    """The signature of an outcome, read once."""
    text = resources.files(__package__).joinpath("signatures", f"{kind}.toml").read_text(encoding="utf-8")
    said: dict[str, Any] = tomllib.loads(text)
    around = "|".join(map(plain, said.get("around", ()))) or _NOTHING
    hosts = "|".join(map(re.escape, said.get("hosts", ()))) or _NOTHING
    return Signature(
        headers=tuple(header.encode() for header in said.get("headers", ())),
        url=re.compile("|".join(said.get("urls", ())) or _NOTHING),
        marks=tuple(said.get("marks", ())),
        host=re.compile(rf"//(?:[\w.-]*\.)?(?:{hosts})(?![\w.-])"),
        classes=frozenset(said.get("classes", ())),
        needles=tuple(map(plain, said.get("needles", ()))),
        phrases=_whole(said.get("phrases", {}), around),
        demands=_whole(said.get("demands", {}), around),
    )


def _whole(phrases: Mapping[str, list[str]], around: str) -> str:
    """One pattern of all phrases, each with the words that may stand around it, and at the end of a word."""
    one = "|".join(fold(phrase) for several in phrases.values() for phrase in several) or _NOTHING
    end = f"(?=$| |[{_SPACELESS}])"
    return f"(?:(?:{around})(?: |(?<=[{_SPACELESS}])))*(?:{one}){end}(?: ?(?:{around}){end})*"
