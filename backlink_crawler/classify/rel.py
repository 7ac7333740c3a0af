"""The ``rel`` attribute, and whether a link endorses.

Tokens are split on HTML white space (HTML Standard, 2.3.7) and on commas, which Google documents as well
("Qualify your outbound links to Google").
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..items import ENDORSING_TYPES

WITHHOLDING = ("sponsored", "ugc", "nofollow")
"""The tokens that withhold endorsement, in the order in which one of several names the link (``rel_type``)."""

_SEPARATORS = re.compile("[\t\n\f\r ,]+")
_ASCII_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


def tokens(rel: str | None) -> list[str]:
    """The tokens of a ``rel`` attribute: ASCII lower case, in order, each once."""
    if not rel:
        return []
    lower = rel.lower() if rel.isascii() else rel.translate(_ASCII_LOWER)
    return list(dict.fromkeys(filter(None, _SEPARATORS.split(lower))))


def flags(rel: Sequence[str]) -> tuple[bool, bool, bool]:
    """(nofollow, ugc, sponsored) of a token list: of the attribute alone, independent of one another."""
    return "nofollow" in rel, "ugc" in rel, "sponsored" in rel


def judge(
    link_type: str, rel: Sequence[str], page_signals: Sequence[str], page_nofollow: bool
) -> tuple[bool | None, list[str], str | None]:
    """(follow, follow_reason, rel_type) of a link: does it endorse, what withholds that, and one word for people.

    ``page_signals`` are the signals of the page's directives, of which those that say nofollow count here, and
    ``page_nofollow`` is what they come to. Follow and rel_type are None for link types that are no vote.
    """
    if link_type not in ENDORSING_TYPES:
        return None, [], None
    if not rel and not page_nofollow:  # as most
        return True, [], "dofollow"
    withheld = [token for token in rel if token in WITHHOLDING]
    reason = [f"rel: {', '.join(withheld)}"] if withheld else []
    if page_nofollow:
        reason += [signal for signal in page_signals if _says_nofollow(signal)] or ["page: nofollow"]
    if not reason:
        return True, [], "dofollow"
    return False, reason, next((word for word in WITHHOLDING if word in withheld), "nofollow")


def _says_nofollow(signal: str) -> bool:
    """Of a readable signal such as ``X-Robots-Tag: googlebot: noindex, nofollow``."""
    rules = signal.rpartition(": ")[2].split(", ")
    return "nofollow" in rules or "none" in rules
