"""Where what a claim says differs from what was seen: the view ``claimed`` in SQL, and the table of what it compares."""

from __future__ import annotations

SHOWN = ("source_url", "target_url", "link_type", "follow", "rel_type", "anchor", "placement")
"""What is shown of the backlink that was seen for a claim, as ``seen_`` and the name."""


def _folded(text: str) -> str:
    """Text as it is compared: white space and case make no difference."""
    return f"lower(trim(regexp_replace(nfc_normalize({text}), '\\s+', ' ', 'g')))"


_FOLLOW = "coalesce(follow, NOT (nofollow OR ugc OR sponsored))"
"""Is it said to be followed, when that is not said in this word?"""
_WORD = "CASE WHEN sponsored THEN 'sponsored' WHEN ugc THEN 'ugc' ELSE 'nofollow' END"
DIFFERENCES: dict[str, tuple[str, str, str]] = {
    "follow": (
        f"{_FOLLOW} <> seen_follow",
        f"if({_FOLLOW}, 'follow', {_WORD})",
        "if(seen_follow, 'follow', seen_rel_type)",
    ),
    "ugc": (
        f"ugc <> seen_ugc AND {_FOLLOW} = seen_follow",
        "if(ugc, 'ugc', 'not ugc')",
        "if(seen_ugc, 'ugc', 'not ugc')",
    ),
    "sponsored": (
        f"sponsored <> seen_sponsored AND {_FOLLOW} = seen_follow",
        "if(sponsored, 'sponsored', 'not sponsored')",
        "if(seen_sponsored, 'sponsored', 'not sponsored')",
    ),
    "type": ("link_type <> seen_link_type", "'type ' || link_type", "seen_link_type"),
    "anchor": (
        f"{_folded('anchor')} <> {_folded('seen_anchor')} AND (anchor <> '' OR seen_anchor_source = 'text')",
        "'anchor \"' || anchor || '\"'",
        "'\"' || seen_anchor || '\"'",
    ),
    "target": (
        "target_key <> seen_target_key AND NOT list_contains(seen_redirects, target_url)",
        "'target ' || target_url",
        "seen_target_url",
    ),
    "lost": ("lost_at <= seen_at AND status = 'live'", "'lost'", "'live'"),
    "live": ("lost_at IS NULL AND last_seen > seen_since AND status = 'lost'", "'live'", "'lost'"),
}
"""What is compared: name -> when it differs, what is claimed, what it is. In SQL, over the columns of a claim and ``seen_``
columns of what was seen. Null on either side makes no difference.
"""

_OF_LINK = (*SHOWN[1:], "anchor_source", "ugc", "sponsored", "redirects")
"""In these the links of one page to one target page may differ."""
_OF_BACKLINK = ("source_url", "target_key", "since")
_HIDDEN = tuple(f"seen_{name}" for name in (*_OF_LINK, *_OF_BACKLINK) if name not in SHOWN)


def claimed(chosen: str = "") -> str:
    """The claims with their states, over what :func:`.state.define` keeps: a SELECT.

    With a table (or a statement in brackets) that has columns ``claim_id`` and ``seen_page`` only the claims in it: what is
    long is then read for these alone.
    """
    claims = f"(SELECT * FROM claims SEMI JOIN {chosen} AS chosen USING (claim_id))" if chosen else "claims"  # noqa: S608
    pages = f" SEMI JOIN {chosen} AS chosen ON hash(source_key) = seen_page" if chosen else ""
    best = ", ".join(f"best.{name} AS best_{name}" for name in _OF_LINK)
    kept = ", ".join(f"best.{name} AS seen_{name}" for name in _OF_BACKLINK)
    shown = ", ".join(
        f"CASE WHEN other IS NULL THEN best_{name} ELSE other.{name} END AS seen_{name}" for name in _OF_LINK
    )
    phrases = ", ".join(
        f"CASE WHEN {differs} THEN 'claimed ' || {said} || ', is ' || {seen} END"
        for differs, said, seen in DIFFERENCES.values()
    )
    same = f"{_folded('one.anchor')} = {_folded('claims.anchor')}"
    return f"""
WITH pairs AS (
    SELECT claims.*, seen_page, state::VARCHAR AS state, found.reason::VARCHAR AS reason, found.status::VARCHAR AS status,
        checked_at, seen_at, {kept}, {best},
        CASE WHEN {_folded("claims.anchor")} <> {_folded("best.anchor")}
            THEN list_filter(other_links, lambda one: {same})[1] END AS other
    FROM {claims} AS claims JOIN claim_states AS found ON hash(claims.claim_id) = claim
    LEFT JOIN (SELECT * FROM backlinks{pages}) AS best ON hash(best.source_key) = seen_page AND hash(best.target_key) = seen_linked
),
whole AS (
    SELECT * EXCLUDE (other, {", ".join(f"best_{name}" for name in _OF_LINK)}), {shown} FROM pairs
)
SELECT * EXCLUDE ({", ".join(_HIDDEN)}),
    CASE WHEN kind = 'site' THEN []::VARCHAR[]
        ELSE list_filter([{phrases}], lambda phrase: phrase IS NOT NULL) END AS differences
FROM whole
"""  # noqa: S608
