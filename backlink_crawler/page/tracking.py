"""Whose accounts of analytics, tag managers and advertising a page names in its scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import attrs

from .tree import Attributes, Node

MOST = 20
"""So many accounts of a page are kept."""
_MOST_TEXT = 4_000
"""Characters of one script that are looked at: what names an account is short, or says so at its beginning."""
_MOST_SOURCE = 1_000
_MOST_SCRIPTS = 200
_DATA = frozenset({"application/ld+json", "application/json", "importmap", "speculationrules"})
_EXAMPLE = re.compile(r"(.)\1*|0?1234\d*|abcd.*", re.IGNORECASE)
"""What documentation writes in place of an account: one character again and again, or as one counts."""


@attrs.frozen
class _Kind:
    """How an account is written: it is looked for when the page has its ``word``; the groups of ``pattern`` are the account."""

    word: str
    pattern: re.Pattern[str]


def _kind(word: str, pattern: str) -> _Kind:
    return _Kind(word, re.compile(pattern))


KINDS: dict[str, _Kind] = {
    "adsense": _kind("ca-pub-", r"ca-pub-(\d{16})(?!\d)"),
    "baidu": _kind("hm.baidu", r"hm\.baidu\.com/hm\.js\?([0-9a-f]{32})\b"),
    "clarity": _kind(
        "clarity",
        r"[\"']clarity[\"']\s*,\s*[\"']script[\"']\s*,\s*[\"']([a-z0-9]{8,12})[\"']",
    ),
    "google-ads": _kind("AW-", r"AW-(?<=[\"'=]AW-)(\d{8,12})(?=[\"'&/])"),
    "google-analytics": _kind("UA-", r"UA-(?<=[\"'=]UA-)(\d{4,10})-\d{1,4}(?=[\"'&])"),
    "google-tag": _kind("G-", r"G-(?<=[\"'=]G-)([A-Z0-9]{8,12})(?=[\"'&])"),
    "google-tag-manager": _kind("GTM-", r"GTM-(?<=[\"'=]GTM-)([A-Z0-9]{4,9})(?=[\"'&])"),
    "hotjar": _kind("hjid", r"hjid\s*:\s*(\d{5,9})\b"),
    "matomo": _kind(
        "setSiteId",
        r"(?s)\bu\s*=[^;\n]{0,120}?//([a-z0-9.-]+\.[a-z0-9-]+)/.{0,400}?[\"']setSiteId[\"']\s*,\s*[\"']?(\d{1,6})\b",
    ),
    "meta-pixel": _kind("fbq", r"fbq\(\s*[\"']init[\"']\s*,\s*[\"'](\d{10,17})[\"']"),
    "statcounter": _kind("sc_project", r"sc_project\s*=\s*(\d{5,9})\b"),
    "yandex-metrica": _kind(
        "etrika",
        r"(?:\bYa\.Metrika2?\(\s*\{\s*id\s*:\s*|\bym\(\s*)(\d{5,10})\b(?=\s*[,}])",
    ),
}
"""Kind -> how its accounts are written, in the snippets that their makers hand out. Of Google Analytics' older ``UA-account-property``
the account is kept: an owner's sites share it. An account of Matomo is the server and the number of the site there.
"""

_WORDS = tuple((kind.word, name) for name, kind in KINDS.items())


def tracking_ids(scripts: Sequence[Node], metas: Sequence[Attributes]) -> list[str]:
    """The accounts that a page names, as ``kind:account``; sorted, each once, at most :data:`MOST`.

    Read are its elements ``script`` and ``ins`` (where advertisements are placed), and the meta element of AdSense. What the
    scripts load in turn is not seen.
    """
    text = "\n".join(_texts(scripts, metas))
    named = {name for word, name in _WORDS if word in text}
    return sorted({account for name in named for account in _accounts(name, text)})[:MOST] if named else []


def _texts(scripts: Sequence[Node], metas: Sequence[Attributes]) -> Iterator[str]:
    """What may name an account; an attribute in quotes, as markup has it."""
    for node in scripts[:_MOST_SCRIPTS]:
        attributes = node.attributes
        if node.tag == "ins":
            yield f'"{attributes.get("data-ad-client") or ""}"'
            continue
        source = attributes.get("src") or attributes.get("data-src")
        if source:
            yield f'"{source[:_MOST_SOURCE]}"'
        elif attributes.get("type") not in _DATA and (child := node.first_child) is not None:
            yield (child.text_content or "")[:_MOST_TEXT]
    for meta in metas:
        if meta.get("name") == "google-adsense-account":
            yield f'"{meta.get("content") or ""}"'


def _accounts(name: str, text: str) -> Iterator[str]:
    for found in KINDS[name].pattern.finditer(text):
        if not _EXAMPLE.fullmatch(found[1]):
            yield f"{name}:{'/'.join(found.groups())}"
