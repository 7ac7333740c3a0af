"""Did a linked page get where the map sends it? Pure: what its last visit found and the map's row in, what fails out.

What search engines make of redirects: Google Search Central, *Redirects and Google Search* (permanent ones are 301 and 308) and
*Site moves with URL changes* (no chains, not all to the home page, no redirect to an irrelevant page).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from ..history.answer import ANSWERS, FAULTS, is_dumped_home
from ..urls import domain_of, host_of, resolve, site_of, url_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ..classify.target import Target
    from .map import Match

TEMPORARY = frozenset({302, 303, 307})
"""Statuses of redirects that say the old page will be back (RFC 9110, 15.4)."""
REMOVED = frozenset({"http_404", "http_410"})
"""The outcomes of a page that is gone for good."""
NEVER_VISITED, UNREAD, NOT_IN_MAP, MAP_UNCLEAR = "never_visited", "unread", "not_in_map", "map_unclear"

PROBLEMS: dict[str, str] = {
    **dict.fromkeys(FAULTS, "It ends in the [outcome](../reference/outcomes.md) of that name."),
    "offsite": "It ends on a site that is not the target's own.",
    "to_home": "It ends on the home page, also where the map says so: search engines take that for a soft 404.",
    "wrong_destination": "It ends on another page than the map's.",
    "not_redirected": "It still answers itself, though the map moves or removes it.",
    "temporary_redirect": "A redirect of its chain is 302, 303 or 307 instead of 301 or 308.",
    "chain": "More than one redirect lies between it and its end.",
    "lost_query": "A parameter of its query is not in the final URL, and the map does not name it with its query.",
    "noindex": "The page that it ends on tells search engines not to index it.",
    "canonical_elsewhere": "The page that it ends on names another page as its canonical one.",
    "robots": "robots.txt keeps Googlebot from it, or from the page that it ends on.",
    MAP_UNCLEAR: "The map contradicts itself on it: a loop, or two destinations.",
    NOT_IN_MAP: "The map has no row for it. One that answers itself on the target is no failure: it stays where it is.",
    UNREAD: "Its last visit could not tell: a wall, 403, 429, robots.txt.",
    NEVER_VISITED: "It was not visited so far: run the command without `--no-check`.",
}
"""What fails a linked page, the worst first: word -> meaning. A page may fail by several."""


@attrs.frozen
class Landing:
    """What the last visit to a linked page found. ``page_key`` is what was asked for, the ``final_`` ones are where it ended."""

    page_url: str
    page_key: str
    outcome: str | None
    """Null for a page that was never visited."""
    redirects: tuple[str, ...] = ()
    redirect_statuses: tuple[int, ...] = ()
    final_url: str = ""
    final_key: str = ""
    canonical_url: str | None = None
    noindex: bool = False
    robots_googlebot: bool | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Landing:
        """From a row with these columns; where a redirect was not followed, it ends where that leads."""
        known = {name: row[name] for name in attrs.fields_dict(cls) if row.get(name) is not None}
        known |= {name: tuple(known.get(name, ())) for name in ("redirects", "redirect_statuses")}
        landing = cls(**{"outcome": None, **known})
        headers: Iterable[str] = row.get("response_headers") or ()
        place = next((line[10:] for line in headers if line.startswith("location: ")), None)
        onward = resolve(place, landing.final_url) if place and landing.outcome == "moved_offsite" else None
        return attrs.evolve(landing, final_url=onward, final_key=url_key(onward)) if onward else landing


def problems(page: Landing, match: Match | None, target: Target) -> tuple[str, ...]:
    """The words of :data:`PROBLEMS` that hold, in that order; none when all is well."""
    found = set(_problems(page, match, target))
    return tuple(word for word in PROBLEMS if word in found)


def _problems(page: Landing, match: Match | None, target: Target) -> Iterator[str]:
    if page.outcome is None:
        yield NEVER_VISITED
        return
    if match is None:
        if not _stays(page, target):
            yield NOT_IN_MAP
    elif match.entry.new_url is None:
        yield MAP_UNCLEAR
    yield from _of_end(page, match, target)
    if TEMPORARY.intersection(page.redirect_statuses):
        yield "temporary_redirect"
    if len(page.redirects) > 1 and page.outcome != "redirect_loop":
        yield "chain"


def _of_end(page: Landing, match: Match | None, target: Target) -> Iterator[str]:
    """What is wrong with where it ends."""
    moved_offsite = page.outcome == "moved_offsite"
    if (moved_offsite or page.redirects) and not _is_own(page.final_url, target):
        yield "offsite"
    elif page.outcome in FAULTS:
        is_meant = match is not None and match.entry.new_url == "" and page.outcome in REMOVED
        if not is_meant or page.redirects:
            yield str(page.outcome)
    elif page.outcome in ANSWERS:
        yield from _of_answer(page, match)
    else:
        yield "robots" if page.robots_googlebot is False and not moved_offsite else UNREAD


def _of_answer(page: Landing, match: Match | None) -> Iterator[str]:
    """What is wrong with the page that answers in the end, on a site of the target's own."""
    moved = page.final_key != page.page_key
    if moved and is_dumped_home(page.page_key, page.final_key):
        yield "to_home"
    elif match and match.entry.new_url is not None and not _fits(page, match):
        yield "wrong_destination" if moved else "not_redirected"
    if (
        moved
        and (match is None or not match.whole)
        and not _parameters(page.page_key) <= _parameters(page.final_key)
    ):
        yield "lost_query"
    if page.noindex:
        yield "noindex"
    if page.canonical_url and url_key(page.canonical_url) != page.final_key:
        yield "canonical_elsewhere"
    if page.robots_googlebot is False:
        yield "robots"


def _fits(page: Landing, match: Match) -> bool:
    """Is it the map's page? Where the map names the old one without its query, the new one may have it."""
    wanted = url_key(match.entry.new_url or "")
    if page.final_key == wanted:
        return True
    return not match.whole and page.final_key.partition("?")[0] == wanted.partition("?")[0]


def _parameters(key: str) -> frozenset[str]:
    """The parameters of a key's query; those that only track are not in it."""
    return frozenset(filter(None, key.partition("?")[2].split("&")))


def _stays(page: Landing, target: Target) -> bool:
    """Does it answer itself, and lie in the target, not on an old domain of it?"""
    return page.outcome in ANSWERS and page.final_key == page.page_key and target.covers(page.page_url)


def _is_own(url: str, target: Target) -> bool:
    host = host_of(url)
    return target.owns(domain_of(host), site_of(host))
