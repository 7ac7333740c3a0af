"""What the text of one cell means: a URL, a site, a flag, a number."""

from __future__ import annotations

import functools
import re
import unicodedata

from .. import urls

NOTHING = ("-", "–", "—", "N/A", "n/a", "#N/A", "null", "NULL", "None", "none", "nan", "NaN")
"""Cells that say nothing, besides empty ones."""
_TRUE = frozenset(
    "true t 1 1.0 yes y on x + ✓ ✔ wahr ja vrai oui verdadero si sí verdadeiro sim vero waar prawda tak истина да".split()
)
_FALSE = frozenset(
    "false f 0 0.0 no n off - – — ✗ ✘ falsch nein faux non falso não nao onwaar nee fałsz nie ложь нет".split()
)
"""Among them what spreadsheets of other languages make of TRUE and FALSE."""
_FOLLOWED = frozenset({"follow", "dofollow", "followed"})
_WITHHELD = frozenset({"nofollow", "nofollowed", "ugc", "sponsored"})
_SCHEME = re.compile(r"\s*https?:", re.IGNORECASE)
_HOST = re.compile(r"(?:[\w-]{1,63}\.)+[\w-]{2,63}")
_GROUPED = re.compile(r"\d{1,3}(?:[.,'’\s]\d{3})+")
_PLAIN = re.compile(r"(\d{1,18})(?:[.,]0*)?")


@functools.lru_cache(maxsize=4096)
def folded(header: str) -> str:
    """A header as it is compared: letters and digits only, without case: ``from_url`` and ``From URL`` are one."""
    return "".join(c for c in unicodedata.normalize("NFKC", header).casefold() if c.isalnum())


def address(text: str) -> str | None:
    """The normalised URL of a cell that is a whole http or https URL, else None."""
    if not _SCHEME.match(text):
        return None
    url = urls.resolve(text.strip(), "https://a.invalid/")
    return url if url and urls.is_http(url) else None


def host(text: str) -> str | None:
    """The host of a cell that is the name of a domain or site and no more, else None."""
    name = text.strip().removesuffix("/").removesuffix(".")
    return name.lower() if _HOST.fullmatch(name) and urls.known_suffix(name) else None


def flag(text: str, name: str = "") -> bool | None:
    """Yes, no, or None where the cell says neither. ``name`` is the claim's column: its own word is a yes (``nofollow``)."""
    word = text.strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    word = folded(word)
    if name == "follow":
        return True if word in _FOLLOWED else False if word in _WITHHELD else None
    if name and name.removeprefix("is_") in word:
        return True
    return False if name and word in _FOLLOWED else None


def number(text: str) -> int | None:
    """A whole number, with or without marks between thousands, else None."""
    text = text.strip()
    if plain := _PLAIN.fullmatch(text):
        return int(plain[1])
    return int("".join(filter(str.isdigit, text))) if _GROUPED.fullmatch(text) and len(text) < 24 else None
