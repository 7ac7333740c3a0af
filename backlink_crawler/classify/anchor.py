"""The class of an anchor text, by what it says of the target.

==============  ============================================================================================
``empty``       no words at all
``naked_url``   a URL or a domain as it is written: ``https://…``, ``Example.com``, ``example.com/pa…``
``exact``       a keyword and nothing else
``branded``     the brand alone, or with words that say nothing: ``Acme``, ``the Acme website``
``compound``    the brand and a keyword
``partial``     a keyword with more
``generic``     words that say nothing of the target: ``click here``
``other``       whatever else, the brand among other words too
==============  ============================================================================================

The first that holds counts, in this order.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

import attrs

from .. import urls
from .generic import fold, is_generic, is_joining, words_of
from .target import brand_word

if TYPE_CHECKING:
    from collections.abc import Sequence

_ENDS = re.compile(r"^[\W_]+|[\W_]+$")
_ALREADY_URL = re.compile(r"(?:h(?:tt|xx)ps?:|//|www\d?\.)\S")
_SCHEME = re.compile(r"^h(?:tt|xx)ps?:/*")
_BARE = re.compile(r"((?:[\w-]+\.)+[\w-]+)\.?(?::\d+)?([/?#]\S*)?")
_DOT = re.compile(r"\[\.\]|\[dot\]|\(dot\)|\s+dot\s+|。")
_SPACED = re.compile(r"\s*([.:/])\s*")
_FILE_ENDINGS = frozenset({"cc", "md", "mov", "pl", "ps", "py", "rs", "sc", "sh", "zip"})
"""Top-level names that are file endings or degrees as well: ``setup.py`` alone is no URL."""


def anchor_type(anchor: str, target_url: str, *, brand: Sequence[str], keywords: Sequence[str]) -> str:
    """The class of an anchor, one of items.ANCHOR_TYPES; an alt text is classified as text is.

    ``target_url`` is the normalised URL it leads to, whose domain is a brand too; ``brand`` and ``keywords``
    are those of the target. Compared are whole words, in NFKC and without case. Called for every link kept.
    """
    if not anchor:
        return "empty"
    return _judge(anchor, urls.host_of(target_url), tuple(brand), tuple(keywords))


@attrs.frozen
class _Target:
    """What anchors are compared with."""

    host: str
    domain: str
    brands: tuple[str, ...]
    exact: frozenset[str]
    partial: tuple[str, ...]


@functools.lru_cache(maxsize=4096)
def _target(host: str, brand: tuple[str, ...], keywords: tuple[str, ...]) -> _Target:
    domain = urls.domain_of(host)
    named = {"".join(words_of(fold(name))) for name in {*brand, domain, brand_word(host)}}
    exact = {" ".join(words_of(fold(keyword))) for keyword in keywords} - {""}
    partial = tuple(f" {keyword} " for keyword in exact)
    return _Target(
        host, domain, tuple(sorted(named - {""}, key=len, reverse=True)), frozenset(exact), partial
    )


@functools.lru_cache(maxsize=8192)
def _judge(anchor: str, host: str, brand: tuple[str, ...], keywords: tuple[str, ...]) -> str:
    folded = fold(anchor)
    words = words_of(folded)
    if not words:
        return "empty"
    target = _target(host, brand, keywords)
    if _is_url(folded, target):
        return "naked_url"
    text = " ".join(words) if target.exact else ""
    if text in target.exact:
        return "exact"
    rest = _without_brand(words, target.brands)
    branded = len(rest) < len(words)
    if branded and (not rest or is_joining(rest) or is_generic(rest)):
        return "branded"
    if target.exact:
        padded = f" {text} "
        if any(keyword in padded for keyword in target.partial):
            return "compound" if branded else "partial"
    return "generic" if is_generic(words) else "other"


def _without_brand(words: list[str], brands: Sequence[str]) -> list[str]:
    """The words beside the brands, which may be written apart: ``Example Shop`` is ``exampleshop``."""
    joined = "".join(words)
    present = [brand for brand in brands if brand in joined]
    if not present:
        return words
    rest = []
    at = 0
    while at < len(words):
        end = next((end for brand in present if (end := _brand_end(words, at, brand))), 0)
        if not end:
            rest.append(words[at])
        at = end or at + 1
    return rest


def _brand_end(words: list[str], start: int, brand: str) -> int:
    """Where a brand that begins with the word at ``start`` ends; 0 if none begins there."""
    written = ""
    for at in range(start, len(words)):
        written += words[at]
        if written == brand:
            return at + 1
        if not brand.startswith(written):
            break
    return 0


def _is_url(folded: str, target: _Target) -> bool:
    """Whether a text is a URL and no more than words that say nothing: ``visit www.example.com``."""
    if "." not in folded and "//" not in folded and "。" not in folded and "dot" not in folded:
        return False
    text = _DOT.sub(".", folded)
    cut = text.rstrip().endswith("...")
    text = _ENDS.sub("", text)
    if " " not in text:
        return _is_written_url(text, target, cut=cut)
    closed = _SPACED.sub(r"\1", text)
    if " " not in closed and _lies_in(closed, target):
        return True
    parts = text.split()
    others = [part for part in parts if not _is_written_url(_ENDS.sub("", part), target, cut=cut)]
    return len(others) == len(parts) - 1 and is_generic(words_of(" ".join(others)))


def _is_written_url(text: str, target: _Target, *, cut: bool) -> bool:
    """Whether one word is a URL: by its beginning, by its domain, or by an ending that only domains have."""
    if _ALREADY_URL.match(text) or _lies_in(text, target):
        return True
    if cut and "." in text and (target.host.startswith(text) or target.domain.startswith(text)):
        return True
    host, path = _host_and_path(text)
    stem, _, ending = host.rpartition(".")
    if not path and (ending in _FILE_ENDINGS or len(stem) < 2):
        return False
    return bool(stem) and not urls.is_ip(host) and urls.known_suffix(host)


def _lies_in(text: str, target: _Target) -> bool:
    """Whether a text without white space is the target's own domain, or a host or URL in it."""
    text = _SCHEME.sub("", text)
    host, _ = _host_and_path(text)
    return bool(host) and urls.domain_of(host) == target.domain


def _host_and_path(text: str) -> tuple[str, str]:
    """Host in ASCII and path of a URL written without its scheme; ('', '') for what is none."""
    found = _BARE.fullmatch(text)
    if not found:
        return "", ""
    return urls.ascii_host(found[1]) or "", found[2] or ""
