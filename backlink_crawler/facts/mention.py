"""A target named in the text of a page that does not link to it: a prospect, and never a backlink."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from ..items import Link

if TYPE_CHECKING:
    from ..classify.target import Target, Targets
    from ..items import Visit
    from ..page.parse import Page

CONTEXT = 100
"""Characters of text on each side that are kept."""
SHORTEST_DERIVED = 4
"""A brand word that was not given but taken from the domain is looked for when it has so many letters."""
_LONGEST_TEXT = 1_000_000


def find(visit: Visit, page: Page, targets: Targets) -> list[Link]:
    """One mention of each target that the page names and does not link to; none of those that own the page."""
    linked = {
        name
        for link in visit.links
        for name in targets.names_for(
            link.target_url, link.target_host, visit.source_domain, visit.source_site
        )
    }
    wanted = [
        one
        for one in targets
        if one.name not in linked and not one.owns(visit.source_domain, visit.source_site)
    ]
    if not wanted:
        return []
    text = " ".join(page.text[:_LONGEST_TEXT].split())
    folded = text.casefold()
    found = ((target, _place(target, text, folded)) for target in wanted)
    return [_mention(visit, page, target, text, place) for target, place in found if place is not None]


def phrases(target: Target) -> tuple[tuple[str, bool], ...]:
    """What names a target, case folded, the surest first, and whether it is a host: its host, then its brand words."""
    words = target.brand or tuple(word for word in target.brand_words if len(word) >= SHORTEST_DERIVED)
    return (
        (target.part.host.removeprefix("www."), True),
        *((word.casefold(), False) for word in words if word.strip()),
    )


def _place(target: Target, text: str, folded: str) -> tuple[int, int] | None:
    """Where a target is named first: from, to."""
    for phrase, is_host in phrases(target):
        if phrase not in folded:
            continue
        found = _pattern(phrase, is_host).search(text)
        if found:
            return found.span()
    return None


@cache
def _pattern(phrase: str, is_host: bool) -> re.Pattern[str]:
    """A host ends where no other begins and is no part of an address of mail; a word is no part of another, or of a host."""
    said = re.escape(phrase).replace(r"\ ", r"\s+")
    if is_host:
        return re.compile(rf"(?<![\w@-]){said}(?![\w-]|\.\w)|(?<=[\w-]\.){said}(?![\w-]|\.\w)", re.IGNORECASE)
    before = r"(?<!\w)(?<!\w[.@-])" if _parts_words(phrase[0]) else ""
    after = r"(?!\w)(?![.@-]\w)" if _parts_words(phrase[-1]) else ""
    return re.compile(before + said + after, re.IGNORECASE)


def _parts_words(letter: str) -> bool:
    """Is it of a script that parts words? Chinese, Japanese and Thai do not."""
    return not unicodedata.name(letter, "").startswith(("CJK", "HIRAGANA", "KATAKANA", "THAI"))


def _mention(visit: Visit, page: Page, target: Target, text: str, place: tuple[int, int]) -> Link:
    begin, end = place
    return Link(
        target=target.name,
        source_url=visit.source_url,
        source_host=visit.source_host,
        source_domain=visit.source_domain,
        source_site=visit.source_site,
        link_type="mention",
        anchor=text[begin:end],
        anchor_source="text",
        placement="content",
        context_before=text[max(begin - CONTEXT, 0) : begin].strip(),
        context_after=text[end : end + CONTEXT].strip(),
        page_title=page.title,
        page_language=page.language,
        page_noindex=page.noindex,
        page_canonical=page.canonical_url,
        fetched_at=visit.fetched_at,
        crawl_id=visit.crawl_id,
        provenance=visit.provenance,
    )
