"""The lives of the backlinks of some pages: each reading, in the order of time, makes states of states and tells the turns.

Pages that redirect to one another belong together; no other page has any influence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from ..urls import domain_of
from .match import OTHER_TARGET, SAME_TARGET, changes, pairs
from .reading import Known, Turn
from .rule import REDIRECTED, RULES, is_whole, loss_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .reading import Reading, Seen
    from .rule import Loss

NOT_COMPARABLE = "not_comparable"


@attrs.define
class Page:
    """One page as one target sees it: its backlinks by target key, and when it was last read whole."""

    known: dict[str, Known] = attrs.field(factory=dict)
    read_at: int | None = None


class Lives:
    """The backlinks of some pages, and the turns that their lives took while readings were applied.

    ``first_crawls`` names the first crawl of each target; ``confirm_after`` is in microseconds.
    """

    def __init__(self, first_crawls: Mapping[str, str | None], confirm_after: int) -> None:
        self.pages: dict[str, dict[str, Page]] = {}
        self.turns: list[Turn] = []
        self._first_crawls = first_crawls
        self._confirm_after = confirm_after

    def page(self, key: str, target: str) -> Page:
        """A page as a target sees it; made when it is not known yet."""
        return self.pages.setdefault(key, {}).setdefault(target, Page())

    def apply(self, readings: Iterable[Reading]) -> None:
        """Apply readings; they are put in the order of time."""
        for reading in sorted(readings, key=_in_time):
            by_target: dict[str, list[Seen]] = {}
            for link in reading.seen:
                by_target.setdefault(link.target, []).append(link)
            targets = {*by_target, *self.pages.get(reading.page, ()), *self.pages.get(reading.asked, ())}
            for target in sorted(targets):
                self._apply(target, reading, _by_key(by_target.get(target, ())))

    def _apply(self, target: str, reading: Reading, seen: dict[str, tuple[Seen, ...]]) -> None:
        left = self.pages.get(reading.asked, {}).get(target) if reading.is_redirected else None
        if left is not None:
            self._move(left, self.page(reading.page, target), reading, seen)
            _date(left)
        page = self.pages.get(reading.page, {}).get(target)
        if page is None and seen:
            page = self.page(reading.page, target)
        if page is not None:
            self._visit(page, target, reading, seen)
            _date(page)

    def _visit(self, page: Page, target: str, reading: Reading, seen: dict[str, tuple[Seen, ...]]) -> None:
        """What a visit that ended at a page makes of what is known there."""
        if _is_silent(reading):
            return
        if reading.outcome == "ok":
            _answered(page, reading)
        if seen or is_whole(reading):
            self._read(page, target, reading, seen)
        else:
            for known in _sorted(page):
                if _concerns(reading, known):
                    self._unseen(known, reading, loss_of(known, reading))
        if reading.outcome == "not_modified" or (is_whole(reading) and _looked_for(target, reading)):
            page.read_at = reading.at

    def _read(self, page: Page, target: str, reading: Reading, seen: dict[str, tuple[Seen, ...]]) -> None:
        """What a reading that shows links, or their absence, makes of those known."""
        for old, new in _retargeted(page, page, reading, seen):
            self._retarget(page, old, new, seen[new], reading)
        for key, links in sorted(seen.items()):
            known = page.known.get(key)
            if known is None:
                page.known[key] = self._begin(page, target, key, links, reading)
            else:
                self._see(known, links, reading)
        for known in _sorted(page):
            if known.target_key not in seen and _concerns(reading, known):
                self._unseen(known, reading, loss_of(known, reading))

    def _begin(self, page: Page, target: str, key: str, links: tuple[Seen, ...], reading: Reading) -> Known:
        at = reading.at
        known = Known(
            reading.page, target, key, (), reading.source_url, first_seen=at, last_seen=at, last_checked=at, since=at,
            absent_before=page.read_at,
        )  # fmt: skip
        _show(known, links, reading)
        is_first = reading.crawl_id is not None and reading.crawl_id == self._first_crawls.get(target)
        kind = "link_added" if page.read_at is not None else "baseline" if is_first else "page_found"
        self._tell(known, kind, reading, after=page.read_at)
        return known

    def _see(self, known: Known, links: tuple[Seen, ...], reading: Reading) -> None:
        """It stands on the page; what differs from the last time is told."""
        before, was_lost, since = known.best, known.status == "lost", known.last_seen
        proved = known.since if known.is_on_page else max(known.since, known.read_at or known.since)
        altered = list(changes(known, links))
        if not altered and _tells_less(known.best, links[0]):
            links = known.links
        _check(known, reading)
        _show(known, links, reading)
        if was_lost:
            self._turn(known, "restored", reading, after=proved)
        now = known.best
        if now.follow != before.follow and not any(field == "rel" for field, *_ in altered):
            altered.append(
                ("rel", before.rel_type, now.rel_type, now)
            )  # another of several links stands for it
        for field, old, new, link in altered:
            self._turn(known, "changed", reading, after=since, field=field, old=old, new=new, seen=link)
        if now.follow and (before.discount is None) != (now.discount is None):
            kind, reason = ("discounted", now.discount) if now.discount else ("reinstated", before.discount)
            self._turn(known, kind, reading, after=since, reason=reason)

    def _unseen(self, known: Known, reading: Reading, loss: Loss | None) -> None:
        """It was not seen: a step towards loss when that proves something, else it is unverified."""
        _check(known, reading)
        if reading.outcome == "not_modified":
            self._still(known, reading)
        elif known.status == "lost":
            pass
        elif loss is None:
            word = NOT_COMPARABLE if reading.outcome == "ok" else reading.outcome
            _become(known, "unverified", word, reading.at)
        else:
            known.gone_since = reading.at if known.gone_since is None else known.gone_since
            if not loss.confirm or reading.at - known.gone_since >= self._confirm_after:
                _become(known, "lost", loss.reason, known.gone_since)
                self._turn(
                    known, "lost", reading, after=known.last_seen, before=known.gone_since, reason=loss.reason
                )
            else:
                _become(known, "unverified", loss.reason, reading.at)
        if known.page == reading.page:
            if loss is not None and reading.outcome not in RULES:
                known.is_on_page = False
            if is_whole(reading) and loss is not None:
                _validate(known, reading)

    def _still(self, known: Known, reading: Reading) -> None:
        """The page says that nothing changed since it was last read whole."""
        if not known.is_on_page:
            return
        was_lost, proved = known.status == "lost", known.since
        known.last_seen, known.gone_since = reading.at, None
        _become(known, "live", None, reading.at)
        if was_lost:
            self._turn(known, "restored", reading, after=proved)

    def _retarget(self, page: Page, old: str, new: str, links: tuple[Seen, ...], reading: Reading) -> None:
        """A link leads to another page of the target now; it stays the same backlink."""
        known, there = page.known.pop(old), page.known.get(new)
        url, since = known.best.target_url, known.last_seen
        if there is not None and there.status != "lost":
            _join(there, known)
            known = there
        else:
            _join(known, there)
            known.target_key = new
            page.known[new] = known
        self._turn(
            known, "changed", reading, after=since, field="target", old=url, new=links[0].target_url,
            seen=links[0],
        )  # fmt: skip

    def _move(self, left: Page, page: Page, reading: Reading, seen: dict[str, tuple[Seen, ...]]) -> None:
        """The page that was asked for redirects: its backlinks go on where the links are now."""
        whole = is_whole(reading)
        arriving = {key for key in left.known if key in seen}
        if whole:
            arriving |= {old for old, _ in _retargeted(left, page, reading, seen)}
        if _is_silent(reading) or reading.outcome == "not_modified":
            here = {key for key, known in page.known.items() if known.status == "live"}
            arriving = {key for key, known in left.known.items() if key in here and known.status != "lost"}
        for key in sorted(arriving):
            known, there = left.known[key], page.known.get(key)
            if there is not None and known.status == "lost":
                continue
            del left.known[key]
            came_from, seen_before = known.source_url, known.last_seen
            if there is None:
                page.known[key] = known
            else:
                _join(there, known)
                known = there
            known.moved_from, known.source_url, known.page = came_from, reading.source_url, reading.page
            left.read_at = None  # it was there when the page was last read: no proof of absence
            best = seen[key][0] if key in seen else known.best
            self._turn(
                known,
                "moved",
                reading,
                after=seen_before,
                field="source",
                old=came_from,
                new=reading.source_url,
                seen=best,
            )
        loss = REDIRECTED if whole else RULES.get(reading.outcome)
        for known in _sorted(left):
            if whole and not _concerns(reading, known):
                continue
            if reading.outcome == "not_modified":
                _check(known, reading)
                if known.status != "lost":
                    _become(known, "unverified", NOT_COMPARABLE, reading.at)
            else:
                self._unseen(known, reading, loss)

    def _turn(self, known: Known, kind: str, reading: Reading, **facts: Any) -> None:
        known.changes += 1
        self._tell(known, kind, reading, **facts)

    def _tell(
        self,
        known: Known,
        kind: str,
        reading: Reading,
        *,
        seen: Seen | None = None,
        before: int | None = None,
        **facts: Any,
    ) -> None:
        link = known.best if seen is None else seen
        self.turns.append(
            Turn(
                page=known.page, target=known.target, target_key=known.target_key, kind=kind, at=reading.at,
                before=reading.at if before is None else before, seen=link, source_url=known.source_url,
                outcome=reading.outcome, http_status=reading.http_status, crawl_id=reading.crawl_id,
                **facts,
            )
        )  # fmt: skip


def _in_time(reading: Reading) -> tuple[object, ...]:
    """A total order: also visits of the same moment come in one order, whatever the one they are stored in."""
    when = (reading.at, reading.crawl_id or "", reading.asked, reading.page, reading.outcome)
    how = (
        reading.complete,
        reading.text_words or 0,
        reading.checked,
        reading.fetch_mode,
        reading.http_status or 0,
    )
    return (
        *when,
        *how,
        reading.etag or "",
        reading.last_modified or "",
        reading.source_url,
        reading.requested_url,
    )


def _by_key(links: Iterable[Seen]) -> dict[str, tuple[Seen, ...]]:
    """The links by target key, the best of each first."""
    grouped: dict[str, list[Seen]] = {}
    for link in links:
        grouped.setdefault(link.target_key, []).append(link)
    return {key: tuple(sorted(each, key=lambda link: link.rank)) for key, each in grouped.items()}


def _sorted(page: Page) -> list[Known]:
    return [page.known[key] for key in sorted(page.known)]


def _is_silent(reading: Reading) -> bool:
    """It was answered, and not looked at: a redirect to a page that the same crawl had read already."""
    return reading.outcome == "ok" and not reading.checked


def _looked_for(target: str, reading: Reading) -> bool:
    return reading.looked_for(target, "" if ":" in target else domain_of(target))


def _concerns(reading: Reading, known: Known) -> bool:
    """A reading that looked for other targets alone says nothing of this one."""
    return not reading.checked or reading.looked_for(known.target, known.best.target_domain)


def _retargeted(
    page: Page, there: Page, reading: Reading, seen: dict[str, tuple[Seen, ...]]
) -> list[tuple[str, str]]:
    """(old, new) target keys of links that are the same but for where they lead. ``there`` is the page that was read."""
    if not is_whole(reading):
        return []
    gone = [
        known for known in _sorted(page)
        if known.target_key not in seen and known.status != "lost" and _concerns(reading, known)
    ]  # fmt: skip
    come = [link for key in sorted(seen) for link in _unknown(there, key, seen[key])]
    if not gone or not come:
        return []
    of_link = {id(link): known.target_key for known in gone for link in known.links}
    found: dict[str, str] = {}
    for old, new in pairs((link for known in gone for link in known.links), come, OTHER_TARGET):
        found.setdefault(of_link[id(old)], new.target_key)
    return list(found.items())


def _unknown(page: Page, key: str, links: tuple[Seen, ...]) -> Iterable[Seen]:
    """Of the links to one target page those that are none of the links known."""
    known = page.known.get(key)
    if known is None or known.status == "lost":
        return links
    if len(links) <= len(known.links):
        return ()
    same = {id(new) for _, new in pairs(known.links, links, SAME_TARGET)}
    return [link for link in links if id(link) not in same]


def _answered(page: Page, reading: Reading) -> None:
    """The page stands: what spoke of it being gone spoke too soon."""
    for known in page.known.values():
        if known.gone_since is not None and known.is_on_page and known.status == "unverified":
            known.gone_since = None
            _become(known, "unverified", NOT_COMPARABLE, reading.at)


def _date(page: Page) -> None:
    """All backlinks of a page know when it was last read whole."""
    for known in page.known.values():
        known.read_at = page.read_at


def _check(known: Known, reading: Reading) -> None:
    known.last_checked, known.outcome, known.http_status = reading.at, reading.outcome, reading.http_status
    known.checks += 1


def _show(known: Known, links: tuple[Seen, ...], reading: Reading) -> None:
    """It was seen, as it is now; or as it was, where the reading tells less of it than is known."""
    if links is not known.links:
        known.links, known.fetch_mode, known.text_words = links, reading.fetch_mode, reading.text_words
    known.source_url, known.last_seen = reading.source_url, reading.at
    known.is_on_page, known.gone_since = True, None
    known.outcome, known.http_status = reading.outcome, reading.http_status
    if is_whole(reading):
        _validate(known, reading)
    _become(known, "live", None, reading.at)


def _tells_less(known: Seen, told: Seen) -> bool:
    """A WAT file has a link again that was read on its page, and says nothing new of it."""
    return (known.evidence, told.evidence) == ("html", "wat") and (known.follow, known.rel_type, known.discount) == (
        told.follow, told.rel_type, told.discount,
    )  # fmt: skip


def _validate(known: Known, reading: Reading) -> None:
    """What a whole reading leaves for the next one to be compared with."""
    known.etag, known.last_modified = reading.etag, reading.last_modified


def _become(known: Known, status: str, reason: str | None, at: int) -> None:
    if (known.status, known.reason) != (status, reason):
        known.status, known.reason, known.since = status, reason, at


def _join(known: Known, other: Known | None) -> None:
    """Two backlinks turn out to be one: it is as old as the older."""
    if other is None:
        return
    if other.first_seen < known.first_seen:
        known.first_seen, known.absent_before = other.first_seen, other.absent_before
    known.checks += other.checks
    known.changes += other.changes
