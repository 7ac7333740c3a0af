"""The ``rel`` attribute, and whether a link endorses.

Tokens are split on HTML white space (HTML Standard, 2.3.7) and on commas, which Google documents as well
("Qualify your outbound links to Google").
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..items import ENDORSING_TYPES

WITHHOLDING = ("sponsored", "ugc", "nofollow")
"""The tokens that withhold endorsement, the word that names a link best first."""

_SEPARATORS = re.compile("[\t\n\f\r ,]+")
_ASCII_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


def tokens(rel: str | None) -> list[str]:
    """The tokens of a ``rel`` attribute: ASCII lower case, in order, each once."""
    if not rel:
        return []
    return list(dict.fromkeys(filter(None, _SEPARATORS.split(rel.translate(_ASCII_LOWER)))))


def flags(rel: Sequence[str]) -> tuple[bool, bool, bool]:
    """(nofollow, ugc, sponsored) of a token list: of the attribute alone, independent of one another."""
    return "nofollow" in rel, "ugc" in rel, "sponsored" in rel


def judge(
    link_type: str, rel: Sequence[str], page_signals: Sequence[str], page_nofollow: bool
) -> tuple[bool | None, list[str], str | None]:
    """(follow, follow_reason, rel_type) of a link.

    ``page_signals`` are the readable signals of the page's directives, of which those that say nofollow count here;
    ``page_nofollow`` is what they come to. Follow is None for link types that are no vote.
    """
    if link_type not in ENDORSING_TYPES:
        return None, [], None
    said = [token for token in WITHHOLDING if token in rel]
    reason = [f"rel: {token}" for token in said]
    if page_nofollow:
        reason += [signal for signal in page_signals if "nofollow" in signal or "none" in signal] or ["page nofollow"]
    if not reason:
        return True, [], "dofollow"
    return False, reason, said[0] if said else "nofollow"
