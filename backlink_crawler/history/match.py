"""Two readings of one page are matched, not compared by hash: which link of the later one is which of the earlier?"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator

    from .reading import Known, Seen

    Key = Callable[[Seen], Hashable]

SAME_TARGET: tuple[Key, ...] = (
    lambda link: (link.link_path, link.anchor, link.rel_type, link.placement, link.link_type),
    lambda link: (link.anchor, link.context) if link.anchor else None,
    lambda link: (link.link_path, link.anchor) if link.link_path else None,
    lambda link: (link.anchor, link.rel_type) if link.anchor else None,
    lambda link: link.link_path or None,
    lambda link: link.anchor or None,
    lambda link: link.context or None,
    lambda link: link.link_type,
)
"""Of links to the same page, the same in each of these are one, earlier ones first; a null never is."""
OTHER_TARGET: tuple[Key, ...] = (
    lambda link: (link.link_path, link.anchor) if link.anchor else None,
    lambda link: (link.anchor, link.context) if link.anchor and link.context else None,
    lambda link: (link.anchor, link.link_type) if link.anchor else None,
    lambda link: (link.context, link.link_type) if link.context else None,
    lambda link: (link.link_path, link.link_type) if link.link_path else None,
)
"""The same for links whose target changed."""


def pairs(before: Iterable[Seen], now: Iterable[Seen], keys: tuple[Key, ...]) -> Iterator[tuple[Seen, Seen]]:
    """Links that are one, as (earlier, later), each used once; within what is equal, in the order of the page."""
    old = sorted(before, key=lambda link: link.place)
    new = sorted(now, key=lambda link: link.place)
    for key in keys:
        if not old or not new:
            return
        waiting: dict[Hashable, list[Seen]] = {}
        for link in reversed(old):
            if (value := key(link)) is not None:
                waiting.setdefault(value, []).append(link)
        used: set[int] = set()
        for link in new:
            if found := waiting.get(key(link)):
                used.add(id(found[-1]))
                used.add(id(link))
                yield found.pop(), link
        old = [link for link in old if id(link) not in used]
        new = [link for link in new if id(link) not in used]


def changes(before: Known, now: tuple[Seen, ...]) -> Iterator[tuple[str, str | None, str | None, Seen]]:
    """(field, old, new, link) of each attribute that changed in the links to one target page; a field once."""
    told: set[str] = set()
    for old, new in pairs(before.links, now, SAME_TARGET):
        for field, was, is_now in differences(old, new):
            if field not in told:
                told.add(field)
                yield field, was, is_now, new


def differences(old: Seen, new: Seen) -> Iterator[tuple[str, str | None, str | None]]:
    """(field, old, new) of what a person would call a change of the link. Where other rules judged, it is theirs; and what a WAT
    file says of anchor and place is less than a page does.
    """
    if old.rel_type != new.rel_type and old.rel_type is not None and new.rel_type is not None:
        yield "rel", old.rel_type, new.rel_type
    if old.evidence != new.evidence:
        return
    if old.anchor != new.anchor:
        yield "anchor", old.anchor, new.anchor
    if old.placement != new.placement and old.rules_version == new.rules_version:
        yield "placement", old.placement, new.placement
